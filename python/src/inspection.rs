//! One message, and what is said of it.

use jiff::Timestamp;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyDict;
use sesauth::conclusion::ConclusionResult;
use sesauth::dns::AnyDns;
use sesauth::render::json::Detail;
use sesauth::render::provider::Provider;
use sesauth::render::text::TextOptions;
use sesauth::{Error, Options, SessionHints, render};

use crate::asked::Asked;
use crate::dns::Dns;
use crate::error::{bad, raised};
use crate::wait::{Work, done};

/// What is known of one message.
#[pyclass(frozen, module = "sesauth._native")]
pub struct Inspection(sesauth::Inspection);

/// A message that is to be judged.
struct One<'m> {
    message: &'m [u8],
    hints: &'m SessionHints,
    options: &'m Options,
    now: Timestamp,
}

impl Work for One<'_> {
    type Done = Result<sesauth::Inspection, Error>;

    async fn with(&self, dns: AnyDns<'_>) -> Self::Done {
        sesauth::inspect_within(self.message, self.hints, &dns, self.now, self.options).await
    }
}

/// Judges a message.
#[pyfunction]
pub fn inspect(
    py: Python<'_>,
    message: PyBackedBytes,
    dns: &Dns,
    asked: &Bound<'_, PyDict>,
) -> PyResult<Inspection> {
    let asked = Asked(asked);
    let dns = dns.shared();
    let (hints, ignored) = (asked.hints()?, asked.ignored()?);
    let options = asked.options(dns.is_planned())?;
    let one = One {
        message: &message,
        hints: &hints,
        options: &options,
        now: Timestamp::now(),
    };
    let mut inspection = done(py, &dns, &one)?.map_err(raised)?;
    inspection.hits.retain(|hit| !ignored.contains(&hit.code));
    let hops = inspection.analysis.session.hops.len();
    if let Some(hop) = hints.hop.filter(|hop| *hop > hops) {
        return Err(bad(
            "hop",
            format!("{hop}: there are only {hops} Received fields"),
        ));
    }
    Ok(Inspection(inspection))
}

#[pymethods]
impl Inspection {
    /// As JSON.
    fn json(&self, py: Python<'_>, detail: &str) -> PyResult<String> {
        let detail = match detail {
            "data" => Detail::Data,
            "words" => Detail::Words,
            "full" => Detail::Full,
            _ => return Err(bad("detail", "none of \"data\", \"words\" and \"full\"")),
        };
        written(py, |out| {
            render::json::write_inspection(&self.0, detail, out)
        })
    }

    /// As text for people.
    fn text(&self, py: Python<'_>, verbose: bool, width: usize) -> PyResult<String> {
        let options = text_options(verbose, width)?;
        written(py, |out| render::text::write(&self.0, options, out))
    }

    /// As Markdown.
    fn markdown(&self, py: Python<'_>) -> PyResult<String> {
        written(py, |out| {
            render::markdown::write(&self.0, Provider::default(), out)
        })
    }

    /// As a page.
    fn html(&self, py: Python<'_>, name: &str) -> PyResult<String> {
        written(py, |out| {
            render::html::write(&self.0, name, Provider::default(), out)
        })
    }

    /// As one line.
    fn line(&self, py: Python<'_>, name: &str) -> PyResult<String> {
        written(py, |out| render::line::write(&self.0, name, out))
    }

    /// As a field Authentication-Results.
    fn header(&self, py: Python<'_>, authserv_id: &str) -> PyResult<String> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if !(1..=255).contains(&authserv_id.len()) || !authserv_id.bytes().all(is_plain) {
            return Err(bad("authserv_id", "not a name such as mx.example.com"));
        }
        let field = render::auth_results::field(&self.0.analysis, authserv_id);
        written(py, |out| render::auth_results::write(&field, "\n", out))
    }

    /// The conclusion in a word.
    #[getter]
    fn result(&self) -> &'static str {
        self.0.analysis.conclusion.result.as_str()
    }

    /// Whether the conclusion is a pass, on signatures that leave no part of the body unsigned.
    #[getter]
    fn passes(&self) -> bool {
        let conclusion = &self.0.analysis.conclusion;
        conclusion.result == ConclusionResult::Pass && !conclusion.unsigned_body
    }

    /// The questions on which a verdict hangs and that the recording does not hold.
    #[getter]
    fn missing(&self) -> Vec<String> {
        let analysis = &self.0.analysis;
        if !analysis.is_recording_incomplete() {
            return Vec::new();
        }
        let missing = analysis.missing_lookups();
        missing.map(|lookup| lookup.question.to_string()).collect()
    }
}

/// How text is shown.
pub fn text_options(verbose: bool, width: usize) -> PyResult<TextOptions<'static>> {
    if !(60..=120).contains(&width) {
        return Err(bad("width", "not between 60 and 120 columns"));
    }
    Ok(TextOptions {
        verbose,
        columns: Some(width),
        ..TextOptions::default()
    })
}

/// What `write` writes.
pub fn written(
    py: Python<'_>,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()> + Send,
) -> PyResult<String> {
    py.detach(|| {
        let mut out = Vec::new();
        write(&mut out)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    })
}
