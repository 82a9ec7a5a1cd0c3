//! `sesauth findings`, and the arguments about findings.

use std::io::Write;

use clap::ValueEnum;
use sesauth::dmarc::registered;
use sesauth::dns::Name;
use sesauth::findings::{self, Hit, RULES, Severity};
use sesauth::{Analysis, Audience, render};

use super::flags::Format;
use super::typed::{Domain, Said, domain};
use super::{Failure, Status, output, written};

/// List all that can be found in a message, with its severity
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Findings {
    /// How to show the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  sesauth findings
  sesauth findings --format json
      with what each means, and the sections of RFCs that it rests on

Exit codes:
  0   listed
  2   usage";

impl Findings {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut out = output::stdout(self.format.escapes());
        let result = match self.format {
            Format::Text => render::findings::write_rules(&mut out),
            Format::Json => render::json::write(&RULES, &mut out),
        };
        written(result.and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }
}

/// What is looked for, and what it is worth.
#[derive(clap::Args)]
pub struct FindingArguments {
    /// Ask DNS no more than the verdicts need: some findings then say less, or nothing
    #[arg(long, help_heading = "Findings")]
    pub no_advice: bool,

    #[command(flatten)]
    fail: FailFlag,

    /// This domain is mine: advice is for who runs it; may be given several times
    #[arg(
        long,
        value_name = "DOMAIN",
        value_parser = domain,
        conflicts_with = "received",
        help_heading = "Findings"
    )]
    mine: Vec<Domain>,

    /// I received the message, and run none of its domains: no records to publish
    #[arg(long, help_heading = "Findings")]
    received: bool,

    /// Leave out this finding, as if it were not there; may be given several times
    #[arg(long, value_name = "CODE", value_parser = code, help_heading = "Findings")]
    ignore: Vec<&'static str>,
}

/// From which severity on.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct FailFlag {
    /// From which severity on findings make the exit code 1
    #[arg(
        long,
        value_name = "SEVERITY",
        default_value = "error",
        help_heading = "Findings"
    )]
    fail_on: FailOn,
}

impl FailFlag {
    /// Whether what was found makes the exit code 1.
    pub fn calls_for_failure(self, hits: &[Hit]) -> bool {
        self.fail_on.is_met(hits)
    }
}

impl FindingArguments {
    /// Whom advice is for; says how a domain was read, if more was typed.
    pub fn audience(&self) -> Audience {
        self.mine.iter().for_each(Domain::say);
        let domains = || self.mine.iter().map(|domain| domain.name.clone());
        match (self.received, self.mine.is_empty()) {
            (true, _) => Audience::Recipient,
            (false, true) => Audience::Unknown,
            (false, false) => Audience::Owner(domains().collect()),
        }
    }

    /// Says so if the message of `analysis` has nothing of the domains in --mine.
    pub fn say_strangers(&self, analysis: &Analysis) {
        let names = self.mine.iter().map(|domain| &domain.name);
        let names: Vec<&str> = names.map(Name::as_str).collect();
        let has_some = |domain: &Domain| is_of(analysis, &domain.name);
        if !names.is_empty() && !self.mine.iter().any(has_some) {
            let names = names.join(" or ");
            output::say(format!(
                "--mine: no sender in this message is of {names}: advice is as for whoever received it"
            ));
        }
    }

    /// Removes the hits that the user does not want.
    pub fn leave_out(&self, hits: &mut Vec<Hit>) {
        hits.retain(|hit| !self.ignore.contains(&hit.code));
    }

    /// Whether what was found makes the exit code 1.
    pub fn call_for_failure(&self, hits: &[Hit]) -> bool {
        self.fail.calls_for_failure(hits)
    }
}

/// Whether a name that the message was sent under belongs to the organization of `domain`.
fn is_of(analysis: &Analysis, domain: &Name) -> bool {
    let dmarc = &analysis.dmarc;
    let spf = &analysis.spf;
    let spf = [&spf.mail_from.domain, &spf.helo.domain].into_iter();
    let spf = spf.filter_map(|name| Name::parse(name.as_deref()?).ok());
    let signed = analysis.dkim.iter().filter_map(|one| one.domain.clone());
    let author = dmarc.author_domain.clone();
    let mut names = author.into_iter().chain(spf).chain(signed);
    names.any(|name| registered(&name) == registered(domain))
}

/// From which severity on findings make the exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// At errors
    Error,
    /// At errors and warnings
    Warning,
    /// At any finding
    Notice,
    /// Whatever is found
    Never,
}

impl FailOn {
    fn is_met(self, hits: &[Hit]) -> bool {
        let least = match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Notice => Severity::Notice,
            Self::Never => return false,
        };
        hits.iter().any(|hit| hit.severity <= least)
    }
}

/// The code of a finding, as an argument.
fn code(text: &str) -> Result<&'static str, String> {
    match findings::rule(text) {
        Some(rule) => Ok(rule.code),
        None => Err(format!(
            "no finding has this code{}",
            perhaps(&findings::near(text), "sesauth findings")
        )),
    }
}

/// The words that were probably meant, as the end of an error message.
pub fn perhaps(near: &[&str], list: &str) -> String {
    match near {
        [] => format!("; {list} lists all"),
        near => format!("; perhaps {}", near.join(" or ")),
    }
}
