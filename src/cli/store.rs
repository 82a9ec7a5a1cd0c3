//! Object stores: their flags, and what the environment says of them.

use std::io::Read;
use std::path::Path;

use clap::Args;
use sesauth::corpus::{Location, NOT_BUILT_IN, Reader};

use super::Failure;

/// How to reach object stores. The rest is read from the environment, as their own tools read it
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Object stores")]
pub struct StoreArguments {
    /// Ask this server in place of Amazon S3, as https://minio.example:9000; http:// only on this
    /// machine. Else AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL says it
    #[arg(long, value_name = "URL")]
    s3_endpoint: Option<String>,

    /// Sign no request to S3, as for a bucket that everybody may read
    #[arg(long)]
    s3_no_sign: bool,
}

/// Whether a path is the URL of an object store.
pub fn is_url(path: &Path) -> bool {
    Location::parse(path).is_some()
}

/// Refuses URLs that cannot be read, or not by this build, before anything is done.
pub fn check<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Result<(), Failure> {
    for path in paths {
        match Location::parse(path) {
            Some(Err(why)) => return Err(Failure::new(path.display(), why)),
            Some(Ok(_)) if cfg!(not(feature = "object-store")) => {
                return Err(Failure::new(path.display(), NOT_BUILT_IN));
            }
            Some(Ok(_)) | None => (),
        }
    }
    Ok(())
}

#[cfg(feature = "object-store")]
mod built_in {
    use std::io::BufRead;
    use std::sync::{Arc, OnceLock};

    use sesauth::corpus::{StoreOptions, Stores};

    use super::super::interrupt;
    use super::{Failure, Location, Path, Reader, StoreArguments};

    /// Those of this process: what a file is read from does not depend on who asks for it.
    static STORES: OnceLock<Arc<Stores>> = OnceLock::new();

    /// What the names of variables begin with that the tools of the stores read.
    const VARIABLES: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

    /// Variables that name a proxy, in either case.
    const PROXIES: [&str; 3] = ["all_proxy", "https_proxy", "no_proxy"];

    fn stores(arguments: Option<&StoreArguments>) -> Arc<Stores> {
        let stores = STORES.get_or_init(|| {
            let variables = std::env::vars_os().filter_map(|(name, value)| {
                let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
                let is_known = VARIABLES.iter().any(|start| name.starts_with(start))
                    || PROXIES.iter().any(|known| name.eq_ignore_ascii_case(known));
                (is_known && !value.is_empty()).then_some((name, value))
            });
            Arc::new(Stores::new(StoreOptions {
                variables: variables.collect(),
                s3_endpoint: arguments.and_then(|it| it.s3_endpoint.clone()),
                s3_no_sign: arguments.is_some_and(|it| it.s3_no_sign),
                stop: Some(interrupt::state()),
            }))
        });
        Arc::clone(stores)
    }

    impl StoreArguments {
        /// All that this process reads or writes in object stores is reached so.
        pub fn apply(&self) {
            stores(Some(self));
        }

        /// Lets a reader read object stores.
        pub fn give_to(&self, reader: Reader) -> Reader {
            reader.with_stores(stores(Some(self)))
        }
    }

    fn location(path: &Path) -> Result<Location, Failure> {
        let at = Location::parse(path).unwrap_or_else(|| Err("it is no URL of a store".into()));
        at.map_err(|why| Failure::new(path.display(), why))
    }

    /// An object whole, of at most so many octets; `None` if there is none.
    pub fn read(path: &Path, most: usize) -> Result<Option<Vec<u8>>, Failure> {
        let read = stores(None).read(&location(path)?, most);
        read.map_err(|why| Failure::new(path.display(), why))
    }

    /// An object as a stream.
    pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>, Failure> {
        match stores(None).open(&location(path)?) {
            Ok(octets) => Ok(Box::new(octets)),
            Err(why) => Err(Failure::new(path.display(), why)),
        }
    }

    /// Writes an object, in place of one that is there.
    pub fn write(path: &Path, octets: Vec<u8>) -> Result<(), Failure> {
        let written = stores(None).write(&location(path)?, octets);
        written.map_err(|why| Failure::new(path.display(), why))
    }
}

#[cfg(not(feature = "object-store"))]
mod built_in {
    use std::io::BufRead;

    use super::{Failure, NOT_BUILT_IN, Path, Reader, StoreArguments};

    impl StoreArguments {
        /// There is nothing to reach.
        pub fn apply(&self) {}

        /// The reader says itself what it cannot read.
        pub fn give_to(&self, reader: Reader) -> Reader {
            reader
        }
    }

    pub fn read(path: &Path, _most: usize) -> Result<Option<Vec<u8>>, Failure> {
        Err(Failure::new(path.display(), NOT_BUILT_IN))
    }

    pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>, Failure> {
        Err(Failure::new(path.display(), NOT_BUILT_IN))
    }

    pub fn write(path: &Path, _octets: Vec<u8>) -> Result<(), Failure> {
        Err(Failure::new(path.display(), NOT_BUILT_IN))
    }
}

pub use built_in::{open, read, write};

/// The file at a path, which may be in an object store, with its size if it is known.
pub fn file(path: &Path) -> Result<(Box<dyn Read>, Option<u64>), Failure> {
    if is_url(path) {
        return Ok((Box::new(open(path)?), None));
    }
    let failed = |error| Failure::io(path.display(), &error);
    let file = std::fs::File::open(path).map_err(failed)?;
    let size = file.metadata().ok().filter(|metadata| metadata.is_file());
    Ok((Box::new(file), size.map(|metadata| metadata.len())))
}
