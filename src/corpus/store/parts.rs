//! A large object as one stream: its parts are fetched a few at a time, in order.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::sync::Arc;

use object_store::{Error, GetOptions, GetRange, ObjectMeta, ObjectStore as _};

use super::bounds::{PART, PARTS, START};
use super::coming::{Coming, STOPPED, Stopped};
use super::failure::{Asked, why};
use super::location::Location;
use super::stores::{Stores, collected, key};
use crate::corpus::mail_file::begins_like_mail;

/// An object that is being read.
pub struct Parts {
    stores: Arc<Stores>,
    at: Location,
    size: u64,
    /// Its version, so that all parts are of one.
    tag: Option<String>,
    /// Where the next part begins that is to be asked for.
    next: u64,
    coming: VecDeque<Coming<Result<Vec<u8>, String>>>,
    part: Vec<u8>,
    /// How much of the part was read.
    read: usize,
}

impl Parts {
    pub fn new(stores: Arc<Stores>, at: Location, meta: &ObjectMeta) -> Self {
        Self {
            stores,
            at,
            size: meta.size,
            tag: meta.e_tag.clone(),
            next: 0,
            coming: VecDeque::new(),
            part: Vec::new(),
            read: 0,
        }
    }

    /// Whether the first line is that of a message or an mbox. Nothing may have been read.
    pub fn begins_like_mail(&mut self) -> Result<bool, String> {
        match self.fill_buf() {
            Ok(start) => Ok(begins_like_mail(&start[..start.len().min(START as usize)])),
            Err(error) => Err(error.to_string()),
        }
    }

    fn fetch(&self, range: Range<u64>) -> Result<Coming<Result<Vec<u8>, String>>, String> {
        let client = self.stores.client(&self.at)?;
        let (key, at) = (key(&self.at)?, self.at.clone());
        let options = GetOptions {
            range: Some(GetRange::Bounded(range.clone())),
            if_match: self.tag.clone(),
            ..GetOptions::default()
        };
        self.stores.start(async move {
            let read = async {
                let got = client.objects.get_opts(&key, options).await?;
                collected(got).await
            };
            let octets = read
                .await
                .map_err(|error: Error| why(&error, &at, Asked::Read))?;
            match octets.len() as u64 == range.end - range.start {
                true => Ok(octets),
                false => Err("the store gave fewer bytes than it had told".into()),
            }
        })
    }

    /// Asks for parts ahead, and takes the next.
    fn advance(&mut self) -> Result<(), String> {
        while self.next < self.size && self.coming.len() < PARTS {
            let range = self.next..self.size.min(self.next + PART);
            self.next = range.end;
            let coming = self.fetch(range)?;
            self.coming.push_back(coming);
        }
        self.read = 0;
        self.part = match self.coming.pop_front() {
            Some(coming) => coming.wait().map_err(|Stopped| STOPPED.to_owned())??,
            None => Vec::new(),
        };
        Ok(())
    }
}

impl BufRead for Parts {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read == self.part.len() {
            self.advance().map_err(io::Error::other)?;
        }
        Ok(&self.part[self.read..])
    }

    fn consume(&mut self, amount: usize) {
        self.read = self.part.len().min(self.read + amount);
    }
}

impl Read for Parts {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}
