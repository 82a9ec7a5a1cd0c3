//! Which header fields a signature covers (RFC 6376 §5.4.2).

use std::cmp::Ordering;

use foldhash::{HashMap, HashMapExt};

use crate::message::Message;

/// The header fields sorted by name, so the time to select them does not grow with the product of
/// the sizes of the header and `h=`.
pub(crate) struct FieldIndex<'a> {
    /// Name and index, sorted.
    fields: Vec<(&'a [u8], usize)>,
}

impl<'a> FieldIndex<'a> {
    pub(crate) fn new(message: &Message<'a>) -> Self {
        let fields = message.header.fields.iter().enumerate();
        let mut fields: Vec<_> = fields.map(|(at, field)| (field.name, at)).collect();
        fields.sort_by(|(a, _), (b, _)| by_name(a, b));
        Self { fields }
    }

    /// The indexes of the fields that `names` selects. A name that occurs again selects the next
    /// field upwards, or nothing if there are no more (§5.4.2).
    pub(super) fn select(&self, names: &[String]) -> Vec<usize> {
        self.select_each(names).into_iter().flatten().collect()
    }

    /// The same for each name; `None` for one that selects nothing.
    pub(crate) fn select_each(&self, names: &[String]) -> Vec<Option<usize>> {
        let mut taken: HashMap<usize, usize> = HashMap::new();
        let mut picked = Vec::with_capacity(names.len());
        for name in names {
            let name = name.as_bytes();
            let above = |(other, _): &(&[u8], usize)| by_name(other, name) != Ordering::Greater;
            let end = self.fields.partition_point(above);
            let taken = taken.entry(end).or_default();
            let next = self.fields[..end - *taken].last();
            let found = next.filter(|(other, _)| other.eq_ignore_ascii_case(name));
            *taken += usize::from(found.is_some());
            picked.push(found.map(|(_, at)| *at));
        }
        picked
    }
}

/// The sort order of names: by length first, which separates most of them.
fn by_name(a: &[u8], b: &[u8]) -> Ordering {
    let lengths = a.len().cmp(&b.len());
    let a = a.iter().map(u8::to_ascii_lowercase);
    lengths.then_with(|| a.cmp(b.iter().map(u8::to_ascii_lowercase)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn repeated_names_pick_from_the_bottom_up_and_then_nothing() {
        let bytes = b"A: 0\nB: 1\na: 2\nC: 3\nDate: 4\n\n";
        let message = Message::parse(bytes, &Limits::default()).unwrap();
        let names = ["c", "A", "X", "a", "A", "B"].map(String::from);
        let index = FieldIndex::new(&message);
        assert_eq!(index.select(&names), [3, 2, 0, 1]);
        let places = [Some(3), Some(2), None, Some(0), None, Some(1)];
        assert_eq!(index.select_each(&names), places);
    }
}
