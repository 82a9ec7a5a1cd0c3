//! What another verifier says about the same message, compared with what was found here: mail-auth,
//! which runs in this process, the report of mailauth, or the symbols of rspamd.

mod clause;
mod compare;
#[cfg(feature = "second-engine")]
mod mail_auth;
mod mailauth;
mod rspamd;

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::claims::signatures::Named;
use crate::dns::Question;
use crate::{Analysis, Error, Limits};

pub use clause::{
    ArcClause, Clause, ClauseReason, DkimClause, DmarcClause, FromClause, RowName, SessionPart,
    SessionValue, SpfClause,
};
#[cfg(feature = "second-engine")]
pub use mail_auth::{MailAuth, THREAD};

/// A program whose results can be compared with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Program {
    /// mail-auth, the engine of Stalwart, with mail-parser. It runs in this process.
    MailAuth,
    /// postalsys/mailauth: the output of `mailauth report`.
    Mailauth,
    /// rspamd: its symbols.
    Rspamd,
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MailAuth => "mail-auth",
            Self::Mailauth => "mailauth",
            Self::Rspamd => "rspamd",
        })
    }
}

/// What a result is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OpinionMethod {
    /// Not a method: the addresses that are read in From.
    From,
    /// SPF for MAIL FROM.
    Spf,
    /// One signature.
    Dkim,
    /// DMARC.
    Dmarc,
    /// The ARC chain.
    Arc,
}

impl OpinionMethod {
    /// The word of RFC 8601 for the method, or `from`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::Spf => "spf",
            Self::Dkim => "dkim",
            Self::Dmarc => "dmarc",
            Self::Arc => "arc",
        }
    }
}

impl NoOpinion {
    /// The reason in one word, as in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotAMessage => "not-a-message",
            Self::TooMuch { .. } => "too-much",
            Self::Panicked => "panicked",
            Self::TookTooLong => "took-too-long",
            Self::NotStarted(_) => "not-started",
        }
    }
}

/// What another verifier said about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opinion {
    /// The program that said it.
    pub program: Program,
    /// The session that it was given, if it says so.
    pub session: OpinionSession,
    /// Its results.
    pub results: Vec<OpinionResult>,
    /// How many header fields it sees, if it says so and they are not as many as here.
    pub header_fields: Option<FieldCount>,
    /// What it asked of DNS although it was not asked here, so it got no answer.
    pub not_at_hand: Vec<Question>,
}

/// Two counts of header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct FieldCount {
    /// How many they see.
    pub theirs: usize,
    /// How many there are here.
    pub ours: usize,
}

/// What a program that runs in this process is given a limited number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TooMuch {
    /// Header fields.
    HeaderFields,
    /// Octets of the header.
    HeaderOctets,
    /// Signatures.
    Signatures,
    /// ARC sets.
    ArcSets,
}

/// Why a program that runs in this process says nothing of a message.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NoOpinion {
    /// It does not take the octets for a message.
    NotAMessage,
    /// The message has more of something than it is given.
    TooMuch {
        /// What there is too much of.
        what: TooMuch,
        /// How much it is given.
        limit: usize,
    },
    /// It panicked.
    Panicked,
    /// It did not come to an end in time.
    TookTooLong,
    /// It could not be started, for example as no port could be opened on loopback; in words.
    NotStarted(String),
}

/// The session that another verifier judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpinionSession {
    /// The address of the client.
    pub client_ip: Option<String>,
    /// The HELO name.
    pub helo: Option<String>,
    /// The reverse-path.
    pub mail_from: Option<String>,
}

/// One result of another verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpinionResult {
    /// What it is about.
    pub method: OpinionMethod,
    /// The result in the words of RFC 8601; for [`OpinionMethod::From`] the addresses.
    pub result: String,
    /// The domain it is about.
    pub domain: Option<String>,
    /// Which signature it is about, from 0 in the order of the header, if the program says so.
    pub signature: Option<usize>,
    /// The selector of the signature.
    pub selector: Option<String>,
    /// The first characters of the signature (RFC 6008).
    pub b_prefix: Option<String>,
    /// The hash of the body that the program computed, in base64.
    pub body_hash: Option<String>,
    /// The text that came with the result.
    pub text: Option<String>,
}

impl OpinionResult {
    fn new(method: OpinionMethod, result: &str) -> Self {
        Self {
            method,
            result: result.to_ascii_lowercase(),
            domain: None,
            signature: None,
            selector: None,
            b_prefix: None,
            body_hash: None,
            text: None,
        }
    }

    /// The signature that it is about, as far as it says.
    fn named(&self) -> Named<'_> {
        Named {
            index: self.signature,
            domain: self.domain.as_deref(),
            identity: None,
            selector: self.selector.as_deref(),
            prefix: self.b_prefix.as_deref(),
        }
    }

    fn says(&self, words: &str) -> bool {
        self.text.as_ref().is_some_and(|text| text.contains(words))
    }
}

/// What another verifier said, compared with our results. Part of the JSON interface.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct OpinionComparison {
    /// The program that said it.
    pub program: Program,
    /// Why it says nothing; `None` if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_opinion: Option<NoOpinion>,
    /// From, SPF, every signature, DMARC and ARC.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<OpinionRow>,
}

/// One thing that both, or one of them, gave a result for.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct OpinionRow {
    /// The method.
    pub method: OpinionMethod,
    /// The domain it is about; for a signature with its selector.
    pub subject: String,
    /// Which of our signatures it is about, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<usize>,
    /// Their result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<String>,
    /// Our result; `None` if there is none to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<String>,
    /// How the two compare.
    pub comparison: Compared,
    /// The text that came with their result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// The reason for the difference; `None` if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<Clause>,
}

/// How the result of another verifier compares with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Compared {
    /// The same, or another word for a signature that does not pass.
    Agree,
    /// They differ.
    Differ,
    /// They have none.
    OnlyOurs,
    /// We have none to compare with.
    OnlyTheirs,
}

impl Opinion {
    /// Parses the output of another verifier: a report of mailauth, or the symbols of rspamd as
    /// JSON or as text. `text` itself shows which of them it is.
    ///
    /// # Errors
    ///
    /// [`Error::Opinion`] if `text` is longer than `limits` allow, is neither of these, or has too
    /// many results for one message.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Error> {
        let wrong = |problem: String| Error::Opinion { problem };
        if text.len() > limits.opinion_bytes {
            let problem = format!("larger than {} bytes", limits.opinion_bytes);
            return Err(wrong(problem));
        }
        let text = text.trim_start_matches('\u{feff}').trim();
        let text = mailauth::without_trace(text);
        let opinion = match serde_json::from_str::<Value>(text) {
            Ok(value) => rspamd::answer(&value, limits)
                .or_else(|| mailauth::report(&value))
                .or_else(|| rspamd::symbols(&value, limits))
                .ok_or_else(|| wrong(format!("JSON of something else; {LOOKED_FOR}")))?,
            Err(error) if text.starts_with('{') => return Err(wrong(format!("not JSON: {error}"))),
            Err(_) => rspamd::lines(text, limits)
                .ok_or_else(|| wrong(format!("not JSON; {LOOKED_FOR}")))?,
        };
        match opinion.results.len() {
            count if count <= limits.opinion_results => Ok(opinion),
            _ => Err(wrong(format!(
                "more than {} results, too many for one message",
                limits.opinion_results
            ))),
        }
    }

    /// Compares this with `analysis`, which must be about the same message.
    pub fn compare(&self, analysis: &Analysis) -> OpinionComparison {
        OpinionComparison {
            program: self.program,
            no_opinion: None,
            rows: compare::rows(self, analysis),
        }
    }
}

const LOOKED_FOR: &str = "looked for a report of mailauth (dkim.results, spf.status, dmarc.status) \
     and symbols of rspamd (R_SPF_ALLOW, R_DKIM_ALLOW, DMARC_POLICY_ALLOW and so on)";
