//! What is shown of one message.

use sesauth::conclusion::ConclusionResult;
use sesauth::corpus::Verdicts;
use sesauth::dmarc::DmarcResult;
use sesauth::findings::Severity;
use sesauth::render::json::Detail;
use sesauth::render::provider::Provider;
#[cfg(feature = "parquet")]
use sesauth::render::rows::MessageRow;
use sesauth::{Inspection, render};

use super::super::findings::FindingArguments;
use super::super::{Status, output};
use super::out::BatchFormat;

/// The capacity, in octets, that most lines of JSON fit into.
const LINE: usize = 32 * 1024;

/// What is wanted of each message.
pub struct Wanted<'b> {
    pub format: BatchFormat,
    /// Whether JSON has words.
    pub words: bool,
    /// Whether there are pages.
    pub pages: bool,
    /// Whether a message that is a plain pass has a page too.
    pub plain_pages: bool,
    pub findings: &'b FindingArguments,
}

/// The outcome of one message.
pub struct Done {
    pub name: String,
    pub shown: Shown,
    pub verdicts: Option<Verdicts>,
    /// Its subject, for its line in the index.
    pub subject: Option<String>,
    /// Its own page.
    pub page: Option<Vec<u8>>,
    pub status: Status,
    pub error: Option<String>,
}

/// The output for one message.
pub enum Shown {
    Nothing,
    Line(Vec<u8>),
    #[cfg(feature = "parquet")]
    Row(MessageRow),
}

impl Done {
    /// How many octets it takes, about.
    pub fn octets(&self) -> usize {
        let shown = match &self.shown {
            Shown::Nothing => 0,
            Shown::Line(line) => line.len(),
            #[cfg(feature = "parquet")]
            Shown::Row(row) => row.octets(),
        };
        shown + self.page.as_ref().map_or(0, Vec::len)
    }
}

impl Wanted<'_> {
    /// The outcome of the message with this name and these octets, if they could be read.
    pub fn of(
        &self,
        name: &str,
        file: Option<&[u8]>,
        inspection: Result<Inspection, String>,
    ) -> Done {
        let shown = self.shown(name, file, inspection.as_ref().map_err(String::as_str));
        let (shown, error) = match shown {
            Ok(shown) => (shown, None),
            Err(error) => (Shown::Nothing, Some(error.to_string())),
        };
        let inspected = inspection.as_ref().ok();
        let counted = self.pages || self.format == BatchFormat::Summary;
        Done {
            shown,
            verdicts: inspected.filter(|_| counted).map(Verdicts::of),
            subject: inspected
                .filter(|_| self.pages)
                .and_then(|one| one.analysis.message.subject.clone()),
            page: inspected.and_then(|one| self.page(name, one)),
            status: match inspected {
                Some(inspection) => status(inspection, self.findings),
                None => Status::NotAnalysed,
            },
            error: error.or(inspection.err()),
            name: name.to_owned(),
        }
    }

    /// The output for it.
    fn shown(
        &self,
        name: &str,
        file: Option<&[u8]>,
        inspection: Result<&Inspection, &str>,
    ) -> std::io::Result<Shown> {
        let mut line = Vec::new();
        match self.format {
            BatchFormat::Summary => return Ok(Shown::Nothing),
            BatchFormat::Ndjson => {
                let detail = match self.words {
                    true => Detail::Words,
                    false => Detail::Data,
                };
                line.reserve(LINE);
                render::json::write_line(name, inspection, detail, &mut line)?;
            }
            BatchFormat::Csv => render::summary::write_csv(name, inspection, &mut line)?,
            BatchFormat::Parquet => return Ok(row(name, file, inspection)),
        }
        Ok(Shown::Line(line))
    }

    /// The page of a message, if it is to have one.
    fn page(&self, name: &str, inspection: &Inspection) -> Option<Vec<u8>> {
        let is_plain = inspection.analysis.conclusion.result == ConclusionResult::Pass
            && inspection
                .hits
                .iter()
                .all(|hit| hit.severity == Severity::Notice);
        let is_wanted = self.pages && (self.plain_pages || !is_plain);
        if !is_wanted {
            return None;
        }
        let mut page = Vec::new();
        let name = output::file_name(name);
        let written = render::html::write(inspection, name, Provider::default(), &mut page);
        written.is_ok().then_some(page)
    }
}

#[cfg(feature = "parquet")]
fn row(name: &str, file: Option<&[u8]>, inspection: Result<&Inspection, &str>) -> Shown {
    Shown::Row(MessageRow::of(name, file, inspection))
}

/// Without the feature there is no output that would take rows.
#[cfg(not(feature = "parquet"))]
fn row(_: &str, _: Option<&[u8]>, _: Result<&Inspection, &str>) -> Shown {
    Shown::Nothing
}

/// The exit code for one message.
fn status(inspection: &Inspection, findings: &FindingArguments) -> Status {
    let analysis = &inspection.analysis;
    if analysis.is_recording_incomplete() {
        return Status::NotAnalysed;
    }
    match analysis.dmarc.result {
        DmarcResult::Temperror => Status::TryAgain,
        _ if findings.call_for_failure(&inspection.hits) => Status::Fail,
        _ => Status::Fine,
    }
}
