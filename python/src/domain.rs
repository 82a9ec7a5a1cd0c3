//! What a domain publishes.

use jiff::Timestamp;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use sesauth::dns::AnyDns;
use sesauth::domain::{WantedSelector, mend};
use sesauth::render::provider::Provider;
use sesauth::{DomainQuery, Error, Limits, check_domain, input, render};

use crate::asked::Asked;
use crate::dns::Dns;
use crate::error::raised;
use crate::inspection::{text_options, written};
use crate::wait::{Work, done};

/// What is known of one domain.
#[pyclass(frozen, module = "sesauth._native")]
pub struct DomainCheck(sesauth::DomainCheck);

/// A domain that is to be looked at.
struct One {
    query: DomainQuery,
    now: Timestamp,
}

impl Work for One {
    type Done = Result<sesauth::DomainCheck, Error>;

    async fn with(&self, dns: AnyDns<'_>) -> Self::Done {
        let limits = Limits::default();
        let mut check = check_domain(&self.query, &dns, self.now, &limits).await?;
        check.together = mend(&check, &self.query, &dns, self.now, &limits).await?;
        Ok(check)
    }
}

/// Looks at a domain.
#[pyfunction]
pub fn domain(
    py: Python<'_>,
    name: &str,
    dns: &Dns,
    asked: &Bound<'_, PyDict>,
) -> PyResult<DomainCheck> {
    let asked = Asked(asked);
    let name = asked.name("name", name)?;
    let mut query = DomainQuery::new(name.clone());
    query.mail_from = asked.read("mail_from", |text| input::below(text, &name))?;
    query.selectors = asked.read_all("selectors", |text| {
        WantedSelector::given(text, &name).map_err(|error| error.to_string())
    })?;
    query.guess = asked.value("guess")?.unwrap_or_default();
    query.region = asked.read("region", input::region)?;
    query.hosts = asked.addresses("hosts")?;
    query.bulk = asked.value("bulk")?.unwrap_or_default();
    query.rules = asked.rules()?;
    let one = One {
        query,
        now: Timestamp::now(),
    };
    let check = done(py, &dns.shared(), &one)?.map_err(raised)?;
    Ok(DomainCheck(check))
}

#[pymethods]
impl DomainCheck {
    /// As JSON.
    fn json(&self, py: Python<'_>) -> PyResult<String> {
        written(py, |out| render::json::write_domain(&self.0, out))
    }

    /// As text for people.
    fn text(&self, py: Python<'_>, verbose: bool, width: usize) -> PyResult<String> {
        let options = text_options(verbose, width)?;
        written(py, |out| render::domain::write(&self.0, options, out))
    }

    /// As Markdown.
    fn markdown(&self, py: Python<'_>) -> PyResult<String> {
        let provider = Provider::default();
        written(py, |out| {
            render::domain::write_markdown(&self.0, provider, out)
        })
    }

    /// As a page.
    fn html(&self, py: Python<'_>) -> PyResult<String> {
        written(py, |out| render::html::write_domain(&self.0, out))
    }

    /// The letter; nothing if DNS did not say what it depends on.
    #[getter]
    fn grade(&self) -> Option<String> {
        self.0.grade.as_ref().map(|grade| grade.letter.to_string())
    }

    /// The points of 100; nothing if DNS did not say what they depend on.
    #[getter]
    fn points(&self) -> Option<u32> {
        self.0.grade.as_ref().map(|grade| grade.points)
    }
}
