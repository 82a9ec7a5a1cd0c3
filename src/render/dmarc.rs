//! What a domain publishes for DMARC: the search, the record, and the policies it gives.

use std::io::{self, Write};

use super::details;
use super::escape::plain;
use super::text::sentence;
use super::wrap::{COLUMNS, Sheet};
use crate::DmarcCheck;
use crate::dmarc::{
    DmarcCause, Effective, PUBLIC_SUFFIX_LIST, Policy, Published, PublishedPolicy, RecordTag,
    ReportTarget, Rules, TagOrigin, TagState,
};
use crate::dns::Name;
use crate::explain::dmarc::{ComparedFor, compared, consequence, notes, report, what};

/// Writes what was found about a domain.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(check: &DmarcCheck, out: &mut dyn Write) -> io::Result<()> {
    write_on(check, &mut Sheet::new(out, COLUMNS))
}

/// Writes what was found about a domain on a page of any width.
pub(super) fn write_on(check: &DmarcCheck, out: &mut Sheet<'_>) -> io::Result<()> {
    headline(check, out)?;
    writeln!(
        out,
        "\n  Where the policy was looked for, by {}",
        rules(&check.dmarc)
    )?;
    details::steps(&check.dmarc.steps, out)?;
    if let Some(policy) = &check.dmarc.policy {
        record(policy, out)?;
    }
    for note in notes(&check.dmarc.steps, &check.dmarc.problems) {
        writeln!(out)?;
        out.paragraph("  DMARC record: ", 4, &plain(sentence(&note)))?;
    }
    let at = check.dmarc.policy.as_ref().map(|policy| &policy.domain);
    reports(at, check.reports.as_deref(), out)?;
    organizations(check, out)?;
    for difference in &check.differences {
        writeln!(out)?;
        let head = format!("  The rules differ in the {}: ", what(difference));
        let text = format!(
            "{} by RFC 9989 (DNS tree walk), {} by RFC 7489. {}",
            compared(difference, Rules::Rfc9989),
            compared(difference, Rules::Rfc7489),
            sentence(&consequence(difference, ComparedFor::Domain).to_string())
        );
        out.paragraph(&head, 4, &plain(text))?;
    }
    Ok(())
}

fn headline(check: &DmarcCheck, out: &mut Sheet<'_>) -> io::Result<()> {
    let domain = &check.domain;
    let text = match (&check.dmarc.policy, check.dmarc.cause) {
        (Some(policy), _) => {
            let Effective { tag, applied, .. } = &policy.for_domain;
            let place = &policy.domain;
            let asks = match applied {
                Policy::None => "to do nothing about it",
                Policy::Quarantine => "to treat it as suspicious (quarantine)",
                Policy::Reject => "to refuse it (reject)",
            };
            let lowered = match policy.for_domain.requested == *applied {
                true => String::new(),
                false => format!(
                    ", and t=y makes of {} one level less",
                    policy.for_domain.requested
                ),
            };
            format!(
                "Mail from {domain} that fails DMARC: the record at _dmarc.{place} asks receivers \
                 {asks}, by its tag {tag}{lowered}."
            )
        }
        (None, Some(DmarcCause::RecordUnusable)) => format!(
            "The DMARC record for {domain} cannot be used, so receivers act as if there were none."
        ),
        (None, Some(DmarcCause::Dns)) => {
            format!("Which policy {domain} has cannot be told now: DNS did not answer.")
        }
        (None, Some(DmarcCause::NotRecorded)) => {
            format!("Which policy {domain} has cannot be told: the recorded DNS does not hold it.")
        }
        (None, _) => format!(
            "{domain} has no DMARC policy: nobody is told what to do with mail that fails, and \
             nobody reports about it."
        ),
    };
    out.paragraph("", 2, &plain(text))
}

fn rules(published: &Published) -> String {
    match published.rules {
        Rules::Rfc9989 => "RFC 9989 (DNS tree walk)".into(),
        Rules::Rfc7489 => format!("RFC 7489 (public suffix list, {PUBLIC_SUFFIX_LIST})"),
    }
}

fn record(policy: &PublishedPolicy, out: &mut Sheet<'_>) -> io::Result<()> {
    writeln!(out, "\n  What its tags say")?;
    for tag in policy.tags.iter() {
        let value = tag.value.as_deref().unwrap_or("-");
        let written = match (tag.state, &tag.value) {
            (TagState::Absent, _) => format!("({})", tag.name),
            (_, None) => tag.name.clone(),
            _ => format!("{}={value}", tag.name),
        };
        let written = plain(written);
        if written.len() > 30 {
            out.paragraph("    ", 6, &written)?;
            out.paragraph("                    ", 20, &plain(meaning(tag)))?;
            continue;
        }
        out.paragraph(&format!("    {written:<14}  "), 20, &plain(meaning(tag)))?;
    }
    writeln!(out, "\n  What failing mail gets")?;
    let mut line = |who: &str, effective: &Effective| {
        let lowered = match effective.requested == effective.applied {
            true => String::new(),
            false => format!(", lowered from {} by t=y", effective.requested),
        };
        let text = format!(
            "{} ({} at _dmarc.{}{lowered})",
            effective.applied, effective.tag, effective.domain
        );
        out.paragraph(&format!("    {who:<31}"), 35, &plain(text))
    };
    line("from the domain itself", &policy.for_domain)?;
    if let Some(below) = &policy.for_subdomains {
        line("from a subdomain", below)?;
    }
    if let Some(below) = &policy.for_missing_subdomains {
        line("from a subdomain not in DNS", below)?;
    }
    Ok(())
}

/// Writes where reports about the domain `at` go, and whether they are accepted there.
pub(super) fn reports(
    at: Option<&Name>,
    targets: Option<&[ReportTarget]>,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    let (Some(at), Some(targets)) = (at, targets) else {
        return Ok(());
    };
    writeln!(out, "\n  Where reports go")?;
    if targets.is_empty() {
        return writeln!(out, "    nowhere: the record has no valid rua or ruf");
    }
    for target in targets {
        let text = sentence(&report(target, at).to_string());
        let text = format!("{}: {text}", target.uri);
        out.paragraph(&format!("    {}  ", target.tag), 9, &plain(text))?;
    }
    Ok(())
}

fn meaning(tag: &RecordTag) -> String {
    let effective = tag.effective.as_deref().unwrap_or("nothing");
    match (tag.state, tag.from) {
        (TagState::Valid, TagOrigin::Record) => "holds".into(),
        (TagState::Valid, TagOrigin::NoValidPolicy) => {
            format!("does not hold: {effective}, as the policies are not all valid")
        }
        (TagState::Valid, _) => "has no effect".into(),
        (TagState::Absent, TagOrigin::Default) => format!("not there: {effective}, the default"),
        (TagState::Absent, TagOrigin::Sp) => format!("not there: {effective}, from sp"),
        (TagState::Absent, TagOrigin::P) => format!("not there: {effective}, from p"),
        (TagState::Absent, TagOrigin::NoValidPolicy) => {
            format!("not there: {effective}, as the policies are not all valid")
        }
        (TagState::Absent, _) => "not there".into(),
        (TagState::Invalid, TagOrigin::Default) => format!("not valid: {effective}, the default"),
        (TagState::Invalid, _) => format!("not valid: {effective}"),
        (TagState::Repeated, _) => "stands there again; the first counts".into(),
        (TagState::Removed, _) => "removed by RFC 9989, ignored".into(),
        (TagState::Unknown, _) => "not a tag of DMARC, ignored".into(),
        (TagState::Malformed, _) => "not a tag, ignored".into(),
    }
}

fn organizations(check: &DmarcCheck, out: &mut Sheet<'_>) -> io::Result<()> {
    writeln!(out, "\n  Organizational domain")?;
    for published in [&check.dmarc, &check.beside] {
        let name = published.organizational_domain.as_ref();
        let name = name.map_or("not known", |name| name.as_str());
        let text = format!("{name}, by {}", rules(published));
        out.paragraph("    ", 6, &plain(text))?;
    }
    Ok(())
}
