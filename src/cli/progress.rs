//! The progress of a run, on a terminal only.

use std::fmt::{Display, Write};
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::output;

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(200);

/// A progress bar on standard error, with rate and remaining time; nothing if that is not a
/// terminal.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Starts, unless `quiet`.
    pub fn new(quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new(0);
        let style = "{wide_bar} {pos} of {len} messages, {rate} a second, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.with_key("rate", rate));
        }
        Self(Some(bar))
    }

    /// Reports that `done` messages are done and `left` more are known.
    pub fn step(&mut self, done: usize, left: usize) {
        if let Some(bar) = &self.0 {
            let is_first = bar.position() == 0;
            bar.set_length((done + left) as u64);
            bar.set_position(done as u64);
            // Before it is known how many there are, a bar says nothing.
            if is_first {
                bar.enable_steady_tick(TICK);
            }
        }
    }

    /// Writes a line about the run to standard error, above the bar.
    pub fn say(&mut self, text: impl Display) {
        match &self.0 {
            Some(bar) => bar.suspend(|| output::say(text)),
            None => output::say(text),
        }
    }

    /// Removes the bar.
    pub fn end(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

/// How many messages are done in a second, in a round number.
fn rate(state: &ProgressState, out: &mut dyn Write) {
    let rate = state.per_sec();
    let digits = if rate < 10.0 { 1 } else { 0 };
    // Writing to the line of the bar does not fail.
    let _ = write!(out, "{rate:.digits$}");
}
