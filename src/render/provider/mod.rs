//! Changes of records in the forms that DNS providers and their tools take.

mod bind;
mod cdk;
mod cloudflare;
mod plain;
mod remarks;
mod route53;
mod terraform;

use std::io::{self, Write};

use super::findings::record_lines;
use crate::dns::{
    Evidence, Name, Record, RecordChange, RecordSet, registered, zone_data, zone_name,
};

/// A form of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// Lines of a zone file with full names.
    #[default]
    Plain,
    /// Zone text for BIND and others: `$ORIGIN`, and names relative to it.
    Bind,
    /// The change batch of `aws route53 change-resource-record-sets --change-batch`.
    Route53,
    /// The body of `POST /zones/ZONE_ID/dns_records/batch` of Cloudflare's API.
    Cloudflare,
    /// What to enter in Cloudflare's dashboard, field by field.
    CloudflareDashboard,
    /// Terraform, with `aws_route53_record`.
    TerraformRoute53,
    /// Terraform, with `cloudflare_dns_record`.
    TerraformCloudflare,
    /// AWS CDK, in TypeScript.
    Cdk,
}

impl Form {
    /// What begins a comment; `None` if the form has none, so that [`remarks`] must be said beside it.
    pub fn comment(self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::Bind => Some("; "),
            Self::Route53 | Self::Cloudflare => None,
            Self::CloudflareDashboard => Some(""),
            Self::TerraformRoute53 | Self::TerraformCloudflare => Some("# "),
            Self::Cdk => Some("// "),
        }
    }
}

/// How to show the records of a fix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Provider<'z> {
    /// In which form.
    pub form: Form,
    /// The zone that they are for; `None` is the registered domain of each name.
    pub zone: Option<&'z Name>,
}

/// The zone of a name if none is given: its registered domain by the Public Suffix List, else the
/// name itself.
pub fn zone_of(name: &Name) -> Name {
    let zone = registered(name.as_str()).and_then(|zone| Name::parse(zone).ok());
    zone.unwrap_or_else(|| name.clone())
}

/// The zones of `sets`, in the order of the sets.
pub fn zones(sets: &[RecordSet]) -> Vec<Name> {
    let mut zones = Vec::new();
    for set in sets {
        let zone = zone_of(&set.name);
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    zones
}

/// Writes those of `sets` that are in `zone` as one document; nothing if none of them changes
/// anything. Values are printable ASCII, whatever DNS or a message put into them.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(sets: &[RecordSet], form: Form, zone: &Name, out: &mut dyn Write) -> io::Result<()> {
    let sets: Vec<&RecordSet> = sets.iter().filter(|set| is_in(&set.name, zone)).collect();
    if let Some(sign) = form.comment() {
        for remark in remarks::of_sets(&sets, form) {
            writeln!(out, "{sign}{remark}")?;
        }
    }
    match form {
        Form::Plain => plain::write(&sets, out),
        Form::Bind => bind::write(&sets, zone, out),
        Form::Route53 => route53::write(&sets, zone, out),
        Form::Cloudflare => cloudflare::write(&sets, out),
        Form::CloudflareDashboard => cloudflare::write_for_dashboard(&sets, zone, out),
        Form::TerraformRoute53 => terraform::write_for_route53(&sets, zone, out),
        Form::TerraformCloudflare => terraform::write_for_cloudflare(&sets, zone, out),
        Form::Cdk => cdk::write(&sets, zone, out),
    }
}

/// What is to be known of `sets` in `zone` and a form without comments cannot say, and what is left
/// out as it is elsewhere.
pub fn remarks(sets: &[RecordSet], form: Form, zone: &Name) -> Vec<String> {
    let (inside, outside): (Vec<_>, Vec<_>) = sets.iter().partition(|set| is_in(&set.name, zone));
    let said = match form.comment() {
        None => remarks::of_sets(&inside, form),
        Some(_) => Vec::new(),
    };
    let left_out = outside.into_iter().map(|set| {
        let label = remarks::label(set);
        let zone = bare(zone);
        format!("{label} is left out: it is not in the zone {zone}; --zone names its own")
    });
    said.into_iter().chain(left_out).collect()
}

/// `changes` line by line, each of their zones after the other.
pub(super) fn lines(
    changes: &[RecordChange],
    lookups: &Evidence,
    provider: Provider<'_>,
) -> Vec<String> {
    if provider.form == Form::Plain {
        return record_lines(changes);
    }
    let sets = RecordSet::after(changes, lookups);
    let zones = match provider.zone {
        Some(zone) => vec![zone.clone()],
        None => zones(&sets),
    };
    let mut lines = Vec::new();
    for zone in zones {
        let is_ours = |set: &&RecordSet| provider.zone.is_some() || zone_of(&set.name) == zone;
        let sets: Vec<RecordSet> = sets.iter().filter(is_ours).cloned().collect();
        let remarks = remarks(&sets, provider.form, &zone).into_iter();
        lines.extend(remarks.map(|remark| format!("# {remark}")));
        let mut out = Vec::new();
        if write(&sets, provider.form, &zone, &mut out).is_ok() {
            let text = String::from_utf8_lossy(&out);
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    lines
}

fn is_in(name: &Name, zone: &Name) -> bool {
    name.is_within(zone)
}

/// A name within its zone, in zone-file form: `@` for the zone itself.
fn relative(name: &Name, zone: &Name) -> String {
    let (full, end) = (zone_name(name), zone_name(zone));
    match full.strip_suffix(&end) {
        Some("") => "@".into(),
        Some(front) => front.trim_end_matches('.').to_owned(),
        None => full,
    }
}

/// A name in zone-file form without its final dot.
fn bare(name: &Name) -> String {
    let text = zone_name(name);
    match text.strip_suffix('.') {
        None | Some("") => text,
        Some(text) => text.to_owned(),
    }
}

/// The data of a record for people: as in zone text.
fn shown(record: &Record) -> String {
    zone_data(record)
}

/// Words for programs: letters, digits and underscores, each only once.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    /// The word of `text`, with a number if it is taken.
    fn word(&mut self, text: &str) -> String {
        let text = text.to_ascii_lowercase().replace('*', "wildcard");
        let parts = text.split(|char: char| !char.is_ascii_alphanumeric());
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let word = parts.join("_");
        let mut unique = word.clone();
        let mut number = 1;
        while self.0.contains(&unique) {
            number += 1;
            unique = format!("{word}_{number}");
        }
        self.0.push(unique.clone());
        unique
    }
}
