//! Expectations whose message no longer exists, or has another number in its mbox.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;

use sesauth::corpus::{Folder, Load, message_hash, message_of};

use super::super::Failure;

/// Messages of mboxes whose expectation is at another place. They are identified by their content,
/// so a message inserted before others only changes their numbers.
#[derive(Default)]
pub struct Moved(BTreeMap<String, Option<String>>);

/// Expectations whose message is not known to exist.
#[derive(Default)]
pub struct Lost {
    places: BTreeSet<String>,
    by_message: BTreeMap<String, VecDeque<String>>,
}

/// Finds where the messages of `folder` are now; each may have at most `limit` octets.
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
    // Messages in mboxes that differ from the one expected at their place, and which that was.
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
            // It was changed in place.
            false if is_lost => lost.forget(&place, &message),
            false => _ = moved.0.insert(place, None),
            true => (),
        }
    }
    Ok((moved, lost))
}

impl Moved {
    /// Whether the expectation at `place`, if any, is about another message than the one there.
    pub fn has(&self, place: &str) -> bool {
        self.0.contains_key(place)
    }

    /// The place of the expectation of the message that belongs at `place`.
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

    /// The place of an expectation of a message with this hash; it is then no longer lost.
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
