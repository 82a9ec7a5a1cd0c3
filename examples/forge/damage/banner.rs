//! Warnings that gateways put above the author's text.

use super::super::mail::Mail;
use super::super::rng::Rng;
use super::Damage;
use super::opened::{
    boundary, decode, each_leaf, encode, is_text, media, position, transfer_encoding,
};

pub const DAMAGES: &[Damage] = &[
    Damage {
        name: "banner",
        kinds: &["banner"],
        change: |mail, rng| {
            is_text(mail).then_some(())?;
            put(mail, &text(rng));
            Some(())
        },
    },
    // In the first text part alone.
    Damage {
        name: "banner-in-part",
        kinds: &["banner", "banner-in-part"],
        change: |mail, rng| {
            boundary(mail)?;
            let banner = text(rng);
            let mut done = false;
            each_leaf(mail, &mut |leaf| {
                if is_text(leaf) && !std::mem::replace(&mut done, true) {
                    put(leaf, &banner);
                }
            });
            Some(())
        },
    },
    // In text and HTML.
    Damage {
        name: "banner-in-parts",
        kinds: &["banner", "banner-in-part"],
        change: |mail, rng| {
            boundary(mail)?;
            let banner = text(rng);
            each_leaf(mail, &mut |leaf| {
                if is_text(leaf) {
                    put(leaf, &banner);
                }
            });
            Some(())
        },
    },
];

fn text(rng: &mut Rng) -> String {
    let banners = [
        "CAUTION: This message comes from outside of the organization. Open no link or attachment \
         unless you know the sender.\r\n\r\n",
        "[EXTERNAL]\r\n\r\n",
        "WARNING: external sender\r\n________________________________\r\n\r\n",
        "*** This mail comes from the Internet. ***\r\n",
        "You rarely get mail from orders@example.com. Learn why this matters: \
         https://aka.example/why\r\n\r\n",
    ];
    (*rng.pick(&banners)).to_owned()
}

/// Puts the banner above a text, or behind `<body …>`.
fn put(leaf: &mut Mail, banner: &str) {
    let encoding = transfer_encoding(leaf);
    let is_html = media(leaf) == "text/html";
    let banner = match is_html {
        true => format!(
            "<div style=\"background-color:#FFEB9C; width:100%; border: 1pt solid #9C6500\">{}</div>\r\n<br>\r\n",
            banner.trim()
        ),
        false => banner.to_owned(),
    };
    if encoding == "base64" {
        let octets = decode(&encoding, &leaf.body);
        leaf.body = encode(&encoding, &[banner.as_bytes(), &octets].concat());
        return;
    }
    let at = match is_html {
        true => body_start(&leaf.body),
        false => 0,
    };
    let banner = encode(&encoding, banner.as_bytes());
    leaf.body.splice(at..at, banner).for_each(drop);
}

fn body_start(html: &[u8]) -> usize {
    let Some(at) = position(html, b"<body") else {
        return 0;
    };
    at + position(&html[at..], b">").map_or(0, |end| end + 1)
}
