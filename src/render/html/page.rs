//! The skeleton of a page: one file that asks for nothing else, with the one style and the scripts that
//! its policy allows by their hashes.

use std::io::{self, Write};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::markup::Html;

/// The style of all pages.
pub const STYLE: &str = include_str!("page.css");

/// The script of the buttons that copy records.
pub const COPY: &str = include_str!("copy.js");

/// What a page is beside its text.
#[derive(Clone, Copy, Debug)]
pub struct Head<'h> {
    /// The title, as a window or a list of bookmarks shows it.
    pub title: &'h str,
    /// Its accent.
    pub tone: Tone,
    /// Styles of ours beside [`STYLE`].
    pub styles: &'static [&'static str],
    /// Whether it has forms, which are sent to where it came from, and say so.
    pub has_forms: bool,
    /// Scripts of ours. All else is refused by the policy of the page.
    pub scripts: &'static [&'static str],
}

/// The colour of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// It is well.
    Good,
    /// It is not.
    Bad,
    /// It is open, or between.
    Open,
    /// It does not count.
    #[default]
    Plain,
}

impl Tone {
    /// The class that elements of this tone have.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Open => "open",
            Self::Plain => "plain",
        }
    }
}

/// Writes a page whose body is `body`: its `header`, `nav`, `main` and `footer`.
///
/// # Errors
///
/// Only errors of `out`.
pub fn page(head: &Head<'_>, body: impl FnOnce(&mut Html), out: &mut dyn Write) -> io::Result<()> {
    let mut page = Html::default();
    page.with("html", &[("lang", "en")], |html| {
        html.element("head", |it| head_of(head, it));
        html.line_end();
        html.with("body", &[("class", head.tone.class())], |it| {
            it.with("a", &[("class", "skip"), ("href", "#main")], |a| {
                a.text("Skip to the content");
            });
            body(it);
            for script in head.scripts {
                it.line_end();
                it.element("script", |it| it.constant(script));
            }
        });
    });
    writeln!(out, "<!DOCTYPE html>\n{}", page.as_str())
}

fn head_of(head: &Head<'_>, html: &mut Html) {
    html.open("meta", &[("charset", "utf-8")]);
    html.open(
        "meta",
        &[
            ("http-equiv", "Content-Security-Policy"),
            ("content", &policy(head)),
        ],
    );
    html.open(
        "meta",
        &[
            ("name", "viewport"),
            ("content", "width=device-width, initial-scale=1"),
        ],
    );
    html.open(
        "meta",
        &[("name", "color-scheme"), ("content", "light dark")],
    );
    let referrer = match head.has_forms {
        true => "same-origin",
        false => "no-referrer",
    };
    html.open("meta", &[("name", "referrer"), ("content", referrer)]);
    html.open("meta", &[("name", "robots"), ("content", "noindex")]);
    html.element("title", |title| title.text(head.title));
    html.line_end();
    for style in [STYLE].iter().chain(head.styles) {
        html.element("style", |it| it.constant(style));
    }
}

/// What a browser may do with the page (Content Security Policy Level 3): nothing but use the style and
/// the scripts with these hashes.
fn policy(head: &Head<'_>) -> String {
    let hash = |text: &str| {
        let hash = digest(&SHA256, text.as_bytes());
        format!("'sha256-{}'", BASE64.encode(hash))
    };
    let scripts: Vec<String> = head.scripts.iter().map(|script| hash(script)).collect();
    let scripts = match scripts.is_empty() {
        true => "'none'".to_owned(),
        false => scripts.join(" "),
    };
    let styles = [STYLE].iter().chain(head.styles);
    let styles: Vec<String> = styles.map(|style| hash(style)).collect();
    let target = if head.has_forms { "'self'" } else { "'none'" };
    let directives = [
        "default-src 'none'".to_owned(),
        format!("style-src {}", styles.join(" ")),
        format!("script-src {scripts}"),
        "base-uri 'none'".to_owned(),
        format!("form-action {target}"),
    ];
    directives.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_end_where_they_should_and_are_no_commands() {
        for text in [STYLE, COPY] {
            let lower = text.to_ascii_lowercase();
            assert!(!lower.contains("</") && !lower.contains("<!--"));
            assert!(!lower.contains("url(") && !lower.contains("@import"));
            // The parser of HTML makes LF of CR LF, and then the hash is another one.
            assert!(!text.contains('\r'));
            // The runner of GitHub Actions would take it for a command, and escaping changes the hash.
            let is_command =
                |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
            assert!(!text.lines().any(is_command));
        }
    }

    #[test]
    fn the_policy_allows_the_style_the_scripts_and_nothing_else() {
        let head = Head {
            title: "a",
            tone: Tone::Plain,
            styles: &[],
            has_forms: true,
            scripts: &["1"],
        };
        let policy = policy(&head);
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
        // printf 1 | openssl dgst -sha256 -binary | base64
        let script = "script-src 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=';";
        assert!(policy.contains(script), "{policy}");
        assert!(
            policy.ends_with("; base-uri 'none'; form-action 'self'"),
            "{policy}"
        );
    }
}
