//! What a domain check says, for every output.

use crate::DomainCheck;
use crate::dkim::DkimCause;
use crate::dmarc::{Effective, Found, Policy, PublishedPolicy};
use crate::dns::RecordType;
use crate::domain::{
    Area, Item, KeyState, Loss, MailFrom, MailFromOrigin, Role, Selector, SelectorOrigin,
    SendingHost, SpfOfDomain, Text, Together, Why, ZoneServers,
};
use crate::explain::means::Means;
use crate::findings::Finding;
use crate::render::findings::count;
use crate::spf::{HostName, SpfCause, SpfResult};

/// A line of the table: a part of what is published, and its points.
pub(in crate::render) struct Part {
    pub label: &'static str,
    pub text: String,
    pub points: Option<(u32, u32)>,
    /// The records that it is about, as far as they are known.
    pub records: Vec<String>,
    /// What costs points.
    pub losses: Option<String>,
}

/// The outcome in a sentence.
pub(in crate::render) fn headline(check: &DomainCheck) -> String {
    let domain = &check.domain;
    if check.exists == Some(false) {
        return format!("{domain} does not exist in DNS (NXDOMAIN).");
    }
    let (failed, not_recorded) = check.unanswered();
    if failed || check.exists.is_none() && !not_recorded {
        return format!("{domain} cannot be graded: DNS did not answer all that the grade needs.");
    }
    if not_recorded || check.exists.is_none() {
        return format!("{domain} cannot be graded: the recorded DNS does not hold all it needs.");
    }
    let policy = check.dmarc.dmarc.policy.as_ref();
    let asked = policy.map(|policy| policy.for_domain.applied);
    let forged = match (asked, check.role) {
        (Some(Policy::Reject), Role::SendsNone) => {
            "sends no mail, and asks receivers to refuse what is forged in its name"
        }
        (Some(Policy::Reject), Role::Sends) => "asks receivers to refuse mail forged in its name",
        (Some(Policy::Quarantine), _) => {
            "asks receivers to treat mail forged in its name as suspicious"
        }
        (Some(Policy::None), _) => {
            "can be forged: its policy asks receivers to do nothing about it"
        }
        (None, _) => "can be forged: it has no DMARC policy that receivers could follow",
    };
    let worst = check.grade.iter().flat_map(|grade| &grade.items);
    let worst = worst
        .filter(|item| item.area != Area::Dmarc)
        .max_by_key(|item| item.of - item.points)
        .filter(|item| item.of > item.points);
    let own = match worst.map(|item| item.area) {
        None => String::new(),
        Some(Area::Spf) => "; its SPF record needs work".into(),
        Some(Area::Dkim) => "; one of its DKIM keys needs work".into(),
        Some(_) => "; its MAIL FROM domain in SES needs work".into(),
    };
    format!("{domain} {forged}{own}.")
}

/// One line for each part.
pub(in crate::render) fn parts(check: &DomainCheck) -> Vec<Part> {
    let item = |area: Area| {
        let grade = check.grade.as_ref()?;
        grade.items.iter().find(|item| item.area == area)
    };
    let part = |label, area, text, records| {
        let item: Option<&Item> = item(area);
        Part {
            label,
            text,
            points: item.map(|item| (item.points, item.of)),
            records,
            losses: item.and_then(losses),
        }
    };
    let policy = check.dmarc.dmarc.policy.iter();
    let own = check.spf.first();
    let keys = check.dkim.iter().map(|key| selector(key, check));
    let mut at_path: Vec<String> = check.mail_from.iter().map(mx).collect();
    at_path.extend(check.spf.get(1).map(record));
    at_path.retain(|text| !text.is_empty());
    vec![
        part(
            "DMARC",
            Area::Dmarc,
            dmarc(check),
            policy.map(|policy| policy.record.clone()).collect(),
        ),
        part(
            "SPF",
            Area::Spf,
            own.map_or_else(String::new, spf),
            own.map(record)
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect(),
        ),
        part("DKIM", Area::Dkim, dkim(check), keys.collect()),
        part("MAIL FROM", Area::MailFrom, mail_from(check), at_path),
    ]
}

/// The SPF record that was judged; empty if there is none, or several.
fn record(spf: &SpfOfDomain) -> String {
    spf.verdict.record.as_deref().unwrap_or_default().to_owned()
}

/// The mail exchangers of a MAIL FROM domain.
fn mx(found: &MailFrom) -> String {
    match found.mx.as_deref() {
        None => "MX not known".into(),
        Some([]) => "no MX record".into(),
        Some(all) => format!("MX {}", all.join(", ")),
    }
}

/// What costs points, as an addition: `-25 dmarc-policy-none, -5 dmarc-without-reports`.
fn losses(item: &Item) -> Option<String> {
    let loss = |loss: &Loss| format!("-{} {}", loss.points, why(&loss.why));
    let all: Vec<String> = item.losses.iter().map(loss).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn why(why: &Why) -> &'static str {
    match why {
        Why::Finding(code) => code,
        Why::NoPolicy => "no policy",
        Why::PolicyNone => "p=none stops nobody",
        Why::Quarantine => "p=reject is stronger",
        Why::SpfNeutral => "no -all or ~all at the end",
        Why::SpfPermerror => "SPF ends in permerror",
    }
}

/// What costs the most points, and how the grade is raised most.
pub(in crate::render) fn raise(check: &DomainCheck) -> Option<(&Why, String)> {
    let items = check.grade.iter().flat_map(|grade| &grade.items);
    let most = items.flat_map(|item| &item.losses);
    let most = &most.max_by_key(|loss| loss.points)?.why;
    let how = match most {
        Why::Finding(code) => format!("raised most by mending {code}"),
        Why::NoPolicy => "raised most by a DMARC record".into(),
        Why::PolicyNone => "raised most by a policy of quarantine or reject".into(),
        Why::Quarantine => "raised by p=reject".into(),
        Why::SpfNeutral => "raised most by ~all at the end of SPF".into(),
        _ => "raised most by mending SPF".into(),
    };
    Some((most, how))
}

/// How the grade comes about.
pub(in crate::render) fn sum(check: &DomainCheck) -> Option<String> {
    let grade = check.grade.as_ref()?;
    let raise = raise(check).map_or_else(String::new, |(_, how)| format!("; {how}"));
    let points: Vec<String> = grade
        .items
        .iter()
        .map(|item| item.points.to_string())
        .collect();
    let letters: Vec<String> = crate::domain::LETTERS
        .iter()
        .take(crate::domain::LETTERS.len() - 1)
        .map(|(letter, least)| format!("{letter} {least}"))
        .collect();
    Some(format!(
        "{} = {} of 100, {}{raise}. {}.",
        points.join(" + "),
        grade.points,
        grade.letter,
        letters.join(", ")
    ))
}

fn dmarc(check: &DomainCheck) -> String {
    match &check.dmarc.dmarc.policy {
        Some(policy) => policy_words(check, policy),
        None => match check.dmarc.dmarc.cause {
            Some(crate::dmarc::DmarcCause::RecordUnusable) => "a record that cannot be used".into(),
            Some(crate::dmarc::DmarcCause::Dns) => "DNS did not answer".into(),
            Some(crate::dmarc::DmarcCause::NotRecorded) => "not in the recorded DNS".into(),
            _ if has_several(check) => "several records, so none counts".into(),
            _ => "no record".into(),
        },
    }
}

/// Whether several policy records at one name are the reason that none counts.
fn has_several(check: &DomainCheck) -> bool {
    let mut steps = check.dmarc.dmarc.steps.iter();
    steps.any(|step| step.found == Found::SeveralRecords)
}

fn policy_words(check: &DomainCheck, policy: &PublishedPolicy) -> String {
    let own = &policy.for_domain;
    let below = |one: &Option<Effective>| one.as_ref().map(|one| one.applied);
    let (sub, missing) = (
        below(&policy.for_subdomains),
        below(&policy.for_missing_subdomains),
    );
    let subdomains = match (sub, missing) {
        (Some(sub), Some(missing)) if sub == own.applied && missing == sub => {
            "for subdomains too".to_owned()
        }
        (Some(sub), Some(missing)) if sub == missing => format!("{sub} for subdomains"),
        (Some(sub), Some(missing)) => format!("{sub} for subdomains, {missing} for missing ones"),
        _ => String::new(),
    };
    let mut steps = check.dmarc.dmarc.steps.iter();
    let step = steps.find(|step| step.domain == policy.domain && step.found == Found::Record);
    let at = match step.and_then(|step| step.cname.last()) {
        Some(end) => format!(", from {end} (CNAME)"),
        None if policy.domain == check.domain => String::new(),
        None => format!(", from _dmarc.{}", policy.domain),
    };
    let lowered = match own.requested == own.applied {
        true => String::new(),
        false => format!(" (asks for {}, lowered by t=y)", own.requested),
    };
    let comma = if subdomains.is_empty() { "" } else { ", " };
    format!("{}{lowered}{comma}{subdomains}{at}", own.applied)
}

/// What an SPF record costs, and how it ends.
pub(in crate::render) fn spf(spf: &SpfOfDomain) -> String {
    let verdict = &spf.verdict;
    let lookups = match verdict.lookups {
        0 => "no lookups".to_owned(),
        lookups => format!("{lookups} of {} lookups", spf.lookup_limit),
    };
    let voids = match verdict.void_lookups.saturating_sub(spf.voids_by_client) {
        0 => String::new(),
        voids => format!(", {voids} void"),
    };
    match verdict.record.is_some() && verdict.cause != SpfCause::SeveralRecords {
        true if verdict.lookups == 0 && verdict.trace.len() == 1 => end(spf),
        true => format!("{lookups}{voids}, {}", end(spf)),
        false => end(spf),
    }
}

/// How the evaluation of an SPF record ends for a client that it does not name.
fn end(spf: &SpfOfDomain) -> String {
    let verdict = &spf.verdict;
    match (verdict.result, verdict.cause) {
        (_, SpfCause::NoRecord) => "no record".into(),
        (_, SpfCause::NoSuchDomain) => "no such domain".into(),
        (_, SpfCause::SeveralRecords) => "several records, so none counts".into(),
        (_, SpfCause::Dns) => "DNS did not answer".into(),
        (_, SpfCause::NotRecorded) => "not in the recorded DNS".into(),
        (SpfResult::Permerror, _) if spf.ended_by_client => "depends on who sends (macros)".into(),
        (SpfResult::Permerror, _) => "ends in permerror".into(),
        (SpfResult::Pass, _) => "lets everybody pass".into(),
        (_, SpfCause::NoMatch) => "has no all at its end".into(),
        _ => match &verdict.matched {
            Some(matched) => format!("ends in {}", matched.directive),
            None => verdict.result.to_string(),
        },
    }
}

fn dkim(check: &DomainCheck) -> String {
    let count = |wanted: fn(&Selector) -> bool| check.dkim.iter().filter(|key| wanted(key)).count();
    let usable = count(|key| key.state == KeyState::Usable);
    let idle = count(|key| key.state == KeyState::Idle);
    let broken = count(|key| matches!(key.state, KeyState::Unusable(_) | KeyState::Revoked));
    if check.dkim.is_empty() {
        let guessed = match check.guessed {
            0 => format!("no selector named; {} or {}", Means::Selector, Means::Guess),
            guessed => format!("none found at {guessed} guesses; not found is not absent"),
        };
        return match check.role {
            Role::SendsNone => "none needed".into(),
            Role::Sends => guessed,
        };
    }
    let mut parts = Vec::new();
    if usable > 0 {
        let bits = check
            .dkim
            .iter()
            .filter(|key| key.state == KeyState::Usable);
        let mut sizes: Vec<String> = bits
            .map(|key| match key.bits {
                Some(bits) => format!("{bits} bits"),
                None => key.key_type.unwrap_or("a key").to_owned(),
            })
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        parts.push(format!(
            "{usable} {} in use, {}",
            keys(usable),
            sizes.join(" and ")
        ));
    }
    if idle > 0 {
        parts.push(format!("{idle} idle SES {}: normal", keys(idle)));
    }
    if broken > 0 {
        parts.push(format!("{broken} that cannot be used"));
    }
    if parts.is_empty() {
        parts.push("DNS did not answer".into());
    }
    parts.join("; ")
}

fn keys(count: usize) -> &'static str {
    if count == 1 { "key" } else { "keys" }
}

fn mail_from(check: &DomainCheck) -> String {
    match (&check.mail_from, check.uses_ses, check.role) {
        (Some(found), _, _) => {
            let region = found.region.as_ref();
            let region = region.map_or_else(String::new, |region| format!(", {region}"));
            let guessed = match found.origin {
                MailFromOrigin::Guessed => " (guessed)",
                MailFromOrigin::Given => "",
            };
            let spf = check
                .spf
                .get(1)
                .map_or_else(String::new, |one| format!(", SPF {}", end(one)));
            format!("{}{guessed}{region}{spf}", found.domain)
        }
        (None, true, _) => format!("none found; {} names it", Means::MailFromDomain),
        (None, false, Role::SendsNone) => "none needed".into(),
        (None, false, Role::Sends) => "no sign of Amazon SES".into(),
    }
}

/// What else was seen, each with its label.
pub(in crate::render) fn seen(check: &DomainCheck) -> Vec<(&'static str, String)> {
    let mut seen = Vec::new();
    seen.push((
        "Mail to it",
        match check.mx.as_deref() {
            None => "not known".into(),
            Some([]) => "no MX record".into(),
            Some([one]) if one.ends_with(" .") => "none taken (null MX, RFC 7505)".into(),
            Some(all) => all.join(", "),
        },
    ));
    let there = |text: &Text| match (&text.record, text.several, text.checked) {
        (Some(_), true, _) => "several records",
        (Some(_), false, _) => "yes",
        (None, _, true) => "no",
        (None, _, false) => "not known",
    };
    let beside = &check.beside;
    let host = match beside.mta_sts_host {
        Some(false) => " (but mta-sts has no address)",
        _ => "",
    };
    seen.push((
        "Beside",
        format!(
            "MTA-STS {}{host}, TLS-RPT {}, BIMI {}",
            there(&beside.mta_sts),
            there(&beside.tls_rpt),
            there(&beside.bimi)
        ),
    ));
    if let Some(servers) = &check.servers {
        seen.extend(name_servers(servers));
    }
    for wildcard in &beside.wildcards {
        let text = match wildcard.kind {
            RecordType::Txt => format!(" \"{}\"", wildcard.text),
            _ => String::new(),
        };
        seen.push((
            "Wildcard",
            format!("{} {}{text}", wildcard.name, wildcard.kind),
        ));
    }
    seen
}

fn selector(key: &Selector, check: &DomainCheck) -> String {
    let name = match key.domain == check.domain {
        true => key.selector.to_string(),
        false => format!("{} of {}", key.selector, key.domain),
    };
    let origin = match key.origin {
        SelectorOrigin::Given => "",
        SelectorOrigin::Mail => ", from saved mail",
        SelectorOrigin::Ses => ", from SES",
        SelectorOrigin::Guessed => ", guessed",
    };
    let alias = match key.cname.last() {
        Some(target) => match target.labels().next() == Some(key.selector.as_str()) {
            true => format!(
                ", in {}",
                target
                    .parent()
                    .map_or_else(String::new, |zone| zone.to_string())
            ),
            false => format!(", at {target}"),
        },
        None => String::new(),
    };
    let flags = match key.flags.is_empty() {
        true => String::new(),
        false => format!(", t={}", key.flags.join(":")),
    };
    let state = match key.state {
        KeyState::Usable => match (key.key_type, key.bits) {
            (Some(kind), Some(bits)) => format!("{kind} {bits}"),
            (Some(kind), None) => kind.to_owned(),
            _ => "usable".into(),
        },
        KeyState::Idle => "idle".into(),
        KeyState::Revoked => "withdrawn (p= is empty)".into(),
        KeyState::Unusable(cause) => unusable(cause).to_owned(),
        _ => "DNS did not answer".into(),
    };
    format!("{name}: {state}{flags}{alias}{origin}")
}

/// Whether the name servers of the zone answer alike.
fn name_servers(found: &ZoneServers) -> Vec<(&'static str, String)> {
    let (asked, zone) = (found.asked.len(), &found.zone);
    let silent = match found.silent.is_empty() {
        true => String::new(),
        false => format!("; no answer from {}", found.silent.join(", ")),
    };
    let answered = asked - found.silent.len();
    let first = match found.differences.is_empty() {
        _ if asked == 0 => format!("none of the name servers of {zone} has an address"),
        true => format!("{answered} of {asked} that serve {zone} answer, all alike{silent}"),
        false => format!("{answered} of {asked} that serve {zone} answer, not alike{silent}"),
    };
    let mut lines = vec![("Servers", first)];
    for one in &found.differences {
        let answers = one.answers.iter().map(|answer| {
            let records = match answer.records.is_empty() {
                true => "nothing".to_owned(),
                false => answer.records.join(" and "),
            };
            format!("{records} from {}", answer.servers.join(", "))
        });
        let answers: Vec<String> = answers.collect();
        let text = format!("{} {}: {}", one.kind, one.name, answers.join("; "));
        lines.push(("", text));
    }
    lines
}

/// Why a key cannot be used.
fn unusable(cause: DkimCause) -> &'static str {
    match cause {
        DkimCause::KeyGone => "no record",
        DkimCause::KeyEmpty => "an empty text",
        DkimCause::KeyNotAKey => "a text that is no key",
        DkimCause::KeyTooShort => "a key too short to be accepted",
        DkimCause::KeyType | DkimCause::KeyHashNotAllowed => "a key for other signatures",
        DkimCause::KeyService => "a key that is not for mail",
        _ => "a key that cannot be read",
    }
}

/// A host that sends.
pub(in crate::render) fn host(host: &SendingHost) -> String {
    let names = match &host.names {
        None => "its name could not be asked".to_owned(),
        Some(names) if names.is_empty() => "it has no name (PTR); receivers ask for one".into(),
        Some(names) => {
            let name = |name: &HostName| {
                let back = match name.leads_back {
                    Some(true) => "leads back to it",
                    Some(false) => "does not lead back to it",
                    None => "could not be checked",
                };
                format!("{} {back}", name.name)
            };
            names.iter().map(name).collect::<Vec<_>>().join(", ")
        }
    };
    let domain = host.spf.domain.as_deref().unwrap_or_default();
    format!("{}: {names}; SPF {} for {domain}", host.ip, host.spf.result)
}

/// What all fixes together give.
pub(in crate::render) fn together(check: &DomainCheck, together: &Together) -> String {
    let grade = match (&check.grade, &together.grade) {
        (Some(now), Some(then)) if now.points == then.points => {
            format!("{} points as now", now.points)
        }
        (Some(now), Some(then)) if now.letter == then.letter => {
            format!("{} to {} points", now.points, then.points)
        }
        (Some(now), Some(then)) => {
            format!("{} to {}, {} points", now.letter, then.letter, then.points)
        }
        _ => "not graded".into(),
    };
    format!(
        "All fixes without a choice together ({grade}), one record for each name. Read what each \
         finding says first: what is stricter acts at once."
    )
}

/// What is to be known where no key was seen.
pub(in crate::render) fn unseen(check: &DomainCheck) -> Option<&'static str> {
    let is_unseen = check.dkim.is_empty() && check.role == Role::Sends;
    is_unseen.then_some("DNS cannot list selectors: what was not seen costs nothing.")
}

/// The last line.
pub(in crate::render) fn last(check: &DomainCheck, found: &[Finding]) -> String {
    let grade = match &check.grade {
        Some(grade) => format!("{}, {} of 100", grade.letter, grade.points),
        None => "Not graded".into(),
    };
    let more = match found.is_empty() {
        true => "",
        false => " sesauth explain CODE says more;",
    };
    let unseen = unseen(check).map_or_else(String::new, |text| format!(" {text}"));
    format!(
        "{grade}, {}.{unseen}{more} -v shows all.",
        count(found).to_lowercase()
    )
}
