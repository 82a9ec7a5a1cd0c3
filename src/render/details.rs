//! The evidence behind an analysis, for `--verbose`: hops, the SPF tree, the DMARC steps, the
//! signed bytes, every lookup, and what the rules did.

use std::io::{self, Write};

use super::escape::plain;
use super::text::sentence;
use super::wrap::Sheet;
use super::{dns, spf};
use crate::dmarc::{DmarcBy, Found, PUBLIC_SUFFIX_LIST, Rules, Step};
use crate::dns::{Lookup, Name, in_words};
use crate::explain::session::origin;
use crate::session::{Candidate, Hop};
use crate::{Analysis, Inspection, RuleOutcome, explain};

pub(super) fn write(inspection: &Inspection, out: &mut Sheet<'_>) -> io::Result<()> {
    let analysis = &inspection.analysis;
    hops(analysis, out)?;
    signs(analysis, out)?;
    stated(analysis, out)?;
    for verdict in [&analysis.spf.mail_from, &analysis.spf.helo] {
        writeln!(out)?;
        spf::write(verdict, out)?;
    }
    dmarc(analysis, out)?;
    signed_bytes(analysis, out)?;
    lookups(analysis, out)?;
    rules(inspection, out)
}

fn hops(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    if analysis.session.hops.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  Received, latest first")?;
    for (hop, number) in analysis.session.hops.iter().zip(1..) {
        let HopWords {
            from,
            by,
            time,
            delay,
            border,
        } = HopWords::of(hop);
        let delay = delay.map(|delay| format!("({delay})"));
        let border = border.map(|border| format!("<- {border}"));
        let parts = [from, by, time, delay, border];
        let text: Vec<String> = parts.into_iter().flatten().collect();
        out.paragraph(&format!("    {number:>2}  "), 8, &plain(text.join(" ")))?;
    }
    candidates(analysis, out)
}

/// What a Received field says.
pub(super) struct HopWords {
    /// Which host passed the message on.
    pub from: Option<String>,
    /// Which host took it.
    pub by: Option<String>,
    /// When.
    pub time: Option<String>,
    /// How long it took to there.
    pub delay: Option<String>,
    /// Whether it tells of the session that was judged.
    pub border: Option<&'static str>,
}

impl HopWords {
    pub(super) fn of(hop: &Hop) -> Self {
        let received = &hop.received;
        let from = match (&received.from, received.ip) {
            (Some(from), Some(ip)) => Some(format!("from {from} [{ip}]")),
            (Some(from), None) => Some(format!("from {from}")),
            (None, Some(ip)) => Some(format!("[{ip}]")),
            (None, None) => None,
        };
        let time = received.date;
        Self {
            from,
            by: received.by.as_ref().map(|by| format!("by {by}")),
            time: time.map(|date| date.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
            delay: hop.delay.map(|delay| format!("{delay:+} s")),
            border: hop.border.then_some("the session judged"),
        }
    }
}

/// The signs that show Amazon SES as the sender, and the region that each names.
pub(super) fn signs(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    let signs = analysis.ses.iter().flat_map(|ses| &ses.signs);
    for (index, sign) in signs.enumerate() {
        if index == 0 {
            writeln!(out, "\n  Signs of Amazon SES")?;
        }
        let mut text = format!("{} {}", sign.sign, sign.value);
        if let Some(region) = &sign.region {
            text.push_str(&format!(": {region}"));
        }
        if let Some(note) = &sign.note {
            text.push_str(&format!("; {note}"));
        }
        text.push_str(&format!(" ({})", sign.class));
        out.paragraph("    ", 6, &plain(text))?;
    }
    Ok(())
}

/// What SES says of the identity, and of the wider one whose settings do not count.
pub(super) fn stated(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    let Some(stated) = &analysis.ses_identity else {
        return Ok(());
    };
    writeln!(out)?;
    let text = explain::ses::stated(&stated.identity);
    out.paragraph("  SES says  ", 4, &plain(text))?;
    match &stated.overridden {
        Some(wider) => {
            let text = explain::ses::stated(wider);
            let text = format!("not used for {}: {text}", stated.author);
            out.paragraph("            ", 4, &plain(text))
        }
        None => Ok(()),
    }
}

pub(super) fn candidates(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    let says_else = |candidate: &&Candidate| !candidate.reason.is_same();
    let candidates = analysis.session.candidates.iter().filter(says_else);
    for (index, candidate) in candidates.enumerate() {
        if index == 0 {
            writeln!(out, "\n  Also found of the session")?;
        }
        let value = match candidate.value.as_str() {
            "" => "<>",
            value => value,
        };
        let (wanted, from, reason) = (candidate.wanted, candidate.from, &candidate.reason);
        let text = format!("{wanted} {value} ({}): {reason}", origin(from));
        out.paragraph("    ", 6, &plain(text))?;
    }
    Ok(())
}

pub(super) fn dmarc(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    let dmarc = &analysis.dmarc;
    discovery(dmarc.by(dmarc.rules), out)?;
    discovery(dmarc.by_other_rules(), out)
}

fn discovery(dmarc: DmarcBy<'_>, out: &mut Sheet<'_>) -> io::Result<()> {
    if dmarc.steps.is_empty() {
        return Ok(());
    }
    let rules = match dmarc.rules {
        Rules::Rfc9989 => "RFC 9989, the DNS tree walk of §4.10".to_owned(),
        Rules::Rfc7489 => format!("RFC 7489, the public suffix list ({PUBLIC_SUFFIX_LIST})"),
    };
    writeln!(out)?;
    out.paragraph("  ", 4, &format!("DMARC {} by {rules}", dmarc.result))?;
    steps(dmarc.steps, out)?;
    let organization = dmarc.organizational_domain;
    let organization = organization.map_or("not known", Name::as_str);
    out.paragraph("    organizational domain: ", 6, &plain(organization))
}

/// Each name that was looked up, what was found, and why no policy was taken from there.
pub(super) fn steps(steps: &[Step], out: &mut Sheet<'_>) -> io::Result<()> {
    for step in steps {
        let found = match step.found {
            Found::Record if step.taken => "a policy record, taken",
            Found::Record => "a policy record, not taken",
            Found::Nothing => "nothing",
            Found::OtherText => "text that is no policy record",
            Found::SeveralRecords => "several policy records, none taken",
            Found::NoAnswer => "no answer from DNS",
            Found::NotRecorded => "not in the recorded DNS",
        };
        let mut text = format!("_dmarc.{}: {found}", step.domain);
        if !step.cname.is_empty() && step.found != Found::Nothing {
            let chain: Vec<&str> = step.cname.iter().map(Name::as_str).collect();
            text.push_str(&format!(", by way of {}", chain.join(", ")));
        }
        out.paragraph("    ", 6, &plain(text))?;
        for record in step.records.iter() {
            out.paragraph("      ", 8, &plain(record))?;
        }
        if let Some(reason) = explain::dmarc::reason(step) {
            let reason = sentence(&reason.to_string());
            out.paragraph("      why not: ", 8, &plain(reason))?;
        }
    }
    Ok(())
}

pub(super) fn signed_bytes(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    for (verdict, number) in analysis.dkim.iter().zip(1..) {
        if verdict.header.canonical.is_empty() {
            continue;
        }
        writeln!(out, "\n  DKIM {number}, the header fields as hashed")?;
        let text = String::from_utf8_lossy(&verdict.header.canonical);
        for line in text.split("\r\n") {
            writeln!(out, "    {}", plain(line))?;
        }
        let left = verdict.header.canonical_length - verdict.header.canonical.len();
        if left > 0 {
            writeln!(out, "    … and {left} more octets")?;
        }
    }
    Ok(())
}

fn lookups(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    writeln!(out, "\n  DNS lookups")?;
    analysis
        .lookups
        .0
        .iter()
        .try_for_each(|one| lookup(one, out))
}

/// Writes one lookup: the question as a command, and the answer.
pub(super) fn lookup(lookup: &Lookup, out: &mut Sheet<'_>) -> io::Result<()> {
    out.paragraph("    ", 8, &plain(question(lookup)))?;
    for line in in_words(&lookup.reply) {
        out.paragraph("        ", 10, &plain(line))?;
    }
    Ok(())
}

/// The question of a lookup as a command, and whether the answer is authenticated.
pub(super) fn question(lookup: &Lookup) -> String {
    let authenticated = match lookup.reply.is_authenticated() {
        true => " (AD)",
        false => "",
    };
    let question = dns::dig(&lookup.question);
    format!("{} {question}{authenticated}", lookup.id)
}

/// The rules that gave no finding: those that found nothing, those that were left out, and how many
/// do not apply.
pub(super) fn rules(inspection: &Inspection, out: &mut Sheet<'_>) -> io::Result<()> {
    let rules = inspection.rules();
    let with = |outcome| {
        let rules = rules.iter().filter(move |(_, of)| *of == outcome);
        rules.map(|(code, _)| *code).collect::<Vec<_>>()
    };
    writeln!(out, "\n  Rules without a finding")?;
    for (label, outcome) in [
        ("    Applied and found nothing: ", RuleOutcome::Quiet),
        ("    Found something, but left out: ", RuleOutcome::LeftOut),
    ] {
        let codes = with(outcome);
        if !codes.is_empty() {
            out.paragraph(label, 6, &format!("{}.", codes.join(", ")))?;
        }
    }
    match with(RuleOutcome::NotApplicable).len() {
        0 => Ok(()),
        1 => writeln!(out, "    1 rule does not apply to this message."),
        many => writeln!(out, "    {many} rules do not apply to this message."),
    }
}
