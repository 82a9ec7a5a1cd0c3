//! `sesauth filter`: a message from standard input to standard output, with our results on top.
//!
//! A mail server waits for it. Whatever goes wrong, the message goes on whole, and the field says
//! `temperror`. Where it cannot go on, the exit code tells the server to keep it and try again.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use sesauth::dkim::Effort;
use sesauth::message::AuthenticationResults;
use sesauth::render::auth_results;
use sesauth::{Options, SessionHints};

use super::authserv_id::AuthservIdFlag;
use super::dns::{Load, SourceArguments, seconds};
use super::flags::{RulesFlag, limits, size};
use super::runner::guarded;
use super::session::ServerArguments;
use super::{Failure, Status, output};

/// The exit code that tells a mail server to keep a message and try again (EX_TEMPFAIL of sysexits).
const TRY_AGAIN: i32 = 75;

/// The part of the time that DNS may take.
pub const DNS_PART: f64 = 0.8;

/// Pass a message from standard input to standard output, with Authentication-Results on top
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Filter {
    #[command(flatten)]
    authserv_id: AuthservIdFlag,

    /// Seconds after which the message goes on without a result
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    max_time: Duration,

    /// Judge no larger message; it goes on all the same. Bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    max_size: usize,

    #[command(flatten)]
    session: ServerArguments,

    #[command(flatten)]
    dns: SourceArguments,

    #[command(flatten)]
    rules: RulesFlag,
}

const EXAMPLES: &str = "\
The message goes on octet for octet, but for these fields:
  Authentication-Results in the name of --authserv-id is removed, and with a
  version other than 1, as a sender may have written it (RFC 8601, section 5);
  ours is written on top, below a line `From ` of mbox.
If it cannot be judged, ours says temperror, and why. Results that nobody
vouches for are left out: without --ip, the session is taken from the topmost
Received field. What a mail server says of the session and cannot be read, as
an address `unknown`, counts as not known.

Examples:
  sesauth filter --authserv-id mx.example.org < message.eml
  sesauth filter --authserv-id mx.example.org --ip=192.0.2.10 \\
    --helo=a.example.com --mail-from=a@example.com < message.eml
      in a mail server, which knows the session; the folder docs has the recipes

Exit codes:
  0   the message was passed on, judged or not
  75  it was not, or not whole: the server must keep it and try again. Wrong
      arguments too: an error of yours must not cost a message";

impl Filter {
    pub(super) fn run(self) -> Status {
        match self.pass_on() {
            Ok(()) => Status::Fine,
            Err(failure) => {
                output::say(format!("error: {}", failure.0));
                Status::TryAgain
            }
        }
    }

    fn pass_on(self) -> Result<(), Failure> {
        // The server ends a filter that takes too long. Nothing may seem to be whole then.
        let _ = ctrlc::set_handler(|| std::process::exit(TRY_AGAIN));
        let mut bytes = Vec::new();
        let most = (self.max_size as u64).saturating_add(1);
        let mut stdin = io::stdin().lock();
        let read = stdin.by_ref().take(most).read_to_end(&mut bytes);
        read.map_err(|error| Failure::io("standard input", &error))?;
        let bytes = Arc::new(bytes);
        let authserv_id = self.authserv_id.name();
        let is_larger = bytes.len() > self.max_size;
        let field = match is_larger {
            true => Err((
                "message-too-large",
                "the message is larger than --max-size".into(),
            )),
            false => self.judged(&bytes, authserv_id.clone()),
        };
        let field = field.unwrap_or_else(|(reason, why)| {
            output::say(format!("{why}; the message is passed on without a result"));
            auth_results::unjudged(&authserv_id, reason)
        });
        let mut out = output::stdout_of_octets();
        let passed = auth_results::write_stamped(&bytes, &field, &mut out)
            .and_then(|()| match is_larger {
                true => io::copy(&mut stdin, &mut out).map(drop),
                false => Ok(()),
            })
            .and_then(|()| out.flush());
        passed.map_err(|error| Failure::io("the message was not passed on whole", &error))
    }

    /// The field for a message; or a word for why there is none, and a sentence.
    fn judged(
        self,
        bytes: &Arc<Vec<u8>>,
        authserv_id: String,
    ) -> Result<AuthenticationResults, (&'static str, String)> {
        let (tell, told) = mpsc::channel();
        let bytes = Arc::clone(bytes);
        let max_time = self.max_time;
        // What DNS does not answer in time is a result; that there is none is said only at the end.
        let filter = Self {
            dns: self.dns.within(max_time.mul_f64(DNS_PART)),
            ..self
        };
        thread::spawn(move || {
            // The receiver is gone if this took too long.
            let _ = tell.send(guarded(|| filter.judge(&bytes, &authserv_id)));
        });
        match told.recv_timeout(max_time) {
            Ok(Ok(field)) => Ok(field),
            Ok(Err(why)) => Err(("not-judged", why)),
            Err(_) => Err(("timeout", "it took longer than --max-time".into())),
        }
    }

    fn judge(&self, bytes: &[u8], authserv_id: &str) -> Result<AuthenticationResults, String> {
        let options = Options {
            limits: limits(self.max_size),
            rules: self.rules.into(),
            advice: false,
            autopsy: Effort::Off,
            ..Options::default()
        };
        let (hints, unread) = self.session.hints();
        unread.into_iter().for_each(output::say);
        let hints = SessionHints {
            is_delivery: true,
            ..hints
        };
        let published = self.dns.published(Load::One).map_err(|failure| failure.0)?;
        let message = &bytes[auth_results::envelope_line(bytes).len()..];
        let now = Timestamp::now();
        let judged = sesauth::inspect_within(message, &hints, &published, now, &options);
        let (judged, no_dns) = published.block_on(judged).map_err(|failure| failure.0)?;
        if let Some(why) = no_dns {
            output::say(format!("no usable DNS: {why}"));
        }
        let inspection = judged.map_err(|error| error.to_string())?;
        Ok(auth_results::field(&inspection.analysis, authserv_id))
    }
}
