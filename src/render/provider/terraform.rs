//! Record sets as Terraform resources, aligned as `terraform fmt` does it.

use std::io::{self, Write};

use super::{Words, bare, cloudflare, route53};
use crate::dns::{Name, Record, RecordSet, SetChange};

/// Writes one `aws_route53_record` for each set. The provider puts the outer quotes around a text
/// itself, so a text of several strings has the quotes between them.
pub(super) fn write_for_route53(
    sets: &[&RecordSet],
    zone: &Name,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut words = Words::default();
    write_zone(zone, out)?;
    for set in sets {
        let is_there = match set.change() {
            SetChange::Create => false,
            SetChange::Rewrite => true,
            SetChange::Nothing | SetChange::Delete => continue,
        };
        writeln!(out)?;
        if is_there {
            writeln!(
                out,
                "# This set is there: if a resource of yours has it, change that one instead."
            )?;
        }
        let word = words.word(&format!("{}_{}", set.kind, set.name));
        writeln!(out, "resource \"aws_route53_record\" \"{word}\" {{")?;
        writeln!(out, "  zone_id = var.zone_id")?;
        let name = route53::name(&set.name);
        writeln!(out, "  name    = {}", string(name.trim_end_matches('.')))?;
        writeln!(out, "  type    = \"{}\"", set.kind)?;
        writeln!(out, "  ttl     = {}", set.ttl)?;
        writeln!(out, "  records = [")?;
        for record in &set.records {
            let value = match record {
                Record::Txt(txt) => route53::strings(&txt.0).join("\"\""),
                other => route53::value(other),
            };
            writeln!(out, "    {},", string(&value))?;
        }
        writeln!(out, "  ]")?;
        if is_there {
            writeln!(out, "  allow_overwrite = true")?;
        }
        writeln!(out, "}}")?;
    }
    Ok(())
}

/// Writes one `cloudflare_dns_record` for each new record.
pub(super) fn write_for_cloudflare(
    sets: &[&RecordSet],
    zone: &Name,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut words = Words::default();
    write_zone(zone, out)?;
    for set in sets {
        for record in set.added() {
            let word = words.word(&format!("{}_{}", set.kind, set.name));
            let mut fields = vec![
                ("zone_id", "var.zone_id".to_owned()),
                ("name", string(&bare(&set.name))),
                ("type", string(set.kind.as_str())),
                ("content", string(&cloudflare::content(record))),
            ];
            let priority = cloudflare::priority(record);
            fields.extend(priority.map(|priority| ("priority", priority.to_string())));
            fields.push(("ttl", set.ttl.to_string()));
            fields.push(("proxied", "false".into()));
            let width = fields.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
            writeln!(out, "\nresource \"cloudflare_dns_record\" \"{word}\" {{")?;
            for (key, value) in fields {
                writeln!(out, "  {key:<width$} = {value}")?;
            }
            writeln!(out, "}}")?;
        }
    }
    Ok(())
}

fn write_zone(zone: &Name, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# var.zone_id is the id of the zone {}", bare(zone))
}

/// A quoted string in which nothing is a template. `text` is printable ASCII.
fn string(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    let text = text.replace("${", "\\u0024{").replace("%{", "\\u0025{");
    format!("\"{text}\"")
}
