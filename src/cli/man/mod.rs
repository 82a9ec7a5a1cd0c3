//! `sesauth man`: its manual pages.

mod help;
mod page;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};

use super::{Arguments, Failure, Status, output, written};

/// Write the manual pages: one for each command, or that of `sesauth` to standard output
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Man {
    /// The folder for the pages, which is made if need be; pages that it has are replaced
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  sesauth man | man -l -
  sesauth man ~/.local/share/man/man1
      then `man sesauth-inspect`, say

Exit codes:
  0   written
  2   usage, or a folder or file that cannot be written";

impl Man {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut sesauth = Arguments::command().disable_help_subcommand(true);
        sesauth.build();
        match self.folder {
            Some(folder) => {
                let made = fs::create_dir_all(&folder);
                made.map_err(|error| Failure::io(folder.display(), &error))?;
                write_pages(&sesauth, &sesauth, &folder)?;
            }
            None => {
                let mut out = output::stdout_of_commands();
                let result = out.write_all(page::page(&sesauth, &sesauth).as_bytes());
                written(result.and_then(|()| out.flush()))?;
            }
        }
        Ok(Status::Fine)
    }
}

/// The pages of a command and of those below it.
fn write_pages(sesauth: &Command, command: &Command, folder: &Path) -> Result<(), Failure> {
    let path = folder.join(format!("{}.1", page::name(command)));
    let result = fs::write(&path, page::page(sesauth, command));
    result.map_err(|error| Failure::io(path.display(), &error))?;
    for below in page::below(command) {
        write_pages(sesauth, below, folder)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &Command) {
        let name = page::name(command);
        let help = command.get_after_help().map(ToString::to_string);
        for line in help.iter().flat_map(|help| help.lines()) {
            assert!(line.len() <= 80, "{name}: help breaks this line: {line}");
        }
        let help = help::read(&help.unwrap_or_default());
        if page::below(command).next().is_none() {
            assert!(!help.examples.is_empty(), "{name}: no examples");
            assert!(!help.exit_codes.is_empty(), "{name}: no exit codes");
        }
        page::below(command).for_each(check);
    }

    #[test]
    fn every_command_has_examples_and_exit_codes_in_lines_that_fit() {
        let mut sesauth = Arguments::command().disable_help_subcommand(true);
        sesauth.build();
        check(&sesauth);
    }
}
