//! `sesauth corpus`: what many saved messages come to.

mod given;
mod report;
mod what_if;

use super::{Failure, Status};

/// Ask about all saved messages of a folder: what a planned record would change, how mail fares
#[derive(clap::Subcommand)]
pub enum Corpus {
    WhatIf(Box<what_if::WhatIf>),
    Report(Box<report::Report>),
}

impl Corpus {
    pub(super) fn run(self) -> Result<Status, Failure> {
        match self {
            Self::WhatIf(what_if) => what_if.run(),
            Self::Report(report) => report.run(),
        }
    }
}
