//! What becomes of the result: how it is shown, and what the exit code says.

use std::io::{self, Write};

use sesauth::conclusion::{Conclusion, ConclusionResult};
use sesauth::corpus::PlanNote;
use sesauth::dmarc::DmarcResult;
use sesauth::dns::NoDns;
use sesauth::render::text::TextOptions;
use sesauth::{Inspection, render};

use super::super::flags::DetailArgument;
use super::super::provider::ProviderFlags;
use super::super::{Failure, Status, output, written};
use super::Inspect;
use super::flags::InspectFormat;

impl Inspect {
    /// Writes the inspection of the file called `name`.
    pub(super) fn show(
        &self,
        inspection: &Inspection,
        notes: &[PlanNote],
        name: &str,
        flags: &ProviderFlags,
    ) -> Result<(), Failure> {
        let color = self.color.is_wanted(&io::stdout());
        let provider = flags.provider();
        let mut out = output::stdout(self.format.escapes());
        let result = match self.format {
            InspectFormat::Text => {
                let options = TextOptions {
                    verbose: self.verbose,
                    color,
                    columns: output::columns(),
                    provider,
                };
                render::text::write(inspection, options, &mut out)
            }
            InspectFormat::Header => {
                let name = match self.redact {
                    true => self.authserv_id.redacted(),
                    false => self.authserv_id.name(),
                };
                let field = render::auth_results::field(&inspection.analysis, &name);
                render::auth_results::write(&field, "\n", &mut out)
            }
            InspectFormat::Line => render::line::write(inspection, name, &mut out),
            InspectFormat::Markdown => render::markdown::write(inspection, provider, &mut out),
            InspectFormat::Html => {
                render::html::write(inspection, output::file_name(name), provider, &mut out)
            }
            InspectFormat::Records => return flags.write_fixes(inspection),
            InspectFormat::Json => {
                let detail = self.detail.unwrap_or(DetailArgument::Words);
                render::json::write_planned(inspection, notes, detail.into(), &mut out)
            }
        };
        written(result.and_then(|()| out.flush()))
    }

    /// Whether the conclusion is what is required. Says so if not.
    fn is_met(&self, conclusion: &Conclusion) -> bool {
        let is_pass = conclusion.result == ConclusionResult::Pass;
        if is_pass && conclusion.unsigned_body && !self.allow_unsigned {
            eprintln!(
                "sesauth: --require pass: a part of the body is not signed (l=); \
                 --allow-unsigned accepts that"
            );
            return false;
        }
        if !is_pass {
            let result = conclusion.result.as_str();
            eprintln!("sesauth: --require pass: the conclusion is {result}");
        }
        is_pass
    }

    /// What the exit code says.
    pub(super) fn status(&self, inspection: &Inspection, no_dns: Option<&NoDns>) -> Status {
        let analysis = &inspection.analysis;
        if analysis.is_recording_incomplete() {
            for lookup in analysis.missing_lookups() {
                let question = &lookup.question;
                let text = format!("{} {}", question.kind, question.name);
                output::say(format!("not in the recorded DNS: {text}"));
            }
            let help = match self.dns.is_recorded() {
                true => "record again with --record, without --dns",
                false => "give recorded DNS with --dns, or leave out --offline",
            };
            output::say(format!("the analysis is incomplete: {help}"));
            return Status::NotAnalysed;
        }
        match self.findings.call_for_failure(&inspection.hits) {
            _ if no_dns.is_some() => Status::TryAgain,
            _ if analysis.dmarc.result == DmarcResult::Temperror => Status::TryAgain,
            _ if self.require.is_some() && !self.is_met(&analysis.conclusion) => Status::Fail,
            _ if !self.expect.iter().all(|one| one.is_met(analysis)) => Status::Fail,
            true => Status::Fail,
            false => Status::Fine,
        }
    }
}
