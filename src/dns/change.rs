//! Changes to the records of a domain, exact enough to copy.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dns::{Name, Question, Record, RecordType, Zone, txt, zone_data, zone_name};

/// TTL of a new record in seconds: short, so that a mistake can be corrected soon.
const TTL: u32 = 300;

/// What to do with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// Add it; other records of its name and type stay.
    Publish,
    /// Remove it.
    Remove,
    /// Replace all records of its name and type with it.
    Replace,
}

/// One record to publish, replace or remove.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct RecordChange {
    /// What to do.
    pub action: Action,
    /// The full name, without its final dot.
    pub name: Name,
    /// The type of the record.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// TTL in seconds.
    pub ttl: u32,
    /// The record data in zone-file form: names end with a dot, a TXT is split into strings of 255
    /// octets.
    pub value: String,
}

impl RecordChange {
    /// Publish `record` at `name`.
    pub fn record(name: Name, record: &Record) -> Self {
        Self {
            action: Action::Publish,
            name,
            kind: record.kind(),
            ttl: TTL,
            value: zone_data(record),
        }
    }

    /// Publish `text` as a TXT record at `name`.
    pub fn txt(name: Name, text: &str) -> Self {
        Self::record(name, &txt(text))
    }

    /// Publish `exchange` as a mail exchanger of `name`.
    pub fn mx(name: Name, preference: u16, exchange: Name) -> Self {
        let exchange = Some(exchange);
        Self::record(
            name,
            &Record::Mx {
                preference,
                exchange,
            },
        )
    }

    /// Publish `name` as an alias of `target`.
    pub fn cname(name: Name, target: Name) -> Self {
        Self::record(name, &Record::Cname(target))
    }

    /// The same record, in place of all others of its name and type.
    pub fn replacing(self) -> Self {
        Self {
            action: Action::Replace,
            ..self
        }
    }

    /// The same record, to be removed.
    pub fn removing(self) -> Self {
        Self {
            action: Action::Remove,
            ..self
        }
    }

    /// The text of a TXT record, its strings joined.
    pub fn text(&self) -> Option<String> {
        match self.data()? {
            Record::Txt(txt) => Some(String::from_utf8_lossy(&txt.joined()).into_owned()),
            _ => None,
        }
    }

    /// The record that `value` writes.
    pub fn data(&self) -> Option<Record> {
        let zone = Zone::parse(&self.zone_line()).ok()?;
        let reply = zone.answer(&self.question());
        reply.records().first().cloned()
    }

    /// The question whose answer shows whether the change was made.
    pub fn question(&self) -> Question {
        Question::new(self.name.clone(), self.kind)
    }

    /// The record as one line of a zone file.
    pub fn zone_line(&self) -> String {
        let Self {
            name,
            kind,
            ttl,
            value,
            ..
        } = self;
        format!("{} {ttl} {kind} {value}", zone_name(name))
    }
}

/// The `dig` command that shows what is published; `None` if the name would need quoting in a
/// shell.
pub fn dig(question: &Question) -> Option<String> {
    let Question { name, kind } = question;
    question
        .is_harmless()
        .then(|| format!("dig +short {kind} {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn a_long_text_stands_in_strings_of_255_octets() {
        let record = RecordChange::txt(name("a.example"), &"x".repeat(300));
        let strings: Vec<usize> = record.value.split(' ').map(|part| part.len() - 2).collect();
        assert_eq!(strings, [255, 45]);
    }

    #[test]
    fn every_line_reads_back_as_zone_text() {
        for record in [
            RecordChange::mx(name("mail.example.com"), 10, name("mx.example.com")),
            RecordChange::txt(name("_dmarc.example.com"), "v=DMARC1; p=\"none\\"),
            RecordChange::cname(name("a b;c.example.com"), name("d.example.com")),
        ] {
            let line = record.zone_line();
            assert!(Zone::parse(&line).is_ok(), "{line}");
        }
    }

    #[test]
    fn a_name_that_a_shell_would_read_otherwise_is_in_no_command() {
        assert_eq!(
            dig(&Question::txt(name("a.example"))).as_deref(),
            Some("dig +short TXT a.example")
        );
        for hostile in [
            "$(reboot).example",
            "a b.example",
            "-x.example",
            "a;b.example",
        ] {
            assert_eq!(dig(&Question::txt(name(hostile))), None, "{hostile}");
        }
    }
}
