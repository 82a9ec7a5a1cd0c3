//! In which form records are shown, and the document of all of them.

use std::io::Write;

use clap::{Args, ValueEnum};
use sesauth::Inspection;
use sesauth::dns::{Name, RecordChange, RecordSet};
use sesauth::render::provider::{self, Form, Provider};
use sesauth::render::workflow::Escapes;

use super::typed::{Domain, Said, domain};
use super::{Failure, output, written};

/// The form of records.
#[derive(Args, Debug)]
pub struct ProviderFlags {
    /// Show the records to publish as this DNS provider or tool takes them, whole record sets where
    /// it keeps those
    #[arg(
        long,
        value_name = "FORM",
        default_value = "plain",
        help_heading = "Records"
    )]
    provider: FormArgument,

    /// The zone that the records are for [default: the registered domain, by the Public Suffix List]
    #[arg(long, value_name = "NAME", value_parser = domain, help_heading = "Records")]
    zone: Option<Domain>,
}

/// A form of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormArgument {
    /// Lines of a zone file with full names
    Plain,
    /// Zone text with $ORIGIN and relative names
    Bind,
    /// JSON for aws route53 change-resource-record-sets --change-batch
    #[value(name = "route53")]
    Route53,
    /// JSON for POST /zones/ZONE_ID/dns_records/batch of Cloudflare's API
    Cloudflare,
    /// What to enter in Cloudflare's dashboard
    CloudflareDashboard,
    /// Terraform: aws_route53_record
    #[value(name = "terraform-route53", alias = "terraform")]
    TerraformRoute53,
    /// Terraform: cloudflare_dns_record
    TerraformCloudflare,
    /// AWS CDK, TypeScript
    Cdk,
}

impl From<FormArgument> for Form {
    fn from(form: FormArgument) -> Self {
        match form {
            FormArgument::Plain => Self::Plain,
            FormArgument::Bind => Self::Bind,
            FormArgument::Route53 => Self::Route53,
            FormArgument::Cloudflare => Self::Cloudflare,
            FormArgument::CloudflareDashboard => Self::CloudflareDashboard,
            FormArgument::TerraformRoute53 => Self::TerraformRoute53,
            FormArgument::TerraformCloudflare => Self::TerraformCloudflare,
            FormArgument::Cdk => Self::Cdk,
        }
    }
}

impl ProviderFlags {
    /// The zone, if one is given.
    pub fn zone(&self) -> Option<&Name> {
        self.zone.as_ref().map(|zone| &zone.name)
    }

    /// The same flags for a zone that has another name now.
    pub fn of_zone(&self, zone: Option<Name>) -> Self {
        Self {
            provider: self.provider,
            zone: zone.map(Domain::from),
        }
    }

    /// Whether a form other than zone lines is wanted.
    pub fn is_given(&self) -> bool {
        self.provider != FormArgument::Plain
    }

    /// How to show the records of a fix.
    pub fn provider(&self) -> Provider<'_> {
        Provider {
            form: self.form(),
            zone: self.zone(),
        }
    }

    fn form(&self) -> Form {
        self.provider.into()
    }

    /// Writes `sets` to standard output as one document and nothing else. What is to be known of them
    /// goes to standard error.
    pub fn write(&self, sets: &[RecordSet]) -> Result<(), Failure> {
        self.zone.iter().for_each(Domain::say);
        if sets.is_empty() {
            output::say("no record is to be published");
            return Ok(());
        }
        let zone = self.zone_for(sets)?;
        let form = self.form();
        for remark in provider::remarks(sets, form, &zone) {
            output::say(remark);
        }
        let escapes = match form {
            Form::Route53 | Form::Cloudflare => Escapes::Json,
            _ => Escapes::Text,
        };
        let mut out = output::stdout(escapes);
        let result = provider::write(sets, form, &zone, &mut out);
        written(result.and_then(|()| out.flush()))
    }

    /// The zone of the document; says which was taken.
    fn zone_for(&self, sets: &[RecordSet]) -> Result<Name, Failure> {
        if let Some(zone) = self.zone() {
            return Ok(zone.clone());
        }
        if self.form() == Form::Plain {
            return Ok(Name::root());
        }
        match &provider::zones(sets)[..] {
            [zone] => {
                output::say(format!(
                    "the zone is taken to be {zone}, by the Public Suffix List; --zone names another"
                ));
                Ok(zone.clone())
            }
            zones => {
                let zones: Vec<&str> = zones.iter().map(Name::as_str).collect();
                let zones = zones.join(" and ");
                let why = format!("the records are in {zones}; --zone says which to write");
                Err(Failure::new("--provider", why))
            }
        }
    }

    /// Writes the records of all fixes of `inspection` as one document. Where a fix has a choice, none
    /// is made.
    pub fn write_fixes(&self, inspection: &Inspection) -> Result<(), Failure> {
        let mut changes: Vec<RecordChange> = Vec::new();
        for finding in inspection.findings() {
            let code = finding.code;
            let Some(fix) = finding.fix else { continue };
            if fix.choices.iter().any(|choice| !choice.records.is_empty()) {
                output::say(format!(
                    "{code} has a choice of records, which are not in this document; --format text \
                     shows them"
                ));
            }
            changes.extend(fix.records);
        }
        self.write(&RecordSet::after(&changes, &inspection.analysis.lookups))
    }
}
