//! The result of checking a corpus.

use schemars::JsonSchema;
use serde::Serialize;

use super::difference::{Difference, DifferenceKind};
use super::second_count::{SecondCount, SecondInShort};

/// The result of checking a corpus. Serialised, it has the form `sesauth-corpus/1`.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// The name and version of this form; additions do not change it.
    pub schema: &'static str,
    /// How many messages there are.
    pub messages: usize,
    /// How many of them are as expected.
    pub as_recorded: usize,
    /// How many differ from what is expected, or have an expectation that cannot be read.
    pub differ: usize,
    /// How many have no expectation yet.
    pub new: usize,
    /// How many only have another name.
    pub renamed: usize,
    /// How many expectations have no message any more; not in `messages`.
    pub removed: usize,
    /// How the results of a second engine compare with ours; absent if none was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<SecondCount>,
    /// The differences, in the order of the messages; removed messages last.
    pub differences: Vec<Difference>,
    /// Every message in order, with the index of its difference in `differences`.
    #[serde(skip)]
    pub outcomes: Vec<(String, Option<usize>)>,
}

impl Default for Check {
    fn default() -> Self {
        Self {
            schema: "sesauth-corpus/1",
            messages: 0,
            as_recorded: 0,
            differ: 0,
            new: 0,
            renamed: 0,
            removed: 0,
            second: None,
            differences: Vec::new(),
            outcomes: Vec::new(),
        }
    }
}

impl Check {
    /// Counts one message, with its difference and what second engines say of it.
    pub fn add(&mut self, name: String, difference: Option<Difference>, second: &[SecondInShort]) {
        if !second.is_empty() {
            self.second.get_or_insert_default().add(second);
        }
        let kind = difference.as_ref().map(|difference| difference.kind);
        let is_gone = kind == Some(DifferenceKind::Removed);
        self.messages += usize::from(!is_gone);
        let is_failure = difference.as_ref().is_some_and(Difference::is_failure);
        *match kind {
            None => &mut self.as_recorded,
            Some(DifferenceKind::New) => &mut self.new,
            Some(DifferenceKind::Removed) => &mut self.removed,
            Some(DifferenceKind::Renamed) if !is_failure => &mut self.renamed,
            Some(_) => &mut self.differ,
        } += 1;
        let at = difference.is_some().then_some(self.differences.len());
        self.outcomes.push((name, at));
        self.differences.extend(difference);
    }

    /// Whether any difference makes the check fail.
    pub fn is_failure(&self) -> bool {
        self.differences.iter().any(Difference::is_failure)
    }
}
