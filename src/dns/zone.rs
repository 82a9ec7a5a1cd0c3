//! DNS from a zone file (RFC 1035 §5), complete or planned.
//!
//! A name without a final dot is taken as complete unless `$ORIGIN` is set, because people copy
//! records from tables that leave the dot out. `$INCLUDE` is refused. In planned records,
//! `$GONE name` removes a name, and `$GONE name TYPE` removes its records of one type.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Display;
use std::ops::Bound::{Included, Unbounded};

use domain::base::iana::Rtype;
use domain::base::name::ToLabelIter;
use domain::rdata::ZoneRecordData;
use domain::zonefile::inplace::ScannedRecord;

use super::master_file::{Item, read, wrong};
use super::provider_json;
use super::record_set::is_same as is_same_record;
use super::{Answer, Dns, Name, Negative, Question, Record, RecordType, Recorded, Reply, Txt, txt};
use crate::{Error, Limits};

/// The records of a zone file, by name and type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    sets: BTreeMap<Question, RecordSet>,
    /// The names with records, each with its labels in reverse, so that those below a name are
    /// beside it.
    names: BTreeSet<Box<str>>,
    gone: BTreeSet<Name>,
    gone_sets: BTreeSet<Question>,
    /// The sets whose records stand beside those that another source has.
    added_to: BTreeSet<Question>,
    /// The records that another source has no more.
    gone_records: BTreeMap<Question, Vec<Record>>,
    /// The owners of SOA records.
    tops: BTreeSet<Name>,
    /// The owners of NS records.
    served: BTreeSet<Name>,
}

/// The records of one name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RecordSet {
    ttl: u32,
    records: Vec<Record>,
}

/// What a zone says about a question, without following aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// These records.
    Records(u32, Vec<Record>),
    /// The name is an alias of this one.
    Alias(Name),
    /// The name exists without records of this type.
    NoData,
    /// The name was removed with `$GONE`.
    Gone,
    /// The zone says nothing about it.
    Silent,
}

impl Zone {
    /// Reads the text of a zone file, complete or planned; see [`Overlay`](super::Overlay) for the
    /// latter.
    ///
    /// # Errors
    ///
    /// [`Error::Zone`], with the line and column where they are known, if the text is not in
    /// zone-file form or has a line that is not supported.
    ///
    /// # Examples
    ///
    /// ```
    /// use sesauth::dns::Zone;
    ///
    /// let zone = Zone::parse("$ORIGIN example.com.\n@ 300 TXT \"v=spf1 -all\"\n")?;
    /// assert!(!zone.is_empty());
    /// # Ok::<(), sesauth::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut zone = Self::default();
        let mut other_types = HashSet::new();
        read(text, |item| match item {
            Item::Record(record) => zone.add(record, &mut other_types),
            Item::Gone(what, line) => zone.read_gone(what, line),
        })?;
        zone.drop_repeated();
        Ok(zone)
    }

    /// Reads planned records: zone text, or JSON of a DNS provider. JSON is a change batch of Route
    /// 53 or its list of record sets, or a batch of Cloudflare or its list of records.
    ///
    /// # Errors
    ///
    /// [`Error::Zone`] or [`Error::PlannedJson`], with the place where it is known.
    ///
    /// # Examples
    ///
    /// ```
    /// use sesauth::dns::Zone;
    ///
    /// let batch = r#"{"Changes": [{"Action": "UPSERT", "ResourceRecordSet": {"Name": "example.com.",
    ///     "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": "\"v=spf1 -all\""}]}}]}"#;
    /// assert!(!Zone::planned(batch)?.is_empty());
    /// # Ok::<(), sesauth::Error>(())
    /// ```
    pub fn planned(text: &str) -> Result<Self, Error> {
        let start = text.trim_start_matches('\u{feff}').trim_start();
        match start.starts_with(['{', '[']) {
            true => provider_json::read(start),
            false => Self::parse(text),
        }
    }

    /// Keeps each record once.
    pub(super) fn drop_repeated(&mut self) {
        self.sets.values_mut().for_each(RecordSet::drop_repeated);
    }

    /// Says that a name exists, with records that are not known here.
    pub(super) fn note_name(&mut self, owner: &Name) {
        self.add_name(owner);
    }

    /// Removes a set, planned or of another source.
    pub(super) fn remove_set(&mut self, question: Question) {
        self.sets.remove(&question);
        self.gone_sets.insert(question);
    }

    /// Removes one record of another source.
    pub(super) fn remove_record(&mut self, question: Question, record: Record) {
        self.gone_records.entry(question).or_default().push(record);
    }

    /// Adds a record to those that another source has.
    pub(super) fn add_beside(
        &mut self,
        owner: &Name,
        ttl: u32,
        record: Record,
    ) -> Result<(), Error> {
        self.added_to
            .insert(Question::new(owner.clone(), record.kind()));
        self.put(owner, ttl, record)
    }

    /// Whether the records of a set stand beside those of another source.
    pub(super) fn adds_to(&self, question: &Question) -> bool {
        self.added_to.contains(question)
    }

    /// What stays of the `records` that another source has.
    pub(super) fn left_of(&self, question: &Question, records: &mut Vec<Record>) {
        if let Some(gone) = self.gone_records.get(question) {
            records.retain(|record| !gone.iter().any(|it| is_same_record(it, record)));
        }
    }

    /// All its records.
    pub(super) fn into_records(self) -> impl Iterator<Item = (Question, Record)> {
        self.sets.into_iter().flat_map(|(question, set)| {
            let records = set.records.into_iter();
            records.map(move |record| (question.clone(), record))
        })
    }

    /// Whether some record of the set that another source has is removed.
    pub(super) fn removes_from(&self, question: &Question) -> bool {
        self.gone_records.contains_key(question)
    }

    /// Sets `text` as the only TXT record of `name`, in strings of 255 octets. If the zone has an
    /// alias there, the record is set where the alias leads: none can stand beside it.
    pub fn set_txt(&mut self, name: Name, text: &str) {
        let mut name = name;
        for _ in 0..Limits::default().cname_chain {
            let Some(target) = self.alias(&name) else {
                break;
            };
            name = target.clone();
        }
        let set = RecordSet {
            ttl: 0,
            records: vec![txt(text)],
        };
        self.add_name(&name);
        self.sets.insert(Question::txt(name), set);
    }

    fn add_name(&mut self, name: &Name) {
        self.names.insert(reversed(name).into());
    }

    /// Whether the zone has no records and removes none.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
            && self.gone.is_empty()
            && self.gone_sets.is_empty()
            && self.gone_records.is_empty()
    }

    /// The zones that the text is about: see [`OwnZones`](super::OwnZones).
    pub(super) fn zones(&self) -> BTreeSet<Name> {
        if !self.tops.is_empty() {
            return self.tops.clone();
        }
        let owners = self.sets.keys().map(|question| &question.name);
        let owners = owners.chain(&self.served);
        let registered = owners.filter_map(|owner| super::registered(owner.as_str()));
        registered
            .filter_map(|name| Name::parse(name).ok())
            .collect()
    }

    /// Whether NS records give this name to another zone. Without any SOA that cannot be told.
    pub(super) fn delegates(&self, name: &Name) -> bool {
        !self.tops.is_empty() && self.served.contains(name) && !self.tops.contains(name)
    }

    /// Where the zone's alias at exactly this name leads.
    fn alias(&self, name: &Name) -> Option<&Name> {
        let alias = Question::new(name.clone(), RecordType::Cname);
        match self.sets.get(&alias)?.records.first()? {
            Record::Cname(target) => Some(target),
            _ => None,
        }
    }

    /// Whether an alias that another source has at this name is none any more: `$GONE` took it
    /// away, or the zone has its own.
    pub(super) fn replaces_alias(&self, name: &Name) -> bool {
        let alias = Question::new(name.clone(), RecordType::Cname);
        self.gone.contains(name)
            || self.gone_sets.contains(&alias)
            || self.sets.contains_key(&alias)
    }

    /// The type of a record at this name that cannot stand beside an alias which another source has
    /// there.
    pub(super) fn planned_beside_alias(&self, name: &Name) -> Option<RecordType> {
        let mut kinds = RecordType::ALL.into_iter();
        let is_planned = |kind: &RecordType| {
            let question = Question::new(name.clone(), *kind);
            self.sets.contains_key(&question)
        };
        kinds
            .find(is_planned)
            .filter(|_| !self.replaces_alias(name))
    }

    /// Where the zone's alias at this name leads, if a record of type `kind` that another source has
    /// there would stand beside it: no `$GONE` takes it away.
    pub(super) fn planned_alias_beside(&self, name: &Name, kind: RecordType) -> Option<&Name> {
        let record = Question::new(name.clone(), kind);
        let is_gone = self.gone.contains(name) || self.gone_sets.contains(&record);
        let is_beside = kind != RecordType::Cname && !is_gone;
        self.alias(name).filter(|_| is_beside)
    }

    /// What the zone says about exactly this name.
    pub(super) fn said(&self, name: &Name, kind: RecordType) -> Said {
        let question = Question::new(name.clone(), kind);
        if let Some(set) = self.sets.get(&question) {
            return Said::Records(set.ttl, set.records.clone());
        }
        if let Some(target) = self.alias(name) {
            return Said::Alias(target.clone());
        }
        match () {
            () if self.gone.contains(name) => Said::Gone,
            () if self.gone_sets.contains(&question) => Said::NoData,
            () => Said::Silent,
        }
    }

    /// What a wildcard above a name that does not exist says (RFC 4592 §3.3).
    pub(super) fn wildcard(&self, name: &Name, kind: RecordType) -> Said {
        let mut encloser = name.parent();
        while let Some(parent) = encloser {
            if let Ok(wildcard) = parent.under("*")
                && self.holds(&wildcard)
            {
                return match self.said(&wildcard, kind) {
                    Said::Silent => Said::NoData,
                    said => said,
                };
            }
            if self.holds(&parent) {
                break;
            }
            encloser = parent.parent();
        }
        Said::Silent
    }

    /// Whether a name exists in the zone, possibly only because there are names below it.
    pub(super) fn holds(&self, name: &Name) -> bool {
        let mut reversed = reversed(name);
        if self.names.contains(reversed.as_str()) {
            return true;
        }
        reversed.push('.');
        let from = (Included(reversed.as_str()), Unbounded);
        let next = self.names.range::<str, _>(from).next();
        next.is_some_and(|next| next.starts_with(&reversed))
    }

    pub(super) fn answer(&self, question: &Question) -> Reply {
        let mut cname = Vec::new();
        let mut name = question.name.clone();
        for _ in 0..Limits::default().cname_chain {
            let said = match self.said(&name, question.kind) {
                Said::Silent if name.is_root() || self.holds(&name) => Said::NoData,
                Said::Silent => self.wildcard(&name, question.kind),
                said => said,
            };
            match said {
                Said::Records(ttl, records) => {
                    return Reply::Records(Answer {
                        cname,
                        ttl,
                        authenticated: false,
                        records,
                    });
                }
                Said::Alias(target) => {
                    name = target.clone();
                    cname.push(target);
                }
                Said::NoData => {
                    return Reply::NoData(Negative {
                        cname,
                        ..Negative::default()
                    });
                }
                Said::Gone | Said::Silent => {
                    return Reply::NxDomain(Negative {
                        cname,
                        ..Negative::default()
                    });
                }
            }
        }
        super::endless_aliases(&question.name)
    }

    fn read_gone(&mut self, what: &str, line: usize) -> Result<(), Error> {
        let words: Vec<&str> = what
            .split(';')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let wrong = |problem: String| wrong(format!("line {line}: $GONE: {problem}"));
        let name =
            |text: &str| Name::parse(text).map_err(|error| wrong(format!("{text}: {error}")));
        match words[..] {
            [text] => {
                self.gone.insert(name(text)?);
            }
            [text, kind] => {
                let known = RecordType::ALL.into_iter();
                let found = known
                    .into_iter()
                    .find(|known| known.as_str().eq_ignore_ascii_case(kind));
                let Some(kind) = found else {
                    return Err(wrong(format!("{kind} is no record type known here")));
                };
                self.gone_sets.insert(Question::new(name(text)?, kind));
            }
            _ => return Err(wrong("say which name is gone, and at most one type".into())),
        }
        Ok(())
    }

    /// Adds a record. `other_types` has the names at which records stand that are not kept.
    fn add(
        &mut self,
        record: &ScannedRecord,
        other_types: &mut HashSet<Name>,
    ) -> Result<(), Error> {
        let owner = name_of(record.owner())?;
        self.add_name(&owner);
        let data = match record.data() {
            ZoneRecordData::A(a) => Record::A(a.addr()),
            ZoneRecordData::Aaaa(aaaa) => Record::Aaaa(aaaa.addr()),
            ZoneRecordData::Cname(cname) => Record::Cname(target_of(cname.cname())?),
            ZoneRecordData::Ns(ns) => {
                self.served.insert(owner.clone());
                Record::Ns(name_of(ns.nsdname())?)
            }
            ZoneRecordData::Ptr(ptr) => Record::Ptr(name_of(ptr.ptrdname())?),
            ZoneRecordData::Mx(mx) => Record::Mx {
                preference: mx.preference(),
                exchange: name_of(mx.exchange()).ok(),
            },
            ZoneRecordData::Txt(txt) => Record::Txt(Txt(exactly(txt.iter().map(<[u8]>::to_vec)))),
            // A record of another type only shows that the name exists.
            _ => {
                let kind = record.rtype();
                match kind {
                    Rtype::SOA => self.tops.insert(owner.clone()),
                    _ => false,
                };
                if !ALLOWED_BESIDE_ALIAS.contains(&kind) {
                    if self.alias(&owner).is_some() {
                        return Err(beside_alias(&kind, &owner));
                    }
                    other_types.insert(owner);
                }
                return Ok(());
            }
        };
        if data.kind() == RecordType::Cname && other_types.contains(&owner) {
            return Err(beside_alias(&"another record", &owner));
        }
        self.put(&owner, record.ttl().as_secs(), data)
    }

    /// Adds a record of a type that is kept.
    pub(super) fn put(&mut self, owner: &Name, ttl: u32, data: Record) -> Result<(), Error> {
        self.add_name(owner);
        let kind = data.kind();
        let kinds = RecordType::ALL.into_iter();
        let mut others = kinds.filter(|other| *other != RecordType::Cname);
        match kind {
            RecordType::Cname => {
                let stands = |kind| self.sets.contains_key(&Question::new(owner.clone(), kind));
                if let Some(other) = others.find(|other| stands(*other)) {
                    return Err(beside_alias(&other, owner));
                }
            }
            _ if self.alias(owner).is_some() => return Err(beside_alias(&kind, owner)),
            _ => (),
        }
        let set = self.sets.entry(Question::new(owner.clone(), kind));
        let set = set.or_insert_with(|| RecordSet {
            ttl,
            records: Vec::with_capacity(1),
        });
        set.ttl = set.ttl.min(ttl);
        if kind == RecordType::Cname && set.records.first().is_some_and(|known| *known != data) {
            return Err(wrong(format!("{owner} has two CNAME records")));
        }
        set.records.push(data);
        Ok(())
    }
}

/// The types that DNSSEC puts beside an alias (RFC 4034 §3 and §4, RFC 2535 §2.3.5 before it).
const ALLOWED_BESIDE_ALIAS: [Rtype; 5] = [
    Rtype::RRSIG,
    Rtype::NSEC,
    Rtype::SIG,
    Rtype::KEY,
    Rtype::NXT,
];

fn beside_alias(kind: &dyn Display, owner: &Name) -> Error {
    wrong(format!(
        "{kind} and CNAME stand at {owner}; nothing can stand beside a CNAME (RFC 1034 section \
         3.6.2)"
    ))
}

impl RecordSet {
    /// Keeps each record once.
    fn drop_repeated(&mut self) {
        let mut seen = HashSet::new();
        let is_new: Vec<bool> = self.records.iter().map(|it| seen.insert(it)).collect();
        let mut is_new = is_new.into_iter();
        self.records.retain(|_| is_new.next() == Some(true));
    }
}

impl Recorded for Zone {}

impl Dns for Zone {
    async fn query(&self, question: &Question) -> Reply {
        self.answer(question)
    }
}

fn name_of(name: &impl ToLabelIter) -> Result<Name, Error> {
    let labels: Vec<String> = name
        .iter_labels()
        .filter(|label| !label.is_root())
        .map(|label| String::from_utf8_lossy(label.as_slice()).into_owned())
        .collect();
    let text = labels.join(".");
    Name::parse(&text).map_err(|error| wrong(format!("\"{text}\": {error}")))
}

/// The target of an alias, which may be the root.
fn target_of(name: &impl ToLabelIter) -> Result<Name, Error> {
    match name.iter_labels().all(|label| label.is_root()) {
        true => Ok(Name::root()),
        false => name_of(name),
    }
}

/// The labels, rightmost first, with dots between them.
fn reversed(name: &Name) -> String {
    let labels: Vec<&str> = name.labels().rev().collect();
    labels.join(".")
}

/// A list that takes no more memory than its items.
fn exactly<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.shrink_to_fit();
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(zone: &str, name: &str, kind: RecordType) -> Reply {
        let zone = Zone::parse(zone).unwrap();
        zone.answer(&Question::new(Name::parse(name).unwrap(), kind))
    }

    fn texts(reply: &Reply) -> Vec<String> {
        let joined = reply.txt().map(Txt::joined);
        joined
            .map(|text| String::from_utf8(text).unwrap())
            .collect()
    }

    #[test]
    fn origins_ttl_quotes_escapes_and_lines_in_parentheses_are_read() {
        let zone = "$ORIGIN example.com.\n\
                    $TTL 600\n\
                    @ IN SOA ns hostmaster ( 1 2 3\n 4 5 ) ; a comment; with semicolons\n\
                    @ TXT \"v=spf1 \" \"-all; \\\"quoted\\\" \\\\ \\059\"\n\
                    mail 30 IN MX 10 mx\n\
                    $ORIGIN other.example.\n\
                    www A 192.0.2.1\n";
        let reply = ask(zone, "example.com", RecordType::Txt);
        assert_eq!(texts(&reply), ["v=spf1 -all; \"quoted\" \\ ;"]);
        let Reply::Records(answer) = ask(zone, "mail.example.com", RecordType::Mx) else {
            panic!("no MX");
        };
        assert_eq!(answer.ttl, 30);
        let exchange = Some(Name::parse("mx.example.com").unwrap());
        assert_eq!(
            answer.records,
            [Record::Mx {
                preference: 10,
                exchange
            }]
        );
        assert_eq!(
            ask(zone, "www.other.example", RecordType::A)
                .records()
                .len(),
            1
        );
    }

    #[test]
    fn absence_is_as_in_dns() {
        let zone = "a.b.example.com. A 192.0.2.1\n";
        let no_data = Reply::NoData(Negative::default());
        assert_eq!(ask(zone, "a.b.example.com", RecordType::Txt), no_data);
        assert_eq!(ask(zone, "b.example.com", RecordType::Txt), no_data);
        let nx = Reply::NxDomain(Negative::default());
        assert_eq!(ask(zone, "c.example.com", RecordType::Txt), nx);
    }

    #[test]
    fn a_name_between_others_in_the_alphabet_is_not_above_them() {
        let zone = "b.example-x.com. A 192.0.2.1\nb.examplf.com. A 192.0.2.1\n";
        let nx = Reply::NxDomain(Negative::default());
        assert_eq!(ask(zone, "example.com", RecordType::A), nx);
        let zone = format!("{zone}b.example.com. A 192.0.2.1\n");
        let no_data = Reply::NoData(Negative::default());
        assert_eq!(ask(&zone, "example.com", RecordType::A), no_data);
    }

    #[test]
    fn a_record_that_is_there_twice_counts_once_and_many_at_one_name_take_no_time() {
        let mut zone: String = (0..60_000_u32)
            .map(|number| {
                let [a, b, c, d] = number.to_be_bytes();
                format!("example.com. A {a}.{b}.{c}.{d}\n")
            })
            .collect();
        zone.push_str("example.com. A 0.0.0.1\nexample.com. A 0.0.0.0\n");
        let start = std::time::Instant::now();
        let reply = ask(&zone, "example.com", RecordType::A);
        assert_eq!(reply.records().len(), 60_000);
        assert_eq!(reply.records()[1], Record::A([0, 0, 0, 1].into()));
        let took = start.elapsed();
        assert!(took < std::time::Duration::from_secs(5), "{took:?}");
    }

    #[test]
    fn aliases_are_followed_and_kept() {
        let zone = "a.example. CNAME b.example.\nb.example. CNAME c.example.\nc.example. TXT x\n";
        let reply = ask(zone, "a.example", RecordType::Txt);
        assert_eq!(reply.cname().len(), 2);
        assert_eq!(texts(&reply), ["x"]);
        let circle = "a.example. CNAME b.example.\nb.example. CNAME a.example.\n";
        assert!(matches!(
            ask(circle, "a.example", RecordType::Txt),
            Reply::TempFail(_)
        ));
    }

    #[test]
    fn wildcards_answer_for_names_that_do_not_exist() {
        let zone = "*.example.com. TXT \"v=spf1 -all\"\nb.example.com. A 192.0.2.1\n";
        assert_eq!(
            texts(&ask(zone, "_dmarc.example.com", RecordType::Txt)).len(),
            1
        );
        assert_eq!(
            texts(&ask(zone, "x.y.example.com", RecordType::Txt)).len(),
            1
        );
        assert_eq!(
            texts(&ask(zone, "x.b.example.com", RecordType::Txt)).len(),
            0
        );
        assert_eq!(texts(&ask(zone, "b.example.com", RecordType::Txt)).len(), 0);
    }

    #[test]
    fn nothing_stands_beside_an_alias() {
        for (zone, line) in [
            ("a.example. CNAME b.example.\na.example. TXT x\n", 2),
            ("a.example. TXT x\n; more\n\na.example. CNAME b.example.", 4),
            (
                "A.example. TXT ( x\n y )\nx. A 192.0.2.1\na.example. CNAME b.\n",
                4,
            ),
            (
                "a.example. CNAME b.\na.example. TXT ( x\n y )\nc. TXT x\n",
                3,
            ),
            ("a.example. CNAME b.\na.example. SRV 0 0 1 b.\n", 2),
            ("a.example. CAA 0 issue x\na.example. CNAME b.\n", 2),
            (
                "$GONE c.example\na.example. CNAME b.\na.example. MX 0 c.\n",
                3,
            ),
        ] {
            let error = Zone::parse(zone).unwrap_err().to_string();
            assert!(error.contains("RFC 1034 section 3.6.2"), "{error}");
            assert!(error.contains(&format!("line {line}: ")), "{zone}{error}");
        }
        let signed = "a.example. CNAME b.\na.example. NSEC c.example. CNAME RRSIG NSEC\n\
                      b. TXT x\n";
        assert_eq!(texts(&ask(signed, "a.example", RecordType::Txt)), ["x"]);
    }

    #[test]
    fn a_text_that_is_set_at_an_alias_stands_where_it_leads() {
        let mut zone = Zone::parse("a.example. CNAME b.example.\n").unwrap();
        let name = Name::parse("a.example").unwrap();
        zone.set_txt(name.clone(), "new");
        let reply = zone.answer(&Question::txt(name));
        assert_eq!(
            (texts(&reply), reply.cname().len()),
            (vec!["new".into()], 1)
        );
        let mut circle = Zone::parse("a.example. CNAME a.example.\n").unwrap();
        circle.set_txt(Name::parse("a.example").unwrap(), "new");
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_place() {
        for (zone, expected) in [
            ("a.example. A 192.0.2.1\nb.example. A x\n", "line 2: "),
            ("$INCLUDE other.zone\n", "not followed"),
            ("$GONE\n", "say which name"),
            (
                "a.example. CNAME b.\n\na.example. CNAME c.\n",
                "line 3: a.example has two CNAME",
            ),
        ] {
            let error = Zone::parse(zone).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
