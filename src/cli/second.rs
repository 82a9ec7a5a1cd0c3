//! The engine that judges the same messages beside ours, for `--compare-with mail-auth`.

use clap::ValueEnum;
use jiff::Timestamp;
use sesauth::dns::{Question, Reply};
use sesauth::{Inspection, Options, SessionHints};

use super::Failure;

/// An engine that runs in this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// Stalwart's engine, with mail-parser
    MailAuth,
}

/// What the only engine is called.
pub const MAIL_AUTH: &str = "mail-auth";

/// The flag of commands for many messages.
#[derive(clap::Args)]
pub struct EngineFlag {
    /// Let a second engine judge the same octets, session and DNS, and say where both part ways
    #[arg(long, value_name = "ENGINE", help_heading = "Output")]
    pub compare_with: Option<EngineName>,
}

impl EngineFlag {
    /// Its name in the settings of a corpus.
    pub fn name(&self) -> Option<String> {
        self.compare_with
            .map(|EngineName::MailAuth| MAIL_AUTH.into())
    }

    /// The engine, if one is wanted.
    pub fn engine(&self) -> Result<Option<SecondEngine>, Failure> {
        self.compare_with.map(SecondEngine::new).transpose()
    }
}

/// A second engine. Its threads start with the first message.
pub struct SecondEngine {
    #[cfg(feature = "second-engine")]
    mail_auth: sesauth::second::MailAuth,
}

#[cfg(feature = "second-engine")]
impl SecondEngine {
    pub fn new(EngineName::MailAuth: EngineName) -> Result<Self, Failure> {
        Ok(Self {
            mail_auth: sesauth::second::MailAuth::default(),
        })
    }

    /// Adds what it says to `inspection`, which is of the message in `bytes`. `elsewhere` answers
    /// what was not asked of DNS, if it need not ask over the network.
    pub fn compare(
        &self,
        bytes: &[u8],
        hints: &SessionHints,
        options: &Options,
        now: Timestamp,
        elsewhere: impl Fn(&Question) -> Reply,
        inspection: &mut Inspection,
    ) {
        let limits = &options.limits;
        let opened =
            sesauth::message::Opened::open(bytes, hints.reading(), options.attached, limits);
        // It was opened before, for our verdicts.
        let Ok(opened) = opened else { return };
        let analysis = &inspection.analysis;
        let compared = self
            .mail_auth
            .judge(&opened, analysis, elsewhere, now, limits);
        inspection.second_opinions.push(compared);
    }
}

#[cfg(not(feature = "second-engine"))]
impl SecondEngine {
    pub fn new(EngineName::MailAuth: EngineName) -> Result<Self, Failure> {
        Err(Failure::new(
            "--compare-with mail-auth",
            "this program was built without it; build it with the feature second-engine",
        ))
    }

    pub fn compare(
        &self,
        _: &[u8],
        _: &SessionHints,
        _: &Options,
        _: Timestamp,
        _: impl Fn(&Question) -> Reply,
        _: &mut Inspection,
    ) {
    }
}

/// What goes wrong on the threads of the engine is said beside its results, so it need not be said
/// on standard error too, where the octets of a message would come with it.
pub fn quiet_panics() {
    #[cfg(feature = "second-engine")]
    {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() != Some(sesauth::second::THREAD) {
                others(panic);
            }
        }));
    }
}
