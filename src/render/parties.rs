//! Who is who: From, the envelope, the time, the host, and Amazon SES.

use crate::explain::means::Means;
use crate::explain::session::origin;
use std::io::{self, Write};

use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use super::escape::plain;
use super::wrap::{Sheet, shortened};
use crate::Analysis;
use crate::ses::{Region, Ses};
use crate::session::{Provenance, Session, Sourced};

/// Writes them with the source of the client's address.
pub(super) fn write(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    lines(analysis, false, out)
}

/// Writes them in as few lines as there are parties.
pub(super) fn write_short(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    lines(analysis, true, out)
}

fn lines(analysis: &Analysis, is_short: bool, out: &mut Sheet<'_>) -> io::Result<()> {
    writeln!(out)?;
    for (label, text) in entries(analysis, is_short, out.columns) {
        out.paragraph(&format!("  {label:<13}"), 15, &plain(text))?;
    }
    Ok(())
}

/// Each party: what it is called, empty if it belongs to the line before, and what is known of it.
pub(super) fn entries(
    analysis: &Analysis,
    is_short: bool,
    columns: usize,
) -> Vec<(&'static str, String)> {
    let room = columns.saturating_sub(15);
    let mut all = Vec::new();
    let mut line = |label: &'static str, text: String| all.push((label, text));
    let message = &analysis.message;
    for (index, author) in message.from.iter().enumerate() {
        if is_short && index == AUTHORS {
            line("From", format!("and {} more", message.from.len() - AUTHORS));
            break;
        }
        match (&author.address, &author.name) {
            (Some(address), _) => line("From", shortened_address(address, room)),
            (None, Some(name)) => {
                line("From", format!("\"{}\", no address", shortened(name, 50)));
            }
            (None, None) => line("From", "no address".into()),
        }
    }
    if message.from.is_empty() {
        line("From", "no author".into());
    }
    let session = &analysis.session;
    match &session.mail_from {
        Some(from) => {
            let value = match from.value.as_str() {
                "" => "<> (the null reverse-path, as of a bounce)",
                value => value,
            };
            let label = match from.from {
                Provenance::ReturnPath => "Return-Path",
                _ => "MAIL FROM",
            };
            line(label, shortened_address(value, room));
        }
        None if message.return_path.is_some() => line("MAIL FROM", "not known".into()),
        None => line("Return-Path", "not known".into()),
    }
    let is_dated = session
        .hops
        .iter()
        .any(|hop| hop.border && hop.received.date.is_some());
    let is_of_session = |at: &&Sourced<Timestamp>| match at.from {
        Provenance::Received(number) if is_dated => {
            session.hops.get(number - 1).is_some_and(|hop| hop.border)
        }
        _ => true,
    };
    let when = session.received_at.as_ref().filter(is_of_session);
    let when = when.map(|at| at.value.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    let by = session.receiver();
    match (when, by) {
        (Some(when), Some(by)) if is_short => {
            let by = shortened(by, columns.saturating_sub(15 + when.len() + 4));
            line("Received", format!("{when} by {by}"));
        }
        (Some(when), Some(by)) => line("Received", format!("{when} by {}", shortened(by, 64))),
        (Some(when), None) => line("Received", when),
        (None, Some(by)) if is_given(session) => {
            line("Received", format!("now by {}", shortened(by, 60)));
        }
        (None, Some(by)) => line("Received", format!("by {}", shortened(by, 60))),
        (None, None) if is_given(session) => line("Received", "now".into()),
        (None, None) => line("Received", "not known when".into()),
    }
    let region = analysis.ses.as_ref().filter(|ses| {
        // One that is proved to have sent it is named with its host, unless another passed it on.
        let helo = session.helo.as_ref();
        let is_host = helo.is_some_and(|helo| helo.value.ends_with("amazonses.com"));
        is_short && ses.is_proved && ses.doubt.is_none() && is_host
    });
    let region = region.and_then(|ses| ses.region.as_ref());
    let ses = region.map_or(String::new(), |region| format!(", SES {region}"));
    let client = match (&session.helo, &session.client_ip) {
        (Some(helo), Some(ip)) if is_short => {
            let ip = ip.value.to_string();
            let room = columns.saturating_sub(15 + 8 + ip.len() + ses.len());
            format!("from {} [{ip}]", shortened(&helo.value, room.max(50)))
        }
        (None, Some(ip)) if is_short => format!("from [{}]", ip.value),
        (Some(helo), Some(ip)) => format!(
            "from {} [{}] ({})",
            shortened(&helo.value, 60),
            ip.value,
            origin(ip.from)
        ),
        (None, Some(ip)) => format!("from [{}] ({})", ip.value, origin(ip.from)),
        (_, None) => {
            let ip = Means::ClientIp;
            format!("from a client that is not known; give it with {ip}")
        }
    };
    line("", format!("{client}{ses}"));
    if let Some(ses) = analysis.ses.as_ref().filter(|_| region.is_none()) {
        line("Sent by", sent_by(ses));
    }
    all
}

/// An address in `columns`, cut before its domain: that is what is judged. A domain of more octets than DNS
/// has is none.
fn shortened_address(address: &str, columns: usize) -> String {
    let cut = shortened(address, columns);
    match address.rsplit_once('@') {
        Some((local, domain))
            if domain.len() <= DOMAIN && !cut.ends_with(&address[local.len()..]) =>
        {
            let room = columns.saturating_sub(domain.width() + 1);
            format!("{}@{domain}", shortened(local, room.max(LEAST)))
        }
        _ => cut,
    }
}

/// The octets of a domain (RFC 1035 §2.3.4), also where it is not written in ASCII.
const DOMAIN: usize = 4 * 255;

/// How many columns of a local part are shown, beside a domain of any length.
const LEAST: usize = 9;

/// How many authors the short text names.
const AUTHORS: usize = 5;

/// Whether the caller gave the client, as of a message that just came.
fn is_given(session: &Session) -> bool {
    let client = session.client_ip.as_ref();
    client.is_some_and(|client| matches!(client.from, Provenance::Flag(_)))
}

fn sent_by(ses: &Ses) -> String {
    let region = ses.region.as_ref().map_or("", Region::as_str);
    let others: Vec<&str> = ses.other_regions.iter().map(Region::as_str).collect();
    let mut text = format!("Amazon SES {region}").trim_end().to_owned();
    if let Some(doubt) = &ses.doubt {
        return format!("not shown to be {text}: {doubt}");
    }
    if !others.is_empty() {
        text.push_str(&format!(", or {} by other signs", others.join(", ")));
    }
    if let Some(at) = ses.sent_at {
        text.push_str(&at.strftime(", %Y-%m-%d %H:%M:%S UTC").to_string());
    }
    match ses.is_proved {
        true => text,
        false => format!("{text}, as it says; nothing proves that"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_before_its_domain() {
        let (long, label) = ("x".repeat(100), "d".repeat(60));
        let cut = shortened_address(&format!("{long}@example.com"), 40);
        let local = format!("{}…{}", "x".repeat(19), "x".repeat(7));
        assert_eq!(cut, format!("{local}@example.com"));
        let cut = shortened_address(&format!("{long}@mail.example.com"), 24);
        assert_eq!(cut, "xxxx…xxxx@mail.example.com");
        let domain = format!("{label}.{label}.example.com");
        let cut = shortened_address(&format!("{long}@{domain}"), 40);
        assert_eq!(cut, format!("xxxx…xxxx@{domain}"));
        assert_eq!(shortened_address("a@example.com", 40), "a@example.com");
        assert_eq!(
            shortened_address(&format!("a@{}", "d".repeat(2000)), 40).width(),
            39
        );
    }
}
