//! What large receivers ask of bulk senders, as a table: what was seen, whether it is enough for each,
//! the errors that a fault earns, and where the rules stand.

use std::io::{self, Write};

use super::escape::plain;
use super::page::{Block, Cell};
use super::wrap::{Sheet, padded, shortened};
use crate::bulk::{BulkFact, BulkMeets, BulkReceiver, BulkRow, BulkSeen, Topic, Weight};

const RECEIVERS: [BulkReceiver; 4] = [
    BulkReceiver::Gmail,
    BulkReceiver::Yahoo,
    BulkReceiver::Microsoft,
    BulkReceiver::Apple,
];

/// The widths of what a rule is about, and of what was seen.
const LABEL: usize = 23;
const SEEN: usize = 22;

/// Writes the table; nothing if there are no rows.
pub(super) fn write(rows: &[BulkRow], out: &mut Sheet<'_>) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let first = format!(
        "  {}{}",
        padded("Bulk senders", LABEL),
        padded("seen", SEEN)
    );
    let names = RECEIVERS.map(|one| padded(name(one), name(one).len() + 2));
    writeln!(out, "\n{first}{}", names.concat().trim_end())?;
    for row in rows {
        let seen = shortened(&plain(seen(row.topic, &row.fact)), SEEN - 2);
        let cells = RECEIVERS.map(|one| padded(cell(row, one), name(one).len() + 2));
        let line = format!(
            "  {}{}{}",
            padded(label(row.topic), LABEL),
            padded(&seen, SEEN),
            cells.concat()
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    for text in remarks(rows) {
        out.paragraph("  ", 4, &plain(text))?;
    }
    Ok(())
}

/// The table for Markdown.
pub(super) fn blocks(rows: &[BulkRow]) -> Vec<Block> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut head = vec!["Bulk senders", "Seen"];
    head.extend(RECEIVERS.map(name));
    let table = rows.iter().map(|row| {
        let mut cells = vec![
            Cell::Words(label(row.topic).into()),
            Cell::Prose(seen(row.topic, &row.fact)),
        ];
        cells.extend(RECEIVERS.map(|one| Cell::Words(cell(row, one).into())));
        cells
    });
    let mut blocks = vec![Block::Table(head, table.collect())];
    blocks.extend(remarks(rows).into_iter().map(Block::Paragraph));
    blocks
}

/// The errors that faults earn, what the signs mean, and where the rules stand.
fn remarks(rows: &[BulkRow]) -> Vec<String> {
    let mut remarks = Vec::new();
    for row in rows.iter().filter(|row| row.is_missed()) {
        let with_errors = row.receivers.iter().filter(|one| !one.errors.is_empty());
        let errors: Vec<String> = with_errors
            .map(|one| format!("{} {}", name(one.receiver), one.errors.join(" or ")))
            .collect();
        if !errors.is_empty() {
            remarks.push(format!("{}: {}", label(row.topic), errors.join(", ")));
        }
    }
    let all = || rows.iter().flat_map(|row| &row.receivers);
    let cells = || {
        rows.iter()
            .flat_map(|row| RECEIVERS.map(|one| cell(row, one)))
    };
    let mut signs = vec!["- no rule"];
    if cells().any(|cell| cell == "?") {
        signs.push("? cannot be seen here");
    }
    if cells().any(|cell| cell == "no*") {
        signs.push("no* if the mail is marketing");
    }
    remarks.push(format!("{}.", signs.join("; ")));
    for receiver in RECEIVERS {
        if let Some(one) = all().find(|one| one.receiver == receiver) {
            let source = one.source;
            remarks.push(format!(
                "{}: {}, read {}",
                name(receiver),
                source.title,
                source.read
            ));
        }
    }
    remarks
}

fn name(receiver: BulkReceiver) -> &'static str {
    match receiver {
        BulkReceiver::Gmail => "Gmail",
        BulkReceiver::Yahoo => "Yahoo",
        BulkReceiver::Microsoft => "Microsoft",
        BulkReceiver::Apple => "Apple",
    }
}

fn label(topic: Topic) -> &'static str {
    match topic {
        Topic::Spf => "SPF passes",
        Topic::Dkim => "DKIM verifies",
        Topic::DkimKey => "key 1024 bits or more",
        Topic::Dmarc => "DMARC policy",
        Topic::Alignment => "one counts for From",
        Topic::Ptr => "host name (PTR)",
        Topic::Tls => "TLS",
        Topic::From => "one address in From",
        Topic::MessageId => "Message-ID",
        Topic::SingleFields => "no doubled fields",
        Topic::Unsubscribe => "one-click unsubscribe",
        Topic::Complaints => "complaints < 0.3 %",
    }
}

fn seen(topic: Topic, fact: &BulkFact) -> String {
    match (&fact.seen, topic, fact.meets) {
        (BulkSeen::NotHere, ..) => "not seen here".into(),
        (BulkSeen::Nothing, Topic::SingleFields, Some(true)) => "none".into(),
        (BulkSeen::Nothing, ..) => "nothing".into(),
        (BulkSeen::Values(values), Topic::DkimKey, _) => format!("{} bits", values.join(", ")),
        (BulkSeen::Values(values), Topic::Ptr, Some(false)) => {
            format!("{}: not its own", values.join(", "))
        }
        (BulkSeen::Values(values), Topic::Spf | Topic::Tls, _) => values.join(" "),
        (BulkSeen::Values(values), ..) => values.join(", "),
    }
}

fn cell(row: &BulkRow, receiver: BulkReceiver) -> &'static str {
    let one: Option<&BulkMeets> = row.of(receiver);
    match (one.map(|one| one.weight), row.fact.meets) {
        (None, _) => "-",
        (Some(_), Some(true)) => "yes",
        (Some(_), None) => "?",
        (Some(Weight::Asked), Some(false)) => "NO",
        (Some(Weight::AskedOfMarketing), Some(false)) => "no*",
        (Some(Weight::Recommended), Some(false)) => "advised",
    }
}
