//! The columns of the rows, and how each is read from what is known of a message.
//!
//! The subject, the addresses and the text of a message are in none of them: a table that many people
//! read needs domains, not persons.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use arrow_schema::{Field, Fields, Schema, SchemaRef};

use super::cell::{Column, Kind, Value, fields};
use super::file::SavedFile;
use super::parts::{
    DKIM, FINDING, RECEIVER, SPF, SeenSignature, SeenSpf, domain_in, name, records, said,
};
use crate::claims::Claim;
use crate::corpus::{Results, Verdicts};
use crate::dmarc::{Engine, Policy};
use crate::render::failure::word;
use crate::render::summary::recorded;
use crate::session::{Session, Sourced, Standing};
use crate::{Analysis, Inspection};

/// The version of the columns. Within a version, columns are only added.
pub const VERSION: &str = "1";

/// The key of the version in the metadata of a schema.
pub const VERSION_KEY: &str = "sesauth.rows";

/// The key under which the version of sesauth that wrote the rows stands.
pub const WRITTEN_BY_KEY: &str = "sesauth.version";

/// The key, in a Parquet file, of the folder that all messages are in, with a separator at its end.
pub const FOLDER_KEY: &str = "sesauth.folder";

/// The schema of the rows.
pub fn schema() -> SchemaRef {
    static SCHEMA: OnceLock<SchemaRef> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let fields: Vec<Field> = fields(FILE).chain(fields(MESSAGE)).collect();
        let metadata = [
            (VERSION_KEY, VERSION),
            (WRITTEN_BY_KEY, env!("CARGO_PKG_VERSION")),
        ];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Arc::new(Schema::new(fields).with_metadata(HashMap::from(metadata)))
    });
    Arc::clone(schema)
}

/// What is known of an inspected message, with what is derived from that once for all columns.
pub struct Seen<'i> {
    pub inspection: &'i Inspection,
    pub verdicts: Verdicts,
    pub results: Results,
}

type OfFile = Column<fn(&SavedFile<'_>) -> Value>;
type OfMessage = Column<fn(&Seen<'_>) -> Value>;

/// The columns of every row, also of a message that could not be analysed.
pub const FILE: &[OfFile] = &[
    Column {
        name: "path",
        kind: Kind::Name,
        about: "Name of the message: its path, and its place in a file that has several",
        get: |file| file.name.to_owned().into(),
    },
    Column {
        name: "size",
        kind: Kind::Number,
        about: "Octets of the message as saved",
        get: |file| file.octets.map(<[u8]>::len).into(),
    },
    Column {
        name: "sha256",
        kind: Kind::Text,
        about: "SHA-256 of those octets, in hexadecimal",
        get: |file| file.sha256().into(),
    },
    Column {
        name: "error",
        kind: Kind::Text,
        about: "Why it could not be analysed; then all further columns are empty",
        get: |file| file.error.into(),
    },
];

/// The columns of a message that was analysed.
pub const MESSAGE: &[OfMessage] = &[
    Column {
        name: "received_at",
        kind: Kind::Time,
        about: "When it was received: the time at which it is judged",
        get: |seen| seen.verdicts.received_at.into(),
    },
    Column {
        name: "received_at_source",
        kind: Kind::Text,
        about: "Where that was found",
        get: |seen| source(seen.session().received_at.as_ref()),
    },
    Column {
        name: "message_id",
        kind: Kind::Text,
        about: "Message-ID field",
        get: |seen| seen.analysis().message.message_id.as_deref().into(),
    },
    Column {
        name: "date",
        kind: Kind::Text,
        about: "Date field, as written",
        get: |seen| seen.analysis().message.date.as_deref().into(),
    },
    Column {
        name: "from_domain",
        kind: Kind::Text,
        about: "The domain in From; empty if there is no single one",
        get: |seen| name(seen.verdicts.dmarc.author_domain.as_ref()),
    },
    Column {
        name: "organizational_domain",
        kind: Kind::Text,
        about: "Its Organizational Domain",
        get: |seen| name(seen.analysis().dmarc.organizational_domain.as_ref()),
    },
    Column {
        name: "return_path_domain",
        kind: Kind::Text,
        about: "Domain in the topmost Return-Path field; no characters if the path is null",
        get: |seen| domain_in(seen.analysis().message.return_path.as_deref()),
    },
    Column {
        name: "conclusion",
        kind: Kind::Text,
        about: "The outcome: pass, fail, none, inconclusive",
        get: |seen| Value::word(seen.verdicts.conclusion.as_str()),
    },
    Column {
        name: "outcome",
        kind: Kind::Text,
        about: "The same in more detail: pass, fail, no-policy, no-author, not-judged",
        get: |seen| said(&seen.verdicts.outcome),
    },
    Column {
        name: "proved",
        kind: Kind::Text,
        about: "The outcome by the verdict alone, whatever the receiver recorded",
        get: |seen| said(&seen.verdicts.proved),
    },
    Column {
        name: "dmarc",
        kind: Kind::Text,
        about: "Result of DMARC: pass, fail, none, temperror, permerror, inconclusive",
        get: |seen| Value::word(seen.verdicts.dmarc.result.as_str()),
    },
    Column {
        name: "dmarc_cause",
        kind: Kind::Text,
        about: "Why DMARC has that result",
        get: |seen| said(&seen.verdicts.dmarc.cause),
    },
    Column {
        name: "rules",
        kind: Kind::Text,
        about: "The rules that were used: rfc9989, rfc7489",
        get: |seen| said(&seen.verdicts.dmarc.rules),
    },
    Column {
        name: "dmarc_by_other_rules",
        kind: Kind::Text,
        about: "Result of DMARC by the other rules",
        get: |seen| Value::word(seen.verdicts.dmarc.other_result.as_str()),
    },
    Column {
        name: "policy_domain",
        kind: Kind::Text,
        about: "Domain that has the policy record",
        get: |seen| name(seen.verdicts.dmarc.policy_domain.as_ref()),
    },
    Column {
        name: "policy_requested",
        kind: Kind::Text,
        about: "Policy that the record requests: none, quarantine, reject",
        get: |seen| policy(seen.verdicts.dmarc.requested),
    },
    Column {
        name: "policy_applied",
        kind: Kind::Text,
        about: "Policy for this message: none if it passes, one level lower if the domain is testing",
        get: |seen| policy(seen.verdicts.dmarc.applied),
    },
    Column {
        name: "policy_handled",
        kind: Kind::Text,
        about: "What receivers should do with it: policy_applied, or one level less if pct=0",
        get: |seen| policy(Some(seen.verdicts.dmarc.handled)),
    },
    Column {
        name: "policy_sampled",
        kind: Kind::Flag,
        about: "Whether pct leaves it to chance whether that is done, or one level less",
        get: |seen| seen.verdicts.dmarc.is_sampled.into(),
    },
    Column {
        name: "mechanisms",
        kind: Kind::Texts,
        about: "Mechanisms that pass and are aligned: spf, dkim",
        get: |seen| Value::Texts(seen.verdicts.dmarc.engines.iter().map(word).collect()),
    },
    Column {
        name: "spf",
        kind: Kind::Text,
        about: "Result of SPF for the envelope sender",
        get: |seen| Value::word(seen.results.spf.as_str()),
    },
    Column {
        name: "spf_domain",
        kind: Kind::Text,
        about: "Domain that SPF was evaluated for",
        get: |seen| seen.verdicts.mail_from.domain.as_deref().into(),
    },
    Column {
        name: "spf_aligned",
        kind: Kind::Flag,
        about: "Whether that domain is aligned with from_domain",
        get: |seen| seen.results.spf_aligned.into(),
    },
    Column {
        name: "spf_carries",
        kind: Kind::Flag,
        about: "Whether SPF makes the message pass DMARC, or would if there were a policy",
        get: |seen| seen.verdicts.dmarc.carried_by(Engine::Spf).into(),
    },
    Column {
        name: "dkim",
        kind: Kind::Text,
        about: "The best result of a signature; empty if there is no signature",
        get: |seen| Value::Text(seen.results.dkim.map(|result| result.as_str().into())),
    },
    Column {
        name: "dkim_aligned",
        kind: Kind::Flag,
        about: "Whether a signature that passes is aligned with from_domain",
        get: |seen| seen.results.dkim_aligned.into(),
    },
    Column {
        name: "dkim_carries",
        kind: Kind::Flag,
        about: "Whether DKIM makes the message pass DMARC, or would if there were a policy",
        get: |seen| seen.verdicts.dmarc.carried_by(Engine::Dkim).into(),
    },
    Column {
        name: "spf_checks",
        kind: Kind::Records(|| Fields::from_iter(fields(SPF))),
        about: "SPF for the envelope sender and for the HELO name",
        get: |seen| {
            let (spf, dmarc) = (&seen.analysis().spf, &seen.analysis().dmarc);
            let mail_from = SeenSpf {
                verdict: &spf.mail_from,
                alignment: dmarc.alignment.spf.as_ref(),
            };
            let helo = SeenSpf {
                verdict: &spf.helo,
                alignment: None,
            };
            records(SPF, [mail_from, helo].iter(), |column, one| {
                (column.get)(one)
            })
        },
    },
    Column {
        name: "dkim_signatures",
        kind: Kind::Records(|| Fields::from_iter(fields(DKIM))),
        about: "The DKIM signatures, topmost first",
        get: |seen| {
            let signatures = seen.analysis().dkim.iter().enumerate();
            let signatures: Vec<_> = signatures
                .map(|(index, verdict)| SeenSignature {
                    verdict,
                    alignment: seen.analysis().dmarc.alignment.dkim.get(index),
                })
                .collect();
            records(DKIM, signatures.iter(), |column, one| (column.get)(one))
        },
    },
    Column {
        name: "arc",
        kind: Kind::Text,
        about: "Result of ARC: none, pass, fail, temperror, not-evaluated",
        get: |seen| Value::word(seen.verdicts.arc.0.as_str()),
    },
    Column {
        name: "arc_cause",
        kind: Kind::Text,
        about: "Why ARC has that result",
        get: |seen| said(&seen.verdicts.arc.1),
    },
    Column {
        name: "receiver",
        kind: Kind::Text,
        about: "Host that wrote the receiver's own results, as it calls itself",
        get: |seen| {
            let mut own = own_claims(seen);
            own.find_map(|claim| claim.authserv_id.as_deref()).into()
        },
    },
    Column {
        name: "receiver_dmarc",
        kind: Kind::Text,
        about: "What it recorded for DMARC, in its own words",
        get: |seen| receiver_word(seen, "dmarc"),
    },
    Column {
        name: "receiver_spf",
        kind: Kind::Text,
        about: "The same for SPF",
        get: |seen| receiver_word(seen, "spf"),
    },
    Column {
        name: "receiver_dkim",
        kind: Kind::Text,
        about: "The same for DKIM; the words of several signatures are separated by blanks",
        get: |seen| receiver_word(seen, "dkim"),
    },
    Column {
        name: "receiver_results",
        kind: Kind::Records(|| Fields::from_iter(fields(RECEIVER))),
        about: "Each result that the receiver recorded, beside ours",
        get: |seen| {
            let results = own_claims(seen).flat_map(|claim| &claim.results);
            records(RECEIVER, results, |column, one| (column.get)(one))
        },
    },
    Column {
        name: "client_ip",
        kind: Kind::Text,
        about: "Address of the client that delivered it",
        get: |seen| value_of(seen.session().client_ip.as_ref()),
    },
    Column {
        name: "client_ip_source",
        kind: Kind::Text,
        about: "Where that was found",
        get: |seen| source(seen.session().client_ip.as_ref()),
    },
    Column {
        name: "helo",
        kind: Kind::Text,
        about: "Name that the client gave in HELO or EHLO",
        get: |seen| value_of(seen.session().helo.as_ref()),
    },
    Column {
        name: "helo_source",
        kind: Kind::Text,
        about: "Where that was found",
        get: |seen| source(seen.session().helo.as_ref()),
    },
    Column {
        name: "mail_from_domain",
        kind: Kind::Text,
        about: "Domain of the envelope sender; no characters if the path is null",
        get: |seen| {
            let mail_from = seen.session().mail_from.as_ref();
            domain_in(mail_from.map(|from| from.value.as_str()))
        },
    },
    Column {
        name: "mail_from_source",
        kind: Kind::Text,
        about: "Where that was found",
        get: |seen| source(seen.session().mail_from.as_ref()),
    },
    Column {
        name: "session_told",
        kind: Kind::Flag,
        about: "Whether nothing vouches for these values of the session: SPF then proves nothing",
        get: |seen| seen.inspection.is_session_told().into(),
    },
    Column {
        name: "file_doubtful",
        kind: Kind::Flag,
        about: "Whether a reader may see something in the file that the results are not about",
        get: |seen| seen.analysis().source.doubt().is_some().into(),
    },
    Column {
        name: "ses",
        kind: Kind::Flag,
        about: "Whether Amazon SES sent it, as far as is seen",
        get: |seen| {
            let ses = seen.analysis().ses.as_ref();
            ses.is_some_and(|ses| ses.doubt.is_none()).into()
        },
    },
    Column {
        name: "ses_proved",
        kind: Kind::Flag,
        about: "Whether a signature or DNS proves that",
        get: |seen| {
            let ses = seen.analysis().ses.as_ref();
            ses.is_some_and(|ses| ses.is_proved).into()
        },
    },
    Column {
        name: "ses_region",
        kind: Kind::Text,
        about: "Region of Amazon SES that the signs name",
        get: |seen| {
            let ses = seen.analysis().ses.as_ref();
            let region = ses.and_then(|ses| ses.region.as_ref());
            region.map(ToString::to_string).into()
        },
    },
    Column {
        name: "ses_identity",
        kind: Kind::Text,
        about: "Domain of the identity that SES uses for the author, if what SES says was given",
        get: |seen| {
            let stated = seen.analysis().ses_identity.as_ref();
            let domain = stated.and_then(|stated| stated.identity.domain());
            name(domain.as_ref())
        },
    },
    Column {
        name: "sending_host",
        kind: Kind::Text,
        about: "Domain of the hosts that delivered it",
        get: |seen| seen.verdicts.sending_host.as_deref().into(),
    },
    Column {
        name: "findings",
        kind: Kind::Records(|| Fields::from_iter(fields(FINDING))),
        about: "What was found, most severe first",
        get: |seen| {
            let hits = seen.inspection.hits.iter();
            records(FINDING, hits, |column, one| (column.get)(one))
        },
    },
    Column {
        name: "worst_severity",
        kind: Kind::Text,
        about: "The most severe of them: error, warning, notice",
        get: |seen| {
            let worst = seen.inspection.hits.iter().map(|hit| hit.severity).min();
            Value::Text(worst.map(|worst| worst.as_str().into()))
        },
    },
    Column {
        name: "names_asked",
        kind: Kind::Texts,
        about: "Each question to DNS that the results are based on: a name and a type",
        get: |seen| {
            let asked = seen.analysis().lookups_of_verdicts().iter();
            let texts = asked.map(|lookup| {
                let question = &lookup.question;
                format!("{} {}", question.name, question.kind)
            });
            Value::Texts(texts.collect())
        },
    },
];

impl Seen<'_> {
    fn analysis(&self) -> &Analysis {
        &self.inspection.analysis
    }

    fn session(&self) -> &Session {
        &self.inspection.analysis.session
    }
}

fn policy(policy: Option<Policy>) -> Value {
    Value::Text(policy.map(|policy| policy.as_str().into()))
}

fn value_of<T: ToString>(sourced: Option<&Sourced<T>>) -> Value {
    sourced.map(|one| one.value.to_string()).into()
}

fn source<T>(sourced: Option<&Sourced<T>>) -> Value {
    sourced.map(|one| one.from.to_string()).into()
}

/// What the receiver recorded itself.
fn own_claims<'s>(seen: &'s Seen<'_>) -> impl Iterator<Item = &'s Claim> {
    let claims = seen.inspection.analysis.claims.iter();
    claims.filter(|claim| claim.standing == Standing::Receiver)
}

/// What the receiver recorded for a method; nothing if it recorded nothing.
fn receiver_word(seen: &Seen<'_>, method: &str) -> Value {
    let words = recorded(seen.analysis(), method);
    Some(words).filter(|words| !words.is_empty()).into()
}
