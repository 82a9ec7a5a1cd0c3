//! The records that a domain needs, for people: what to publish, what is published, and the way to a
//! policy that refuses forged mail.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;

use super::escape::plain;
use super::text::{TextOptions, painted, style};
use super::wrap::{COLUMNS, Sheet};
use crate::dns::Name;
use crate::dns::change::RecordChange;
use crate::domain::{Needed, PublishedState, Purpose, SetUp, SetUpFault};
use crate::ses::Region;

/// Writes the records of `setup`, `needed`, under headings that say what they are for; and whether
/// they are published, if that was asked.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(
    setup: &SetUp,
    needed: &[Needed],
    options: TextOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let out = &mut Sheet::new(out, options.columns.unwrap_or(COLUMNS));
    out.paragraph("", 2, &plain(headline(setup, needed)))?;
    let mut purpose = None;
    for one in needed {
        let heading = heading(setup, one);
        if purpose.as_ref() != Some(&heading) {
            writeln!(out)?;
            out.paragraph("  ", 2, &plain(&heading))?;
            purpose = Some(heading);
        }
        let line = painted(&plain(one.record.zone_line()), Style::new().bold(), options);
        writeln!(out, "    {line}")?;
        if let Some(state) = &one.state {
            let (word, color) = word(state);
            let text = plain(state_words(one, state));
            let word = painted(word, style(color), options);
            let mut lines = Vec::new();
            Sheet::new(&mut lines, out.columns).paragraph("      ", 8, &text)?;
            let lines = String::from_utf8_lossy(&lines).into_owned();
            let rest = lines.trim_start();
            let rest = rest.split_once(' ').map_or("\n", |(_, rest)| rest);
            match text.contains(' ') {
                true => write!(out, "      {word} {rest}")?,
                false => writeln!(out, "      {word}")?,
            }
        }
    }
    for note in notes(setup, needed) {
        writeln!(out)?;
        out.paragraph("  ", 2, &plain(note))?;
    }
    if !setup.parked && needed.iter().all(|one| one.state.is_none()) {
        ramp(setup, out)?;
    }
    Ok(())
}

fn headline(setup: &SetUp, needed: &[Needed]) -> String {
    let domain = &setup.domain;
    let done = needed.iter().filter(|one| one.is_done()).count();
    let all = needed.len();
    if needed.iter().all(|one| one.state.is_none()) {
        return match setup.parked {
            true => format!("Records for {domain}, which sends no mail and takes none:"),
            false => format!("Records for {domain} in Amazon SES{}:", regions(setup)),
        };
    }
    match done == all {
        true => format!("All {all} records of {domain} are published."),
        false => format!("{done} of {all} records of {domain} are published."),
    }
}

fn regions(setup: &SetUp) -> String {
    let names: Vec<&str> = setup.regions.iter().map(|at| at.region.as_str()).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" ({})", names.join(", ")),
    }
}

fn heading(setup: &SetUp, needed: &Needed) -> String {
    let region = |region: &Option<Region>| {
        let is_one = setup.regions.len() < 2;
        let name = region.as_ref().filter(|_| !is_one);
        name.map_or_else(String::new, |name| format!(", for {name}"))
    };
    match needed.purpose {
        Purpose::Dkim if needed.region.is_some() => format!(
            "DKIM{}: SES signs with one of the keys and keeps the others for later",
            region(&needed.region)
        ),
        Purpose::Dkim => "DKIM: your own public key".into(),
        Purpose::Bounces | Purpose::Spf => {
            "MAIL FROM: the name in the envelope, so that SPF counts for the domain".into()
        }
        Purpose::Dmarc if setup.parked => "DMARC: mail in its name is to be refused".into(),
        Purpose::Dmarc => "DMARC: nothing is refused yet, reports show who sends".into(),
        Purpose::NoSender => "SPF: nobody may send".into(),
        Purpose::NoMail => "MX: no mail is taken (RFC 7505)".into(),
        Purpose::NoKey => "DKIM: no key is valid".into(),
    }
}

fn word(state: &PublishedState) -> (&'static str, AnsiColor) {
    match state {
        PublishedState::Published | PublishedState::Fits { .. } => ("published", AnsiColor::Green),
        PublishedState::Missing => ("missing", AnsiColor::Red),
        PublishedState::Wrong { .. } => ("wrong", AnsiColor::Red),
        PublishedState::NotChecked => ("unknown:", AnsiColor::Yellow),
    }
}

/// The state in words; the first word is that of [`word`].
fn state_words(needed: &Needed, state: &PublishedState) -> String {
    match state {
        PublishedState::Published => "published".into(),
        PublishedState::Fits { found } => format!("published as {found}, which does it too"),
        PublishedState::Missing => "missing".into(),
        PublishedState::NotChecked => "unknown: DNS did not answer".into(),
        PublishedState::Wrong { found, fault } => {
            // A name ends with a dot, and so may the sentence.
            let found = found.join(" and ");
            let found = found.trim_end_matches('.');
            match fault {
                SetUpFault::DoubledName { at } => format!(
                    "wrong name: it stands at {at}. The form adds the domain by itself: enter the \
                     name without it, or end it with a dot"
                ),
                SetUpFault::DoubledTarget => format!(
                    "wrong target: {found}. The form added the domain: end the target with a dot"
                ),
                SetUpFault::PriorityInName => format!(
                    "wrong host: {found}. The number is the priority: it has a field of its own"
                ),
                SetUpFault::Proxied => format!(
                    "wrong type: addresses ({found}) in place of the CNAME. Switch the proxy off \
                     (\"DNS only\"), and do not flatten it"
                ),
                SetUpFault::Several => match needed.purpose {
                    Purpose::Bounces => format!(
                        "wrong: {found}. SES takes a MAIL FROM domain with exactly one MX: keep this one"
                    ),
                    _ => format!("wrong: {found}. There may be one: keep one, with what all say"),
                },
                SetUpFault::WithoutSes => {
                    format!("wrong: {found} does not name SES: add include:amazonses.com")
                }
                SetUpFault::Other => format!("wrong: {found} is there"),
            }
        }
    }
}

fn notes(setup: &SetUp, needed: &[Needed]) -> Vec<String> {
    let mut notes = Vec::new();
    if needed.iter().all(Needed::is_done) {
        notes.extend(setup.mail_from.iter().map(in_ses));
        return notes;
    }
    if setup.parked {
        notes.push(
            "Publish these only if nothing sends under the domain or a subdomain of it: receivers \
             refuse such mail from then on."
                .into(),
        );
        return notes;
    }
    if needed
        .iter()
        .any(|one| one.zone_is_listed && !one.is_done())
    {
        notes.push(
            "The zone behind the tokens is that of Amazon's list for the region. Where \
             aws sesv2 get-email-identity shows another SigningHostedZone, that one counts \
             (--ses-identity FILE takes it from there)."
                .into(),
        );
    }
    if setup.mail_from.is_none() {
        notes.push(
            "Without a custom MAIL FROM domain SPF never counts for the domain: --mail-from mail adds \
             its records."
                .into(),
        );
    } else if setup.regions.len() > 1 {
        notes.push(
            "One MX serves all regions: SES hands bounces to the region that sent. Set the MAIL FROM \
             domain in the identity of each region."
                .into(),
        );
    }
    if setup.regions.iter().all(|at| at.tokens.is_empty()) && setup.own_keys.is_empty() {
        notes.push(
            "The DKIM records are missing here, as SES makes their tokens: create the identity, then \
             name each with --token, or give the output of \
             aws sesv2 get-email-identity as --ses-identity."
                .into(),
        );
    }
    notes.extend(setup.mail_from.iter().map(in_ses));
    notes
}

fn in_ses(domain: &Name) -> String {
    format!(
        "In SES, set {domain} as the custom MAIL FROM domain of the identity: records alone do nothing. \
         Nothing else may use that name."
    )
}

/// The way from reports to a policy that refuses forged mail.
fn ramp(setup: &SetUp, out: &mut Sheet<'_>) -> io::Result<()> {
    let domain = &setup.domain;
    let own = format!("dmarc@{domain}");
    let mailbox = setup.reports.as_deref().unwrap_or(&own);
    let record = |policy: &str| {
        format!("_dmarc.{domain}. 300 TXT \"v=DMARC1; p={policy}; rua=mailto:{mailbox}\"")
    };
    writeln!(out)?;
    out.paragraph("  ", 2, "The way to a policy that refuses forged mail:")?;
    let steps = [
        (
            "1. p=none, as above, at once. It changes nothing, and receivers report who sends. A \
             stricter policy that is there stays.",
            None,
        ),
        (
            "2. When the reports of two weeks show that all your own sources pass, and \
             sesauth corpus what-if finds none of your saved mail that would be hit:",
            Some(record("quarantine")),
        ),
        (
            "3. When nobody missed mail for two more weeks, and the reports show only strangers \
             failing:",
            Some(record("reject")),
        ),
    ];
    for (text, record) in steps {
        out.paragraph("    ", 7, text)?;
        if let Some(record) = record {
            writeln!(out, "       {}", plain(record))?;
        }
    }
    Ok(())
}

/// Writes that the state of a record changed, `at` this time.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_change(needed: &Needed, at: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let state = needed
        .state
        .as_ref()
        .map_or_else(String::new, |state| state_words(needed, state));
    let RecordChange { name, kind, .. } = &needed.record;
    let at = at.strftime("%H:%M:%S UTC");
    writeln!(out, "{at}  {}", plain(format!("{kind} {name}: {state}")))
}
