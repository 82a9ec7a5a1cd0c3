//! `sesauth explain`.

use std::io::{self, Write};

use sesauth::explain::glossary::Word;
use sesauth::render::workflow::Escapes;
use sesauth::{explain, findings, render};

use super::findings::perhaps;
use super::{Failure, Status, output, written};

/// Explain a word of mail authentication, an error that senders get, a finding, or a tag of a DMARC
/// record: what it means, why it matters, what to do
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// A word, as alignment; the code of an error, or its whole text in quotes; a finding, as
    /// ses-default-mail-from; or a tag, as aspf. Without one, all are listed
    #[arg(value_name = "WORD", allow_hyphen_values = true)]
    words: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  sesauth explain alignment
  sesauth explain return-path
  sesauth explain 5.7.26
  sesauth explain '550 5.7.515 Access denied, sending domain example.com ...'
  sesauth explain spf=softfail
  sesauth explain ses-default-mail-from
  sesauth explain aspf

Exit codes:
  0   explained
  2   usage, or a word that is not known here";

impl Explain {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut out = output::stdout(Escapes::Text);
        let text = self.words.join(" ");
        let result = match self.words.is_empty() {
            true => render::explain::write_list(&mut out),
            false => match explained(&text, &mut out) {
                Some(result) => result,
                None => {
                    let near = perhaps(&render::explain::perhaps(&text), "sesauth explain");
                    let why = format!("nothing of that name can be explained{near}");
                    return Err(Failure::new(text, why));
                }
            },
        };
        written(result.and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }
}

/// Writes all that `text` can mean; `None` if that is nothing.
fn explained(text: &str, out: &mut dyn Write) -> Option<io::Result<()>> {
    let word = explain::glossary::explained_word(text);
    // A tag may be given as written in a record: aspf=s. What has a page with its value, as
    // p=reject, has no need of the other.
    let (tag, value) = text.split_once('=').unwrap_or((text, ""));
    let has_page =
        |word: &Word| !value.is_empty() && word.aliases.iter().any(|it| it.contains('='));
    let tag = match word {
        Some(word) if has_page(word) => None,
        _ => explain::dmarc::explained_tag(tag.trim()),
    };
    let write = |out: &mut dyn Write| {
        if let Some(tag) = tag {
            render::explain::write(tag, out)?;
        }
        if let Some(word) = word {
            if tag.is_some() {
                writeln!(out)?;
            }
            render::explain::write_word(word, out)?;
        }
        Ok(())
    };
    if let Some(rule) = findings::rule(text) {
        return Some(render::explain::write_rule(rule, out));
    }
    if tag.is_some() || word.is_some() {
        return Some(write(out));
    }
    let reply = explain::smtp_reply::read(text)?;
    Some(render::explain::write_reply(&reply, out))
}
