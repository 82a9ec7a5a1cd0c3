//! All object stores of a run.

use std::collections::HashMap;
use std::fmt;
use std::io::BufRead;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt as _;
use object_store::path::Path as Key;
use object_store::{Error, GetOptions, GetResult, ObjectStore};
use tokio::runtime::Runtime;

use super::bounds::MOST_THREADS;
use super::client::Client;
use super::coming::{Coming, STOPPED, Stopped};
use super::failure::{Asked, why};
use super::location::{Location, Scheme};
use super::options::StoreOptions;
use super::parts::Parts;

/// The object stores that a run may read. Nothing is started until the first is asked.
pub struct Stores {
    options: Arc<StoreOptions>,
    runtime: OnceLock<Option<Runtime>>,
    clients: Mutex<HashMap<(Scheme, String), Result<Client, String>>>,
}

impl Stores {
    /// Stores that are reached so.
    pub fn new(options: StoreOptions) -> Self {
        Self {
            options: Arc::new(options),
            runtime: OnceLock::new(),
            clients: Mutex::default(),
        }
    }

    /// An object whole; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, or that it has more octets than `most`, in words.
    pub fn read(&self, at: &Location, most: usize) -> Result<Option<Vec<u8>>, String> {
        let client = self.client(at)?;
        let key = key(at)?;
        let place = at.clone();
        let read = self.start(async move {
            let got = match client.objects.get_opts(&key, GetOptions::default()).await {
                Ok(got) => got,
                Err(error) if is_absent(&error, &place) => return Ok(None),
                Err(error) => return Err(why(&error, &place, Asked::Read)),
            };
            if got.meta.size > most as u64 {
                let size = got.meta.size;
                return Err(format!(
                    "it has {size} bytes, more than the limit of {most}"
                ));
            }
            let octets = collected(got).await;
            octets
                .map(Some)
                .map_err(|error| why(&error, &place, Asked::Read))
        })?;
        read.wait().map_err(|Stopped| STOPPED.to_owned())?
    }

    /// Writes an object, in place of one that is there.
    ///
    /// # Errors
    ///
    /// Why it cannot be written, in words.
    pub fn write(&self, at: &Location, octets: Vec<u8>) -> Result<(), String> {
        let client = self.client(at)?;
        let key = key(at)?;
        let place = at.clone();
        let written = self.start(async move {
            let put = client
                .objects
                .put_opts(&key, octets.into(), Default::default());
            put.await.map_err(|error| why(&error, &place, Asked::Write))
        })?;
        written.wait().map_err(|Stopped| STOPPED.to_owned())??;
        Ok(())
    }

    /// An object as a stream.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, in words.
    pub fn open(self: &Arc<Self>, at: &Location) -> Result<impl BufRead + Send + use<>, String> {
        let client = self.client(at)?;
        let key = key(at)?;
        let place = at.clone();
        let found = self.start(async move {
            let options = GetOptions {
                head: true,
                ..GetOptions::default()
            };
            let found = client.objects.get_opts(&key, options).await;
            found.map_err(|error| why(&error, &place, Asked::Read))
        })?;
        let found = found.wait().map_err(|Stopped| STOPPED.to_owned())??;
        Ok(Parts::new(Arc::clone(self), at.clone(), &found.meta))
    }

    /// Whether nothing is to be waited for any more.
    pub(in crate::corpus) fn is_stopped(&self) -> bool {
        self.options.is_stopped()
    }

    /// Starts a task on the threads of the network.
    pub(super) fn start<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Result<Coming<T>, String> {
        let runtime = self.runtime.get_or_init(|| {
            let threads = processors().div_euclid(2).clamp(1, MOST_THREADS);
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            let builder = builder.worker_threads(threads).enable_all();
            builder.thread_name("object-store").build().ok()
        });
        let runtime = runtime.as_ref();
        let runtime = runtime.ok_or("the system allows no threads for the network")?;
        Ok(Coming::of(runtime, &self.options, task))
    }

    /// The bucket of a place, connected once.
    pub(super) fn client(&self, at: &Location) -> Result<Client, String> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = (at.scheme, at.bucket.clone());
        if let Some(known) = clients.get(&bucket) {
            return known.clone();
        }
        let (place, options) = (at.clone(), Arc::clone(&self.options));
        let client = self.start(async move { Client::new(&place, &options).await })?;
        let client = client.wait().map_err(|Stopped| STOPPED.to_owned())?;
        clients.insert(bucket, client.clone());
        client
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = out.debug_struct("Stores");
        out.field("options", &self.options).finish_non_exhaustive()
    }
}

impl Drop for Stores {
    fn drop(&mut self) {
        // A request, or the system looking up a name, may still be on its way.
        if let Some(runtime) = self.runtime.take().flatten() {
            runtime.shutdown_background();
        }
    }
}

/// How many threads can work at once.
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// The key of a place in the form of the crate.
pub(super) fn key(at: &Location) -> Result<Key, String> {
    let key =
        Key::parse(&at.key).map_err(|error| format!("{error}: such keys are not read here"))?;
    match key.as_ref() == at.key {
        true => Ok(key),
        false => Err("a key that begins with a slash, or ends with one, is not read here".into()),
    }
}

/// Whether an object does not exist, in a bucket that does.
fn is_absent(error: &Error, at: &Location) -> bool {
    matches!(error, Error::NotFound { .. }) && !why(error, at, Asked::Read).contains("no bucket")
}

/// The octets of an answer.
pub(super) async fn collected(got: GetResult) -> Result<Vec<u8>, Error> {
    let size = got.range.end.saturating_sub(got.range.start);
    let mut octets = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    let mut chunks = got.into_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk: Bytes = chunk?;
        octets.extend_from_slice(&chunk);
    }
    Ok(octets)
}
