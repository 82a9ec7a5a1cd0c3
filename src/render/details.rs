//! The evidence behind an analysis, for `--verbose`: hops, the SPF tree, the DMARC steps, the
//! signed bytes, every lookup.

use std::io::{self, Write};

use super::escape::plain;
use super::text::sentence;
use super::wrap::paragraph;
use crate::Analysis;
use crate::dmarc::Found;
use crate::dns::{Lookup, Record, Reply};
use crate::spf::{SpfOutcome, SpfStep, SpfVerdict};

pub(super) fn write(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    hops(analysis, out)?;
    spf(&analysis.spf.mail_from, "MAIL FROM", out)?;
    spf(&analysis.spf.helo, "HELO", out)?;
    dmarc(analysis, out)?;
    signed_bytes(analysis, out)?;
    lookups(analysis, out)
}

fn hops(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    if analysis.session.hops.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  Received, latest first")?;
    for (hop, number) in analysis.session.hops.iter().zip(1..) {
        let mut text = Vec::new();
        if let Some(from) = &hop.from {
            text.push(format!("from {from}"));
        }
        if let Some(ip) = hop.ip {
            text.push(format!("[{ip}]"));
        }
        if let Some(by) = &hop.by {
            text.push(format!("by {by}"));
        }
        if let Some(date) = hop.date {
            text.push(date.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
        }
        paragraph(
            out,
            &format!("    {number:>2}  "),
            8,
            &plain(text.join(" ")),
        )?;
    }
    Ok(())
}

fn spf(verdict: &SpfVerdict, identity: &str, out: &mut dyn Write) -> io::Result<()> {
    let domain = verdict.domain.as_deref().unwrap_or("an unknown domain");
    let head = format!("SPF {} for {identity} at {domain}", verdict.result);
    writeln!(out)?;
    paragraph(out, "  ", 4, &plain(head))?;
    if let Some(record) = &verdict.record {
        paragraph(out, "    ", 6, &plain(record))?;
    }
    for record in &verdict.records {
        paragraph(out, "    also: ", 6, &plain(record))?;
    }
    steps(&verdict.trace, "    ", out)?;
    paragraph(out, "  ", 4, &plain(sentence(&verdict.sentence)))
}

fn steps(steps: &[SpfStep], indent: &str, out: &mut dyn Write) -> io::Result<()> {
    for (index, step) in steps.iter().enumerate() {
        let last = index + 1 == steps.len();
        let (branch, below) = match last {
            true => ("└─ ", "   "),
            false => ("├─ ", "│  "),
        };
        let outcome = match step.outcome {
            SpfOutcome::Match => "matches",
            SpfOutcome::NoMatch => "does not match",
            SpfOutcome::NotReached => "not reached",
            SpfOutcome::Followed => "followed",
            SpfOutcome::Ignored => "has no effect",
            SpfOutcome::Error => "error",
            SpfOutcome::Temperror => "no answer",
            SpfOutcome::NotEvaluated => "not evaluated",
        };
        let mut text = plain(&step.term);
        if let Some(expanded) = &step.expanded {
            text.push_str(&format!(" = {}", plain(expanded)));
        }
        text.push_str(&format!("  {outcome}"));
        if let Some(number) = step.lookup_number {
            text.push_str(&format!("  lookup {number}"));
        }
        if step.voids > 0 {
            text.push_str(", void");
        }
        if let Some(answer) = &step.answer {
            text.push_str(&format!("  ({})", plain(answer)));
        }
        let hanging = indent.chars().count() + 5;
        paragraph(out, &format!("{indent}{branch}"), hanging, &text)?;
        let below = format!("{indent}{below}");
        if let Some(record) = &step.record {
            paragraph(out, &format!("{below}  "), hanging, &plain(record))?;
        }
        self::steps(&step.steps, &below, out)?;
    }
    Ok(())
}

fn dmarc(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let dmarc = &analysis.dmarc;
    if dmarc.steps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  DMARC policy discovery (RFC 9989 §4.10)")?;
    for step in &dmarc.steps {
        let found = match step.found {
            Found::Record => "a policy record",
            Found::Nothing => "nothing",
            Found::OtherText => "text that is no policy record",
            Found::SeveralRecords => "several policy records, all ignored",
            Found::NoAnswer => "no answer from DNS",
            Found::NotRecorded => "not in the recorded DNS",
        };
        paragraph(
            out,
            "    ",
            6,
            &plain(format!("_dmarc.{}: {found}", step.domain)),
        )?;
        for record in &step.records {
            paragraph(out, "      ", 8, &plain(record))?;
        }
    }
    let organization = dmarc.organizational_domain.as_ref();
    let organization = organization.map_or("not known", |name| name.as_str());
    paragraph(out, "    organizational domain: ", 6, &plain(organization))
}

fn signed_bytes(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    for (verdict, number) in analysis.dkim.iter().zip(1..) {
        if verdict.header.canonical.is_empty() {
            continue;
        }
        writeln!(out, "\n  DKIM {number}, the header fields as hashed")?;
        let text = String::from_utf8_lossy(&verdict.header.canonical);
        for line in text.split("\r\n") {
            writeln!(out, "    {}", plain(line))?;
        }
    }
    Ok(())
}

fn lookups(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n  DNS lookups")?;
    for lookup in &analysis.lookups.0 {
        paragraph(out, "    ", 8, &plain(head(lookup)))?;
        for line in answer(lookup) {
            paragraph(out, "        ", 10, &plain(line))?;
        }
    }
    Ok(())
}

fn head(lookup: &Lookup) -> String {
    let question = &lookup.question;
    let authenticated = match lookup.reply.is_authenticated() {
        true => " (AD)",
        false => "",
    };
    format!(
        "{} {} {}{authenticated}",
        lookup.id, question.kind, question.name
    )
}

fn answer(lookup: &Lookup) -> Vec<String> {
    let mut lines: Vec<String> = lookup
        .reply
        .cname()
        .iter()
        .map(|name| format!("CNAME {name}"))
        .collect();
    match &lookup.reply {
        Reply::Records(answer) => lines.extend(answer.records.iter().map(record)),
        Reply::NoData(_) => lines.push("no record of this type".into()),
        Reply::NxDomain(_) => lines.push("no such name".into()),
        Reply::TempFail(failure) => lines.push(format!("no answer: {failure}")),
        Reply::NotRecorded => lines.push("not in the recorded DNS".into()),
    }
    lines
}

fn record(record: &Record) -> String {
    match record {
        Record::A(ip) => ip.to_string(),
        Record::Aaaa(ip) => ip.to_string(),
        Record::Cname(name) | Record::Ptr(name) => name.to_string(),
        Record::Mx {
            preference,
            exchange,
        } => match exchange {
            Some(exchange) => format!("{preference} {exchange}"),
            None => format!("{preference} ."),
        },
        Record::Txt(txt) => {
            let strings = txt.0.iter();
            let strings = strings.map(|part| format!("\"{}\"", String::from_utf8_lossy(part)));
            strings.collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::{LookupId, Name, Negative, Question};

    #[test]
    fn a_lookup_that_the_resolver_validated_says_so() {
        let lookup = |authenticated| Lookup {
            id: LookupId(1),
            question: Question::txt(Name::parse("a.example").unwrap()),
            reply: Reply::NxDomain(Negative {
                authenticated,
                ..Negative::default()
            }),
        };
        assert_eq!(head(&lookup(true)), "L1 TXT a.example (AD)");
        assert_eq!(head(&lookup(false)), "L1 TXT a.example");
    }
}
