//! Record sets as lines of a zone file with full names.

use std::io::{self, Write};

use crate::dns::{RecordSet, SetChange, zone_data, zone_name};

pub(super) fn write(sets: &[&RecordSet], out: &mut dyn Write) -> io::Result<()> {
    write_as(sets, |set| zone_name(&set.name), "", out)
}

/// Writes each set whole; `owner` writes its name, and `class` stands before the type.
pub(super) fn write_as(
    sets: &[&RecordSet],
    owner: impl Fn(&RecordSet) -> String,
    class: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    for set in sets {
        if !matches!(set.change(), SetChange::Create | SetChange::Rewrite) {
            continue;
        }
        let (owner, ttl, kind) = (owner(set), set.ttl, set.kind);
        for record in &set.records {
            let data = zone_data(record);
            writeln!(out, "{owner} {ttl} {class}{kind} {data}")?;
        }
    }
    Ok(())
}
