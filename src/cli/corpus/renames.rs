//! Expectations whose message is there no more, or is in its mbox under another number.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;

use sesauth::corpus::{Folder, Load, message_hash, message_of};

use super::super::Failure;

/// Messages of mboxes whose expectation is not at their place: they are known by their content, so
/// that one that is put before others changes their numbers and nothing else.
#[derive(Default)]
pub struct Moved(BTreeMap<String, Option<String>>);

/// Expectations whose message is there no more, as far as is known.
#[derive(Default)]
pub struct Lost {
    places: BTreeSet<String>,
    by_message: BTreeMap<String, VecDeque<String>>,
}

/// Looks where the messages of `folder` are now, of which none may have more than `limit` octets.
pub fn renames(folder: &Folder, limit: usize) -> Result<(Moved, Lost), Failure> {
    let places = folder.places();
    let mut places = places.map_err(|error| Failure::io(folder.settings().display(), &error))?;
    let (mut moved, mut lost) = (Moved::default(), Lost::default());
    if places.is_empty() {
        return Ok((moved, lost));
    }
    let expected = |place: &str| {
        let text = fs::read(folder.file(place)).ok();
        text.and_then(|text| message_of(&text))
    };
    // Messages in mboxes that are not the one that was there, and which that was.
    let mut others = Vec::new();
    let mut displaced = BTreeMap::new();
    for entry in folder.reader(limit) {
        let place = folder.place(&entry);
        let is_known = places.remove(&place);
        let (Some(_), Load::Bytes(bytes)) = (entry.number, &entry.load) else {
            continue;
        };
        let message = message_hash(bytes);
        if is_known {
            match expected(&place) {
                Some(expected) if expected != message => {
                    displaced.insert(place.clone(), expected);
                }
                _ => continue,
            }
        }
        others.push((place, message));
    }
    places.retain(|place| folder.holds(place));
    for place in &places {
        lost.add(place, expected(place));
    }
    for (place, message) in &displaced {
        lost.add(place, Some(message.clone()));
    }
    for (place, message) in others {
        if let Some(from) = lost.find(&message) {
            moved.0.insert(place, Some(from));
        }
    }
    for (place, message) in displaced {
        let is_lost = lost.places.contains(&place);
        match moved.0.contains_key(&place) {
            // It was altered where it stands.
            false if is_lost => lost.forget(&place, &message),
            false => _ = moved.0.insert(place, None),
            true => (),
        }
    }
    Ok((moved, lost))
}

impl Moved {
    /// Whether what is expected at `place`, if anything, is of another message than the one there.
    pub fn has(&self, place: &str) -> bool {
        self.0.contains_key(place)
    }

    /// Where the expectation is of the message that belongs to `place`.
    pub fn from(&self, place: &str) -> Option<&str> {
        self.0.get(place)?.as_deref()
    }
}

impl Lost {
    fn add(&mut self, place: &str, message: Option<String>) {
        self.places.insert(place.to_owned());
        if let Some(message) = message {
            let places = self.by_message.entry(message).or_default();
            places.push_back(place.to_owned());
        }
    }

    fn forget(&mut self, place: &str, message: &str) {
        self.places.remove(place);
        if let Some(places) = self.by_message.get_mut(message) {
            places.retain(|other| other != place);
        }
    }

    /// The place of an expectation for a message with this hash, which is not lost then.
    pub fn find(&mut self, message: &str) -> Option<String> {
        let place = self.by_message.get_mut(message)?.pop_front()?;
        self.places.remove(&place);
        Some(place)
    }

    /// All of them, in order.
    pub fn into_places(self) -> BTreeSet<String> {
        self.places
    }
}
