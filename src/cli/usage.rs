//! What clap says of arguments that it cannot take, without anything that steers a terminal.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextValue, Error};
use sesauth::render::escape::plain;
use sesauth::render::workflow::{Escapes, disarmed};

use super::output::is_for_runner;
use super::{Arguments, Status, hint};

/// The arguments of the process. Help and what is wrong are printed, and the exit code returned.
pub fn arguments() -> Result<Arguments, ExitCode> {
    let given: Vec<OsString> = std::env::args_os().collect();
    let error = match Arguments::try_parse_from(&given) {
        Ok(arguments) => return Ok(arguments),
        Err(error) => error,
    };
    let refused = match given.get(1) {
        // The mail server must keep the message until somebody has corrected the arguments.
        Some(command) if command == "filter" => Status::TryAgain,
        _ => Status::NotAnalysed,
    };
    if !error.use_stderr() {
        let _ = error.print();
        return Err(Status::Fine.into());
    }
    if let Some(lines) = hint::meant(&given, &error) {
        let lines: Vec<String> = lines.iter().map(|line| shown(line)).collect();
        eprintln!("{}", lines.join("\n"));
        return Err(refused.into());
    }
    let escaped: Vec<String> = given
        .iter()
        .map(|one| plain(one.to_string_lossy()))
        .collect();
    let is_harmless = given
        .iter()
        .zip(&escaped)
        .all(|(one, other)| one == &**other);
    match is_harmless && !is_for_runner() {
        // With colours, where they are wanted.
        true => _ = error.print(),
        false => {
            let text = quoting(&escaped, error).render().to_string();
            let lines: Vec<String> = text.lines().map(shown).collect();
            eprintln!("{}", lines.join("\n"));
        }
    }
    Err(refused.into())
}

/// The same error, quoting the arguments in their escaped form, so that none spans several lines.
fn quoting(escaped: &[String], mut error: Error) -> Error {
    match Arguments::try_parse_from(escaped) {
        Err(again) if again.kind() == error.kind() => return again,
        _ => (),
    }
    // What is wrong with a value may be right in another form.
    let quoted: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(plain(text)))),
            _ => None,
        })
        .collect();
    for (kind, value) in quoted {
        error.insert(kind, value);
    }
    error
}

/// A line of the text.
fn shown(line: &str) -> String {
    let line = plain(line);
    match is_for_runner() {
        true => disarmed(&line, Escapes::Text).into_owned(),
        false => line,
    }
}
