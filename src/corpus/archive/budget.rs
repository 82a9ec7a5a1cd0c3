//! How much an archive may unpack to: it may be made to unpack for ever.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many times the octets that were read of an archive it may unpack to. Deflate reaches 1,032,
/// and mail some 10; only Zstandard makes more of many copies of one message.
const RATIO: u64 = 500;

/// So many octets may be unpacked at any ratio.
const FREE: u64 = 1 << 30;

/// So many octets of an archive are unpacked, whatever it is.
const TOTAL: u64 = 1 << 40;

/// What was read and unpacked of an archive, with the archives in it.
#[derive(Debug)]
pub struct Budget {
    packed: AtomicU64,
    unpacked: AtomicU64,
    free: u64,
}

impl Budget {
    /// A budget for an archive of which so many octets are known to be there.
    pub fn new(packed: u64) -> Arc<Self> {
        Self::with_free(packed, FREE)
    }

    fn with_free(packed: u64, free: u64) -> Arc<Self> {
        Arc::new(Self {
            packed: packed.into(),
            unpacked: 0.into(),
            free,
        })
    }

    /// So many octets were unpacked.
    ///
    /// # Errors
    ///
    /// If it is used up.
    pub fn unpack(&self, octets: u64) -> io::Result<()> {
        self.unpacked.fetch_add(octets, Ordering::Relaxed);
        self.check()
    }

    /// An error if it is used up.
    pub fn check(&self) -> io::Result<()> {
        let unpacked = self.unpacked.load(Ordering::Relaxed);
        let packed = self.packed.load(Ordering::Relaxed);
        if unpacked > TOTAL {
            let why = format!("it unpacks to more than {TOTAL} bytes");
            return Err(io::Error::other(why));
        }
        if unpacked > self.free && unpacked / RATIO > packed {
            let why = format!("it unpacks to more than {RATIO} times its size");
            return Err(io::Error::other(why));
        }
        Ok(())
    }
}

/// A stream whose octets are counted.
pub struct Weighed<R> {
    from: R,
    budget: Arc<Budget>,
    is_packed: bool,
}

impl<R: BufRead> Weighed<R> {
    /// Octets of the archive itself.
    pub fn packed(from: R, budget: &Arc<Budget>) -> Self {
        Self {
            from,
            budget: Arc::clone(budget),
            is_packed: true,
        }
    }

    /// Octets that were unpacked from it.
    pub fn unpacked(from: R, budget: &Arc<Budget>) -> Self {
        Self {
            is_packed: false,
            ..Self::packed(from, budget)
        }
    }
}

impl<R: BufRead> BufRead for Weighed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.is_packed {
            self.budget.check()?;
        }
        self.from.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let sum = match self.is_packed {
            true => &self.budget.packed,
            false => &self.budget.unpacked,
        };
        sum.fetch_add(amount as u64, Ordering::Relaxed);
        self.from.consume(amount);
    }
}

impl<R: BufRead> Read for Weighed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_stopped_and_what_packs_well_is_not() {
        let zeros = io::BufReader::new(io::repeat(0));
        let budget = Budget::with_free(1_000, 10_000);
        let mut stream = Weighed::unpacked(zeros, &budget);
        let read = io::copy(&mut stream, &mut io::sink());
        assert!(read.unwrap_err().to_string().contains("500 times its size"));
        let unpacked = budget.unpacked.load(Ordering::Relaxed);
        assert!((500_000..600_000).contains(&unpacked), "{unpacked}");

        let budget = Budget::with_free(10, 10_000);
        let small = vec![0; 9_000];
        let mut stream = Weighed::unpacked(&small[..], &budget);
        assert_eq!(io::copy(&mut stream, &mut io::sink()).unwrap(), 9_000);
    }
}
