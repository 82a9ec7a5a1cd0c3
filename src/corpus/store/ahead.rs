//! Objects in the order in which they were found, fetched ahead of their turn.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::{Error, GetOptions, GetRange, ObjectMeta, ObjectStore as _};

use super::bounds::{
    AHEAD, AHEAD_OCTETS, AVERAGED, FIRST_UNTOLD, LEAST_UNTOLD, MOST_AHEAD, START, TOGETHER, WHOLE,
    WHOLE_UNTOLD,
};
use super::client::Client;
use super::coming::{Coming, Stopped};
use super::failure::{Asked, is_of_credentials, why};
use super::listing::{Listing, Next};
use super::location::Location;
use super::parts::Parts;
use super::stores::{Stores, collected, key, processors};
use crate::corpus::archive::Named;
use crate::corpus::beside::{self, SideFile};
use crate::corpus::mail_file::{begins_like_mail, is_notice_of_ses};
use crate::corpus::passed_over::PassedOver;
use crate::session::Metadata;

/// Objects that are fetched, or will be.
pub struct Ahead {
    stores: Arc<Stores>,
    with_metadata: bool,
    most: usize,
    slots: VecDeque<Slot>,
    /// Whether slots are filled; once there is none left, it is waited for several.
    is_filling: bool,
    /// Octets set aside for the slots.
    octets: u64,
    /// Octets of an object on average, as far as was seen.
    expected: u64,
    listing: Option<(Location, Listing)>,
    /// Whether a listing was in no order.
    pub is_unordered: bool,
}

/// An object whose turn it is.
pub struct Object {
    /// Its URL.
    pub path: PathBuf,
    pub content: Content,
    /// Metadata beside it.
    pub metadata: SideFile,
}

/// What is in it.
pub enum Content {
    Whole(Vec<u8>),
    Stream(Parts),
    /// It was found, and is no mail.
    NotMail,
    Failed(String),
    /// No other object can be read either.
    Over(String),
}

struct Slot {
    at: Location,
    /// Whether its octets must show whether it is mail.
    is_open: bool,
    octets: u64,
    work: Work,
}

enum Work {
    Failed(String),
    Large(ObjectMeta, Option<Coming<SideFile>>),
    Coming(Coming<Fetched>),
}

/// What a task has fetched.
enum Fetched {
    Whole(Vec<u8>, SideFile),
    /// It is too large to be fetched ahead.
    Large(ObjectMeta),
    NotMail,
    Failed(String),
    /// No other object can be read either.
    Over(String),
}

/// How an object is fetched.
#[derive(Clone, Copy)]
struct Fetch {
    /// Its start is looked at first.
    start_first: bool,
    /// The octets that it may have; a larger one waits for its turn.
    most: u64,
    /// The octets that count until it is taken.
    set_aside: u64,
}

impl Ahead {
    pub fn new(stores: Arc<Stores>) -> Self {
        Self {
            stores,
            with_metadata: true,
            most: AHEAD.saturating_mul(processors()).min(MOST_AHEAD),
            slots: VecDeque::new(),
            is_filling: true,
            octets: 0,
            expected: FIRST_UNTOLD,
            listing: None,
            is_unordered: false,
        }
    }

    pub fn ignore_metadata(&mut self) {
        self.with_metadata = false;
    }

    pub fn is_stopped(&self) -> bool {
        self.stores.is_stopped()
    }

    /// Whether another place can be given: no prefix is being listed, and there is room.
    pub fn has_room(&self) -> bool {
        self.listing.is_none() && self.has_slot()
    }

    fn has_slot(&self) -> bool {
        self.is_filling && self.octets < AHEAD_OCTETS || self.slots.is_empty()
    }

    /// Takes a place that the caller names.
    pub fn give(&mut self, at: Location) {
        if !at.is_prefix() {
            let fetch = Fetch {
                start_first: false,
                most: WHOLE_UNTOLD,
                set_aside: self.expected.max(LEAST_UNTOLD),
            };
            self.fetch(at, Vec::new(), fetch, false);
            return;
        }
        match Listing::new(&self.stores, &at, self.with_metadata) {
            Ok(listing) => self.listing = Some((at, listing)),
            Err(why) => self.failed(at, why),
        }
    }

    /// Starts to fetch what there is room for. Of what is listed, `wanted` says what is wanted.
    pub fn fill(&mut self, wanted: &mut dyn FnMut(&str) -> bool, over: &mut PassedOver) {
        while self.has_slot()
            && !self.is_stopped()
            && let Some((at, listing)) = &mut self.listing
        {
            let next = listing.next(self.slots.is_empty());
            self.is_unordered |= listing.is_unordered;
            match next {
                Next::NotYet => return,
                Next::Object(meta, beside) => {
                    let at = at.clone();
                    self.found(&at, meta, beside, wanted, over);
                }
                Next::Failed(why) => {
                    let at = at.clone();
                    self.listing = None;
                    self.failed(at, why);
                }
                Next::Over => self.listing = None,
            }
        }
    }

    /// An object of a listing.
    fn found(
        &mut self,
        below: &Location,
        meta: ObjectMeta,
        beside: Vec<String>,
        wanted: &mut dyn FnMut(&str) -> bool,
        over: &mut PassedOver,
    ) {
        let at = below.with_key(meta.location.as_ref());
        let within = at.key.strip_prefix(&below.key);
        let Some(within) = within.filter(|within| !within.is_empty()) else {
            // The object that stands for the folder itself.
            return;
        };
        let named = Named::of(Path::new(within));
        let is_open = named == Named::Open;
        match named {
            Named::Hidden => return,
            Named::Json => {
                over.not_mail += 1;
                return;
            }
            Named::Open if meta.size == 0 || is_notice_of_ses(Path::new(within)) => {
                over.not_mail += 1;
                return;
            }
            Named::Open | Named::Message | Named::Mail | Named::Archive => (),
        }
        if !wanted(&at.to_string()) {
            over.unwanted += 1;
            return;
        }
        if meta.size > WHOLE {
            let beside = match beside.is_empty() {
                true => None,
                false => self.beside(&at, beside),
            };
            // Nothing of it is fetched before its turn.
            self.push(at, is_open, 0, Work::Large(meta, beside));
            return;
        }
        let fetch = Fetch {
            // SES names objects without an extension; others are seldom mail.
            start_first: is_open && Path::new(within).extension().is_some(),
            most: meta.size,
            set_aside: meta.size,
        };
        self.fetch(at, beside, fetch, is_open);
    }

    fn fetch(&mut self, at: Location, beside: Vec<String>, fetch: Fetch, is_open: bool) {
        let started = self.stores.client(&at).and_then(|client| {
            let (key, at) = (key(&at)?, at.clone());
            self.stores.start(async move {
                match fetched(&client, &key, fetch).await {
                    Ok(Fetched::Whole(octets, _)) if !beside.is_empty() => {
                        Fetched::Whole(octets, metadata(&client, &at, beside).await)
                    }
                    Ok(fetched) => fetched,
                    Err(error) => {
                        let why = why(&error, &at, Asked::Read);
                        match is_of_credentials(&error) {
                            true => Fetched::Over(why),
                            false => Fetched::Failed(why),
                        }
                    }
                }
            })
        });
        match started {
            Ok(coming) => self.push(at, is_open, fetch.set_aside, Work::Coming(coming)),
            Err(why) => self.failed(at, why),
        }
    }

    fn beside(&self, at: &Location, beside: Vec<String>) -> Option<Coming<SideFile>> {
        let (client, at) = (self.stores.client(at).ok()?, at.clone());
        let read = async move { metadata(&client, &at, beside).await };
        self.stores.start(read).ok()
    }

    fn failed(&mut self, at: Location, why: String) {
        self.push(at, false, 0, Work::Failed(why));
    }

    fn push(&mut self, at: Location, is_open: bool, octets: u64, work: Work) {
        self.octets += octets;
        self.slots.push_back(Slot {
            at,
            is_open,
            octets,
            work,
        });
        self.is_filling &= self.slots.len() < self.most;
    }

    /// The object whose turn it is, waited for; `None` if there is none, or the run is interrupted.
    pub fn take(&mut self) -> Option<Object> {
        let slot = self.slots.pop_front()?;
        self.octets -= slot.octets;
        self.is_filling |= self.slots.len() + TOGETHER <= self.most;
        let mut metadata = SideFile::Nothing;
        let content = match slot.work {
            Work::Failed(why) => Content::Failed(why),
            Work::Large(meta, beside) => {
                if let Some(Ok(read)) = beside.map(|beside| beside.wait()) {
                    metadata = read;
                }
                self.stream(&slot.at, &meta)
            }
            Work::Coming(coming) => match coming.wait() {
                Err(Stopped) => return None,
                Ok(Fetched::Failed(why)) => Content::Failed(why),
                Ok(Fetched::Over(why)) => Content::Over(why),
                Ok(Fetched::NotMail) => Content::NotMail,
                Ok(Fetched::Large(meta)) => self.stream(&slot.at, &meta),
                Ok(Fetched::Whole(octets, read)) => {
                    metadata = read;
                    let seen = self.expected * (AVERAGED - 1) + octets.len() as u64;
                    self.expected = seen / AVERAGED;
                    match slot.is_open && !begins_like_mail(&octets) {
                        true => Content::NotMail,
                        false => Content::Whole(octets),
                    }
                }
            },
        };
        let content = match content {
            Content::Stream(mut parts) if slot.is_open => match parts.begins_like_mail() {
                Ok(true) => Content::Stream(parts),
                Ok(false) => Content::NotMail,
                Err(why) => Content::Failed(why),
            },
            content => content,
        };
        Some(Object {
            path: slot.at.to_string().into(),
            content,
            metadata,
        })
    }

    fn stream(&self, at: &Location, meta: &ObjectMeta) -> Content {
        Content::Stream(Parts::new(Arc::clone(&self.stores), at.clone(), meta))
    }
}

/// Reads an object, unless it is too large or does not begin as mail does.
async fn fetched(
    client: &Client,
    key: &object_store::path::Path,
    fetch: Fetch,
) -> Result<Fetched, Error> {
    if fetch.start_first {
        let options = GetOptions {
            range: Some(GetRange::Bounded(0..START.min(fetch.most))),
            ..GetOptions::default()
        };
        let start = collected(client.objects.get_opts(key, options).await?).await?;
        if !begins_like_mail(&start) {
            return Ok(Fetched::NotMail);
        }
    }
    let got = client.objects.get_opts(key, GetOptions::default()).await?;
    if got.meta.size > fetch.most {
        // It was not told how large it is, or it has grown since.
        return Ok(Fetched::Large(got.meta));
    }
    let told = got.meta.size;
    let octets = collected(got).await?;
    if octets.len() as u64 != told {
        let why = format!("the store gave {} of {told} bytes", octets.len());
        return Ok(Fetched::Failed(why));
    }
    Ok(Fetched::Whole(octets, SideFile::Nothing))
}

/// The first of these files that tells of a session.
async fn metadata(client: &Client, at: &Location, beside: Vec<String>) -> SideFile {
    for file in beside {
        let at = at.with_key(&file);
        let path = PathBuf::from(at.to_string());
        let read = async {
            let key = key(&at)?;
            // One octet more shows that it is too large.
            let options = GetOptions {
                range: Some(GetRange::Bounded(0..Metadata::MOST as u64 + 1)),
                ..GetOptions::default()
            };
            let got = client.objects.get_opts(&key, options).await;
            let got = got.map_err(|error| why(&error, &at, Asked::Read))?;
            let octets = collected(got).await;
            octets.map_err(|error| why(&error, &at, Asked::Read))
        };
        let said = match read.await {
            Ok(octets) => beside::of_octets(&path, &octets[..]),
            Err(why) => Some(Err(beside::unread(&path, &why))),
        };
        if let Some(said) = said {
            return SideFile::Read(said);
        }
    }
    SideFile::Nothing
}
