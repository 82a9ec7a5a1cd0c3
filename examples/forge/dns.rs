//! The DNS of the forge: a small zone with everything, and the questions that a message needs.

use std::collections::{BTreeMap, BTreeSet};

use sesauth::dns::{
    Answer, Failure, Lookup, LookupId, Name, Negative, Question, Record, RecordType, Reply,
    Response, Snapshot, Txt,
};

const TTL: u32 = 300;

/// All existing records; what is not here does not exist.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    records: BTreeMap<Question, Vec<Record>>,
    aliases: BTreeMap<Name, Name>,
    failing: BTreeMap<Question, Failure>,
    forgotten: BTreeSet<Question>,
}

/// `text` as a name.
pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

impl Zone {
    /// Adds a TXT record, split into strings of at most 255 octets.
    pub fn txt(&mut self, owner: &str, text: &str) {
        let mut strings: Vec<_> = text.as_bytes().chunks(255).map(<[u8]>::to_vec).collect();
        if strings.is_empty() {
            strings.push(Vec::new());
        }
        self.add(owner, RecordType::Txt, Record::Txt(Txt(strings)));
    }

    /// Adds an MX record.
    pub fn mx(&mut self, owner: &str, exchange: &str) {
        let record = Record::Mx {
            preference: 10,
            exchange: Some(name(exchange)),
        };
        self.add(owner, RecordType::Mx, record);
    }

    /// Adds an address record.
    pub fn a(&mut self, owner: &str, ip: &str) {
        let ip = ip.parse().expect("an IPv4 address");
        self.add(owner, RecordType::A, Record::A(ip));
    }

    /// Adds the name of an IPv4 address.
    pub fn ptr(&mut self, ip: &str, host: &str) {
        let owner = reverse(ip);
        self.add(&owner, RecordType::Ptr, Record::Ptr(name(host)));
    }

    /// Makes `owner` an alias.
    pub fn alias(&mut self, owner: &str, target: &str) {
        self.aliases.insert(name(owner), name(target));
    }

    /// Whether the records of this type of `owner` have been decided.
    pub fn has(&self, owner: &str, kind: RecordType) -> bool {
        self.records.contains_key(&Question::new(name(owner), kind))
    }

    /// Decides that `owner` has no record of this type.
    pub fn none(&mut self, owner: &str, kind: RecordType) {
        self.records
            .insert(Question::new(name(owner), kind), Vec::new());
    }

    /// Makes the question for TXT at `owner` fail.
    pub fn fail(&mut self, owner: &str, failure: Failure) {
        self.failing.insert(Question::txt(name(owner)), failure);
    }

    /// Leaves the question for TXT at `owner` out of every snapshot.
    pub fn forget(&mut self, owner: &str) {
        self.forgotten.insert(Question::txt(name(owner)));
    }

    /// Leaves the question for MX at `owner` out of every snapshot.
    pub fn forget_mx(&mut self, owner: &str) {
        self.forgotten
            .insert(Question::new(name(owner), RecordType::Mx));
    }

    fn add(&mut self, owner: &str, kind: RecordType, record: Record) {
        let records = self.records.entry(Question::new(name(owner), kind));
        let records = records.or_default();
        if !records.contains(&record) {
            records.push(record);
        }
    }

    /// The answer of a resolver.
    pub fn answer(&self, question: &Question) -> Reply {
        if let Some(failure) = self.failing.get(question) {
            return Reply::TempFail(failure.clone());
        }
        let mut target = Question::new(question.name.clone(), question.kind);
        let mut cname = Vec::new();
        if question.kind == RecordType::Cname
            && let Some(alias) = self.aliases.get(&question.name)
        {
            return Reply::Records(Answer {
                cname,
                ttl: TTL,
                authenticated: false,
                records: vec![Record::Cname(alias.clone())],
            });
        }
        while let Some(next) = self.aliases.get(&target.name) {
            cname.push(next.clone());
            target.name = next.clone();
        }
        match self.records.get(&target) {
            Some(records) if !records.is_empty() => Reply::Records(Answer {
                cname,
                ttl: TTL,
                authenticated: false,
                records: records.clone(),
            }),
            _ => {
                let exists = self.exists(&target.name);
                let negative = Negative {
                    cname,
                    ttl: None,
                    authenticated: false,
                };
                match exists {
                    true => Reply::NoData(negative),
                    false => Reply::NxDomain(negative),
                }
            }
        }
    }

    /// Whether there is anything at or below `name`; every top-level domain exists.
    fn exists(&self, name: &Name) -> bool {
        let owners = self.records.keys().map(|question| &question.name);
        name.labels().count() == 1
            || owners
                .chain(self.aliases.keys())
                .any(|owner| owner.is_within(name))
    }

    /// The answers to `questions`, without those that are left out.
    pub fn snapshot<'q>(&self, questions: impl IntoIterator<Item = &'q Question>) -> Snapshot {
        let lookups = questions
            .into_iter()
            .filter(|question| !self.forgotten.contains(question))
            .map(|question| {
                let reply = self.answer(question);
                Lookup::new(
                    LookupId(1),
                    Response::new(question.clone(), reply, Vec::new()),
                )
            });
        let lookups: Vec<_> = lookups.collect();
        let mut snapshot = Snapshot::default();
        let captured = "2026-07-01T12:00:00Z".parse().ok();
        snapshot.extend(&lookups, captured, Some("forge"));
        snapshot
    }
}

/// Adds `_dmarc` at `domain` and at every parent, top-level domain included (RFC 9989 §4.10).
pub fn ask_dmarc(domain: &Name, questions: &mut BTreeSet<Question>) {
    let mut at = Some(domain.clone());
    while let Some(name) = at {
        if let Ok(name) = name.under("_dmarc") {
            questions.insert(Question::txt(name));
        }
        at = name.parent();
    }
}

/// Adds the questions of SPF at `domain`, through every include and redirect (RFC 7208 §4.6).
pub fn ask_spf(zone: &Zone, domain: &Name, questions: &mut BTreeSet<Question>) {
    let question = Question::txt(domain.clone());
    if !questions.insert(question.clone()) {
        return;
    }
    for txt in zone.answer(&question).txt() {
        let text = String::from_utf8_lossy(&txt.joined()).into_owned();
        for term in text.split(' ') {
            let term = term.trim_start_matches(['+', '-', '~', '?']);
            let next = ["include:", "redirect="];
            let next = next.iter().find_map(|prefix| term.strip_prefix(prefix));
            match (next, term) {
                (Some(next), _) => ask_spf(zone, &name(next), questions),
                (None, "mx") => ask_hosts(zone, domain, questions),
                (None, "a") => ask_addresses(domain, questions),
                _ => (),
            }
        }
    }
}

/// Adds the mail exchangers of `domain` and their addresses.
pub fn ask_hosts(zone: &Zone, domain: &Name, questions: &mut BTreeSet<Question>) {
    let question = Question::new(domain.clone(), RecordType::Mx);
    for record in zone.answer(&question).records() {
        if let Record::Mx {
            exchange: Some(host),
            ..
        } = record
        {
            ask_addresses(host, questions);
        }
    }
    questions.insert(question);
}

/// Adds A and AAAA at `host`.
pub fn ask_addresses(host: &Name, questions: &mut BTreeSet<Question>) {
    for kind in [RecordType::A, RecordType::Aaaa] {
        questions.insert(Question::new(host.clone(), kind));
    }
}

/// Adds the name of `ip`.
pub fn ask_ptr(ip: &str, questions: &mut BTreeSet<Question>) {
    questions.insert(Question::new(name(&reverse(ip)), RecordType::Ptr));
}

fn reverse(ip: &str) -> String {
    let octets: Vec<_> = ip.rsplit('.').collect();
    format!("{}.in-addr.arpa", octets.join("."))
}
