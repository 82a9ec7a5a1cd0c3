//! The pages that only the server has: where one starts, and why there is no result. And what stands above
//! a result.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sesauth::dns::NoDns;
use sesauth::explain::means::Means;
use sesauth::render::escape::html as escaped;
use sesauth::render::html::{COPY, Html, STYLE};

use super::refusal::no_dns as no_dns_in_words;
use super::routes::{DOMAIN, INSPECT};

/// The style of forms.
pub const FORMS: &str = include_str!("start.css");

/// The script of the start page, which works without it too.
const START: &str = include_str!("start.js");

/// The most octets of a document that a page carries for a download.
const CARRIED: usize = 8 << 20;

/// A page, with what it may do in a browser.
pub struct Page {
    html: String,
    styles: &'static [&'static str],
    scripts: &'static [&'static str],
    /// Whether it has forms. Then the browser may also say from which site they come.
    has_forms: bool,
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let referrer = match self.has_forms {
            true => "same-origin",
            false => "no-referrer",
        };
        let mut response = self.html.into_response();
        let headers = response.headers_mut();
        let policy = policy(self.styles, self.scripts, self.has_forms);
        for (name, value) in [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, &policy),
            (REFERRER_POLICY, referrer),
        ] {
            // All of these are ASCII.
            let value = HeaderValue::from_str(value).ok();
            value.and_then(|value| headers.insert(name, value));
        }
        response
    }
}

/// What a browser may do with a page (Content Security Policy Level 3): use these styles and scripts, and
/// send a form here.
fn policy(styles: &[&str], scripts: &[&str], has_forms: bool) -> String {
    let hashes = |texts: &[&str]| {
        let hash = |text: &&str| {
            let hash = digest(&SHA256, text.as_bytes());
            format!("'sha256-{}'", BASE64.encode(hash))
        };
        match texts.is_empty() {
            true => "'none'".to_owned(),
            false => texts.iter().map(hash).collect::<Vec<_>>().join(" "),
        }
    };
    let target = if has_forms { "'self'" } else { "'none'" };
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action {target}; \
         frame-ancestors 'none'",
        hashes(styles),
        hashes(scripts),
    )
}

/// A page that [`sesauth::render::html`] wrote.
pub fn of_result(html: Vec<u8>, has_forms: bool) -> Page {
    Page {
        html: String::from_utf8_lossy(&html).into_owned(),
        styles: if has_forms { &[STYLE, FORMS] } else { &[STYLE] },
        scripts: &[COPY],
        has_forms,
    }
}

/// What stands above a result: the way back, the same in other forms, and what must be said beside it.
/// `copy` is the section, if there is one, in which a redacted copy is asked for.
pub fn above(
    html: &mut Html,
    downloads: &[(&str, Download)],
    copy: Option<&str>,
    no_dns: Option<&NoDns>,
    notes: &[String],
) {
    html.class("p", "file", |p| {
        p.with("a", &[("href", "/")], |a| a.text("Look at another"));
        for (what, download) in downloads {
            p.text(" · ");
            download.link(what, p);
        }
        if let Some(copy) = copy {
            p.text(" · ");
            p.with("a", &[("href", copy)], |a| a.text("Redacted copy"));
        }
    });
    if let Some(why) = no_dns {
        html.paragraph(sentence(&no_dns_in_words(why)));
    }
    for note in notes {
        html.paragraph(sentence(note));
    }
}

/// A file that the page carries, as nothing is stored.
pub struct Download {
    name: String,
    data: Option<String>,
}

impl Download {
    pub fn json(name: &str, document: &[u8]) -> Self {
        Self::file(
            &format!("{name}.json"),
            "application/json;charset=utf-8",
            document,
        )
    }

    pub fn markdown(name: &str, document: &[u8]) -> Self {
        Self::file(
            &format!("{name}.md"),
            "text/markdown;charset=utf-8",
            document,
        )
    }

    /// A file with this name and media type.
    pub fn file(name: &str, kind: &'static str, octets: &[u8]) -> Self {
        let is_short = octets.len() <= CARRIED;
        let data = || format!("data:{kind};base64,{}", BASE64.encode(octets));
        Self {
            name: name.to_owned(),
            data: is_short.then(data),
        }
    }

    /// Writes the link to it; `what` it is.
    pub fn link(&self, what: &str, html: &mut Html) {
        match &self.data {
            Some(data) => {
                html.with("a", &[("href", data), ("download", &self.name)], |a| {
                    a.text(format!("Download {what}"));
                });
            }
            None => html.text(format!(
                "{what} is too long to be carried here; POST /api/inspect or /api/redact gives it"
            )),
        }
    }
}

/// Why there is no result.
pub fn of_refusal(why: &str) -> Page {
    let mut body = Html::default();
    body.element("header", |header| {
        header.element("h1", |h1| h1.text("No result"));
    });
    body.with("main", &[("id", "main")], |main| {
        main.class("p", "lead", |p| p.prose(sentence(why)));
        main.element("p", |p| {
            p.with("a", &[("href", "/")], |a| a.text("Look at another"));
        });
    });
    assembled("No result", "open", &body, &[])
}

fn sentence(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with(['.', '?', '!']) {
        text.push('.');
    }
    text
}

/// A page without forms, with this body and these scripts.
pub fn assembled(title: &str, tone: &str, body: &Html, scripts: &'static [&'static str]) -> Page {
    written(title, tone, body, &[STYLE], scripts, false)
}

/// A page with this body.
fn written(
    title: &str,
    tone: &str,
    body: &Html,
    styles: &'static [&'static str],
    scripts: &'static [&'static str],
    has_forms: bool,
) -> Page {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{}</title>",
        escaped(title)
    );
    for style in styles {
        _ = write!(html, "\n<style>{style}</style>");
    }
    _ = write!(
        html,
        "</head>\n<body class=\"{tone}\"><a class=\"skip\" href=\"#main\">Skip to the content</a>{}",
        body.as_str()
    );
    for script in scripts {
        _ = write!(html, "\n<script>{script}</script>");
    }
    html.push_str("</body></html>\n");
    Page {
        html,
        styles,
        scripts,
        has_forms,
    }
}

/// Where one starts. `is_live`: DNS is asked over the network.
pub fn start(is_live: bool) -> Page {
    let mut body = Html::default();
    body.element("header", |header| {
        header.class("h1", "start", |h1| h1.text("sesauth"));
        header.class("p", "lead", |p| {
            p.text("See why a saved message passed or failed SPF, DKIM and DMARC.");
        });
        header.element("p", |p| {
            p.text("What you give stays on the machine that runs this. Nothing is stored. ");
            p.text(match is_live {
                true => "Only DNS is asked, for the names in the message.",
                false => "DNS is answered from a file or not at all, without network.",
            });
        });
    });
    body.with("main", &[("id", "main")], |main| {
        part(main, "inspect", "A message", message);
        part(main, "check", "A domain", domain);
    });
    body.element("footer", |footer| {
        footer.element("p", |p| {
            p.text("The same as JSON: ");
            let openapi = [("href", "/api/openapi.json")];
            p.with("a", &openapi, |a| {
                a.text("POST /api/inspect, POST /api/redact and GET /api/domain");
            });
        });
        let version = env!("CARGO_PKG_VERSION");
        footer.element("p", |p| p.text(format!("sesauth {version}")));
    });
    written("sesauth", "plain", &body, &[STYLE, FORMS], &[START], true)
}

/// A section with its heading.
pub fn part(html: &mut Html, id: &str, title: &str, inner: impl FnOnce(&mut Html)) {
    html.with("section", &[("id", id)], |section| {
        section.element("h2", |h2| h2.text(title));
        inner(section);
    });
}

fn message(html: &mut Html) {
    let attributes = [
        ("id", "message"),
        ("method", "post"),
        ("action", INSPECT),
        ("enctype", "multipart/form-data"),
    ];
    html.with("form", &attributes, |form| {
        form.class("div", "drop", |drop| {
            file(drop, "A file as .eml, .emlx or .msg, packed or not.");
        });
        label(form, "text", "Or its source");
        hint(
            form,
            "text",
            "Paste the whole source, or all of Gmail's page \"Show original\". A file is better: \
             pasting may change what DKIM signed.",
        );
        area(form, ("text", "text"), "");
        folded(form, "What you know of its delivery", |form| {
            form.class("div", "two", |two| {
                field(two, "ip", Means::ClientIp.label(), "192.0.2.10");
                field(two, "helo", Means::Helo.label(), "mail.example.com");
                let example = "a@example.com, or <> for none";
                field(two, "mail_from", Means::MailFrom.label(), example);
                field(two, "at", Means::At.label(), "2026-07-01T12:00:00Z");
                field(two, "trust", Means::Trust.label(), "mx.example.net");
                field(two, "trusted", Means::Trusted.label(), "mx.example.net");
                field(two, "hop", Means::Hop.label(), "1 for the topmost");
                field(two, "attached", Means::Attached.label(), "1 for the first");
            });
        });
        folded(form, "What if: planned records", |form| {
            field(form, "policy", Means::Policy.label(), "p=reject; adkim=s");
            field(
                form,
                "spf_record",
                Means::SpfRecord.label(),
                "v=spf1 include:amazonses.com -all",
            );
            field(form, "domain", Means::PlannedAt.label(), "example.com");
            overlay(form, "overlay");
        });
        folded(form, "How it is judged", |form| {
            label(form, "autopsy", Means::Autopsy.label());
            form.with(
                "select",
                &[("id", "autopsy"), ("name", "autopsy")],
                |select| {
                    for (value, words) in [
                        ("quick", "quick: some milliseconds"),
                        ("deep", "deep: up to a second"),
                        ("off", "off"),
                    ] {
                        select.with("option", &[("value", value)], |it| it.text(words));
                    }
                },
            );
            let received = ("received", "received");
            check(form, received, Means::Received.label());
            field(form, "mine", Means::Mine.label(), "example.com");
            check(form, ("bulk", "bulk"), BULK);
            check(
                form,
                ("reports", "reports"),
                "Also ask whether DMARC reports may go where the record sends them",
            );
        });
        submit(form, "Inspect");
        form.with("p", &[("class", "status"), ("role", "status")], |_| ());
    });
}

/// The field for a saved message, and what is to be known of it.
pub fn file(html: &mut Html, words: &str) {
    label(html, "file", "The saved message");
    hint(html, "file", words);
    let input = [
        ("type", "file"),
        ("id", "file"),
        ("name", "file"),
        ("aria-describedby", "file-hint"),
    ];
    html.open("input", &input);
}

const BULK: &str = "Also show what Gmail, Yahoo, Microsoft and Apple ask of bulk senders";

fn domain(html: &mut Html) {
    let attributes = [
        ("method", "post"),
        ("action", DOMAIN),
        ("enctype", "multipart/form-data"),
    ];
    html.with("form", &attributes, |form| {
        let required = [("required", "")];
        named_field(form, ("name", "name"), "Domain", "example.com", &required);
        folded(form, "What you know of it", |form| {
            form.class("div", "two", |two| {
                field(two, "selector", Means::Selector.label(), "s1, s2");
                let id = ("check-mail-from", "mail_from");
                let label = Means::MailFromDomain.label();
                named_field(two, id, label, "mail.example.com", &[]);
                field(two, "host", "Addresses of its senders", "192.0.2.10");
                field(two, "region", "Region of SES", "eu-west-1");
            });
            check(form, ("guess", "guess"), Means::Guess.label());
            check(form, ("check-bulk", "bulk"), BULK);
        });
        folded(form, "What if: planned records", |form| {
            overlay(form, "check-overlay");
        });
        submit(form, "Check");
    });
}

pub fn label(html: &mut Html, id: &str, words: &str) {
    html.with("label", &[("for", id)], |label| label.text(words));
}

fn hint(html: &mut Html, id: &str, words: &str) {
    let id = format!("{id}-hint");
    html.with("p", &[("class", "hint"), ("id", &id)], |p| p.text(words));
}

fn field(html: &mut Html, id: &str, words: &str, example: &str) {
    named_field(html, (id, id), words, example, &[]);
}

/// A field with an id, and with the name of a parameter.
fn named_field(
    html: &mut Html,
    (id, name): (&str, &str),
    words: &str,
    example: &str,
    more: &[(&'static str, &str)],
) {
    html.element("div", |div| {
        label(div, id, words);
        let attributes = [
            ("type", "text"),
            ("id", id),
            ("name", name),
            ("placeholder", example),
            ("class", "mono"),
            ("autocomplete", "off"),
            ("autocapitalize", "off"),
            ("spellcheck", "false"),
        ];
        div.open("input", &[&attributes, more].concat());
    });
}

fn area(html: &mut Html, (id, name): (&str, &str), class: &str) {
    let attributes = [
        ("id", id),
        ("name", name),
        ("class", class),
        ("aria-describedby", &format!("{id}-hint")),
        ("autocomplete", "off"),
        ("spellcheck", "false"),
    ];
    html.with("textarea", &attributes, |_| ());
}

fn overlay(html: &mut Html, id: &str) {
    label(html, id, "Any records");
    hint(
        html,
        id,
        "Zone text, in which $GONE name takes away, or JSON of Route 53 or Cloudflare.",
    );
    area(html, (id, "overlay"), "short");
}

pub fn check(html: &mut Html, (id, name): (&str, &str), words: &str) {
    html.with("label", &[("class", "check"), ("for", id)], |label| {
        label.open("input", &[("type", "checkbox"), ("id", id), ("name", name)]);
        label.element("span", |span| span.text(words));
    });
}

fn folded(html: &mut Html, title: &str, inner: impl FnOnce(&mut Html)) {
    html.class("details", "options", |details| {
        details.element("summary", |summary| summary.text(title));
        inner(details);
    });
}

pub fn submit(html: &mut Html, words: &str) {
    html.with("button", &[("type", "submit"), ("class", "main")], |it| {
        it.text(words);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_end_where_they_should() {
        for text in [FORMS, START] {
            let lower = text.to_ascii_lowercase();
            assert!(!lower.contains("</") && !lower.contains("<!--"));
            assert!(!lower.contains("url(") && !lower.contains("@import"));
            assert!(!text.contains('\r'));
        }
    }

    #[test]
    fn no_two_elements_have_one_id() {
        let page = start(true).html;
        let mut ids: Vec<&str> = page.split(" id=\"").skip(1).collect();
        ids.iter_mut()
            .for_each(|id| *id = &id[..id.find('"').unwrap()]);
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(all, ids.len());
    }
}
