//! A zip archive, member by member, in the order of its directory, which stands at its end.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;

use flate2::bufread::DeflateDecoder;
use rawzip::{
    CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder,
    ZipFileHeaderRecord,
};

use super::super::stream::{BUFFER, Octets};
use super::name::within;

/// Whether a file begins as a zip archive does.
pub fn begins(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")
}

/// An archive that is being read.
pub struct Zip(ZipArchive<FileReader>);

/// A member.
pub struct Member {
    /// Its path within the archive; `None` if it leads out of it.
    pub path: Option<PathBuf>,
    pub kind: Kind,
    at: u64,
    method: CompressionMethod,
    way: ZipArchiveEntryWayfinder,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Link,
    Encrypted,
}

impl Zip {
    /// Opens an archive.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, in words.
    pub fn open(file: File) -> Result<Self, String> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = ZipArchive::from_file(file, &mut buffer);
        archive.map(Self).map_err(|error| {
            format!(
                "it is a zip archive that is damaged or cut off: the directory at its end cannot \
                 be read ({error}); its messages were read without it"
            )
        })
    }

    /// Calls `visit` for each member until that stops. Only one is in memory.
    ///
    /// # Errors
    ///
    /// Where the directory is damaged, in words; what came before was visited.
    pub fn each<E>(
        &self,
        mut visit: impl FnMut(Member) -> Result<(), E>,
    ) -> Result<Result<(), E>, String> {
        let mut buffer = vec![0; DIRECTORY];
        let mut members = self.0.entries(&mut buffer);
        let mut at = self.0.directory_offset();
        loop {
            let record = members
                .next_entry()
                .map_err(|error| format!("its directory is damaged behind byte {at}: {error}"))?;
            let Some(record) = record else {
                return Ok(Ok(()));
            };
            at = record.central_directory_offset();
            if let Err(stop) = visit(Member::of(&record)) {
                return Ok(Err(stop));
            }
        }
    }

    /// The octets of a member, unpacked; its size and checksum are compared at the end.
    ///
    /// # Errors
    ///
    /// Why they cannot be read, in words.
    pub fn octets<'z>(&'z self, member: &Member) -> Result<Octets<'z>, String> {
        let damaged = |error| format!("the archive is damaged at byte {}: {error}", member.at);
        let found = self.0.get_entry(member.way).map_err(damaged)?;
        let packed = BufReader::with_capacity(BUFFER, found.reader());
        let octets: Box<dyn Read + Send> = match member.method {
            CompressionMethod::STORE => Box::new(packed),
            CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(packed)),
            method => return Err(why_unread(method).unwrap_or_default()),
        };
        let verified = Placed {
            from: found.verifying_reader(octets),
            at: member.at,
        };
        Ok(Box::new(BufReader::with_capacity(BUFFER, verified)))
    }
}

/// Octets of the directory that are in memory; a record has three fields of 64 KiB at most.
const DIRECTORY: usize = 256 << 10;

impl Member {
    fn of(record: &ZipFileHeaderRecord<'_>) -> Self {
        let (path, is_folder) = path(record.file_path().as_bytes());
        Self {
            path,
            kind: match () {
                () if record.is_dir() || is_folder => Kind::Folder,
                () if record.mode().is_symlink() => Kind::Link,
                () if record.flags().is_encrypted() => Kind::Encrypted,
                () => Kind::File,
            },
            at: record.local_header_offset(),
            method: record.compression_method(),
            way: record.wayfinder(),
        }
    }
}

/// The path of a member within its archive, `None` if it leads out of it; and whether it is that of a
/// folder.
pub fn path(name: &[u8]) -> (Option<PathBuf>, bool) {
    // Some programs of Windows write their own separator.
    let name: Vec<u8> = name
        .iter()
        .map(|octet| if *octet == b'\\' { b'/' } else { *octet })
        .collect();
    (within(&name), name.ends_with(b"/"))
}

/// Why what is packed by a method is not read, in words; `None` if it is.
pub fn why_unread(method: CompressionMethod) -> Option<String> {
    let is_read = matches!(
        method,
        CompressionMethod::STORE | CompressionMethod::DEFLATE
    );
    (!is_read).then(|| {
        format!(
            "it is packed by a method that is not read here, {method}; \"stored\" and \
             \"deflated\" are"
        )
    })
}

/// Octets whose errors say where in the archive the member is.
struct Placed<R> {
    from: R,
    at: u64,
}

impl<R: Read> Read for Placed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.from.read(out).map_err(|error| {
            io::Error::other(format!(
                "the member at byte {} of the archive is damaged: {error}",
                self.at
            ))
        })
    }
}
