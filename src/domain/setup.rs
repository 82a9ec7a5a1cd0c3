//! All records with which a domain sends through Amazon SES, or says that it sends nothing; and which
//! of them are published.

use futures_util::future::{BoxFuture, FutureExt};
use schemars::JsonSchema;
use serde::Serialize;

use crate::dmarc::PolicyRecord;
use crate::dns::change::RecordChange;
use crate::dns::{
    AnyDns, Dns, Evidence, Name, Question, Record, RecordType, Recorder, Reply, zone_data,
};
use crate::ses::{Feedback, FeedbackFault, Region, is_dkim_target, records};
use crate::spf::record::{SpfRecord, is_spf};

/// What is to be set up.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The domain in From.
    pub domain: Name,
    /// Its custom MAIL FROM domain.
    pub mail_from: Option<Name>,
    /// The regions of SES, each with the keys that SES made there.
    pub regions: Vec<InRegion>,
    /// Keys of the domain's own (BYODKIM): a selector and a public key in base64.
    pub own_keys: Vec<(Name, String)>,
    /// Where DMARC reports go: a mailbox. Without it, `dmarc@` the domain.
    pub reports: Option<String>,
    /// The domain sends nothing: everything is closed.
    pub parked: bool,
}

/// One region in which SES sends for a domain.
#[derive(Clone, Debug)]
pub struct InRegion {
    /// The region.
    pub region: Region,
    /// The tokens of Easy DKIM.
    pub tokens: Vec<String>,
    /// The zone below which SES keeps their keys, if SES says so (`SigningHostedZone`).
    pub zone: Option<Name>,
}

/// A record that is needed.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Needed {
    /// What it is for.
    pub purpose: Purpose,
    /// The region that it is for, if it is for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The record.
    #[serde(flatten)]
    pub record: RecordChange,
    /// Whether its zone follows from Amazon's list of regions, and not from what SES says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub zone_is_listed: bool,
    /// Whether it is published, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PublishedState>,
}

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Purpose {
    /// The key with which SES signs.
    Dkim,
    /// Where SES takes bounces, and looks whether the MAIL FROM domain is set up.
    Bounces,
    /// Who may send under the MAIL FROM domain.
    Spf,
    /// What receivers do with forged mail.
    Dmarc,
    /// That nobody may send.
    NoSender,
    /// That no mail is taken.
    NoMail,
    /// That no key is valid.
    NoKey,
}

/// Whether a record is published.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
#[non_exhaustive]
pub enum PublishedState {
    /// It is.
    Published,
    /// Another record is, which does the same or more.
    Fits {
        /// What is there.
        found: String,
    },
    /// Nothing is there.
    Missing,
    /// Something else is there.
    Wrong {
        /// What is there.
        found: Vec<String>,
        /// What is wrong with it.
        fault: SetUpFault,
    },
    /// DNS did not answer, or the recording does not have it.
    NotChecked,
}

/// What is wrong with a published record.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case", tag = "fault")]
#[non_exhaustive]
pub enum SetUpFault {
    /// It stands at this name, to which the zone was added twice.
    DoubledName {
        /// The name.
        at: Name,
    },
    /// The zone was added to the target.
    DoubledTarget,
    /// The priority is inside the name of the host.
    PriorityInName,
    /// There are addresses in place of the alias: a proxy is on, or the alias was flattened.
    Proxied,
    /// Others stand beside it, where there may be one.
    Several,
    /// The SPF record does not name SES.
    WithoutSes,
    /// It is another record.
    Other,
}

impl SetUp {
    /// The records, in the order in which they are published.
    pub fn records(&self) -> Vec<Needed> {
        match self.parked {
            true => self.closed(),
            false => self.for_ses(),
        }
    }

    fn for_ses(&self) -> Vec<Needed> {
        let mut needed = Vec::new();
        for at in &self.regions {
            let listed = || Name::parse(&at.region.dkim_zone()).ok();
            let Some(zone) = at.zone.clone().or_else(listed) else {
                continue;
            };
            for record in records::easy_dkim(&self.domain, &at.tokens, &zone) {
                needed.push(Needed {
                    region: Some(at.region.clone()),
                    zone_is_listed: at.zone.is_none(),
                    ..Needed::new(Purpose::Dkim, record)
                });
            }
        }
        for (selector, key) in &self.own_keys {
            let name = self.domain.under(&format!("{selector}._domainkey"));
            let record = name.map(|name| RecordChange::txt(name, &format!("p={key}")));
            needed.extend(record.ok().map(|record| Needed::new(Purpose::Dkim, record)));
        }
        if let (Some(domain), Some(first)) = (&self.mail_from, self.regions.first()) {
            let record = records::feedback_mx(domain, &first.region);
            needed.extend(record.map(|record| Needed {
                region: Some(first.region.clone()),
                ..Needed::new(Purpose::Bounces, record)
            }));
            needed.push(Needed::new(Purpose::Spf, records::spf(domain)));
        }
        needed.extend(self.dmarc("none"));
        needed
    }

    /// The records of a domain that sends nothing and takes nothing.
    fn closed(&self) -> Vec<Needed> {
        let domain = &self.domain;
        let spf = RecordChange::txt(domain.clone(), "v=spf1 -all");
        let no_mail = Record::Mx {
            preference: 0,
            exchange: None,
        };
        let mut needed = vec![
            Needed::new(Purpose::NoSender, spf),
            Needed::new(
                Purpose::NoMail,
                RecordChange::record(domain.clone(), &no_mail),
            ),
        ];
        let key = domain.under("*._domainkey");
        let key = key.map(|name| RecordChange::txt(name, "v=DKIM1; p="));
        needed.extend(key.ok().map(|record| Needed::new(Purpose::NoKey, record)));
        needed.extend(self.dmarc("reject"));
        needed
    }

    fn dmarc(&self, policy: &str) -> Option<Needed> {
        let name = self.domain.under("_dmarc").ok()?;
        let own = format!("dmarc@{}", self.domain);
        let text = match (&self.reports, self.parked) {
            // Nothing takes reports at a domain that takes no mail.
            (None, true) => format!("v=DMARC1; p={policy}"),
            (reports, _) => {
                let mailbox = reports.as_deref().unwrap_or(&own);
                format!("v=DMARC1; p={policy}; rua=mailto:{mailbox}")
            }
        };
        Some(Needed::new(Purpose::Dmarc, RecordChange::txt(name, &text)))
    }
}

impl Needed {
    fn new(purpose: Purpose, record: RecordChange) -> Self {
        Self {
            purpose,
            region: None,
            record,
            zone_is_listed: false,
            state: None,
        }
    }

    /// Whether nothing is left to do, as far as is known.
    pub fn is_done(&self) -> bool {
        matches!(
            self.state,
            Some(PublishedState::Published | PublishedState::Fits { .. })
        )
    }
}

/// Looks which records of `setup` are published. All DNS questions go to `dns`.
pub async fn check_set_up(setup: &SetUp, dns: &impl Dns) -> (Vec<Needed>, Evidence) {
    run(setup, AnyDns::new(dns)).await
}

/// In a box, it is compiled here and not in each crate that awaits it.
fn run<'a>(setup: &'a SetUp, dns: AnyDns<'a>) -> BoxFuture<'a, (Vec<Needed>, Evidence)> {
    async move { check(setup, &dns).await }.boxed()
}

async fn check(setup: &SetUp, dns: &AnyDns<'_>) -> (Vec<Needed>, Evidence) {
    let recorder = Recorder::new(dns);
    let mut needed = setup.records();
    let mut questions = Vec::new();
    for one in &needed {
        let asked = Asked::about(&one.record, &setup.domain);
        questions.extend(asked.all());
    }
    recorder.ask_all(&questions).await;
    for one in &mut needed {
        let asked = Asked::about(&one.record, &setup.domain);
        let mut found = Vec::new();
        for question in asked.all() {
            found.push(recorder.ask(&question).await.reply.clone());
        }
        one.state = Some(state(one, &asked, &found));
    }
    (needed, recorder.into_evidence())
}

/// The questions about one record.
struct Asked {
    here: Question,
    doubled: Option<Question>,
    address: Option<Question>,
}

impl Asked {
    fn about(record: &RecordChange, domain: &Name) -> Self {
        let RecordChange { name, kind, .. } = record;
        let doubled = Name::parse(&format!("{name}.{domain}")).ok();
        let is_alias = *kind == RecordType::Cname;
        Self {
            here: Question::new(name.clone(), *kind),
            doubled: doubled.map(|name| Question::new(name, *kind)),
            address: is_alias.then(|| Question::new(name.clone(), RecordType::A)),
        }
    }

    fn all(&self) -> Vec<Question> {
        let all = [
            Some(&self.here),
            self.doubled.as_ref(),
            self.address.as_ref(),
        ];
        all.into_iter().flatten().cloned().collect()
    }
}

/// Whether a record is published; `replies` are those to the questions of `asked`.
fn state(needed: &Needed, asked: &Asked, replies: &[Reply]) -> PublishedState {
    let Some(here) = replies.first() else {
        return PublishedState::NotChecked;
    };
    if matches!(here, Reply::TempFail(_) | Reply::NotRecorded) {
        return PublishedState::NotChecked;
    }
    // A CNAME that was asked for is a record; one that leads to other records is not.
    let records = here.records();
    let values: Vec<String> = records.iter().map(zone_data).collect();
    let relevant = relevant(needed.purpose, records);
    let is_it = |value: &String| value.eq_ignore_ascii_case(&needed.record.value);
    let same = relevant.iter().any(|record| is_it(&zone_data(record)));
    if same && relevant.len() == 1 {
        return PublishedState::Published;
    }
    if let [only] = &relevant[..]
        && fits(needed, only)
    {
        let found = zone_data(only);
        return PublishedState::Fits { found };
    }
    let wrong = |found: Vec<String>, fault| PublishedState::Wrong { found, fault };
    let shown: Vec<String> = relevant.iter().map(|record| zone_data(record)).collect();
    if relevant.len() > 1 {
        return wrong(shown, SetUpFault::Several);
    }
    if let [only] = &relevant[..] {
        return wrong(shown, fault_of(needed, only));
    }
    if let (Some(doubled), Some(reply)) = (&asked.doubled, replies.get(1)) {
        let found: Vec<String> = reply.records().iter().map(zone_data).collect();
        if found.iter().any(is_it) {
            let at = doubled.name.clone();
            return wrong(found, SetUpFault::DoubledName { at });
        }
    }
    let address = asked.address.as_ref().and(replies.last());
    let addresses: Vec<String> = address.map_or_else(Vec::new, |reply| {
        reply.records().iter().map(zone_data).collect()
    });
    match addresses.is_empty() {
        false => wrong(addresses, SetUpFault::Proxied),
        true if values.is_empty() || needed.record.kind == RecordType::Txt => {
            PublishedState::Missing
        }
        true => wrong(values, SetUpFault::Other),
    }
}

/// The records of an answer that are of the same sort as the one that is needed: other texts at a name
/// have nothing to do with it.
fn relevant(purpose: Purpose, records: &[Record]) -> Vec<&Record> {
    let is_text = |record: &Record, is_of: fn(&[u8]) -> bool| match record {
        Record::Txt(text) => is_of(&text.joined()),
        _ => false,
    };
    let is_of = |record: &&Record| match purpose {
        Purpose::Spf | Purpose::NoSender => is_text(record, is_spf),
        Purpose::Dmarc => is_text(record, |text| PolicyRecord::parse(text).is_some()),
        _ => true,
    };
    records.iter().filter(is_of).collect()
}

/// Whether another record does the same or more.
fn fits(needed: &Needed, found: &Record) -> bool {
    let text = match found {
        Record::Txt(text) => String::from_utf8_lossy(&text.joined()).into_owned(),
        _ => String::new(),
    };
    match (needed.purpose, found) {
        (Purpose::Spf, _) => {
            let record = SpfRecord::parse(text.as_bytes());
            let is_readable = record.errors().next().is_none();
            let names_ses = |term: &str| {
                term.trim_start_matches('+')
                    .eq_ignore_ascii_case(records::INCLUDE)
            };
            is_readable && record.terms.iter().any(|term| names_ses(&term.text))
        }
        (Purpose::Dmarc, _) => {
            let record = PolicyRecord::parse(text.as_bytes());
            record.is_some_and(|record| record.p.is_some())
        }
        (
            Purpose::Bounces,
            Record::Mx {
                exchange: Some(host),
                ..
            },
        ) => {
            // One MX serves several regions: SES hands bounces on.
            matches!(Feedback::of(host), Feedback::Host(_))
        }
        (Purpose::Dkim, Record::Cname(target)) => {
            // A replica of Deterministic Easy DKIM uses the keys of its parent region.
            let token = needed.record.name.labels().next();
            needed.zone_is_listed && is_dkim_target(target) && target.labels().next() == token
        }
        (Purpose::Dkim, Record::Txt(_)) => {
            let bare = |text: &str| text.replace([' ', '\t'], "");
            let key = |text: &str| {
                bare(text)
                    .split("p=")
                    .nth(1)
                    .map(|key| key.trim_end_matches(';').to_owned())
            };
            let wanted = needed.record.text();
            wanted
                .as_deref()
                .and_then(key)
                .is_some_and(|wanted| Some(wanted) == key(&text))
        }
        (Purpose::NoMail, Record::Mx { exchange: None, .. }) => true,
        _ => false,
    }
}

/// What is wrong with the only record of its sort.
fn fault_of(needed: &Needed, found: &Record) -> SetUpFault {
    match (needed.purpose, found) {
        (Purpose::Spf, _) => SetUpFault::WithoutSes,
        (
            _,
            Record::Mx {
                exchange: Some(host),
                ..
            },
        ) => match Feedback::of(host) {
            Feedback::PreferenceInName(_) => SetUpFault::PriorityInName,
            Feedback::Misspelt(FeedbackFault::ZoneAppended) => SetUpFault::DoubledTarget,
            _ => SetUpFault::Other,
        },
        (_, Record::Cname(target)) => {
            let wanted = needed.record.value.trim_end_matches('.');
            let is_longer = target.as_str().strip_prefix(wanted);
            match is_longer.is_some_and(|rest| rest.starts_with('.')) {
                true => SetUpFault::DoubledTarget,
                false => SetUpFault::Other,
            }
        }
        _ => SetUpFault::Other,
    }
}

/// The answer, for who compares two runs.
impl PublishedState {
    /// Its word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Fits { .. } => "fits",
            Self::Missing => "missing",
            Self::Wrong { .. } => "wrong",
            Self::NotChecked => "not checked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::{Zone, at_once};

    fn setup() -> SetUp {
        let token = "livekeyaaaaaaaaaaaaaaaaaaaaaaa23".to_owned();
        SetUp {
            domain: Name::parse("example.com").unwrap(),
            mail_from: Name::parse("mail.example.com").ok(),
            regions: vec![InRegion {
                region: Region::parse("eu-west-1").unwrap(),
                tokens: vec![token],
                zone: None,
            }],
            own_keys: Vec::new(),
            reports: None,
            parked: false,
        }
    }

    fn states(setup: &SetUp, zone: &str) -> Vec<PublishedState> {
        let zone = Zone::parse(zone).unwrap();
        let (needed, _) = at_once(check_set_up(setup, &zone));
        needed.into_iter().filter_map(|one| one.state).collect()
    }

    #[test]
    fn what_is_published_as_it_was_printed_is_done() {
        let setup = setup();
        let lines = setup
            .records()
            .into_iter()
            .map(|one| one.record.zone_line());
        let zone: Vec<String> = lines.collect();
        let all = states(&setup, &zone.join("\n"));
        assert_eq!(all.len(), 4);
        assert!(
            all.iter().all(|state| *state == PublishedState::Published),
            "{all:?}"
        );
    }

    #[test]
    fn every_mistake_of_a_form_is_named() {
        let token = "livekeyaaaaaaaaaaaaaaaaaaaaaaa23._domainkey.example.com";
        let target = "livekeyaaaaaaaaaaaaaaaaaaaaaaa23.dkim.amazonses.com";
        let fault = |zone: &str, at: usize| match &states(&setup(), zone)[at] {
            PublishedState::Wrong { fault, .. } => fault.clone(),
            other => panic!("{other:?}"),
        };
        let doubled = format!("{token}.example.com. CNAME {target}.");
        assert!(matches!(fault(&doubled, 0), SetUpFault::DoubledName { .. }));
        let longer = format!("{token}. CNAME {target}.example.com.");
        assert_eq!(fault(&longer, 0), SetUpFault::DoubledTarget);
        let proxied = format!("{token}. A 192.0.2.1");
        assert_eq!(fault(&proxied, 0), SetUpFault::Proxied);
        let host = "mail.example.com. MX 10 10.feedback-smtp.eu-west-1.amazonses.com.";
        assert_eq!(fault(host, 1), SetUpFault::PriorityInName);
        let two = "mail.example.com. MX 10 feedback-smtp.eu-west-1.amazonses.com.\n\
                   mail.example.com. MX 20 mx.example.com.";
        assert_eq!(fault(two, 1), SetUpFault::Several);
        let spf = "mail.example.com. TXT \"v=spf1 -all\"";
        assert_eq!(fault(spf, 2), SetUpFault::WithoutSes);
    }

    #[test]
    fn a_stricter_policy_and_a_longer_spf_record_fit() {
        let zone = "mail.example.com. TXT \"v=spf1 a include:amazonses.com -all\"\n\
                    mail.example.com. TXT \"site=1\"\n\
                    _dmarc.example.com. TXT \"v=DMARC1; p=reject\"";
        let all = states(&setup(), zone);
        assert!(matches!(all[2], PublishedState::Fits { .. }));
        assert!(matches!(all[3], PublishedState::Fits { .. }));
    }

    #[test]
    fn a_parked_domain_is_closed() {
        let parked = SetUp {
            parked: true,
            ..setup()
        };
        let lines: Vec<String> = parked
            .records()
            .iter()
            .map(|one| one.record.zone_line())
            .collect();
        assert_eq!(
            lines,
            [
                "example.com. 300 TXT \"v=spf1 -all\"",
                "example.com. 300 MX 0 .",
                "*._domainkey.example.com. 300 TXT \"v=DKIM1; p=\"",
                "_dmarc.example.com. 300 TXT \"v=DMARC1; p=reject\"",
            ]
        );
    }
}
