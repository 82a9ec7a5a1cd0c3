//! The memory that messages take while they arrive and are judged, for all connections together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory of all messages.
#[derive(Clone, Debug)]
pub struct Memory {
    taken: Arc<AtomicUsize>,
    most: usize,
}

/// What one message takes of it; given back when it is dropped.
#[derive(Debug)]
pub struct Held {
    memory: Memory,
    octets: usize,
}

impl Memory {
    /// At most `most` octets.
    pub fn new(most: usize) -> Self {
        Self {
            taken: Arc::default(),
            most,
        }
    }

    /// What a message takes that has no octets yet.
    pub fn none(&self) -> Held {
        Held {
            memory: self.clone(),
            octets: 0,
        }
    }
}

impl Held {
    /// Takes as many octets more; false if there are not so many, and then nothing is taken.
    pub fn grow(&mut self, octets: usize) -> bool {
        let Memory { taken, most } = &self.memory;
        let grown = |taken: usize| Some(taken.checked_add(octets)?).filter(|sum| sum <= most);
        let is_taken = taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown)
            .is_ok();
        if is_taken {
            self.octets += octets;
        }
        is_taken
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.memory.taken.fetch_sub(self.octets, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_can_be_taken_again() {
        let memory = Memory::new(10);
        let (mut one, mut other) = (memory.none(), memory.none());
        assert!(one.grow(6));
        assert!(!other.grow(6));
        assert!(other.grow(4));
        drop(one);
        assert!(other.grow(6));
        assert!(!other.grow(1));
        assert!(!other.grow(usize::MAX));
    }
}
