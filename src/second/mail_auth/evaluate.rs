//! mail-auth's verdicts on one message, in the words of RFC 8601.

use std::sync::mpsc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ProtocolConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, Error, MessageAuthenticator,
    SpfOutput, SpfResult,
};
use tokio::runtime::{Builder, Runtime};

use super::{Event, Task, name_server};
use crate::second::{FieldCount, NoOpinion, Opinion, OpinionMethod, OpinionResult, Program};

/// How long it waits for an answer, all of which are at hand.
const WAIT: Duration = Duration::from_secs(5);

/// mail-auth, and the runtime that it needs.
pub struct Evaluator {
    runtime: Runtime,
    authenticator: MessageAuthenticator,
}

impl Evaluator {
    /// Starts the name server and a resolver that asks it.
    pub fn start(questions: mpsc::Sender<Event>) -> Result<Self, NoOpinion> {
        let failed = |why: String| NoOpinion::NotStarted(why);
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(error.to_string()))?;
        let started = runtime.block_on(name_server::start(questions));
        let address = started.map_err(|error| failed(error.to_string()))?;
        let mut connection = ConnectionConfig::new(ProtocolConfig::Tcp);
        connection.port = address.port();
        let server = NameServerConfig::new(address.ip(), true, vec![connection]);
        let mut options = ResolverOpts::default();
        // The answers for another message may be others.
        options.cache_size = 0;
        options.attempts = 0;
        options.ndots = 0;
        options.timeout = WAIT;
        options.use_hosts_file = ResolveHosts::Never;
        let config = ResolverConfig::from_name_servers(vec![server]);
        // Its resolver starts tasks.
        let authenticator = {
            let _entered = runtime.enter();
            MessageAuthenticator::new(config, options)
        };
        let authenticator = authenticator.map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            runtime,
            authenticator,
        })
    }

    /// All that mail-auth says of the message.
    pub fn judge(&self, task: &Task) -> Result<Opinion, NoOpinion> {
        self.runtime.block_on(self.evaluate(task))
    }

    async fn evaluate(&self, task: &Task) -> Result<Opinion, NoOpinion> {
        let message = AuthenticatedMessage::parse(&task.message);
        let mut message = message.ok_or(NoOpinion::NotAMessage)?;
        judge_as_of(&mut message, task.at);
        let dkim = self.authenticator.verify_dkim(&message).await;
        let arc = self.authenticator.verify_arc(&message).await;
        let spf = self.spf(task).await;
        let unknown = SpfOutput::default();
        let parameters = DmarcParameters::new(
            &message,
            &dkim,
            task.spf_domain(),
            spf.as_ref().unwrap_or(&unknown),
        );
        let dmarc = self.authenticator.verify_dmarc(parameters).await;

        let mut results = vec![from(&message)];
        results.extend(spf.map(|spf| OpinionResult {
            domain: Some(task.spf_domain().to_owned()),
            ..OpinionResult::new(OpinionMethod::Spf, spf_word(spf.result()))
        }));
        results.extend(signatures(&message, &dkim));
        let (word, text) = dmarc_word(&dmarc.result());
        let author = Some(dmarc.domain().to_owned());
        results.push(OpinionResult {
            domain: author.filter(|domain| !domain.is_empty()),
            text,
            ..OpinionResult::new(OpinionMethod::Dmarc, word)
        });
        let (word, text) = dkim_word(arc.result());
        results.push(OpinionResult {
            text,
            ..OpinionResult::new(OpinionMethod::Arc, word)
        });
        Ok(Opinion {
            program: Program::MailAuth,
            session: task.session(),
            results,
            header_fields: Some(FieldCount {
                theirs: message.headers.len(),
                ours: task.header_fields,
            })
            .filter(|count| count.theirs != count.ours),
            not_at_hand: Vec::new(),
        })
    }

    /// SPF for MAIL FROM; `None` if the session is not known.
    async fn spf(&self, task: &Task) -> Option<SpfOutput> {
        let (ip, mail_from) = (task.client_ip?, task.mail_from.as_deref()?);
        let helo = task.helo.as_deref().unwrap_or_default();
        let receiver = task.receiver.as_deref().unwrap_or("unknown");
        let parameters = match mail_from {
            "" => SpfParameters::verify_ehlo(ip, helo, receiver),
            path => SpfParameters::verify_mail_from(ip, helo, receiver, path),
        };
        Some(self.authenticator.verify_spf(parameters).await)
    }
}

/// Makes `message` be judged as of `at`: mail-auth holds `x=` against its own clock. The octets,
/// which are what is signed, stay as they are.
fn judge_as_of(message: &mut AuthenticatedMessage<'_>, at: u64) {
    let as_of = |x: u64, t: u64| match x {
        0 => 0,
        x if x > t && x > at => 0,
        // Any time in the past.
        _ => 1,
    };
    for one in &mut message.dkim_headers {
        one.header.x = as_of(one.header.x, one.header.t);
    }
    for one in &mut message.ams_headers {
        one.header.x = as_of(one.header.x, one.header.t);
    }
}

/// The addresses in From, as mail-parser reads it.
fn from(message: &AuthenticatedMessage<'_>) -> OpinionResult {
    OpinionResult::new(OpinionMethod::From, &message.from.join(", "))
}

/// One result for each signature. Those that cannot be read come first in `outputs`, without their
/// domain; where they are in the header says which they are.
fn signatures(
    message: &AuthenticatedMessage<'_>,
    outputs: &[DkimOutput<'_>],
) -> Vec<OpinionResult> {
    let fields = message.headers.iter();
    let fields =
        fields.filter(|(name, _)| name.trim_ascii().eq_ignore_ascii_case(b"DKIM-Signature"));
    let starts: Vec<*const u8> = fields.map(|(_, value)| value.as_ptr()).collect();
    let index = |value: &[u8]| starts.iter().position(|start| *start == value.as_ptr());
    let errors = message.errors.iter();
    let unread = errors.filter(|one| matches!(one.header, Error::Dkim(_)));
    let unread = unread.map(|one| (index(one.value), None));
    let read = message.dkim_headers.iter().map(|one| {
        let signature = &one.header;
        let hash = message
            .body_hashes
            .iter()
            .find(|(canonical, hash, length, _)| {
                *canonical == signature.cb && *hash == signature.a.into() && *length == signature.l
            });
        (index(one.value), hash.map(|hash| (signature, &hash.3)))
    });
    let results = outputs.iter().zip(unread.chain(read));
    results
        .filter_map(|(output, (signature, read))| {
            let (word, text) = dkim_word(output.result());
            // An ARC-Message-Signature that cannot be read is among them too.
            Some(OpinionResult {
                signature: Some(signature?),
                domain: read.map(|(signature, _)| signature.d.clone()),
                selector: read.map(|(signature, _)| signature.s.clone()),
                body_hash: read.map(|(_, hash)| BASE64.encode(hash)),
                text,
                ..OpinionResult::new(OpinionMethod::Dkim, word)
            })
        })
        .collect()
}

/// The word of RFC 8601 for a result of DKIM or ARC, and the text that came with it.
fn dkim_word(result: &DkimResult) -> (&'static str, Option<String>) {
    let (word, why) = match result {
        DkimResult::Pass => ("pass", None),
        DkimResult::None => ("none", None),
        DkimResult::Neutral(why) => ("neutral", Some(why)),
        DkimResult::Fail(why) => ("fail", Some(why)),
        DkimResult::PermError(why) => ("permerror", Some(why)),
        DkimResult::TempError(why) => ("temperror", Some(why)),
    };
    (word, why.map(Error::to_string))
}

fn dmarc_word(result: &DmarcResult) -> (&'static str, Option<String>) {
    let (word, why) = match result {
        DmarcResult::Pass => ("pass", None),
        DmarcResult::None => ("none", None),
        DmarcResult::Fail(why) => ("fail", Some(why)),
        DmarcResult::PermError(why) => ("permerror", Some(why)),
        DmarcResult::TempError(why) => ("temperror", Some(why)),
    };
    (word, why.map(Error::to_string))
}

fn spf_word(result: SpfResult) -> &'static str {
    match result {
        SpfResult::Pass => "pass",
        SpfResult::Fail => "fail",
        SpfResult::SoftFail => "softfail",
        SpfResult::Neutral => "neutral",
        SpfResult::TempError => "temperror",
        SpfResult::PermError => "permerror",
        SpfResult::None => "none",
    }
}
