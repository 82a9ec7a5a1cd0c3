//! `sesauth completions`: scripts that complete its commands and flags in a shell.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{Arguments, Failure, Status, output, written};

/// Print the script by which a shell completes commands, flags and their values
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// The shell that reads it
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  sesauth completions bash > ~/.local/share/bash-completion/completions/sesauth
  sesauth completions zsh > ~/.zfunc/_sesauth
      where .zshrc has `fpath+=~/.zfunc` before compinit
  sesauth completions fish > ~/.config/fish/completions/sesauth.fish

Exit codes:
  0   printed
  2   usage";

impl Completions {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut script = Vec::new();
        generate(
            self.shell,
            &mut Arguments::command(),
            "sesauth",
            &mut script,
        );
        let mut out = output::stdout_of_commands();
        let result = out.write_all(&script);
        written(result.and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }
}
