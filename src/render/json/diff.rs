//! Two copies of a message, compared, in JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use crate::Diff;
use crate::diff::{Delivery, DiffResult, Outside, SignatureDiff};
use crate::dns::Evidence;
use crate::explain::diff as words;

/// Two copies of a message, compared, as JSON.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DiffDocument<'a> {
    /// The name and version of this form; additions do not change it.
    pub schema: &'static str,
    /// Whether anything differs that is signed.
    pub result: DiffResult,
    /// The same in words.
    pub sentence: String,
    /// The first copy.
    pub a: DeliveryDocument<'a>,
    /// The second copy.
    pub b: DeliveryDocument<'a>,
    /// Each signature that both carry.
    pub signatures: Vec<SignatureDiffDocument<'a>>,
    /// What differs in the files, signed or not.
    pub outside: &'a Outside,
    /// Every DNS question that was asked, with its answer, in order.
    pub lookups: &'a Evidence,
}

/// One of the copies.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DeliveryDocument<'a> {
    /// The name of the file.
    pub path: &'a str,
    #[serde(flatten)]
    delivery: &'a Delivery,
}

/// A signature that both copies carry.
#[derive(Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SignatureDiffDocument<'a> {
    /// Whether what it covers differs.
    pub result: DiffResult,
    #[serde(flatten)]
    signature: &'a SignatureDiff,
    /// The changes in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// What can be concluded, and what to do, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl<'a> DiffDocument<'a> {
    /// The document for `diff`; `names` are those of the files.
    pub fn of(diff: &'a Diff, names: [&'a str; 2]) -> Self {
        let copy = |path, delivery| DeliveryDocument { path, delivery };
        let signature = |signature: &'a SignatureDiff| SignatureDiffDocument {
            result: signature.result(),
            signature,
            explanation: words::changes(signature),
            advice: words::advice(diff, signature),
        };
        Self {
            schema: SCHEMA,
            result: diff.result(),
            sentence: words::headline(diff),
            a: copy(names[0], &diff.a),
            b: copy(names[1], &diff.b),
            signatures: diff.signatures.iter().map(signature).collect(),
            outside: &diff.outside,
            lookups: &diff.lookups,
        }
    }
}
