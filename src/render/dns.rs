//! Recorded DNS for people: as `dig` commands, and as zone text.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::escape::plain;
use super::wrap::paragraph;
use crate::dns::{
    Name, Question, Reply, Seen, Snapshot, failure_in_words, in_words, is_too_long, zone_data,
    zone_name,
};

/// The command that asks `question` again, or the question in words if its name would need quoting
/// in a shell.
pub fn dig(question: &Question) -> String {
    let Question { name, kind } = question;
    match question.is_harmless() {
        true => format!("dig {kind} {name}"),
        false => format!("{kind} {name}"),
    }
}

/// Writes every question of `snapshot` with all its answers.
///
/// # Errors
///
/// Only errors of `out`.
pub fn show(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let when = snapshot
        .captured
        .map(|at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    let when = when.unwrap_or("at an unknown time".into());
    let by = snapshot.resolver.as_deref().unwrap_or("not known");
    paragraph(
        out,
        "",
        2,
        &plain(format!("Captured {when}; resolver: {by}")),
    )?;
    for (question, reply, earlier) in snapshot.lookups() {
        writeln!(out)?;
        paragraph(out, "", 4, &plain(dig(question)))?;
        for line in in_words(reply) {
            paragraph(out, "    ", 6, &plain(line))?;
        }
        for Seen { reply, at } in earlier {
            let at = at.map(|at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
            let at = at.unwrap_or("at an unknown time".into());
            paragraph(out, "  earlier, ", 4, &plain(format!("{at}:")))?;
            for line in in_words(&reply) {
                paragraph(out, "    ", 6, &plain(line))?;
            }
        }
    }
    Ok(())
}

/// Writes the latest answers of `snapshot` as zone text (RFC 1035 §5.1). What zone text cannot
/// express is written as comments. A name that exists but has no record of the types asked for gets
/// an empty record of a private type (RFC 3597 §5).
///
/// # Errors
///
/// Only errors of `out`.
pub fn export(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let mut written = BTreeSet::new();
    let existing: BTreeSet<&Name> = snapshot
        .lookups()
        .filter(|(_, reply, _)| !reply.records().is_empty() || !reply.cname().is_empty())
        .flat_map(|(question, reply, _)| reply.cname().iter().chain([&question.name]))
        .collect();
    let mut line = |out: &mut dyn Write, text: String| match written.insert(text.clone()) {
        true => writeln!(out, "{text}"),
        false => Ok(()),
    };
    for (question, reply, _) in snapshot.lookups() {
        let kind = question.kind;
        let mut owner = &question.name;
        for target in reply.cname() {
            line(
                out,
                format!("{} CNAME {}", zone_name(owner), zone_name(target)),
            )?;
            owner = target;
        }
        let name = zone_name(owner);
        match reply {
            Reply::Records(answer) => {
                for record in &answer.records {
                    if is_too_long(record) {
                        line(out, format!("; {name} {kind}: longer than DNS allows"))?;
                        continue;
                    }
                    let data = zone_data(record);
                    line(out, format!("{name} {} {kind} {data}", answer.ttl))?;
                }
            }
            Reply::NoData(_) => {
                line(out, format!("; {name} {kind}: no record of this type"))?;
                if !existing.contains(owner) {
                    line(out, format!("{name} TYPE65280 \\# 0"))?;
                }
            }
            Reply::NxDomain(_) => line(out, format!("; {name} {kind}: no such name"))?,
            Reply::TempFail(failure) => {
                let failure = failure_in_words(failure);
                line(out, plain(format!("; {name} {kind}: no answer: {failure}")))?;
            }
            Reply::NotRecorded => (),
        }
    }
    Ok(())
}
