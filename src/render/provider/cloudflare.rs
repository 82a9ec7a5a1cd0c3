//! Record sets as Cloudflare takes them: record by record, through its API or its dashboard.

use std::io::{self, Write};

use serde::Serialize;

use super::{bare, relative, shown};
use crate::dns::{CLOUDFLARE_ID, Name, Record, RecordSet, RecordType, zone_data, zone_name};
use crate::render::json;

/// The body of a batch. Cloudflare deletes first, then posts, in one transaction.
#[derive(Serialize)]
struct Batch {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deletes: Vec<Delete>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    posts: Vec<Post>,
}

#[derive(Serialize)]
struct Delete {
    id: String,
}

#[derive(Serialize)]
struct Post {
    name: String,
    r#type: &'static str,
    content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u16>,
    ttl: u32,
    proxied: bool,
}

pub(super) fn write(sets: &[&RecordSet], out: &mut dyn Write) -> io::Result<()> {
    let deletes = sets.iter().flat_map(|set| {
        let owner = zone_name(&set.name);
        let id = move |record: &Record| Delete {
            id: format!("{CLOUDFLARE_ID}{owner} {} {}", set.kind, zone_data(record)),
        };
        set.removed.iter().map(id)
    });
    let posts = sets.iter().flat_map(|set| {
        set.added().map(|record| Post {
            name: bare(&set.name),
            r#type: set.kind.as_str(),
            content: content(record),
            priority: priority(record),
            ttl: set.ttl,
            proxied: false,
        })
    });
    let batch = Batch {
        deletes: deletes.collect(),
        posts: posts.collect(),
    };
    match batch.deletes.is_empty() && batch.posts.is_empty() {
        true => Ok(()),
        false => json::write(&batch, out),
    }
}

/// The value without the priority. A text stands in quotes, in strings of 255 octets.
pub(super) fn content(record: &Record) -> String {
    match record {
        Record::Cname(target) | Record::Ns(target) | Record::Ptr(target) => bare(target),
        Record::Mx { exchange, .. } => exchange.as_ref().map_or(".".into(), bare),
        Record::A(_) | Record::Aaaa(_) | Record::Txt(_) => zone_data(record),
    }
}

pub(super) fn priority(record: &Record) -> Option<u16> {
    match record {
        Record::Mx { preference, .. } => Some(*preference),
        _ => None,
    }
}

/// Writes what to enter in the dashboard, a line for each record.
pub(super) fn write_for_dashboard(
    sets: &[&RecordSet],
    zone: &Name,
    out: &mut dyn Write,
) -> io::Result<()> {
    if !sets.is_empty() {
        writeln!(out, "Zone {}", bare(zone))?;
    }
    for set in sets {
        let name = relative(&set.name, zone);
        for record in &set.removed {
            writeln!(
                out,
                "Delete: Type {}, Name {name}: {}",
                set.kind,
                shown(record)
            )?;
        }
        for record in set.added() {
            let field = match set.kind {
                RecordType::A => "IPv4 address",
                RecordType::Aaaa => "IPv6 address",
                RecordType::Cname => "Target",
                RecordType::Mx => "Mail server",
                RecordType::Ns => "Nameserver",
                RecordType::Ptr => "Domain name",
                RecordType::Txt => "Content",
            };
            write!(
                out,
                "Add record: Type {}, Name {name}, {field} {}",
                set.kind,
                content(record)
            )?;
            if let Some(priority) = priority(record) {
                write!(out, ", Priority {priority}")?;
            }
            let can_be_proxied = matches!(
                set.kind,
                RecordType::A | RecordType::Aaaa | RecordType::Cname
            );
            if can_be_proxied {
                write!(out, ", Proxy status DNS only")?;
            }
            match (set.ttl / 60, set.ttl % 60) {
                (minutes @ 1.., 0) => writeln!(out, ", TTL {minutes} min")?,
                _ => writeln!(out, ", TTL {} s", set.ttl)?,
            }
        }
    }
    Ok(())
}
