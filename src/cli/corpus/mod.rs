//! `sesauth corpus`: saved messages as a regression test.

mod archive;
mod check;
pub mod input;
mod record;
mod renames;
mod report;
mod review;
mod rows;
mod update;
mod what_if;

use std::fs;
use std::path::PathBuf;

use sesauth::corpus::{FORMAT, Folder, Held, Settings};
use sesauth::{Options, SessionHints, render};

use super::dns::ONE;
use super::flags::RunFlags;
use super::runner::Runner;
use super::{Failure, Status, output};

/// Keep saved messages as a regression test: record what they give, check it later
#[derive(clap::Subcommand)]
pub enum Corpus {
    Record(Box<record::Record>),
    Check(check::Check),
    Update(update::Update),
    WhatIf(Box<what_if::WhatIf>),
    Report(Box<report::Report>),
}

impl Corpus {
    pub(super) fn run(self) -> Result<Status, Failure> {
        match self {
            Self::Record(record) => record.run(),
            Self::Check(check) => check.run(),
            Self::Update(update) => update.run(),
            Self::WhatIf(what_if) => what_if.run(),
            Self::Report(report) => report.run(),
        }
    }
}

/// Which corpus, and how to go through it.
#[derive(clap::Args)]
pub struct CorpusArguments {
    /// The folder with the messages: files, folders, Maildirs, mboxes, tar and zip archives
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    #[command(flatten)]
    run: RunFlags,
}

impl CorpusArguments {
    /// The folder, which must exist.
    pub fn folder(&self) -> Result<Folder, Failure> {
        let name = self.folder.display();
        match fs::metadata(&self.folder) {
            Ok(metadata) if metadata.is_dir() => Ok(Folder::new(self.folder.clone())),
            Ok(_) => Err(Failure::new(name, "it is no folder; a corpus is one")),
            Err(error) => Err(Failure::io(name, &error)),
        }
    }

    /// Keeps other runs from writing to `folder` until what is returned is dropped.
    fn hold(&self, folder: &Folder) -> Result<Held, Failure> {
        let name = self.folder.display();
        let wait = || {
            output::say(format!(
                "{name}: another run writes there; this one begins when it ends"
            ));
        };
        folder
            .hold(wait)
            .map_err(|error| Failure::io(&name, &error))
    }

    /// The settings that the corpus was recorded with.
    pub fn settings(&self, folder: &Folder) -> Result<Settings, Failure> {
        let path = folder.settings();
        let name = path.display();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let help = format!(
                    "nothing is recorded there yet; `sesauth corpus record {}` does that",
                    self.folder.display()
                );
                return Err(Failure::new(self.folder.display(), help));
            }
            Err(error) => return Err(Failure::io(name, &error)),
        };
        let help = "record the corpus again";
        let value: serde_json::Value = serde_json::from_slice(&text)
            .map_err(|error| Failure::new(&name, format!("not JSON ({error}); {help}")))?;
        match value["sesauth_corpus"].as_u64() {
            Some(format) if format != u64::from(FORMAT) => {
                let why = format!(
                    "its format {format} is not known here, only {FORMAT}; use the version of \
                     sesauth that wrote it, or {help}"
                );
                return Err(Failure::new(&name, why));
            }
            _ => (),
        }
        serde_json::from_value(value)
            .map_err(|error| Failure::new(&name, format!("it cannot be read ({error}); {help}")))
    }

    /// A runner that judges messages by the settings.
    pub fn runner(&self, settings: &Settings) -> Runner {
        Runner {
            run: RunFlags {
                no_metadata: self.run.no_metadata || !settings.metadata,
                ..self.run
            },
            now: settings.now,
            hints: SessionHints {
                trusted_hosts: settings.trust.clone(),
                trusted_ids: settings.trusted.clone(),
                ..SessionHints::default()
            },
            options: Options {
                rules: settings.rules,
                advice: settings.advice,
                ..Options::default()
            },
            dns_time: ONE,
            second: None,
            ends_without_dns: false,
        }
    }
}

/// The program and version that are written into expectations and settings.
fn version() -> String {
    format!("sesauth {}", env!("CARGO_PKG_VERSION"))
}

/// A value as it is written to a file.
fn saved(value: &impl serde::Serialize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    render::json::write(value, &mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Writes the settings of the corpus.
fn save(settings: &Settings, folder: &Folder) -> Result<(), Failure> {
    let text = saved(settings).map_err(|error| Failure::new("settings", error))?;
    let written = folder.write_settings(&text);
    written.map_err(|error| Failure::io(folder.settings().display(), &error))?;
    Ok(())
}
