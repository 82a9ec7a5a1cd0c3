//! `sesauth dmarc`.

use std::io::Write;

use jiff::Timestamp;
use sesauth::corpus::{Plan, Untouched};
use sesauth::dmarc::DmarcCause;
use sesauth::dns::{Cache, Dns, Overlay, Zone};
use sesauth::{DmarcCheck, Options, render};

use super::dns::{DnsArguments, Load, Published, say_no_dns};
use super::flags::{Format, RulesFlag};
use super::plan::{OverlayArgument, no_policy, say_untouched, zone};
use super::typed::{Domain, Said, domain};
use super::{Failure, Status, hint, output, written};

/// Show the DMARC policy of a domain, and how it is found, without a message
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Dmarc {
    /// The domain, as it stands behind the @ in From; of an address or a URL, its domain
    #[arg(value_parser = asked)]
    domain: Domain,

    /// Judge as if the domain published this record, or set these tags in the record that it
    /// publishes: 'p=reject; adkim=s'
    #[arg(
        long,
        value_name = "RECORD",
        conflicts_with = "record",
        help_heading = "What if"
    )]
    policy: Option<String>,

    #[command(flatten)]
    rules: RulesFlag,

    /// Ask too whether reports may go where the record sends them (rua, ruf), and whether mail is
    /// taken there
    #[arg(long)]
    reports: bool,

    #[command(flatten)]
    dns: DnsArguments,

    #[command(flatten)]
    overlay: OverlayArgument,

    /// How to show the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  sesauth dmarc example.com
  sesauth dmarc --policy 'v=DMARC1; p=reject; sp=none' example.com
      what would hold if example.com published this; 'p=reject; sp=none' sets
      these tags in the record that it publishes
  sesauth explain sp
      what a tag means

Exit codes:
  0   shown
  2   not shown: usage, recorded DNS that does not hold what is needed, or
      planned tags that the domain publishes already
  75  DNS did not answer; try again later";

/// Reads the domain; a message in its place is told how to be judged.
fn asked(text: &str) -> Result<Domain, String> {
    match hint::for_message(text) {
        Some(hint) => Err(hint),
        None => domain(text),
    }
}

impl Dmarc {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let options = Options {
            rules: self.rules.into(),
            reports: self.reports,
            ..Options::default()
        };
        self.domain.say();
        let mut plan = Plan::default();
        if let Some(policy) = &self.policy {
            plan.policy(policy).map_err(no_policy)?;
        }
        let overlay = self.overlay.zone()?;
        let published = self.dns.published(Load::One)?;
        let now = Timestamp::now();
        let check = self.check(&plan, overlay, &published, &options);
        let (check, no_dns) = published.block_on(check)?;
        let check = match (check, &no_dns) {
            (Ok(check), _) => check,
            (Err(_), Some(why)) => {
                say_no_dns(why);
                return Ok(Status::TryAgain);
            }
            (Err(untouched), None) => return Ok(say_untouched(&untouched)),
        };
        self.dns
            .record(&published, no_dns.as_ref(), &check.lookups, now)?;
        self.show(&check)?;
        Ok(match check.dmarc.cause {
            _ if no_dns.is_some() => Status::TryAgain,
            Some(DmarcCause::Dns) => Status::TryAgain,
            Some(DmarcCause::NotRecorded) => Status::NotAnalysed,
            _ => Status::Fine,
        })
    }

    /// The published policy; if one is planned, with the plan.
    async fn check(
        &self,
        plan: &Plan,
        overlay: Zone,
        published: &Published,
        options: &Options,
    ) -> Result<DmarcCheck, Untouched> {
        let overlay = Overlay::new(overlay, Cache::new(published));
        let check = self.ask(&overlay, options).await;
        match plan.policy_of(&check) {
            None => Ok(check),
            Some(record) => {
                let planned = Overlay::new(zone(&[record?]), &overlay);
                Ok(self.ask(&planned, options).await)
            }
        }
    }

    async fn ask(&self, dns: &impl Dns, options: &Options) -> DmarcCheck {
        let (rules, limits) = (options.rules, &options.limits);
        sesauth::check_dmarc(&self.domain.name, dns, rules, options.reports, limits).await
    }

    fn show(&self, check: &DmarcCheck) -> Result<(), Failure> {
        let mut out = output::stdout(self.format.escapes());
        let result = match self.format {
            Format::Json => render::json::write_dmarc(check, &mut out),
            Format::Text => render::dmarc::write(check, &mut out),
        };
        written(result.and_then(|()| out.flush()))
    }
}
