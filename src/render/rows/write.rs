//! Rows as a Parquet file, in memory that does not grow with their number.

use std::io::{self, Write};

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::{FOLDER_KEY, MessageRow, RowBatch, VERSION, VERSION_KEY, WRITTEN_BY_KEY, schema};

/// How many rows a row group has at most: what reads the file holds one.
const GROUP_ROWS: usize = 65_536;

/// How many encoded octets a row group has at most, give or take a batch.
const GROUP_OCTETS: usize = 64 << 20;

/// What writes rows as a Parquet file. One that is not finished is no file: its index is at its end.
pub struct RowWriter<W: Write + Send> {
    batch: RowBatch,
    to: ArrowWriter<W>,
}

impl<W: Write + Send> RowWriter<W> {
    /// One that writes to `out`, which has a buffer. `folder` is the folder that all messages are in,
    /// with a separator at its end; empty if there is none.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn new(out: W, folder: &str) -> io::Result<Self> {
        let metadata = [
            (VERSION_KEY, VERSION),
            (WRITTEN_BY_KEY, env!("CARGO_PKG_VERSION")),
            (FOLDER_KEY, folder),
        ];
        let metadata = metadata.map(|(key, value)| KeyValue::new(key.into(), value.to_owned()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("sesauth ", env!("CARGO_PKG_VERSION")).into())
            .set_key_value_metadata(Some(metadata.into()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_max_row_group_bytes(Some(GROUP_OCTETS))
            .build();
        let to = ArrowWriter::try_new(out, schema(), Some(properties)).map_err(io_error)?;
        Ok(Self {
            batch: RowBatch::new(),
            to,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn add(&mut self, row: MessageRow) -> io::Result<()> {
        self.batch.add(row);
        match self.batch.is_full() {
            true => self.write_batch(),
            false => Ok(()),
        }
    }

    fn write_batch(&mut self) -> io::Result<()> {
        let batch = self.batch.finish().map_err(io::Error::other)?;
        self.to.write(&batch).map_err(io_error)
    }

    /// Writes what is left, and the index of the file.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<()> {
        self.write_batch()?;
        self.to.into_inner().map_err(io_error)?.flush()
    }
}

/// The error of the output, if it is one: a pipe that was closed is no fault.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        other => io::Error::other(other),
    }
}
