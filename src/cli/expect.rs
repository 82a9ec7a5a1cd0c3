//! Results that a script expects, for `inspect --expect`.

use sesauth::Analysis;
use sesauth::dns::Name;

use super::output;

/// One result that is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    method: Method,
    result: String,
    /// The domain that has it.
    domain: Option<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Dmarc,
    Spf,
    Dkim,
}

/// The results of each, as registered (RFC 8601 §2.7), and ours for what could not be judged.
const DMARC: &[&str] = &[
    "pass",
    "fail",
    "none",
    "temperror",
    "permerror",
    "inconclusive",
];
const SPF: &[&str] = &[
    "pass",
    "fail",
    "softfail",
    "neutral",
    "none",
    "temperror",
    "permerror",
    "not-evaluated",
];
const DKIM: &[&str] = &[
    "pass",
    "fail",
    "none",
    "neutral",
    "policy",
    "temperror",
    "permerror",
    "not-evaluated",
];

/// Reads `dmarc=pass`, `spf=none` or `dkim=pass@example.com`.
pub fn expected(text: &str) -> Result<Expected, String> {
    let form = "write dmarc=pass, spf=pass or dkim=pass@example.com";
    let (method, rest) = text.split_once('=').ok_or(form)?;
    let (method, words) = match method {
        "dmarc" => (Method::Dmarc, DMARC),
        "spf" => (Method::Spf, SPF),
        "dkim" => (Method::Dkim, DKIM),
        other => return Err(format!("{other:?} is none of dmarc, spf and dkim; {form}")),
    };
    let (result, domain) = match rest.split_once('@') {
        Some((result, domain)) => (result, Some(domain)),
        None => (rest, None),
    };
    if !words.contains(&result) {
        return Err(format!(
            "{result:?} is no result; one of {}",
            words.join(", ")
        ));
    }
    let domain = domain.map(Name::parse).transpose();
    Ok(Expected {
        method,
        result: result.to_owned(),
        domain: domain.map_err(|error| error.to_string())?,
    })
}

impl Expected {
    /// Whether `analysis` has it; says what it has if not.
    pub fn is_met(&self, analysis: &Analysis) -> bool {
        let found = self.found(analysis);
        let is_met = found.iter().any(|(result, domain)| {
            let of_domain = self.domain.is_none() || *domain == self.domain;
            *result == self.result && of_domain
        });
        if !is_met {
            let told = |(result, domain): &(&str, Option<Name>)| match domain {
                Some(domain) => format!("{result}@{domain}"),
                None => (*result).to_owned(),
            };
            let found: Vec<String> = found.iter().map(told).collect();
            let method = match self.method {
                Method::Dmarc => "dmarc",
                Method::Spf => "spf",
                Method::Dkim => "dkim",
            };
            let domain = self.domain.as_ref();
            let domain = domain.map_or(String::new(), |domain| format!("@{domain}"));
            output::say(format!(
                "--expect {method}={}{domain}: {method} is {}",
                self.result,
                found.join(", ")
            ));
        }
        is_met
    }

    fn found(&self, analysis: &Analysis) -> Vec<(&'static str, Option<Name>)> {
        match self.method {
            Method::Dmarc => {
                let dmarc = &analysis.dmarc;
                vec![(dmarc.result.as_str(), dmarc.author_domain.clone())]
            }
            Method::Spf => {
                let spf = &analysis.spf.mail_from;
                let domain = spf.domain.as_deref();
                let domain = domain.and_then(|domain| Name::parse(domain).ok());
                vec![(spf.result.as_str(), domain)]
            }
            Method::Dkim if analysis.dkim.is_empty() => vec![("none", None)],
            Method::Dkim => {
                let all = analysis.dkim.iter();
                all.map(|one| (one.result.as_str(), one.domain.clone()))
                    .collect()
            }
        }
    }
}
