//! Which values differ from the expected ones, verdict by verdict, and how the new analysis
//! explains it.

use schemars::JsonSchema;
use serde::Serialize;

use super::expect::{
    Expectation, ExpectedArc, ExpectedClaim, ExpectedDkim, ExpectedDmarc, ExpectedIdentity,
    ExpectedResult, ExpectedSecond,
};
use super::values::{FieldValue, in_a_line, one};
use crate::claims::Comparison;
use crate::dmarc::{DmarcVerdict, Mechanism};
use crate::dns::Name;
use crate::explain;
use crate::{Analysis, Inspection};

/// One verdict that differs from the expected one.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// Which verdict.
    pub part: Changed,
    /// Which signature or field, from 1, if there may be several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<usize>,
    /// Its values that differ; the result first.
    pub fields: Vec<FieldChange>,
    /// The explanation of the new analysis.
    pub because: Option<String>,
}

/// What can differ from what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Changed {
    /// The message itself.
    Message,
    /// Whether it can be analysed.
    Error,
    /// The conclusion.
    Conclusion,
    /// DMARC.
    Dmarc,
    /// SPF for the reverse-path.
    Spf,
    /// SPF for the HELO name.
    Helo,
    /// A signature.
    Dkim,
    /// ARC.
    Arc,
    /// What a receiver said, compared with our results.
    Claim,
    /// A finding.
    Finding,
    /// What a second engine says.
    Second,
}

/// One value that differs from the expected one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct FieldChange {
    /// What it is called: its name, in a claimed result after the method; empty for a whole part.
    pub field: String,
    /// The method of the claimed result that it belongs to.
    #[serde(skip)]
    pub method: Option<String>,
    /// Its name in the expectation; empty for a whole part.
    #[serde(skip)]
    pub name: &'static str,
    /// The expected value; `None` if there was none.
    pub was: Option<String>,
    /// The new value.
    pub is: Option<String>,
}

impl FieldChange {
    /// A change of the value `name`, in a claimed result of `method`.
    pub(crate) fn new(
        method: Option<&str>,
        name: &'static str,
        was: Option<String>,
        is: Option<String>,
    ) -> Self {
        Self {
            field: match (method, name) {
                (None, name) => name.to_owned(),
                (Some(method), "") => method.to_owned(),
                (Some(method), name) => format!("{method} {name}"),
            },
            method: method.map(str::to_owned),
            name,
            was,
            is,
        }
    }
}

/// The differences between two expectations.
pub(super) fn changes(
    was: &Expectation,
    is: &Expectation,
    inspection: Option<&Inspection>,
) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    let text = |text: &Option<String>| vec![one("", Some(text.clone()))];
    changes.of(
        Changed::Message,
        None,
        &text(&was.message),
        &text(&is.message),
    );
    if was.error.is_some() || is.error.is_some() {
        changes.of(Changed::Error, None, &text(&was.error), &text(&is.error));
        return changes.0;
    }
    let conclusion = |of: &Expectation| vec![one("", of.conclusion.clone().map(Some))];
    changes.of(Changed::Conclusion, None, &conclusion(was), &conclusion(is));
    let dmarc = |of: &Expectation| of.dmarc.as_ref().map_or(Vec::new(), ExpectedDmarc::values);
    changes.of(Changed::Dmarc, None, &dmarc(was), &dmarc(is));
    let identity = |of: &Option<ExpectedIdentity>| of.as_ref().map(ExpectedIdentity::values);
    let mail_from = |of: &Expectation| identity(&of.spf.as_ref()?.mail_from);
    let helo = |of: &Expectation| identity(&of.spf.as_ref()?.helo);
    for (part, of) in [
        (Changed::Spf, &mail_from as &dyn Fn(&Expectation) -> _),
        (Changed::Helo, &helo),
    ] {
        let values = |of: Option<Vec<FieldValue>>| of.unwrap_or_default();
        changes.of(part, None, &values(of(was)), &values(of(is)));
    }
    changes.of_list(Changed::Dkim, &was.dkim, &is.dkim, ExpectedDkim::values);
    let arc = |of: &Expectation| of.arc.as_ref().map_or(Vec::new(), ExpectedArc::values);
    changes.of(Changed::Arc, None, &arc(was), &arc(is));
    changes.of_claims(&was.claims, &is.claims);
    changes.of_findings(&was.findings, &is.findings, inspection);
    changes.of_second(&was.second, &is.second);
    let mut changes = changes.0;
    let mut is_concluded = false;
    for change in &mut changes {
        let explained = inspection.and_then(|inspection| match change.part {
            Changed::Second => parted(change, inspection),
            _ => because(change, &inspection.analysis, is_concluded),
        });
        change.because = change.because.take().or(explained);
        is_concluded |= change.part == Changed::Conclusion;
    }
    changes
}

/// How the new analysis explains a change; `is_concluded` if its conclusion was given before.
fn because(change: &Change, analysis: &Analysis, is_concluded: bool) -> Option<String> {
    let index = change.number.unwrap_or(1) - 1;
    let dmarc: &DmarcVerdict = &analysis.dmarc;
    let has = |name: &str| change.fields.iter().any(|field| field.name == name);
    match change.part {
        Changed::Message | Changed::Error | Changed::Finding | Changed::Second => None,
        Changed::Dmarc if is_concluded => {
            let spf = dmarc.alignment.spf.as_ref();
            spf.filter(|_| has("spf_aligned"))?;
            Some(explain::dmarc::alignment(dmarc, Mechanism::Spf).to_string())
        }
        Changed::Conclusion | Changed::Dmarc => {
            Some(explain::conclusion::sentence(analysis).to_string())
        }
        Changed::Spf => Some(explain::spf::cause(&analysis.spf.mail_from).to_string()),
        Changed::Helo => Some(explain::spf::cause(&analysis.spf.helo).to_string()),
        Changed::Arc => Some(explain::arc::cause(&analysis.arc).to_string()),
        Changed::Claim => explanation(analysis, index, &change.fields),
        Changed::Dkim => {
            let verdict = analysis.dkim.get(index)?;
            let tag = |tag: &str, name: &Option<Name>| {
                let name = name.as_ref();
                name.map_or(String::new(), |name| format!("{tag}={name} "))
            };
            let tags = tag("s", &verdict.selector) + &tag("d", &verdict.domain);
            let why = match has("result") || has("cause") {
                true => explain::dkim::cause(verdict).to_string(),
                false => explain::dmarc::alignment(dmarc, Mechanism::Dkim(index)).to_string(),
            };
            Some(format!("{}: {why}", tags.trim_end()))
        }
    }
}

/// Why a second engine now differs from us.
fn parted(change: &Change, inspection: &Inspection) -> Option<String> {
    let at = change.number?.checked_sub(1)?;
    let all = inspection.second_opinions.iter();
    let mut rows = all.flat_map(|one| one.rows.iter().map(move |row| (one.program, row)));
    let (program, row) = rows.nth(at)?;
    let why = explain::second::clause(&inspection.analysis, program, row)?;
    Some(why.to_string())
}

/// How the field of the claim with this index is explained: by a result that changed; preferably
/// one that differs from ours.
fn explanation(analysis: &Analysis, index: usize, fields: &[FieldChange]) -> Option<String> {
    let claim = analysis.claims.get(index)?;
    let is_changed = |method: &str| {
        let mut fields = fields.iter();
        fields.any(|change| change.method.as_deref() == Some(method))
    };
    // A field that was added or removed as a whole names no method.
    let mut all = fields.iter();
    let is_whole = all.any(|change| change.method.is_none() && change.name.is_empty());
    let explained = claim.results.iter();
    let explained = explained
        .filter(|result| result.is_explained())
        .filter(|result| is_whole || is_changed(&result.method));
    let result = explained.min_by_key(|result| result.comparison != Comparison::Differ)?;
    let why = explain::claims::why(analysis, claim, result)?;
    Some(format!("{}: {why}", result.method))
}

struct Changes(Vec<Change>);

impl Changes {
    fn add(
        &mut self,
        part: Changed,
        number: Option<usize>,
        mut fields: Vec<FieldChange>,
        because: Option<String>,
    ) {
        if fields.is_empty() {
            return;
        }
        fields.sort_by_key(|change| match (&change.method, change.name) {
            (None, "" | "result") => 0,
            (None, "cause") => 1,
            (Some(_), "comparison") => 2,
            _ => 3,
        });
        self.0.push(Change {
            part,
            number,
            fields,
            because,
        });
    }

    /// Adds the differences of a part between values in the same order.
    fn of(&mut self, part: Changed, number: Option<usize>, was: &[FieldValue], is: &[FieldValue]) {
        let fields = fields(None, was, is);
        self.add(part, number, fields, None);
    }

    fn of_list<T>(
        &mut self,
        part: Changed,
        was: &Option<Vec<T>>,
        is: &Option<Vec<T>>,
        values: impl Fn(&T) -> Vec<FieldValue>,
    ) {
        let (Some(was), Some(is)) = (was, is) else {
            return;
        };
        for index in 0..was.len().max(is.len()) {
            let (was, is) = (was.get(index).map(&values), is.get(index).map(&values));
            let fields = element(None, was.as_deref(), is.as_deref());
            self.add(part, Some(index + 1), fields, None);
        }
    }

    fn of_claims(&mut self, was: &Option<Vec<ExpectedClaim>>, is: &Option<Vec<ExpectedClaim>>) {
        let (Some(was), Some(is)) = (was, is) else {
            return;
        };
        let whole = |claim: &ExpectedClaim| {
            let results = claim.results.iter().flat_map(ExpectedResult::values);
            claim
                .values()
                .into_iter()
                .chain(results)
                .collect::<Vec<_>>()
        };
        for index in 0..was.len().max(is.len()) {
            let fields = match (was.get(index), is.get(index)) {
                (Some(was), Some(is)) => {
                    let mut found = fields(None, &was.values(), &is.values());
                    found.extend(results(&was.results, &is.results));
                    found
                }
                (was, is) => {
                    let (was, is) = (was.map(whole), is.map(whole));
                    element(None, was.as_deref(), is.as_deref())
                }
            };
            self.add(Changed::Claim, Some(index + 1), fields, None);
        }
    }

    /// Each result of a second engine is called by its method, and the signature it is about.
    fn of_second(&mut self, was: &Option<Vec<ExpectedSecond>>, is: &Option<Vec<ExpectedSecond>>) {
        let (Some(was), Some(is)) = (was, is) else {
            return;
        };
        for index in 0..was.len().max(is.len()) {
            let (was, is) = (was.get(index), is.get(index));
            let name = is.or(was).map(ExpectedSecond::name);
            let values = |one: Option<&ExpectedSecond>| one.map(ExpectedSecond::values);
            let (was, is) = (values(was), values(is));
            let fields = element(name.as_deref(), was.as_deref(), is.as_deref());
            self.add(Changed::Second, Some(index + 1), fields, None);
        }
    }

    /// Adds one change for each finding, regardless of its place in the list.
    fn of_findings(
        &mut self,
        was: &Option<Vec<String>>,
        is: &Option<Vec<String>>,
        inspection: Option<&Inspection>,
    ) {
        let (Some(was), Some(is)) = (was, is) else {
            return;
        };
        let mut gone: Vec<&String> = was.iter().collect();
        let mut come = Vec::new();
        for (index, finding) in is.iter().enumerate() {
            match gone.iter().position(|known| *known == finding) {
                Some(at) => _ = gone.remove(at),
                None => come.push((index, finding)),
            }
        }
        let field = |was, is| FieldChange::new(None, "", was, is);
        let said = inspection
            .filter(|_| !come.is_empty())
            .map(Inspection::findings)
            .unwrap_or_default();
        for (index, finding) in come {
            let fields = vec![field(None, Some(finding.clone()))];
            let because = said.get(index).map(|finding| finding.message.clone());
            self.add(Changed::Finding, None, fields, because);
        }
        for finding in gone {
            let fields = vec![field(Some(finding.clone()), None)];
            self.add(Changed::Finding, None, fields, None);
        }
    }
}

/// The differences between values, those of a claimed result with its method. A value that only one
/// of them has comes from another version and is not compared.
fn fields(method: Option<&str>, was: &[FieldValue], is: &[FieldValue]) -> Vec<FieldChange> {
    let pairs = was.iter().zip(is);
    let changed = pairs.filter_map(|(was, is)| {
        let name = was.name;
        let (was, is) = (was.value.as_ref()?, is.value.as_ref()?);
        (was != is).then(|| FieldChange::new(method, name, was.clone(), is.clone()))
    });
    changed.collect()
}

/// The differences between the values of two elements, one of which may not exist.
fn element(
    method: Option<&str>,
    was: Option<&[FieldValue]>,
    is: Option<&[FieldValue]>,
) -> Vec<FieldChange> {
    match (was, is) {
        (Some(was), Some(is)) => fields(method, was, is),
        (was, is) => {
            let (was, is) = (was.and_then(in_a_line), is.and_then(in_a_line));
            vec![FieldChange::new(method, "", was, is)]
        }
    }
}

/// The differences between claimed results, each named by its method.
fn results(was: &[ExpectedResult], is: &[ExpectedResult]) -> Vec<FieldChange> {
    let mut changed = Vec::new();
    for index in 0..was.len().max(is.len()) {
        let (was, is) = (was.get(index), is.get(index));
        let method = is.or(was).map(|one| one.method.as_str());
        let values = |one: Option<&ExpectedResult>| one.map(ExpectedResult::values);
        changed.extend(element(
            method,
            values(was).as_deref(),
            values(is).as_deref(),
        ));
    }
    changed
}
