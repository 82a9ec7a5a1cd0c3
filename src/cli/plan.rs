//! Planned records, from the arguments.

use std::path::PathBuf;

use clap::Args;
use sesauth::corpus::{Plan, PolicyFault, Untouched};
use sesauth::dns::{Dns, Name, Reply, Zone};
use sesauth::render::planned::{untouched, untouched_of};
use sesauth::{Analysis, Error, explain, render};

use super::dns_file::planned;
use super::typed::{Domain, Said, domain};
use super::{Failure, Status, output};

/// What is planned.
#[derive(Args, Debug)]
pub struct PlanArguments {
    /// Plan this DMARC record, or set these tags in the record that applies to the message:
    /// 'p=reject; adkim=s'
    #[arg(long, value_name = "RECORD", help_heading = "What if")]
    policy: Option<String>,

    /// Plan this SPF record for the envelope sender's domain where it is of the organization in
    /// From; those of others, as amazonses.com, stay as they are
    #[arg(long, value_name = "RECORD", help_heading = "What if")]
    spf_record: Option<String>,

    #[command(flatten)]
    overlay: OverlayArgument,

    /// Publish --policy at _dmarc.NAME and --spf-record at NAME, and nowhere else
    #[arg(long, value_name = "NAME", value_parser = domain, help_heading = "What if")]
    domain: Option<Domain>,
}

/// Planned records of any type.
#[derive(Args, Debug)]
pub struct OverlayArgument {
    /// Put planned records over what DNS says: zone text, in which `$GONE name` takes away, or JSON of
    /// Route 53 (change batch, list-resource-record-sets) or Cloudflare (batch, list of dns_records)
    #[arg(long, value_name = "FILE", help_heading = "What if")]
    overlay: Option<PathBuf>,
}

impl OverlayArgument {
    /// Whether planned records are given.
    pub fn is_given(&self) -> bool {
        self.overlay.is_some()
    }

    /// The planned records; empty if the flag is not given.
    pub fn zone(&self) -> Result<Zone, Failure> {
        match &self.overlay {
            None => Ok(Zone::default()),
            Some(path) => planned(path),
        }
    }
}

impl PlanArguments {
    /// Whether anything is planned.
    pub fn is_given(&self) -> bool {
        self.policy.is_some() || self.spf_record.is_some() || self.overlay.is_given()
    }

    /// The plan of --policy and --spf-record.
    pub fn plan(&self) -> Result<Plan, Failure> {
        if self.domain.is_some() && self.policy.is_none() && self.spf_record.is_none() {
            let why = "it says where --policy or --spf-record is published; neither is given";
            return Err(Failure::new("--domain", why));
        }
        self.domain.iter().for_each(Domain::say);
        let mut plan = Plan::at(self.domain().cloned());
        if let Some(policy) = &self.policy {
            plan.policy(policy).map_err(no_policy)?;
        }
        if let Some(record) = &self.spf_record {
            plan.spf(record).map_err(unreadable)?;
        }
        Ok(plan)
    }

    /// The planned records of --overlay.
    pub fn overlay(&self) -> Result<Zone, Failure> {
        self.overlay.zone()
    }

    /// Why the records of --overlay cannot be published.
    pub fn refused(&self, error: Error) -> Failure {
        match &self.overlay.overlay {
            Some(path) => Failure::new(path.display(), error),
            None => unreadable(error),
        }
    }

    /// The name of the plan in a sentence.
    pub fn what(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.policy.clone());
        parts.extend(self.spf_record.clone());
        if let (Some(domain), false) = (self.domain(), parts.is_empty()) {
            parts = vec![format!("{} at {domain}", parts.join(" and "))];
        }
        let overlay = self.overlay.overlay.as_ref();
        parts.extend(overlay.map(|path| path.display().to_string()));
        parts.join(" with ")
    }

    /// The domain that the records are planned for, if one is given.
    pub fn domain(&self) -> Option<&Name> {
        self.domain.as_ref().map(|domain| &domain.name)
    }

    /// Reports on standard error that the plan changes nothing for the message of `before`, and
    /// why.
    pub fn say_untouched(&self, reasons: &[Untouched], before: &Analysis) -> Status {
        say("error: ", "the plan touches nothing of this message");
        for why in reasons {
            say("", &untouched_of(why, before));
        }
        if let Some(path) = &self.overlay.overlay {
            let path = path.display();
            let why = format!("--overlay: {path} changes no answer that this message asks for");
            say("", &why);
        }
        status(reasons)
    }
}

/// Reports on standard error that a planned record changes nothing, and why.
pub fn say_untouched(why: &Untouched) -> Status {
    say("error: ", &untouched(why));
    status(std::slice::from_ref(why))
}

/// The exit code: another try may succeed if DNS did not answer.
fn status(reasons: &[Untouched]) -> Status {
    let is_open = |why: &Untouched| matches!(why, Untouched::NoAnswer { .. });
    match reasons.iter().any(is_open) {
        true => Status::TryAgain,
        false => Status::NotAnalysed,
    }
}

/// Why --policy is neither a DMARC record nor a change of one.
pub fn no_policy(fault: PolicyFault) -> Failure {
    Failure::new("--policy", render::planned::fault(&fault))
}

/// Why an argument is not a record.
pub fn unreadable(error: Error) -> Failure {
    Failure(error.to_string())
}

/// Reports on standard error which part of a plan changes nothing, although other parts do.
pub fn note_untouched(reasons: &[Untouched], before: &Analysis) {
    for why in reasons {
        say("note: ", &untouched_of(why, before));
    }
}

/// Reports on standard error what receivers would not read as intended.
pub fn say_notes(plan: &Plan) {
    for note in &plan.notes {
        say("note: ", &explain::dmarc::problem(note).to_string());
    }
}

fn say(head: &str, text: &str) {
    output::say(format!("{head}{text}"));
}

/// The records as a zone.
pub fn zone(records: &[(Name, String)]) -> Zone {
    let mut zone = Zone::default();
    for (name, record) in records {
        zone.set_txt(name.clone(), record);
    }
    zone
}

/// Whether `planned` gives a different answer to any question of the message of `before`.
pub async fn touches<D: Dns>(before: &Analysis, planned: &D) -> bool {
    for lookup in &before.lookups.0 {
        if !is_same(&planned.query(&lookup.question).await, &lookup.reply) {
            return true;
        }
    }
    false
}

/// Whether two answers are the same, regardless of their TTLs.
fn is_same(one: &Reply, other: &Reply) -> bool {
    match (one, other) {
        (Reply::Records(one), Reply::Records(other)) => {
            (&one.cname, &one.records) == (&other.cname, &other.records)
        }
        (Reply::NoData(one), Reply::NoData(other))
        | (Reply::NxDomain(one), Reply::NxDomain(other)) => one.cname == other.cname,
        _ => one == other,
    }
}
