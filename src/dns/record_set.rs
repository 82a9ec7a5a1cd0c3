//! Changes of records as whole record sets: all records of one name and type that stand afterwards.
//!
//! DNS providers keep sets. Who publishes one text at a name that has others must give them all, so
//! the changes are laid over what DNS answered.

use super::{Action, Evidence, Name, Question, Record, RecordChange, RecordType, Reply};

/// The records of one name and type, now and afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordSet {
    /// The full name.
    pub name: Name,
    /// The type of all its records.
    pub kind: RecordType,
    /// TTL in seconds.
    pub ttl: u32,
    /// What DNS holds now; `None` if that is not known: not asked, not recorded, or no answer.
    pub now: Option<PublishedSet>,
    /// What should stand afterwards. If it is not known what stands now, only what is to be added.
    pub records: Vec<Record>,
    /// What is to be removed.
    pub removed: Vec<Record>,
    /// Whether all records of the same purpose go that stand now, where they are not known.
    pub replaces: bool,
    /// What is in the way.
    pub problems: Vec<SetProblem>,
}

/// The records that stand now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishedSet {
    /// Their TTL as it was answered, in seconds. An answer from a cache has less than the zone.
    pub ttl: u32,
    /// The records; none if there is no such set.
    pub records: Vec<Record>,
}

/// Why a set cannot be published as it is, or not as all changes want it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetProblem {
    /// The name is an alias of this one, beside which nothing can stand (RFC 1034 §3.6.2).
    AtAlias(Name),
    /// The set is an alias, and these types stand at its name.
    AliasBeside(Vec<RecordType>),
    /// Another change wants this in place of what an earlier one wants; only one can stand.
    Contradicted(Record),
    /// This was to be removed and is not there.
    NotThere(Record),
}

/// What is to be done with a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetChange {
    /// Nothing: it is as it should be, or what to remove is not known.
    Nothing,
    /// There is none, as far as is known: it is new.
    Create,
    /// It is there, and is written as a whole.
    Rewrite,
    /// It goes.
    Delete,
}

impl PublishedSet {
    /// What `lookups` tell of the set that `question` asks for, also at the end of an alias; `None`
    /// if it is not known.
    pub fn of(question: &Question, lookups: &Evidence) -> Option<Self> {
        standing(question, lookups)
    }
}

impl RecordSet {
    /// The sets that stand after `changes`, in the order in which the changes name them. `lookups`
    /// tell what stands now.
    pub fn after(changes: &[RecordChange], lookups: &Evidence) -> Vec<Self> {
        let mut sets: Vec<Self> = Vec::new();
        for change in changes {
            let Some(record) = change.data() else {
                continue;
            };
            let is_of = |set: &Self| set.name == change.name && set.kind == change.kind;
            let at = sets.iter().position(is_of).unwrap_or_else(|| {
                sets.push(Self::standing(change, lookups));
                sets.len() - 1
            });
            sets[at].take(change.action, record);
        }
        beside_aliases(&mut sets, lookups);
        sets
    }

    /// The set of `change` as it stands now.
    fn standing(change: &RecordChange, lookups: &Evidence) -> Self {
        let question = change.question();
        let now = standing(&question, lookups);
        Self {
            name: question.name,
            kind: question.kind,
            ttl: change.ttl,
            records: now.iter().flat_map(|now| now.records.clone()).collect(),
            now,
            removed: Vec::new(),
            replaces: false,
            problems: Vec::new(),
        }
    }

    fn take(&mut self, action: Action, record: Record) {
        if action == Action::Remove {
            return self.remove(record);
        }
        if self.has(&record) && !self.is_there(&record) {
            return;
        }
        let name = &self.name;
        let is_other = |it: &Record| !is_same(it, &record) && is_of_one_kind(name, it, &record);
        let clashes = self.added().any(|it| {
            let only_one = action == Action::Replace || is_unique(name, &record);
            only_one && is_other(it)
        });
        if clashes {
            return self.problems.push(SetProblem::Contradicted(record));
        }
        if action == Action::Replace {
            self.replaces |= self.now.is_none();
            let (gone, kept) = self.records.drain(..).partition(is_other);
            self.records = kept;
            self.removed.extend::<Vec<_>>(gone);
        }
        if !self.has(&record) {
            self.records.push(record);
        }
    }

    fn remove(&mut self, record: Record) {
        if self.removed.iter().any(|it| is_same(it, &record)) {
            return;
        }
        if self.now.is_none() {
            return self.removed.push(record);
        }
        let (gone, kept) = self
            .records
            .drain(..)
            .partition::<Vec<_>, _>(|it| is_same(it, &record));
        self.records = kept;
        match gone.is_empty() {
            true => self.problems.push(SetProblem::NotThere(record)),
            false => self.removed.extend(gone),
        }
    }

    fn has(&self, record: &Record) -> bool {
        self.records.iter().any(|it| is_same(it, record))
    }

    fn is_there(&self, record: &Record) -> bool {
        let mut now = self.now.iter().flat_map(|now| &now.records);
        now.any(|it| is_same(it, record))
    }

    /// The records that stand now and stay.
    pub fn kept(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|it| self.is_there(it))
    }

    /// The new records.
    pub fn added(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|it| !self.is_there(it))
    }

    /// What is to be done.
    pub fn change(&self) -> SetChange {
        match &self.now {
            None if self.records.is_empty() => SetChange::Nothing,
            None => SetChange::Create,
            Some(now) if now.records.is_empty() && self.records.is_empty() => SetChange::Nothing,
            Some(now) if now.records.is_empty() => SetChange::Create,
            Some(_) if self.records.is_empty() => SetChange::Delete,
            Some(_) if self.removed.is_empty() && self.added().next().is_none() => {
                SetChange::Nothing
            }
            Some(_) => SetChange::Rewrite,
        }
    }
}

/// What `lookups` tell of the records of a name and type.
fn standing(question: &Question, lookups: &Evidence) -> Option<PublishedSet> {
    let mut found = None;
    for lookup in &lookups.0 {
        let reply = &lookup.reply;
        let chain = reply.cname();
        let owners = [&lookup.question.name].into_iter().chain(chain);
        for (at, owner) in owners.enumerate() {
            if *owner != question.name {
                continue;
            }
            let said = match (chain.get(at), reply) {
                (_, Reply::TempFail(_) | Reply::NotRecorded) => None,
                (Some(target), _) if question.kind == RecordType::Cname => Some(PublishedSet {
                    ttl: match reply {
                        Reply::Records(answer) => answer.ttl,
                        _ => 0,
                    },
                    records: vec![Record::Cname(target.clone())],
                }),
                (Some(_), _) | (None, Reply::NxDomain(_)) => Some(PublishedSet::default()),
                (None, Reply::Records(answer)) if lookup.question.kind == question.kind => {
                    Some(PublishedSet {
                        ttl: answer.ttl,
                        records: answer.records.clone(),
                    })
                }
                (None, Reply::NoData(_)) if lookup.question.kind == question.kind => {
                    Some(PublishedSet::default())
                }
                // An alias would have been followed.
                (None, _) if question.kind == RecordType::Cname => Some(PublishedSet::default()),
                (None, _) => None,
            };
            // Who asks for the alias itself knows its TTL.
            let is_asked = lookup.question == *question;
            found = match (found, said) {
                (None, said) => said,
                (_, Some(said)) if is_asked => Some(said),
                (found, _) => found,
            };
        }
    }
    found
}

/// Notes where an alias would stand beside other records.
fn beside_aliases(sets: &mut [RecordSet], lookups: &Evidence) {
    let alias = |name: &Name| Question::new(name.clone(), RecordType::Cname);
    let mut problems = Vec::new();
    for set in sets.iter().filter(|set| set.added().next().is_some()) {
        let of_name = |kind| {
            let mut of_name = sets.iter().filter(|it| it.name == set.name);
            of_name.find(|it| it.kind == kind)
        };
        let after = |question: Question| match of_name(question.kind) {
            Some(set) => set.records.clone(),
            None => standing(&question, lookups).unwrap_or_default().records,
        };
        problems.push(match set.kind {
            RecordType::Cname => {
                let others = RecordType::ALL.into_iter().filter(|kind| {
                    let other = Question::new(set.name.clone(), *kind);
                    *kind != RecordType::Cname && !after(other).is_empty()
                });
                let others: Vec<_> = others.collect();
                (!others.is_empty()).then_some(SetProblem::AliasBeside(others))
            }
            _ => match after(alias(&set.name)).into_iter().next() {
                Some(Record::Cname(target)) => Some(SetProblem::AtAlias(target)),
                _ => None,
            },
        });
    }
    let changed = sets.iter_mut().filter(|set| set.added().next().is_some());
    for (set, problem) in changed.zip(problems) {
        set.problems.extend(problem);
    }
}

/// Whether two records say the same: how a text is cut into strings does not matter.
pub(super) fn is_same(one: &Record, other: &Record) -> bool {
    match (one, other) {
        (Record::Txt(one), Record::Txt(other)) => one.joined() == other.joined(),
        (one, other) => one == other,
    }
}

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Spf,
    Dmarc,
    Key,
    Other,
}

/// How long a piece of a key is at least.
const PIECE: usize = 16;

/// What the text of a TXT record at `name` is for, misspelt ones included: a damaged record is
/// replaced by its correction.
fn purpose(name: &Name, text: &[u8]) -> Purpose {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let has = |part: &str| text.contains(part);
    let is_at = |label: &str| name.labels().any(|it| it == label);
    // A key that was cut into records of its own.
    let is_base64 = || {
        let of = |byte: u8| byte.is_ascii_alphanumeric() || b"+/= \"".contains(&byte);
        text.len() >= PIECE && text.bytes().all(of)
    };
    match () {
        () if is_at("_domainkey") && (has("p=") || has("k=rsa") || is_base64()) => Purpose::Key,
        () if has("v=spf1") => Purpose::Spf,
        () if has("v=dkim1") => Purpose::Key,
        () if has("v=dmarc") => Purpose::Dmarc,
        () if is_at("_dmarc") && (has("dmarc") || has("p=")) => Purpose::Dmarc,
        () => Purpose::Other,
    }
}

/// Whether a record that replaces takes the place of `other`: any of another type than TXT, and a
/// text of the same purpose.
fn is_of_one_kind(name: &Name, one: &Record, other: &Record) -> bool {
    match (one, other) {
        (Record::Txt(one), Record::Txt(other)) => {
            let purpose = |txt: &super::Txt| purpose(name, &txt.joined());
            purpose(one) == purpose(other)
        }
        _ => true,
    }
}

/// Whether there can be only one such record at a name.
fn is_unique(name: &Name, record: &Record) -> bool {
    match record {
        Record::Cname(_) => true,
        Record::Txt(txt) => purpose(name, &txt.joined()) != Purpose::Other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::{Answer, Failure, Lookup, LookupId, Negative, Response, Zone, txt};

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    /// What is known after these questions were asked of `zone`.
    fn known(zone: &str, asked: &[(&str, RecordType)]) -> Evidence {
        let zone = Zone::parse(zone).unwrap();
        let replies = asked.iter().map(|(owner, kind)| {
            let question = Question::new(name(owner), *kind);
            let reply = zone.answer(&question);
            (question, reply)
        });
        evidence(replies)
    }

    fn evidence(replies: impl IntoIterator<Item = (Question, Reply)>) -> Evidence {
        let lookups = replies.into_iter().zip(1..).map(|((question, reply), id)| {
            Lookup::new(LookupId(id), Response::new(question, reply, Vec::new()))
        });
        Evidence(lookups.collect())
    }

    fn texts<'r>(records: impl IntoIterator<Item = &'r Record>) -> Vec<String> {
        let text = |record: &Record| match record {
            Record::Txt(txt) => String::from_utf8(txt.joined()).unwrap(),
            other => crate::dns::zone_data(other),
        };
        records.into_iter().map(text).collect()
    }

    const APEX: &str = "example.com. 600 TXT verify=1\nexample.com. TXT \"v=spf1 -all\"\n\
                        www.example.com. CNAME host.example.net.\n";
    const TXT: RecordType = RecordType::Txt;

    #[test]
    fn other_texts_at_the_name_are_kept() {
        let known = known(APEX, &[("example.com", TXT)]);
        let spf = RecordChange::txt(name("example.com"), "v=spf1 include:amazonses.com -all");
        let [set] = &RecordSet::after(&[spf.clone().replacing()], &known)[..] else {
            panic!("one set");
        };
        assert_eq!(set.change(), SetChange::Rewrite);
        let new = "v=spf1 include:amazonses.com -all";
        assert_eq!(texts(&set.records), ["verify=1", new]);
        assert_eq!(texts(&set.removed), ["v=spf1 -all"]);
        assert_eq!(texts(set.kept()), ["verify=1"]);
        let old = RecordChange::txt(name("example.com"), "v=spf1 -all").removing();
        let both = RecordSet::after(&[old, spf], &known);
        assert_eq!(texts(&both[0].records), ["verify=1", new]);
    }

    #[test]
    fn what_is_not_known_is_added_to() {
        let failed = Reply::TempFail(Failure::Timeout);
        let asked = evidence([(Question::txt(name("example.com")), failed)]);
        for known in [Evidence::default(), asked] {
            let spf = RecordChange::txt(name("example.com"), "v=spf1 -all").replacing();
            let sets = RecordSet::after(&[spf], &known);
            assert_eq!(sets[0].now, None);
            assert_eq!(sets[0].change(), SetChange::Create);
            assert!(sets[0].replaces);
            let gone = RecordChange::txt(name("example.com"), "old").removing();
            let sets = RecordSet::after(&[gone], &known);
            assert_eq!(sets[0].change(), SetChange::Nothing);
            assert_eq!(texts(&sets[0].removed), ["old"]);
        }
    }

    #[test]
    fn only_one_of_two_contradicting_changes_is_made() {
        let known = known(APEX, &[("_dmarc.example.com", TXT)]);
        let policy = |text| RecordChange::txt(name("_dmarc.example.com"), text).replacing();
        let one = policy("v=DMARC1; p=none");
        let other = policy("v=DMARC1; p=reject");
        let sets = RecordSet::after(&[one.clone(), other, one], &known);
        assert_eq!(texts(&sets[0].records), ["v=DMARC1; p=none"]);
        let left_out = SetProblem::Contradicted(txt("v=DMARC1; p=reject"));
        assert_eq!(sets[0].problems, [left_out]);
        assert_eq!(sets[0].change(), SetChange::Create);
    }

    #[test]
    fn a_set_without_records_goes_and_one_as_it_should_be_stays() {
        let known = known(APEX, &[("www.example.com", TXT), ("example.com", TXT)]);
        let alias = RecordChange::cname(name("www.example.com"), name("host.example.net"));
        let sets = RecordSet::after(&[alias.clone().removing()], &known);
        assert_eq!(sets[0].change(), SetChange::Delete);
        let sets = RecordSet::after(&[alias], &known);
        assert_eq!(sets[0].change(), SetChange::Nothing);
        let other = RecordChange::txt(name("example.com"), "other").removing();
        let sets = RecordSet::after(&[other], &known);
        assert_eq!(sets[0].problems, [SetProblem::NotThere(txt("other"))]);
        assert_eq!(sets[0].change(), SetChange::Nothing);
    }

    #[test]
    fn nothing_is_put_beside_an_alias_in_silence() {
        let known = known(APEX, &[("www.example.com", TXT), ("example.com", TXT)]);
        let text = RecordChange::txt(name("www.example.com"), "v=spf1 -all");
        let sets = RecordSet::after(std::slice::from_ref(&text), &known);
        let target = name("host.example.net");
        assert_eq!(sets[0].problems, [SetProblem::AtAlias(target.clone())]);
        let alias = RecordChange::cname(name("www.example.com"), target).removing();
        let sets = RecordSet::after(&[alias, text], &known);
        assert!(sets.iter().all(|set| set.problems.is_empty()), "{sets:?}");
        let alias = RecordChange::cname(name("example.com"), name("a.example.net"));
        let sets = RecordSet::after(&[alias], &known);
        let beside = SetProblem::AliasBeside(vec![TXT]);
        assert_eq!(sets[0].problems, [beside]);
    }

    #[test]
    fn a_joined_key_replaces_its_pieces_alone() {
        let zone = "s._domainkey.example.com. TXT \"v=DKIM1; p=MIIBIjANBgkqhkiG\"\n\
                    s._domainkey.example.com. TXT 9w0BAQEFAAOCAQ8AMIIBCgKC\n\
                    s._domainkey.example.com. TXT site-verification=4711\n";
        let known = known(zone, &[("s._domainkey.example.com", TXT)]);
        let key = "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC";
        let key = RecordChange::txt(name("s._domainkey.example.com"), key).replacing();
        let sets = RecordSet::after(&[key], &known);
        assert_eq!(texts(sets[0].kept()), ["site-verification=4711"]);
        assert_eq!(sets[0].removed.len(), 2);
    }

    #[test]
    fn several_mail_exchangers_stand_beside_each_other() {
        let missing = Reply::NxDomain(Negative::default());
        let known = evidence([(Question::txt(name("mail.example.com")), missing)]);
        let mx =
            |preference, host| RecordChange::mx(name("mail.example.com"), preference, name(host));
        let sets = RecordSet::after(&[mx(10, "a.example"), mx(20, "b.example")], &known);
        assert_eq!(texts(&sets[0].records), ["10 a.example.", "20 b.example."]);
        assert_eq!(sets[0].change(), SetChange::Create);
    }

    #[test]
    fn how_a_text_is_cut_makes_no_other_record() {
        let record = Record::Txt(crate::dns::Txt(vec![b"v=spf1 ".to_vec(), b"-all".to_vec()]));
        let answer = Reply::Records(Answer {
            cname: Vec::new(),
            ttl: 60,
            authenticated: false,
            records: vec![record],
        });
        let known = evidence([(Question::txt(name("example.com")), answer)]);
        let gone = RecordChange::txt(name("example.com"), "v=spf1 -all").removing();
        assert_eq!(
            RecordSet::after(&[gone], &known)[0].change(),
            SetChange::Delete
        );
    }
}
