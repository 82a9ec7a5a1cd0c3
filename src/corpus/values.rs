//! The values of an expectation, each with its name, so that two expectations can be compared.

use super::expect::{
    ExpectedArc, ExpectedClaim, ExpectedDkim, ExpectedDmarc, ExpectedIdentity, ExpectedResult,
    ExpectedSecond,
};

/// A named value of an expectation: whether the file has it, and what it is.
pub(super) struct FieldValue {
    pub name: &'static str,
    pub value: Option<Option<String>>,
}

pub(super) fn one(name: &'static str, value: Option<Option<String>>) -> FieldValue {
    FieldValue { name, value }
}

fn of_bool(value: Option<Option<bool>>) -> Option<Option<String>> {
    value.map(|value| value.map(|value| value.to_string()))
}

fn of_list(value: &Option<Option<Vec<String>>>) -> Option<Option<String>> {
    let joined = |list: &Vec<String>| (!list.is_empty()).then(|| list.join(", "));
    value.as_ref().map(|list| list.as_ref().and_then(joined))
}

impl ExpectedDmarc {
    pub(super) fn values(&self) -> Vec<FieldValue> {
        vec![
            one("result", self.result.clone()),
            one("cause", self.cause.clone()),
            one("applied", self.applied.clone()),
            one("author_domain", self.author_domain.clone()),
            one("dkim_aligned", of_bool(self.dkim_aligned)),
            one("engines", of_list(&self.engines)),
            one("policy_domain", self.policy_domain.clone()),
            one("requested", self.requested.clone()),
            one("rfc7489", self.rfc7489.clone()),
            one("rfc9989", self.rfc9989.clone()),
            one("spf_aligned", of_bool(self.spf_aligned)),
        ]
    }
}

impl ExpectedIdentity {
    pub(super) fn values(&self) -> Vec<FieldValue> {
        vec![
            one("result", self.result.clone()),
            one("cause", self.cause.clone()),
            one("domain", self.domain.clone()),
        ]
    }
}

impl ExpectedDkim {
    pub(super) fn values(&self) -> Vec<FieldValue> {
        vec![
            one("domain", self.domain.clone()),
            one("selector", self.selector.clone()),
            one("result", self.result.clone()),
            one("cause", self.cause.clone()),
            one("aligned", of_bool(self.aligned)),
        ]
    }
}

impl ExpectedArc {
    pub(super) fn values(&self) -> Vec<FieldValue> {
        vec![
            one("result", self.result.clone()),
            one("cause", self.cause.clone()),
        ]
    }
}

impl ExpectedClaim {
    pub(super) fn values(&self) -> Vec<FieldValue> {
        vec![
            one("authserv_id", self.authserv_id.clone()),
            one("standing", self.standing.clone()),
        ]
    }
}

impl ExpectedSecond {
    pub(super) fn name(&self) -> String {
        let method = self.method.as_deref().unwrap_or_default();
        match self.signature {
            Some(number) => format!("{method} {number}"),
            None => method.to_owned(),
        }
    }

    pub(super) fn values(&self) -> Vec<FieldValue> {
        vec![
            one("program", Some(Some(self.program.clone()))),
            one("method", Some(self.method.clone())),
            one(
                "signature",
                Some(self.signature.map(|number| number.to_string())),
            ),
            one("result", self.result.clone()),
            one("comparison", self.comparison.clone()),
            one("clause", self.clause.clone()),
        ]
    }
}

impl ExpectedResult {
    pub(super) fn values(&self) -> Vec<FieldValue> {
        vec![
            one("method", Some(Some(self.method.clone()))),
            one("result", self.result.clone()),
            one("comparison", self.comparison.clone()),
            one("cause", self.cause.clone()),
        ]
    }
}

/// All values in one line; `None` if the file has none of them.
pub(super) fn in_a_line(values: &[FieldValue]) -> Option<String> {
    let values = values
        .iter()
        .filter_map(|one| one.value.as_ref()?.as_deref());
    let line = values.collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}
