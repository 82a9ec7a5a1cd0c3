//! `sesauth spf`.

use std::io::{self, Write};
use std::net::IpAddr;

use jiff::Timestamp;
use sesauth::corpus::Plan;
use sesauth::dns::{Name, Overlay};
use sesauth::spf::{SpfResult, SpfVerdict};
use sesauth::{Limits, SessionHints, SpfCheck, render};

use super::dns::{DnsArguments, Load};
use super::flags::Format;
use super::plan::{OverlayArgument, unreadable};
use super::session::time;
use super::typed::{Sender, reverse_path, said_sender};
use super::{Failure, Status, output, written};

/// Evaluate SPF for a client and a sender, without a message
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Spf {
    /// Address of the client
    #[arg(long, value_name = "ADDR")]
    ip: IpAddr,

    /// The envelope sender, or its domain; "" for the null one of bounces
    #[arg(long, value_name = "ADDRESS", required_unless_present = "helo", value_parser = reverse_path)]
    mail_from: Option<Sender>,

    /// The name the client gave in HELO or EHLO
    #[arg(long, value_name = "NAME")]
    helo: Option<String>,

    /// Evaluate this record in place of the one that the sender's domain publishes
    #[arg(
        long,
        value_name = "RECORD",
        requires = "mail_from",
        conflicts_with = "record",
        help_heading = "What if"
    )]
    spf_record: Option<String>,

    /// Evaluate as of this time, for the macro t: 2026-07-01T12:00:00Z, 2026-07-01, Unix seconds
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,

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
  sesauth spf --ip 54.240.8.50 --mail-from bounce@mail.example.com
  sesauth spf --ip 192.0.2.10 --helo mail.example.com
  sesauth spf --ip 192.0.2.10 --mail-from a@example.com \\
      --spf-record 'v=spf1 include:amazonses.com -all'
      what would happen if example.com published this

Exit codes:
  0   pass, neutral or none
  1   fail, softfail or permerror
  2   not evaluated: usage, or recorded DNS that does not hold what is needed
  75  temperror; try again later";

impl Spf {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mail_from = self.mail_from.as_ref().map(said_sender);
        let hints = SessionHints {
            client_ip: Some(self.ip.to_canonical()),
            helo: self.helo.clone(),
            mail_from: mail_from.clone(),
            at: self.at,
            ..SessionHints::default()
        };
        let domain = mail_from.as_deref().map(|from| match from {
            "" => self.helo.as_deref().unwrap_or_default(),
            from => from.rsplit('@').next().unwrap_or(from),
        });
        let mut planned = self.overlay.zone()?;
        if let (Some(record), Some(domain)) = (&self.spf_record, domain) {
            Plan::default().spf(record).map_err(unreadable)?;
            let name = Name::parse(domain).map_err(|error| Failure::new(domain, error))?;
            planned.set_txt(name, record);
        }
        let published = self.dns.published(Load::One)?;
        let now = Timestamp::now();
        let limits = Limits::default();
        let overlay = Overlay::new(planned, &published);
        let check = sesauth::check_spf(&hints, &overlay, now, &limits);
        let (check, no_dns) = published.block_on(check)?;
        self.dns
            .record(&published, no_dns.as_ref(), &check.lookups, now)?;
        self.show(&check)?;
        let decides = self.judged(&check).next();
        Ok(match decides.map(|verdict| verdict.result) {
            _ if no_dns.is_some() => Status::TryAgain,
            Some(SpfResult::Fail | SpfResult::Softfail | SpfResult::Permerror) => Status::Fail,
            Some(SpfResult::Temperror) => Status::TryAgain,
            Some(SpfResult::NotEvaluated) => Status::NotAnalysed,
            _ => Status::Fine,
        })
    }

    /// The verdicts that were asked for; the first one decides the exit code.
    fn judged<'c>(&self, check: &'c SpfCheck) -> impl Iterator<Item = &'c SpfVerdict> {
        let mail_from = self.mail_from.is_some().then_some(&check.spf.mail_from);
        let helo = self.helo.is_some().then_some(&check.spf.helo);
        mail_from.into_iter().chain(helo)
    }

    fn show(&self, check: &SpfCheck) -> Result<(), Failure> {
        let mut out = output::stdout(self.format.escapes());
        let result = match self.format {
            Format::Json => render::json::write_spf(check, &mut out),
            Format::Text => self.text(check, &mut out),
        };
        written(result.and_then(|()| out.flush()))
    }

    fn text(&self, check: &SpfCheck, out: &mut dyn Write) -> io::Result<()> {
        for (index, verdict) in self.judged(check).enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            render::spf::write(verdict, out)?;
        }
        Ok(())
    }
}
