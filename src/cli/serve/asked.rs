//! What is asked: the parameters of the API, which are the fields of the forms.

use std::fmt::Display;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use sesauth::corpus::Plan;
use sesauth::dkim::Effort;
use sesauth::dmarc::Rules;
use sesauth::dns::{Name, Zone};
use sesauth::domain::WantedSelector;
use sesauth::render::json::Detail;
use sesauth::render::planned;
use sesauth::{Audience, DomainQuery, Error, Limits, Options, SessionHints};

use super::super::flags::limits;
use super::super::session::time;
use super::super::typed::{below, domain, region, reverse_path};
use super::form::Form;
use super::refusal::Refusal;

/// Parameters that are lists: given several times, or with commas or blanks.
const LISTS: [&str; 5] = ["trust", "trusted", "selector", "host", "mine"];

/// The most entries of a list: what is asked of DNS for each is a part of the work of one request.
const MOST: usize = 100;

/// How an inspection is asked for
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InspectParameters {
    /// Address of the client that delivered the message
    ip: Option<IpAddr>,
    /// The name that client gave in HELO or EHLO
    helo: Option<String>,
    /// The envelope sender; `<>` for the null one of bounces
    mail_from: Option<String>,
    /// Judge as of this time: 2026-07-01T12:00:00Z, 2026-07-01, or Unix seconds
    at: Option<String>,
    /// Take the session from this Received field: 1 is the topmost
    #[serde(deserialize_with = "parsed")]
    hop: Option<NonZeroUsize>,
    /// Hosts of the receiver, or domains of its hosts
    #[schemars(length(max = MOST))]
    trust: Vec<String>,
    /// Names under which the receiver writes Authentication-Results
    #[schemars(length(max = MOST))]
    trusted: Vec<String>,
    /// Judge the message that is attached to this one: which, from 1
    #[serde(deserialize_with = "parsed")]
    attached: Option<NonZeroUsize>,
    /// Plan this DMARC record, or set these tags in the record that applies: `p=reject; adkim=s`
    policy: Option<String>,
    /// Plan this SPF record for the envelope sender's domain
    spf_record: Option<String>,
    /// Publish `policy` at _dmarc.NAME and `spf_record` at NAME, and nowhere else
    domain: Option<String>,
    /// Put these planned records over what DNS says: zone text, or JSON of Route 53 or Cloudflare
    overlay: Option<String>,
    /// The rules of DMARC that count
    rules: RulesParameter,
    /// Ask too whether reports may go where the record sends them
    #[serde(deserialize_with = "flag")]
    reports: bool,
    /// Show too whether it meets what large receivers ask of bulk senders
    #[serde(deserialize_with = "flag")]
    bulk: bool,
    /// Domains that the reader runs: only their records are proposed
    #[schemars(length(max = MOST))]
    mine: Vec<String>,
    /// The reader received the message and runs none of its domains: no record is proposed
    #[serde(deserialize_with = "flag")]
    received: bool,
    /// How much to try to find out what broke a DKIM signature
    autopsy: AutopsyParameter,
    /// How much the JSON says
    detail: DetailParameter,
    /// The form of the answer
    pub format: FormatParameter,
}

/// How a redacted copy is asked for
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RedactParameters {
    /// Address of the client that delivered the message
    ip: Option<IpAddr>,
    /// The name that client gave in HELO or EHLO
    helo: Option<String>,
    /// The envelope sender; `<>` for the null one of bounces
    mail_from: Option<String>,
    /// Judge as of this time: 2026-07-01T12:00:00Z, 2026-07-01, or Unix seconds
    at: Option<String>,
    /// Take the session from this Received field: 1 is the topmost
    #[serde(deserialize_with = "parsed")]
    hop: Option<NonZeroUsize>,
    /// Hosts of the receiver, or domains of its hosts
    #[schemars(length(max = MOST))]
    trust: Vec<String>,
    /// Names under which the receiver writes Authentication-Results
    #[schemars(length(max = MOST))]
    trusted: Vec<String>,
    /// Take the message that is attached to this one: which, from 1
    #[serde(deserialize_with = "parsed")]
    attached: Option<NonZeroUsize>,
    /// Record too whether reports may go where the record sends them
    #[serde(deserialize_with = "flag")]
    reports: bool,
    /// Record too what is asked of bulk senders
    #[serde(deserialize_with = "flag")]
    bulk: bool,
    /// Keep domains as they are
    #[serde(deserialize_with = "flag")]
    keep_domains: bool,
}

/// How a domain check is asked for
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DomainParameters {
    /// The domain, as it stands behind the @ in From
    #[schemars(required)]
    name: String,
    /// The custom MAIL FROM domain in Amazon SES: a name, or the part before the domain
    mail_from: Option<String>,
    /// DKIM selectors, as s= in a signature
    #[schemars(length(max = MOST))]
    selector: Vec<String>,
    /// Ask for selectors too that many domains have
    #[serde(deserialize_with = "flag")]
    guess: bool,
    /// The region in which the domain uses SES, as eu-west-1
    region: Option<String>,
    /// The addresses of hosts that send mail of the domain
    #[schemars(length(max = MOST))]
    host: Vec<IpAddr>,
    /// Put these planned records over what DNS says: zone text, or JSON of Route 53 or Cloudflare
    overlay: Option<String>,
    /// The rules of DMARC that count
    rules: RulesParameter,
    /// Show too whether it meets what large receivers ask of bulk senders
    #[serde(deserialize_with = "flag")]
    bulk: bool,
    /// The form of the answer
    pub format: FormatParameter,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum RulesParameter {
    #[default]
    Rfc9989,
    Rfc7489,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum AutopsyParameter {
    Off,
    #[default]
    Quick,
    Deep,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum DetailParameter {
    Data,
    #[default]
    Words,
    Full,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FormatParameter {
    #[default]
    Json,
    Markdown,
    Html,
}

/// A message with all that is said of it.
pub struct Inspect {
    pub hints: SessionHints,
    pub options: Options,
    /// What is planned; `None` if nothing is.
    pub plan: Option<(Plan, Zone)>,
    pub detail: Detail,
}

/// A domain with all that is said of it.
pub struct Check {
    pub query: DomainQuery,
    pub overlay: Zone,
}

/// What a form said of a message, as its fields: what a redacted copy of that is asked for with.
#[derive(Clone, Debug, Default)]
pub struct Known(pub Vec<(String, String)>);

/// The fields of [`RedactParameters`] that a form may have said before.
const KNOWN: [&str; 10] = [
    "ip",
    "helo",
    "mail_from",
    "at",
    "hop",
    "trust",
    "trusted",
    "attached",
    "reports",
    "bulk",
];

impl Known {
    /// Of all fields those that say it.
    pub fn of(form: &Form) -> Self {
        let fields = form.fields.iter();
        let fields = fields.filter(|(name, _)| KNOWN.contains(&name.as_str()));
        Self(fields.cloned().collect())
    }
}

/// The parameters that a form has as fields.
pub fn read<T: DeserializeOwned>(form: Form) -> Result<T, Refusal> {
    let mut values = Map::new();
    for (name, value) in form.fields {
        if LISTS.contains(&name.as_str()) {
            let list = values
                .entry(name.clone())
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                let parts = value.split([',', ' ', '\t', '\r', '\n']);
                let parts = parts.filter(|part| !part.is_empty());
                // One more than there may be shows that there are too many.
                list.extend(parts.take(MOST + 1).map(Value::from));
                if list.len() > MOST {
                    let why = format!("it has more than {MOST} entries; give fewer at once");
                    return Err(Refusal::unreadable(shown(&name), why));
                }
            }
        } else if values.insert(name.clone(), Value::from(value)).is_some() {
            return Err(Refusal::unreadable(shown(&name), "it is given twice"));
        }
    }
    // One at a time first: the error for all of them together does not name the one that is wrong.
    for (name, value) in &values {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        if let Err(error) = serde_json::from_value::<T>(Value::Object(alone)) {
            return Err(Refusal::unreadable(shown(name), error));
        }
    }
    let all = serde_json::from_value(Value::Object(values));
    all.map_err(|error| Refusal::unreadable("the parameters", error))
}

/// A name that may be anything.
fn shown(name: &str) -> String {
    name.chars().take(100).collect()
}

/// A value that is written as text.
fn parsed<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = String::deserialize(deserializer)?;
    let value = text.trim().parse();
    value.map(Some).map_err(D::Error::custom)
}

/// Yes or no, as forms and as people write it.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "true" | "on" | "1" | "yes" => Ok(true),
        "false" | "off" | "0" | "no" => Ok(false),
        _ => Err(D::Error::custom("neither true nor false")),
    }
}

impl From<RulesParameter> for Rules {
    fn from(rules: RulesParameter) -> Self {
        match rules {
            RulesParameter::Rfc9989 => Self::Rfc9989,
            RulesParameter::Rfc7489 => Self::Rfc7489,
        }
    }
}

impl InspectParameters {
    /// What they ask for, of messages of at most `max_size` octets.
    pub fn inspect(&self, max_size: usize) -> Result<Inspect, Refusal> {
        Ok(Inspect {
            hints: self.hints()?,
            options: Options {
                limits: limits(max_size),
                attached: self.attached.map(usize::from),
                rules: self.rules.into(),
                reports: self.reports,
                bulk: self.bulk,
                audience: self.audience()?,
                autopsy: match self.autopsy {
                    AutopsyParameter::Off => Effort::Off,
                    AutopsyParameter::Quick => Effort::Quick,
                    AutopsyParameter::Deep => Effort::Deep,
                },
                // Pages show them, as `inspect --verbose` does.
                canonical_header: true,
                ..Options::default()
            },
            plan: self.plan()?,
            detail: match self.detail {
                DetailParameter::Data => Detail::Data,
                DetailParameter::Words => Detail::Words,
                DetailParameter::Full => Detail::Full,
            },
        })
    }

    fn audience(&self) -> Result<Audience, Refusal> {
        let mine = self.mine.iter().map(|text| named("mine", text));
        let mine = mine.collect::<Result<Vec<_>, _>>()?;
        Ok(match (self.received, mine.is_empty()) {
            (true, _) => Audience::Recipient,
            (false, true) => Audience::Unknown,
            (false, false) => Audience::Owner(mine),
        })
    }

    fn hints(&self) -> Result<SessionHints, Refusal> {
        let mail_from = self.mail_from.as_deref().map(reverse_path).transpose();
        let at: Result<Option<Timestamp>, String> =
            self.at.as_deref().map(|text| time(text.trim())).transpose();
        Ok(SessionHints {
            client_ip: self.ip.map(|ip| ip.to_canonical()),
            helo: self.helo.clone(),
            mail_from: mail_from
                .map_err(|why| Refusal::unreadable("mail_from", why))?
                .map(|sender| sender.path),
            at: at.map_err(|why| Refusal::unreadable("at", why))?,
            hop: self.hop.map(NonZeroUsize::get),
            trusted_hosts: self.trust.clone(),
            trusted_ids: self.trusted.clone(),
            is_delivery: false,
            metadata: None,
        })
    }

    fn plan(&self) -> Result<Option<(Plan, Zone)>, Refusal> {
        if self.domain.is_some() && self.policy.is_none() && self.spf_record.is_none() {
            let why = "it says where policy or spf_record is published; neither is given";
            return Err(Refusal::unreadable("domain", why));
        }
        let at = self.domain.as_deref().map(|text| named("domain", text));
        let mut plan = Plan::at(at.transpose()?);
        if let Some(policy) = &self.policy {
            let planned = plan.policy(policy);
            planned.map_err(|why| Refusal::unreadable("policy", planned::fault(&why)))?;
        }
        if let Some(record) = &self.spf_record {
            let planned = plan.spf(record);
            planned.map_err(|error| {
                let why = match error {
                    Error::Argument { problem, .. } => problem,
                    other => other.to_string(),
                };
                Refusal::unreadable("spf_record", why)
            })?;
        }
        let is_given = self.policy.is_some() || self.spf_record.is_some() || self.overlay.is_some();
        let overlay = overlay(self.overlay.as_deref())?;
        Ok(is_given.then_some((plan, overlay)))
    }
}

impl RedactParameters {
    /// What is inspected for it, of messages of at most `max_size` octets; and whether domains stay.
    pub fn redact(self, max_size: usize) -> Result<(Inspect, bool), Refusal> {
        let keep_domains = self.keep_domains;
        let asked = InspectParameters {
            ip: self.ip,
            helo: self.helo,
            mail_from: self.mail_from,
            at: self.at,
            hop: self.hop,
            trust: self.trust,
            trusted: self.trusted,
            attached: self.attached,
            reports: self.reports,
            bulk: self.bulk,
            ..InspectParameters::default()
        };
        Ok((asked.inspect(max_size)?, keep_domains))
    }
}

impl DomainParameters {
    /// What they ask for.
    pub fn check(&self) -> Result<Check, Refusal> {
        if self.name.trim().is_empty() {
            return Err(Refusal::unreadable("name", "no domain is given"));
        }
        let name = named("name", &self.name)?;
        let mut query = DomainQuery::new(name.clone());
        if let Some(text) = &self.mail_from {
            let read = below(text, &name);
            query.mail_from = Some(read.map_err(|why| Refusal::unreadable("mail_from", why))?);
        }
        for text in &self.selector {
            let read = WantedSelector::given(text, &name);
            let read = read.map_err(|why| Refusal::unreadable("selector", why))?;
            query.selectors.push(read);
        }
        query.guess = self.guess;
        query.region = match &self.region {
            None => None,
            Some(text) => Some(region(text).map_err(|why| Refusal::unreadable("region", why))?),
        };
        query.hosts = self.host.iter().map(IpAddr::to_canonical).collect();
        query.rules = self.rules.into();
        query.bulk = self.bulk;
        Ok(Check {
            query,
            overlay: overlay(self.overlay.as_deref())?,
        })
    }
}

fn named(what: &str, text: &str) -> Result<Name, Refusal> {
    let read = domain(text.trim());
    let read = read.map_err(|why| Refusal::unreadable(what, why))?;
    Ok(read.name)
}

fn overlay(text: Option<&str>) -> Result<Zone, Refusal> {
    let Some(text) = text else {
        return Ok(Zone::default());
    };
    let most = Limits::default().zone_bytes;
    if text.len() > most {
        let why = format!("it has more bytes than the limit of {most}");
        return Err(Refusal::unreadable("overlay", why));
    }
    match Zone::planned(text) {
        Ok(zone) if zone.is_empty() => {
            Err(Refusal::unreadable("overlay", "there is no record in it"))
        }
        Ok(zone) => Ok(zone),
        Err(why) => Err(Refusal::unreadable("overlay", why)),
    }
}
