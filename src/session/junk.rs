//! What the receiver's junk filters wrote into the message. Only what the receiver itself wrote
//! counts: fields below the border came with the message, unless the receiver removes such fields
//! of others.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Session, Standing};
use crate::message::Message;
use crate::receivers::{self, FieldOrigin, JunkForm, JunkWord, Receiver, Weight};

/// What one filter made of the message.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Junk {
    /// The filter.
    pub filter: &'static str,
    /// Whether it took the message for junk; `None` if it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_junk: Option<bool>,
    /// What it wrote, as far as its meaning is known.
    pub said: Vec<JunkSaid>,
    /// Where senders learn more about how it judges their mail.
    #[serde(skip)]
    pub(crate) for_senders: Option<&'static str>,
}

/// A word or a number that a filter wrote.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct JunkSaid {
    /// The field.
    pub field: &'static str,
    /// What the value is called.
    pub tag: String,
    /// The value.
    pub value: String,
    #[serde(skip)]
    pub(crate) word: Option<Word>,
}

/// What a value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub means: &'static str,
    /// Whether a setting of the recipient or the administrator decided.
    pub is_by_setting: bool,
    /// Whether it says that the author did not send it.
    pub is_not_authentic: bool,
}

/// The tag of a score, which has no meaning of its own.
pub(crate) const SCORE: &str = "score";
/// The tag of the tests that gave a score.
pub(crate) const TESTS: &str = "tests";

impl Junk {
    /// What the receiver's filters wrote, one item for each filter.
    pub(crate) fn found(message: &Message<'_>, session: &Session) -> Vec<Self> {
        let mut found: Vec<(&Receiver, Self)> = Vec::new();
        for (receiver, known) in receivers::junk_fields() {
            let Some(field) = message.fields(known.name).next() else {
                continue;
            };
            if !session.is_own_field(receiver, known.origin, field.span.start) {
                continue;
            }
            for (tag, value) in known.form.read(&field.shown()) {
                add(&mut found, receiver, known.name, tag, value);
            }
        }
        let results = message.results.iter();
        for field in results.filter(|field| session.standing(field).0 == Standing::Receiver) {
            for result in &field.results {
                let composite = receivers::with_composite(&result.method);
                let Some(receiver) = composite.filter(|_| {
                    found
                        .iter()
                        .all(|(_, junk)| junk.said.iter().all(|said| said.tag != result.method))
                }) else {
                    continue;
                };
                let value = match &result.reason {
                    Some(reason) => format!("{} reason={reason}", result.result),
                    None => result.result.clone(),
                };
                let (name, tag) = ("Authentication-Results", result.method.clone());
                add(&mut found, receiver, name, tag, value);
            }
        }
        found.into_iter().map(|(_, junk)| junk).collect()
    }

    /// Whether it says more than that nothing was amiss with the author.
    pub(crate) fn is_telling(&self) -> bool {
        let mut words = self.said.iter().filter_map(|said| said.word);
        self.is_junk.is_some() || words.any(|word| word.is_not_authentic)
    }
}

/// Adds what a field says, if it is new and its meaning is known.
fn add(
    found: &mut Vec<(&'static Receiver, Junk)>,
    receiver: &'static Receiver,
    field: &'static str,
    tag: String,
    value: String,
) {
    let mut words = receiver.junk_words.iter();
    let word = words.find(|word| word.fits(&tag, &value));
    if word.is_none() && tag != SCORE && tag != TESTS {
        return;
    }
    let at = found.iter().position(|(one, _)| one.name == receiver.name);
    let at = at.unwrap_or_else(|| {
        let junk = Junk {
            filter: receiver.name,
            is_junk: None,
            said: Vec::new(),
            for_senders: receiver.for_senders,
        };
        found.push((receiver, junk));
        found.len() - 1
    });
    let junk = &mut found[at].1;
    if junk
        .said
        .iter()
        .any(|said| said.tag == tag && said.value == value)
    {
        return;
    }
    match word.map(|word| word.weight) {
        Some(Weight::Junk | Weight::BySetting) => junk.is_junk = Some(true),
        Some(Weight::NotAuthentic) if tag == "CAT" => junk.is_junk = Some(true),
        Some(Weight::Clean) => drop(junk.is_junk.get_or_insert(false)),
        _ => (),
    }
    junk.said.push(JunkSaid {
        field,
        tag,
        value,
        word: word.map(JunkWord::meaning),
    });
}

impl JunkWord {
    fn meaning(&self) -> Word {
        Word {
            means: self.means,
            is_by_setting: self.weight == Weight::BySetting,
            is_not_authentic: self.weight == Weight::NotAuthentic,
        }
    }
}

impl JunkForm {
    /// The values in the text of a field, each with its tag.
    fn read(self, text: &str) -> Vec<(String, String)> {
        let named = |tag: &str, value: &str| (tag.to_owned(), value.trim().to_owned());
        match self {
            Self::Tags => {
                let parts = text
                    .split(';')
                    .filter_map(|part| part.trim().split_once(':'));
                parts.map(|(tag, value)| named(tag, value)).collect()
            }
            Self::Value(tag) => vec![named(tag, text)],
            Self::Status => {
                let (spam, rest) = text.split_once(',').unwrap_or((text, ""));
                let value = |name: &str| {
                    let mut words = rest.split_ascii_whitespace();
                    words.find_map(|word| word.strip_prefix(name))
                };
                let score = value("score=").or(value("hits="));
                let mut read = vec![named("spam", spam)];
                if let (Some(score), Some(limit)) = (score, value("required=")) {
                    read.push(named(SCORE, &format!("{score} of {limit}")));
                }
                read.extend(value("tests=").map(|tests| named(TESTS, tests)));
                read
            }
            Self::Scores => {
                let Some((_, rest)) = text.split_once(':') else {
                    return Vec::new();
                };
                let (spam, rest) = rest.split_once('[').unwrap_or((rest, ""));
                let mut read = vec![named("spam", spam)];
                if let Some((score, limit)) = rest
                    .split_once(']')
                    .and_then(|(scores, _)| scores.split_once('/'))
                {
                    let (score, limit) = (score.trim(), limit.trim());
                    read.push(named(SCORE, &format!("{score} of {limit}")));
                }
                read
            }
            Self::Folders => {
                let folders = text.split(',');
                folders.map(|folder| named("label", folder)).collect()
            }
        }
    }
}

impl Session {
    /// Whether a receiver's field at `start` in the file was written by it, for this mailbox.
    fn is_own_field(&self, receiver: &Receiver, origin: FieldOrigin, start: usize) -> bool {
        if self.is_given {
            return false;
        }
        match origin {
            FieldOrigin::ItsOwn => {
                let at_border = self.receiver().and_then(receivers::organization);
                let here = [at_border, self.operator()];
                let mut here = here.iter().flatten();
                self.on_word_of.is_none()
                    && here.any(|one| Some(one.as_str()) == receiver.organization())
            }
            FieldOrigin::OnTop => {
                let is_above_all = || {
                    let first = self.hops.first();
                    first.is_some_and(|hop| start < hop.received.span.start)
                };
                let border = self.border_start();
                border.is_some_and(|border| start < border)
                    && (self.on_word_of.is_none() || is_above_all())
            }
            FieldOrigin::SendingHost => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_filters_are_read() {
        let read = |form: JunkForm, text: &str| {
            let values = form.read(text).into_iter();
            let values = values.map(|(tag, value)| format!("{tag}={value}"));
            values.collect::<Vec<_>>().join(" ")
        };
        for (form, text, expected) in [
            (
                JunkForm::Tags,
                "CIP:192.0.2.1; SCL:5;SFV:SPM;",
                "CIP=192.0.2.1 SCL=5 SFV=SPM",
            ),
            (JunkForm::Value("SCL"), " 5 ", "SCL=5"),
            (
                JunkForm::Status,
                "Yes, score=7.1 required=5.0 tests=A,B autolearn=no",
                "spam=Yes score=7.1 of 5.0 tests=A,B",
            ),
            (
                JunkForm::Status,
                "No, hits=-4.3 required=5.0",
                "spam=No score=-4.3 of 5.0",
            ),
            (JunkForm::Status, "No", "spam=No"),
            (
                JunkForm::Scores,
                "default: False [1.20 / 15.00]; X(0.1)[a]",
                "spam=False score=1.20 of 15.00",
            ),
            (JunkForm::Scores, "x", ""),
            (JunkForm::Folders, "Spam,Unread", "label=Spam label=Unread"),
        ] {
            assert_eq!(read(form, text), expected, "{text}");
        }
    }
}
