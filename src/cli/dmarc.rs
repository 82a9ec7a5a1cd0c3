//! `sesauth dmarc`.

use std::io::{self, Write};

use jiff::Timestamp;
use sesauth::dmarc::DmarcCause;
use sesauth::dns::{Name, Overlay};
use sesauth::{DmarcCheck, Options, render};

use super::dns::{DnsArguments, Load};
use super::flags::{Format, RulesFlag};
use super::{Failure, Status, written};

/// Show the DMARC policy of a domain, and how it is found, without a message
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Dmarc {
    /// The domain, as it stands behind the @ in From
    #[arg(value_parser = domain)]
    domain: Name,

    /// Judge as if the domain published this record
    #[arg(long, value_name = "RECORD", conflicts_with = "record")]
    policy: Option<String>,

    #[command(flatten)]
    rules: RulesFlag,

    /// Ask too whether reports may go where the record sends them (rua, ruf), and whether mail is
    /// taken there
    #[arg(long)]
    reports: bool,

    #[command(flatten)]
    dns: DnsArguments,

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
      what would hold if example.com published this
  sesauth explain sp
      what a tag means

The exit code is 0, 75 where DNS did not answer, 2 where the recorded DNS lacks what
is needed.";

fn domain(text: &str) -> Result<Name, String> {
    let domain = text.rsplit('@').next().unwrap_or(text);
    let domain = domain.strip_prefix("_dmarc.").unwrap_or(domain);
    Name::parse(domain).map_err(|error| error.to_string())
}

impl Dmarc {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let options = Options {
            rules: self.rules.into(),
            reports: self.reports,
            ..Options::default()
        };
        let mut planned = self.dns.planned()?;
        if let Some(record) = &self.policy {
            let name = self.domain.under("_dmarc");
            let name = name.map_err(|error| Failure::new(&self.domain, error))?;
            planned.set_txt(name, record);
        }
        let published = self.dns.published(Load::One)?;
        let now = Timestamp::now();
        let overlay = Overlay::new(planned, &published);
        let check = published.block_on(sesauth::check_dmarc(&self.domain, &overlay, &options))?;
        self.dns.record(&published, &check.lookups, now)?;
        self.show(&check)?;
        Ok(match check.dmarc.cause {
            Some(DmarcCause::Dns) => Status::TryAgain,
            Some(DmarcCause::NotRecorded) => Status::NotAnalysed,
            _ => Status::Fine,
        })
    }

    fn show(&self, check: &DmarcCheck) -> Result<(), Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let result = match self.format {
            Format::Json => render::json::write(check, &mut out),
            Format::Text => render::dmarc::write(check, &mut out),
        };
        written(result.and_then(|()| out.flush()))
    }
}
