//! Objects of stores among the paths of a reader.

use std::io::Cursor;

use super::super::entry::{Entry, Load};
use super::super::mail_file::{is_one_message, is_plain_message};
use super::super::store::{Content, Location, Object};
use super::super::stream::Octets;
use super::{Pending, Reader};

/// What comes of object stores.
pub(super) enum Objects {
    Next(Box<Object>),
    /// The run is interrupted.
    Stopped,
    None,
}

impl Reader {
    /// Has objects fetched ahead, and takes the next. Only what is not of a store ends the fetching:
    /// its turn comes when all before it was taken.
    pub(super) fn of_objects(&mut self) -> Objects {
        let Some(mut objects) = self.objects.take() else {
            return Objects::None;
        };
        loop {
            let Self {
                wanted,
                passed_over,
                ..
            } = self;
            let mut is_wanted = |name: &str| wanted.as_mut().is_none_or(|it| (it.0)(name));
            objects.fill(&mut is_wanted, passed_over);
            if !objects.has_room() {
                break;
            }
            let Some(pending) = self.next_pending() else {
                break;
            };
            let at = match &pending {
                Pending::Given(path) => Location::parse(path),
                Pending::Found(_) | Pending::Stdin => None,
            };
            match at {
                Some(Ok(at)) if at.is_prefix() || self.is_wanted(&at.to_string()) => {
                    objects.give(at);
                }
                Some(Ok(_)) => self.passed_over.unwanted += 1,
                _ => {
                    self.pending.push(pending);
                    break;
                }
            }
        }
        let next = match objects.take() {
            Some(object) => Objects::Next(Box::new(object)),
            None if objects.is_stopped() => Objects::Stopped,
            None => Objects::None,
        };
        self.objects = Some(objects);
        next
    }

    /// Reads an object: one message, an mbox, or an archive.
    pub(super) fn object(&mut self, object: Object) -> Option<Entry> {
        let Object {
            path,
            content,
            metadata,
        } = object;
        let octets: Octets<'static> = match content {
            Content::NotMail => {
                self.passed_over.not_mail += 1;
                return None;
            }
            Content::Over(why) => {
                self.fault = Some(format!("{}: {why}", path.display()));
                return None;
            }
            Content::Failed(why) => return Some(Entry::alone(path, Load::Failed(why))),
            Content::Whole(bytes) if is_one_message(&path) || is_plain_message(&bytes) => {
                return Some(Entry {
                    metadata,
                    ..Entry::alone(path, Load::Bytes(bytes))
                });
            }
            Content::Whole(bytes) => Box::new(Cursor::new(bytes)),
            Content::Stream(parts) => Box::new(parts),
        };
        let name = path.clone();
        let entry = match is_one_message(&path) {
            true => Some(self.only_message(path, octets)),
            false => self.stream(path, octets),
        }?;
        let is_alone = entry.number.is_none() && entry.file == name;
        Some(match is_alone && matches!(entry.load, Load::Bytes(_)) {
            true => Entry { metadata, ..entry },
            false => entry,
        })
    }

    fn is_wanted(&mut self, name: &str) -> bool {
        let wanted = self.wanted.as_mut();
        wanted.is_none_or(|wanted| (wanted.0)(name))
    }
}
