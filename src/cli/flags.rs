//! Flags that several commands share.

use std::io;
use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};
use sesauth::Limits;
use sesauth::dmarc::Rules;
use sesauth::render::json::Detail;
use sesauth::render::workflow::Escapes;

/// Whom to believe.
#[derive(Args, Clone, Debug)]
pub struct TrustFlags {
    /// A host of the receiver, or a domain of its hosts: the session is the one in which the
    /// topmost of them took the message from another; may be given several times
    #[arg(long = "trust", value_name = "HOST", help_heading = "Session")]
    pub hosts: Vec<String>,

    /// A name under which the receiver writes Authentication-Results, as mx.example.com; may be
    /// given several times
    #[arg(long = "trusted", value_name = "ID", help_heading = "Session")]
    pub ids: Vec<String>,
}

/// By which rules.
#[derive(Args, Clone, Copy, Debug)]
pub struct RulesFlag {
    /// The rules of DMARC that count; where the others differ is said beside it
    #[arg(
        long = "rules",
        value_name = "RULES",
        default_value = "rfc9989",
        help_heading = "DMARC"
    )]
    which: RulesArgument,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RulesArgument {
    /// Of 2026: the organizational domain is found by asking DNS
    Rfc9989,
    /// Of 2015: the organizational domain is found in the public suffix list
    Rfc7489,
}

impl From<RulesFlag> for Rules {
    fn from(rules: RulesFlag) -> Self {
        match rules.which {
            RulesArgument::Rfc9989 => Self::Rfc9989,
            RulesArgument::Rfc7489 => Self::Rfc7489,
        }
    }
}

/// How to go through many messages.
#[derive(Args, Clone, Copy, Debug)]
pub struct RunFlags {
    /// How many messages to work on at once [default: one for each processor; more with live DNS]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// Show no progress on the terminal
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// Ignore metadata beside messages, as message.json beside message.eml, which gives client,
    /// HELO, MAIL FROM and time; for its form see --metadata of `sesauth inspect`
    #[arg(long, help_heading = "Session")]
    pub no_metadata: bool,
}

/// With or without colours.
#[derive(Args, Clone, Copy, Debug)]
pub struct ColorFlag {
    /// When to use colours
    #[arg(
        long = "color",
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    when: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorFlag {
    /// Whether output to `stdout` should have colours.
    pub fn is_wanted(self, stdout: &io::Stdout) -> bool {
        match self.when {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => anstream::AutoStream::choice(stdout) != anstream::ColorChoice::Never,
        }
    }
}

/// By whose rules besides.
#[derive(Args, Clone, Copy, Debug)]
pub struct ProfileFlag {
    /// Show too whether it meets what Gmail, Yahoo, Microsoft and Apple ask of bulk senders
    #[arg(long = "profile", value_name = "PROFILE", help_heading = "Output")]
    profile: Option<Profile>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Profile {
    /// Who sends thousands of messages a day
    Bulk,
}

impl ProfileFlag {
    /// Whether the rules for bulk senders are asked for.
    pub fn is_bulk(self) -> bool {
        matches!(self.profile, Some(Profile::Bulk))
    }
}

/// For whom the output is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs; see `sesauth schema`
    Json,
}

impl Format {
    /// How it escapes.
    pub fn escapes(self) -> Escapes {
        match self {
            Self::Text => Escapes::Text,
            Self::Json => Escapes::Json,
        }
    }
}

/// How much JSON says.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DetailArgument {
    /// Data alone
    Data,
    /// Words too
    Words,
    /// Words, and what could have been there and is not: tags that a record does not have, SPF
    /// terms that were not reached, rules that did not fire
    Full,
}

impl From<DetailArgument> for Detail {
    fn from(detail: DetailArgument) -> Self {
        match detail {
            DetailArgument::Data => Self::Data,
            DetailArgument::Words => Self::Words,
            DetailArgument::Full => Self::Full,
        }
    }
}

/// Parses a size in bytes, or with K, M or G.
pub fn size(text: &str) -> Result<usize, String> {
    let (digits, factor) = match text.to_ascii_uppercase().chars().last() {
        Some('K') => (&text[..text.len() - 1], 1 << 10),
        Some('M') => (&text[..text.len() - 1], 1 << 20),
        Some('G') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    let number: Option<usize> = digits.parse().ok();
    number
        .and_then(|number| number.checked_mul(factor))
        .filter(|size| *size > 0)
        .ok_or_else(|| "not a size such as 65536, 512K or 64M".into())
}

/// Limits that allow at most `max_size` octets for a message, unpacked or not.
pub fn limits(max_size: usize) -> Limits {
    Limits {
        message_bytes: max_size,
        decompressed_bytes: max_size,
        ..Limits::default()
    }
}
