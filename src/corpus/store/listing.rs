//! The keys below a prefix, page by page, each with the keys of metadata beside it.

use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};

use object_store::ObjectMeta;
use object_store::list::PaginatedListOptions;

use super::bounds::{BESIDE, TICK};
use super::failure::{Asked, why};
use super::location::Location;
use super::stores::Stores;

/// A listing that is being read.
pub struct Listing {
    stores: Arc<Stores>,
    pages: Receiver<Result<Vec<ObjectMeta>, String>>,
    /// Listed, and not taken yet.
    listed: VecDeque<ObjectMeta>,
    /// Keys of what may be metadata, the oldest first.
    beside: VecDeque<String>,
    is_beside: HashSet<String>,
    with_metadata: bool,
    last: String,
    /// Whether a key came after one that is greater.
    pub is_unordered: bool,
    state: State,
}

enum State {
    Open,
    Over,
    Failed(String),
}

/// What comes next.
pub enum Next {
    /// An object, and the keys of metadata beside it.
    Object(ObjectMeta, Vec<String>),
    /// The store has not answered yet.
    NotYet,
    Failed(String),
    Over,
}

impl Listing {
    /// Begins to list the keys below a place.
    ///
    /// # Errors
    ///
    /// Why that cannot be asked, in words.
    pub fn new(stores: &Arc<Stores>, at: &Location, with_metadata: bool) -> Result<Self, String> {
        let client = stores.client(at)?;
        // One page waits while another is taken, and a third is asked for.
        let (to, pages) = sync_channel(1);
        let at = at.clone();
        stores.start(async move {
            let prefix = Some(at.key.as_str()).filter(|key| !key.is_empty());
            let mut token = None;
            loop {
                let options = PaginatedListOptions {
                    page_token: token.take(),
                    ..PaginatedListOptions::default()
                };
                let page = client.pages.list_paginated(prefix, options).await;
                let page = page.map_err(|error| why(&error, &at, Asked::List));
                let (page, is_last) = match page {
                    Ok(page) => {
                        token = page.page_token;
                        (Ok(page.result.objects), token.is_none())
                    }
                    Err(why) => (Err(why), true),
                };
                let to = to.clone();
                // Where nobody takes pages, the thread of the network must not wait.
                let sent = tokio::task::spawn_blocking(move || to.send(page).is_ok());
                if is_last || !sent.await.unwrap_or(false) {
                    return;
                }
            }
        })?;
        Ok(Self {
            stores: Arc::clone(stores),
            pages,
            listed: VecDeque::new(),
            beside: VecDeque::new(),
            is_beside: HashSet::new(),
            with_metadata,
            last: String::new(),
            is_unordered: false,
            state: State::Open,
        })
    }

    /// The next object. It may wait for the store, if that is wanted.
    pub fn next(&mut self, may_wait: bool) -> Next {
        loop {
            if let Some(first) = self.listed.front() {
                let stems = stems(first.location.as_ref());
                if self.sees(&stems) {
                    let Some(object) = self.listed.pop_front() else {
                        continue;
                    };
                    let is_there = |key: &String| self.is_beside.contains(key);
                    let beside = stems.into_iter().filter(is_there).collect();
                    return Next::Object(object, beside);
                }
            }
            match &self.state {
                State::Open => match self.page(may_wait) {
                    true => (),
                    false => return Next::NotYet,
                },
                State::Over => return Next::Over,
                State::Failed(_) => {
                    let failed = std::mem::replace(&mut self.state, State::Over);
                    let State::Failed(why) = failed else {
                        return Next::Over;
                    };
                    return Next::Failed(why);
                }
            }
        }
    }

    /// Whether enough was listed to know which of these keys are there.
    fn sees(&self, keys: &[String]) -> bool {
        let is_past = |last: &ObjectMeta| {
            let last = last.location.as_ref();
            keys.iter().all(|key| key.as_str() <= last)
        };
        !self.with_metadata
            || !matches!(self.state, State::Open)
            || self.listed.len() >= BESIDE
            || self.listed.back().is_some_and(is_past)
    }

    /// Takes a page, or the news that there is none; false if there are no news.
    fn page(&mut self, may_wait: bool) -> bool {
        let page = match self.pages.try_recv() {
            Err(TryRecvError::Empty) if may_wait => loop {
                match self.pages.recv_timeout(TICK) {
                    Err(RecvTimeoutError::Timeout) if !self.stores.is_stopped() => (),
                    Err(RecvTimeoutError::Timeout) => return false,
                    Err(RecvTimeoutError::Disconnected) => break None,
                    Ok(page) => break Some(page),
                }
            },
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => None,
            Ok(page) => Some(page),
        };
        match page {
            None => self.state = State::Over,
            Some(Err(why)) => self.state = State::Failed(why),
            Some(Ok(objects)) => objects.into_iter().for_each(|object| self.add(object)),
        }
        true
    }

    fn add(&mut self, object: ObjectMeta) {
        let key = object.location.as_ref();
        self.is_unordered |= key < self.last.as_str();
        self.last.clear();
        self.last.push_str(key);
        if self.with_metadata && key.ends_with(".json") {
            if self.beside.len() >= BESIDE
                && let Some(oldest) = self.beside.pop_front()
            {
                self.is_beside.remove(&oldest);
            }
            self.beside.push_back(key.to_owned());
            self.is_beside.insert(key.to_owned());
        }
        self.listed.push_back(object);
    }
}

/// The keys at which the metadata of a message may be.
fn stems(key: &str) -> [String; 2] {
    crate::corpus::beside::stems(Path::new(key)).map(|stem| format!("{}.json", stem.display()))
}
