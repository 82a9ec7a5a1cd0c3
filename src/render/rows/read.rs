//! Parquet files of rows, read batch by batch. They are hostile input: any program can write one.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::StructArray;
use arrow_schema::{DataType, Field, Fields, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::fault::RowsFault;
use super::kept::KeptRow;
use super::table::Table;
use super::{FOLDER_KEY, VERSION, VERSION_KEY};

/// How many rows are read at once.
const AT_ONCE: usize = 1_024;

/// How many octets one column of a row group has at most.
const CHUNK: i64 = 256 << 20;

/// The columns that are read.
const WANTED: &[&str] = &[
    "path",
    "error",
    "received_at",
    "from_domain",
    "conclusion",
    "outcome",
    "proved",
    "dmarc",
    "dmarc_cause",
    "rules",
    "dmarc_by_other_rules",
    "policy_domain",
    "policy_requested",
    "policy_applied",
    "policy_handled",
    "policy_sampled",
    "mechanisms",
    "spf_carries",
    "dkim_carries",
    "spf_checks",
    "dkim_signatures",
    "arc",
    "arc_cause",
    "client_ip",
    "helo",
    "mail_from_domain",
    "session_told",
    "file_doubtful",
    "ses",
    "ses_region",
    "sending_host",
    "findings",
    "names_asked",
];

/// What reads the rows of a file.
pub struct RowReader {
    batches: ParquetRecordBatchReader,
    folder: Option<String>,
}

impl RowReader {
    /// Opens a file that `sesauth batch --format parquet` wrote.
    ///
    /// # Errors
    ///
    /// If it is none, or of a version that is not known, or damaged.
    pub fn open(file: File) -> Result<Self, RowsFault> {
        guarded(|| Self::opened(file))
    }

    fn opened(file: File) -> Result<Self, RowsFault> {
        // What the file says of Arrow is not read: the types follow from those of Parquet.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let read = ArrowReaderMetadata::load(&file, options).map_err(damaged)?;
        let metadata = Arc::clone(read.metadata());
        match value(&metadata, VERSION_KEY) {
            Some(VERSION) => (),
            Some(other) => return Err(RowsFault::Version(other.to_owned())),
            None => return Err(RowsFault::Foreign),
        }
        let length = file.metadata().map_err(damaged)?.len();
        let groups = metadata.row_groups().iter();
        for chunk in groups.flat_map(|group| group.columns()) {
            check(chunk, length)?;
        }
        let folder = value(&metadata, FOLDER_KEY).map(str::to_owned);
        // Views of texts: one that stands in a dictionary is not copied for each row.
        let schema = Schema::new(viewed(read.schema().fields()));
        let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
        let read = ArrowReaderMetadata::try_new(metadata, options).map_err(damaged)?;
        let mask = ProjectionMask::columns(read.parquet_schema(), WANTED.iter().copied());
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, read);
        let batches = builder
            .with_projection(mask)
            .with_batch_size(AT_ONCE)
            .build();
        Ok(Self {
            batches: batches.map_err(damaged)?,
            folder,
        })
    }

    /// Gives each row to `take`, in the order of the file.
    ///
    /// # Errors
    ///
    /// The first fault of the file, or the first error of `take`.
    pub fn each<E: From<RowsFault>>(
        mut self,
        mut take: impl FnMut(&KeptRow<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let folder = self.folder.as_deref().unwrap_or_default();
        while let Some(batch) = guarded(|| self.batches.next().transpose().map_err(damaged))? {
            let table = Table(StructArray::from(batch));
            for row in 0..table.len() {
                take(&KeptRow {
                    table: &table,
                    row,
                    folder,
                })?;
            }
        }
        Ok(())
    }
}

/// Whether a column of a row group is within the file, and not too large.
fn check(chunk: &ColumnChunkMetaData, length: u64) -> Result<(), RowsFault> {
    let start = chunk.dictionary_page_offset();
    let start = start.unwrap_or_else(|| chunk.data_page_offset());
    let end = u64::try_from(start)
        .ok()
        .zip(u64::try_from(chunk.compressed_size()).ok())
        .and_then(|(start, size)| start.checked_add(size));
    if end.is_none_or(|end| end > length) {
        return Err(RowsFault::Damaged("a column is outside of the file".into()));
    }
    match chunk.uncompressed_size() {
        0..=CHUNK => Ok(()),
        _ => Err(RowsFault::Damaged(format!(
            "a column of a row group has more than {CHUNK} octets"
        ))),
    }
}

/// The result of reading; a damaged file may make the reader panic.
fn guarded<T>(work: impl FnOnce() -> Result<T, RowsFault>) -> Result<T, RowsFault> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(RowsFault::Damaged("its parts do not fit together".into())))
}

fn damaged<E: std::fmt::Display>(error: E) -> RowsFault {
    RowsFault::Damaged(error.to_string())
}

/// The value of a key in the metadata of the file.
fn value<'m>(metadata: &'m ParquetMetaData, key: &str) -> Option<&'m str> {
    let pairs = metadata.file_metadata().key_value_metadata()?;
    let pair = pairs.iter().find(|pair| pair.key == key)?;
    pair.value.as_deref()
}

/// The same fields with views in place of texts.
fn viewed(fields: &Fields) -> Fields {
    fields.iter().map(|field| viewed_field(field)).collect()
}

fn viewed_field(field: &Field) -> Field {
    let data_type = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::List(element) => DataType::List(Arc::new(viewed_field(element))),
        DataType::Struct(fields) => DataType::Struct(viewed(fields)),
        other => other.clone(),
    };
    field.clone().with_data_type(data_type)
}
