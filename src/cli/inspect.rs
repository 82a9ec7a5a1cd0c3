//! `sesauth inspect`.

mod flags;
mod judging;
mod shown;

use std::fs::File;

use jiff::Timestamp;
use sesauth::corpus::Plan;
use sesauth::dns::Zone;
use sesauth::message::Opened;
use sesauth::redact::redact;
use sesauth::session::{Metadata, MetadataFault};
use sesauth::{Options, SessionHints};

use super::canonical::Canonical;
use super::dns::{Load, Published, say_no_dns};
use super::flags::limits;
use super::plan::say_notes;
use super::redact::{redaction, say_differences};
use super::{Failure, Status, message, within};
pub use flags::Inspect;
use flags::InspectFormat;
use judging::{Judging, Stop};

impl Inspect {
    pub(super) fn run(self) -> Result<Status, Failure> {
        if self.detail.is_some() && !matches!(self.format, InspectFormat::Json) {
            return Err(Failure::new("--detail", "it needs --format json"));
        }
        if self.authserv_id.is_given() && !matches!(self.format, InspectFormat::Header) {
            return Err(Failure::new("--authserv-id", "it needs --format header"));
        }
        let has_no_form = matches!(
            self.format,
            InspectFormat::Line | InspectFormat::Json | InspectFormat::Header
        );
        if has_no_form && self.provider.is_given() {
            let why = "it needs --format text, markdown or records";
            return Err(Failure::new("--provider", why));
        }
        if let Some(canonical) = &self.canonical {
            return self.write_canonical(canonical);
        }
        let options = Options {
            limits: limits(self.max_size),
            attached: self.attached.map(usize::from),
            rules: self.rules.into(),
            reports: self.reports,
            bulk: self.profile.is_bulk(),
            advice: !self.findings.no_advice,
            audience: self.findings.audience(),
            // `Inspection::planned` looks at both, with the plan and without.
            planned: false,
            autopsy: self.autopsy.effort(true),
            identities: self.identity.identities()?,
            hosts: Vec::new(),
            exchangers: false,
            canonical_header: self.verbose,
        };
        let others = self.compare.others(&options.limits)?;
        let planned = self.planned()?;
        let published = self.dns.published(Load::One)?;
        let (name, bytes) = message::read(self.message.as_deref(), self.max_size)?;
        let hints = self.hints()?;
        let now = Timestamp::now();
        let judging = Judging {
            bytes: &bytes,
            hints: &hints,
            now,
            options: &options,
            others: &others,
            is_live: matches!(published, Published::Live(_)),
        };
        let judged = judging.judge(&published, planned);
        let (judged, no_dns) = published.block_on(judged)?;
        let no_dns = no_dns.as_ref();
        let (mut inspection, notes) = match judged {
            Ok(judged) => judged,
            Err(Stop::Message(error)) => return Err(Failure::new(&name, error)),
            Err(Stop::Plan(error)) => return Err(self.plan.refused(error)),
            Err(Stop::Untouched(untouched, before)) => {
                return Ok(match no_dns {
                    Some(why) => {
                        say_no_dns(why);
                        Status::TryAgain
                    }
                    None => self.plan.say_untouched(&untouched, &before),
                });
            }
        };
        let mut zone = self.provider.zone().cloned();
        let name = match self.redact {
            true => {
                let mut how = redaction(self.seed.as_deref(), false, self.dns.absent())?;
                how.zone = zone;
                let redacted = redact(&bytes, &hints, now, &options, &inspection, &how);
                let redacted = redacted.map_err(|error| Failure::new(&name, error))?;
                say_differences(&redacted);
                zone = redacted.zone;
                inspection = redacted.inspection;
                "redacted".to_owned()
            }
            false => name,
        };
        self.findings.leave_out(&mut inspection.hits);
        let analysis = &inspection.analysis;
        let hops = analysis.session.hops.len();
        if let Some(hop) = self.session.reading.hop.filter(|hop| hop.get() > hops) {
            let why = format!("there are only {hops} Received fields");
            return Err(Failure::new(format!("--hop {hop}"), why));
        }
        if !self.redact {
            self.findings.say_strangers(analysis);
            self.identity.say_unmet(analysis);
        }
        self.dns
            .record(&published, no_dns, &analysis.lookups, now)?;
        if !self.quiet {
            let provider = match self.redact {
                true => &self.provider.of_zone(zone),
                false => &self.provider,
            };
            self.show(&inspection, &notes, &name, provider)?;
        }
        Ok(self.status(&inspection, no_dns))
    }

    fn write_canonical(&self, canonical: &Canonical) -> Result<Status, Failure> {
        let limits = limits(self.max_size);
        let (name, bytes) = message::read(self.message.as_deref(), self.max_size)?;
        let reading = self.session.hints().reading();
        let attached = self.attached.map(usize::from);
        let opened = Opened::open(&bytes, reading, attached, &limits);
        let opened = opened.map_err(|error| Failure::new(&name, error))?;
        let message = opened.message(&limits);
        let message = message.map_err(|error| Failure::new(&name, error))?;
        canonical.write(&name, &message, &limits)
    }

    /// What is known of the session.
    fn hints(&self) -> Result<SessionHints, Failure> {
        let mut hints = self.session.hints();
        if let Some(path) = &self.metadata {
            let name = path.display();
            let file = File::open(path).and_then(|file| within(file, Metadata::MOST));
            let bytes = file.map_err(|error| Failure::io(&name, &error))?;
            // More than may be read is refused as such.
            let metadata = match bytes {
                Some(bytes) => Metadata::parse(&bytes),
                None => Err(MetadataFault::TooLarge),
            };
            hints.metadata = Some(metadata.map_err(|fault| Failure::new(&name, fault))?);
        }
        Ok(hints)
    }

    /// The plan and the overlay; `None` if nothing is planned.
    fn planned(&self) -> Result<Option<(Plan, Zone)>, Failure> {
        let plan = self.plan.plan()?;
        say_notes(&plan);
        let overlay = self.plan.overlay()?;
        Ok(self.plan.is_given().then_some((plan, overlay)))
    }
}
