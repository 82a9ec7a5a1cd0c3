//! The stories of testdata/messages: each is one plan and what it shows.

mod altered;
mod arc;
mod authors;
mod broken;
mod canons;
mod claims;
mod dmarc;
mod forms;
mod judged;
mod keys;
mod policies;
mod receivers;
mod sending;
mod signatures;
mod standing;

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json, to_string_pretty};

use super::dns::Zone;
use super::plan::Plan;
use super::post::Post;
use super::ses;

pub use sending::tag_subject;

/// The time at which all stories are inspected.
pub const NOW: &str = "2026-07-01T12:00:00Z";

/// One folder of testdata/messages.
pub struct Story {
    pub name: &'static str,
    /// What it shows, in one to three sentences.
    pub text: &'static str,
    pub plan: fn(&str) -> Plan,
}

/// All stories, by theme.
pub fn all() -> impl Iterator<Item = &'static Story> {
    [
        sending::STORIES,
        receivers::STORIES,
        policies::STORIES,
        dmarc::STORIES,
        authors::STORIES,
        altered::STORIES,
        broken::STORIES,
        canons::STORIES,
        signatures::STORIES,
        keys::STORIES,
        forms::STORIES,
        arc::STORIES,
        claims::STORIES,
        judged::STORIES,
        standing::STORIES,
    ]
    .into_iter()
    .flatten()
}

/// The verdicts on the signatures of each story, as JSON Lines.
pub fn truth() -> String {
    let line = |story: &Story| {
        let post = story.post().0;
        let causes: Vec<_> = post.causes.iter().map(|cause| cause.word()).collect();
        format!("{}\n", json!({ "story": story.name, "dkim": causes }))
    };
    all().map(line).collect()
}

impl Story {
    fn post(&self) -> (Post, Zone) {
        let mut plan = (self.plan)(self.name);
        let mut zone = plan.zone.clone();
        plan.publish(&mut zone);
        (plan.post(&zone), zone)
    }

    /// The files of the story's folder.
    pub fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        let (mut post, zone) = self.post();
        let mut dns = Vec::new();
        zone.snapshot(&post.questions)
            .write(&mut dns)
            .expect("writing to memory");
        post.session.insert("now".to_owned(), Value::from(NOW));
        let session = to_string_pretty(&post.session).expect("a JSON object") + "\n";
        vec![
            ("message.eml", post.bytes),
            ("dns.jsonl", dns),
            ("session.json", session.into_bytes()),
            ("story.md", format!("{}\n", self.text).into_bytes()),
        ]
    }

    /// Writes the story's folder into `messages`; other files in it are kept.
    pub fn write(&self, messages: &Path) -> io::Result<()> {
        let folder = messages.join(self.name);
        fs::create_dir_all(&folder)?;
        for (name, bytes) in self.files() {
            fs::write(folder.join(name), bytes)?;
        }
        Ok(())
    }
}

/// Mail of example.com, with everything set up well.
pub fn usual(seed: &str) -> Plan {
    Plan::new(seed, "example.com", ses::find("us-east-1"))
}

/// A plan that differs from the usual one by `change`.
pub fn but(seed: &str, change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = usual(seed);
    change(&mut plan);
    plan
}
