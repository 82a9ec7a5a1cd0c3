//! Links led through a gateway, and addresses taken out.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use super::super::mail::Mail;
use super::super::rng::Rng;
use super::Damage;
use super::lines::replaced;
use super::opened::{
    addresses, bare_address, decode, each_leaf, each_text, encode, is_text, transfer_encoding,
    value,
};

pub const DAMAGES: &[Damage] = &[
    // Microsoft Defender.
    Damage {
        name: "links-safelinks",
        kinds: REWRITTEN,
        change: |mail, rng| rewrite(mail, rng, safelinks),
    },
    Damage {
        name: "links-urldefense-v2",
        kinds: REWRITTEN,
        change: |mail, rng| rewrite(mail, rng, urldefense_v2),
    },
    Damage {
        name: "links-urldefense-v3",
        kinds: REWRITTEN,
        change: |mail, rng| rewrite(mail, rng, urldefense_v3),
    },
    Damage {
        name: "links-barracuda",
        kinds: REWRITTEN,
        change: |mail, rng| rewrite(mail, rng, barracuda),
    },
    Damage {
        name: "links-cisco",
        kinds: REWRITTEN,
        change: |mail, rng| rewrite(mail, rng, cisco),
    },
    // Mimecast keeps the target to itself: it is nowhere in the message.
    Damage {
        name: "links-mimecast",
        kinds: &[],
        change: |mail, rng| rewrite(mail, rng, mimecast),
    },
    // Feedback loops, and archives that hide addresses.
    Damage {
        name: "redacted",
        kinds: &["redacted"],
        change: |mail, rng| {
            let to = value(mail, "To")?;
            let first = addresses(&to)
                .first()
                .map(|it| bare_address(it).to_owned())?;
            let (local, domain) = first.split_once('@')?;
            let tokens = [
                "[redacted]".to_owned(),
                "xxxxx@xxxxx.xxx".to_owned(),
                "REDACTED".to_owned(),
                format!("redacted@{domain}"),
                format!("{local} at {domain}"),
                "user@redacted.invalid".to_owned(),
                "<email>".to_owned(),
            ];
            let token = rng.pick(&tokens).clone();
            each_leaf(mail, &mut |leaf| {
                if is_text(leaf) && transfer_encoding(leaf) != "base64" {
                    leaf.body = replaced(&leaf.body, first.as_bytes(), token.as_bytes());
                } else if is_text(leaf) {
                    let octets = decode("base64", &leaf.body);
                    leaf.body = encode(
                        "base64",
                        &replaced(&octets, first.as_bytes(), token.as_bytes()),
                    );
                }
            });
            Some(())
        },
    },
];

const REWRITTEN: &[&str] = &["links-rewritten"];

type Rewrite = fn(&str, &mut Rng) -> String;

/// Gives each link in the texts another form. In HTML, `&` is written as an entity.
fn rewrite(mail: &mut Mail, rng: &mut Rng, rewrite: Rewrite) -> Option<()> {
    each_text(mail, &mut |media, text| {
        let is_html = media == "text/html";
        let ends = |char: char| char.is_whitespace() || matches!(char, '"' | '<' | '>');
        let mut out = String::with_capacity(text.len() * 2);
        let mut rest = text.as_str();
        while let Some(at) = rest.find("https://") {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let end = rest.find(ends).unwrap_or(rest.len());
            let link = rest[..end].trim_end_matches(['.', ',']);
            rest = &rest[link.len()..];
            match is_html {
                true => {
                    let led = rewrite(&link.replace("&amp;", "&"), rng);
                    out.push_str(&led.replace('&', "&amp;"));
                }
                false => out.push_str(&rewrite(link, rng)),
            }
        }
        out.push_str(rest);
        out
    });
    Some(())
}

/// Percent-encoded, all but letters, digits and `-._`.
fn percent(text: &str, upper: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let _ = match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) => {
                write!(out, "{}", char::from(byte))
            }
            _ if upper => write!(out, "%{byte:02X}"),
            _ => write!(out, "%{byte:02x}"),
        };
    }
    out
}

const BASE64_URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn safelinks(link: &str, rng: &mut Rng) -> String {
    let data = format!(
        "05|02|reader@example.net|{}|{}|0|0|638868000000000000|Unknown|{}|0|||",
        rng.hex(32),
        rng.hex(32),
        BASE64.encode("Mailflow|{\"V\":\"0.0.0000\",\"P\":\"Win32\"}")
    );
    format!(
        "https://nam12.safelinks.protection.outlook.com/?url={}&data={}&sdata={}%3D&reserved=0",
        percent(link, true),
        percent(&data, true),
        rng.text(BASE64_URL, 43)
    )
}

fn urldefense_v2(link: &str, rng: &mut Rng) -> String {
    let mut target = String::new();
    for byte in link.bytes() {
        let _ = match byte {
            b'/' => write!(target, "_"),
            byte if byte.is_ascii_alphanumeric() || byte == b'.' => {
                write!(target, "{}", char::from(byte))
            }
            _ => write!(target, "-{byte:02X}"),
        };
    }
    let mut token = |count| rng.text(BASE64_URL, count);
    format!(
        "https://urldefense.proofpoint.com/v2/url?u={target}&d=DwMFaQ&c={}&r={}&m={}&s={}&e=",
        token(43),
        token(43),
        token(43),
        token(43)
    )
}

fn urldefense_v3(link: &str, rng: &mut Rng) -> String {
    let mut lost = Vec::new();
    let mut target = String::new();
    for char in link.chars() {
        match char {
            '+' | '#' | '*' | '[' | ']' | '|' => {
                lost.push(char as u8);
                target.push('*');
            }
            _ => target.push(char),
        }
    }
    let lost = BASE64.encode(lost).replace('+', "-").replace('/', "_");
    let mut token = |count| rng.text(BASE64_URL, count);
    format!(
        "https://urldefense.com/v3/__{target}__;{lost}!!{}!{}$",
        token(11),
        token(88)
    )
}

fn barracuda(link: &str, rng: &mut Rng) -> String {
    format!(
        "https://linkprotect.cudasvc.com/url?a={}&c=E,1,{},&typo=1",
        percent(link, false),
        rng.text(BASE64_URL, 86)
    )
}

fn cisco(link: &str, rng: &mut Rng) -> String {
    format!(
        "https://secure-web.cisco.com/1{}/{}",
        rng.text(BASE64_URL, 300),
        percent(link, true)
    )
}

fn mimecast(_: &str, rng: &mut Rng) -> String {
    format!(
        "https://protect-us.mimecast.com/s/{}?domain=example.com",
        rng.text(BASE64_URL, 22)
    )
}
