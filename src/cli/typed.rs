//! Domains and envelope senders among the arguments: how one was read is said, if more was typed.

use std::fmt::Display;

use sesauth::render::escape::plain;

pub use sesauth::input::{Domain, Sender, below, domain, region, reverse_path};

/// Says how a value was read.
pub trait Said {
    /// Says so, if more was typed than it takes.
    fn say(&self);
}

impl Said for Domain {
    fn say(&self) {
        read_as(self.typed(), &self.name);
    }
}

impl Said for Sender {
    fn say(&self) {
        read_as(self.typed(), &self.path);
    }
}

fn read_as(typed: Option<&str>, value: impl Display) {
    if let Some(typed) = typed {
        eprintln!("sesauth: \"{}\" was read as {value}", plain(typed));
    }
}

/// The path of a sender, after it is said how it was read.
pub fn said_sender(sender: &Sender) -> String {
    sender.say();
    sender.path.clone()
}
