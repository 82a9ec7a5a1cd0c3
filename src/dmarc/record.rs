//! DMARC Policy Records (RFC 9989 §4.7 and §4.8).

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// What a domain asks receivers to do with mail that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Nothing.
    None,
    /// Treat it as suspicious.
    Quarantine,
    /// Refuse it.
    Reject,
}

impl Policy {
    fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Quarantine, Self::Reject]
            .into_iter()
            .find(|policy| policy.as_str().eq_ignore_ascii_case(text))
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }

    /// One level lower, as `t=y` asks.
    pub fn lowered(self) -> Self {
        match self {
            Self::None | Self::Quarantine => Self::None,
            Self::Reject => Self::Quarantine,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How alike two domains must be to be aligned (§3.2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Of the same organization.
    Relaxed,
    /// The same.
    Strict,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relaxed => "relaxed",
            Self::Strict => "strict",
        })
    }
}

/// The `psd` tag: whether the record stands at a public suffix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Psd {
    /// It does.
    Yes,
    /// It does not, and is the Organizational Domain.
    No,
    /// It does not say.
    #[default]
    Unknown,
}

/// A record that begins as a DMARC Policy Record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRecord {
    /// Its text.
    pub text: String,
    /// `p`; absent or invalid where `None`.
    pub p: Option<Policy>,
    /// `sp`.
    pub sp: Option<Policy>,
    /// `np`.
    pub np: Option<Policy>,
    /// `psd`.
    pub psd: Psd,
    /// `t=y`.
    pub testing: bool,
    /// `adkim`; `None` where the record does not say.
    pub adkim: Option<Mode>,
    /// `aspf`; `None` where the record does not say.
    pub aspf: Option<Mode>,
    /// `rua`: the URIs that look valid.
    pub rua: Vec<String>,
    /// Whether `p`, `sp` and `np` are as they should be; if not, `rua` decides (§4.10.1).
    pub policy_is_valid: bool,
    /// What is wrong or odd about it, in words.
    pub problems: Vec<String>,
}

impl PolicyRecord {
    /// Reads `text`; `None` when it does not begin with `v=DMARC1`, so that it is none (§4.7).
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text).into_owned();
        let mut specs = text.split(';');
        let (name, value) = specs.next()?.split_once('=')?;
        if !name.trim_ascii_end().eq_ignore_ascii_case("v") || value.trim_ascii() != "DMARC1" {
            return None;
        }
        let mut record = Self {
            text: text.clone(),
            p: None,
            sp: None,
            np: None,
            psd: Psd::Unknown,
            testing: false,
            adkim: None,
            aspf: None,
            rua: Vec::new(),
            policy_is_valid: true,
            problems: Vec::new(),
        };
        let mut seen: Vec<String> = Vec::new();
        for spec in specs.map(str::trim_ascii).filter(|spec| !spec.is_empty()) {
            let Some((name, value)) = spec.split_once('=') else {
                record.problems.push(format!("\"{spec}\" has no \"=\""));
                continue;
            };
            let name = name.trim_ascii().to_ascii_lowercase();
            if seen.contains(&name) {
                let problem = format!("{name}= stands there again; the first counts");
                record.problems.push(problem);
                continue;
            }
            record.read(&name, value.trim_ascii());
            seen.push(name);
        }
        if record.p.is_none() {
            record.policy_is_valid = false;
            if !seen.iter().any(|name| name == "p") {
                record.problems.push("p= is missing".into());
            }
        }
        Some(record)
    }

    /// Whether the record asks for anything that can be applied: a valid policy, or a place to
    /// report to, which makes it `p=none` (§4.10.1).
    pub fn is_usable(&self) -> bool {
        self.policy_is_valid || !self.rua.is_empty()
    }

    /// The policy for the domain of the record itself.
    pub fn for_domain(&self) -> Policy {
        match (self.policy_is_valid, self.p) {
            (true, Some(p)) => p,
            _ => Policy::None,
        }
    }

    /// The policy for subdomains, and the tag that gives it. `exists` says whether the subdomain
    /// exists in DNS.
    pub fn for_subdomain(&self, exists: bool) -> (Policy, &'static str) {
        match (self.policy_is_valid, exists, self.np, self.sp) {
            (true, false, Some(np), _) => (np, "np"),
            (true, _, _, Some(sp)) => (sp, "sp"),
            _ => (self.for_domain(), "p"),
        }
    }

    fn read(&mut self, name: &str, value: &str) {
        let invalid = match name {
            "p" | "sp" | "np" => {
                let policy = Policy::parse(value);
                match name {
                    "p" => self.p = policy,
                    "sp" => self.sp = policy,
                    _ => self.np = policy,
                }
                self.policy_is_valid &= policy.is_some();
                policy.is_none()
            }
            "adkim" | "aspf" => {
                let mode = match value {
                    "r" | "R" => Some(Mode::Relaxed),
                    "s" | "S" => Some(Mode::Strict),
                    _ => None,
                };
                match name {
                    "adkim" => self.adkim = mode,
                    _ => self.aspf = mode,
                }
                mode.is_none()
            }
            "psd" => {
                self.psd = match value {
                    "y" | "Y" => Psd::Yes,
                    "n" | "N" => Psd::No,
                    _ => Psd::Unknown,
                };
                self.psd == Psd::Unknown && !value.eq_ignore_ascii_case("u")
            }
            "t" => {
                self.testing = value.eq_ignore_ascii_case("y");
                !self.testing && !value.eq_ignore_ascii_case("n")
            }
            "rua" => {
                let uris = value.split(',').map(str::trim_ascii);
                self.rua = uris.filter(|uri| is_uri(uri)).map(str::to_owned).collect();
                self.rua.is_empty()
            }
            "ruf" | "fo" => false,
            "pct" | "rf" | "ri" => {
                let problem = format!("{name}= was removed by RFC 9989 and is ignored");
                self.problems.push(problem);
                false
            }
            _ => {
                let problem = format!("{name}= is not a tag of DMARC and is ignored");
                self.problems.push(problem);
                false
            }
        };
        if invalid {
            let problem = format!("{name}={value} is not a valid value");
            self.problems.push(problem);
        }
    }
}

/// Whether a text has the look of a URI (RFC 3986 §3) that names a place.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let place_is_named = match scheme.to_ascii_lowercase().as_str() {
        "mailto" => rest
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty()),
        _ => rest.trim_start_matches('/').contains(|char| char != '/'),
    };
    is_scheme && place_is_named && !rest.contains(|char: char| char.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> PolicyRecord {
        PolicyRecord::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn only_v_dmarc1_at_the_start_makes_a_record() {
        for text in ["v=DMARC1", "v = DMARC1 ; p=none", "V=DMARC1;p=none;"] {
            assert!(PolicyRecord::parse(text.as_bytes()).is_some(), "{text}");
        }
        for text in [
            "",
            "v=dmarc1; p=none",
            "v=DMARC1.0",
            "p=none; v=DMARC1",
            "v=spf1 -all",
        ] {
            assert!(PolicyRecord::parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn words_are_read_in_any_case_and_defaults_are_told_from_choices() {
        let record = parse("v=DMARC1; p=REJECT; adkim=S");
        assert_eq!(record.p, Some(Policy::Reject));
        assert_eq!((record.adkim, record.aspf), (Some(Mode::Strict), None));
    }

    #[test]
    fn a_record_without_a_valid_policy_needs_somewhere_to_report_to() {
        assert!(!parse("v=DMARC1").is_usable());
        assert!(!parse("v=DMARC1; rua=mailto:").is_usable());
        assert!(!parse("v=DMARC1; p=none; sp=maybe").is_usable());
        let record = parse("v=DMARC1; p=rejct; rua=mailto:a@example.com!10m");
        assert!(record.is_usable());
        assert_eq!(record.for_domain(), Policy::None);
    }

    #[test]
    fn subdomains_take_np_then_sp_then_p() {
        let record = parse("v=DMARC1; p=none; sp=quarantine; np=reject");
        assert_eq!(record.for_subdomain(false), (Policy::Reject, "np"));
        assert_eq!(record.for_subdomain(true), (Policy::Quarantine, "sp"));
        let record = parse("v=DMARC1; p=reject");
        assert_eq!(record.for_subdomain(false), (Policy::Reject, "p"));
    }

    #[test]
    fn what_is_odd_is_said() {
        let record = parse("v=DMARC1; p=none; pct=50; aspr=r; aspf=x; p=reject; what");
        assert_eq!(record.problems.len(), 5, "{:?}", record.problems);
        assert_eq!(record.p, Some(Policy::None));
    }
}
