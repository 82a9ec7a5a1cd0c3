//! One flat row a message, in the form of Apache Arrow: for Parquet, and for programs that take record
//! batches.
//!
//! The columns are versioned: `sesauth.rows` in the metadata of the schema. Within a version, columns
//! and words are only added. Each field says in its own metadata, under `description`, what is in it.

mod cell;
#[cfg(feature = "parquet")]
mod fault;
mod file;
#[cfg(feature = "parquet")]
mod kept;
mod parts;
#[cfg(feature = "parquet")]
mod read;
mod schema;
#[cfg(feature = "parquet")]
mod table;
#[cfg(feature = "parquet")]
mod write;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use crate::Inspection;
use crate::corpus::{Results, Verdicts};
use cell::{Store, Value};
use file::SavedFile;
use schema::{FILE, MESSAGE, Seen};

#[cfg(feature = "parquet")]
pub use fault::RowsFault;
#[cfg(feature = "parquet")]
pub use kept::KeptRow;
#[cfg(feature = "parquet")]
pub use read::RowReader;
#[cfg(feature = "parquet")]
pub use write::RowWriter;

pub use schema::{FOLDER_KEY, VERSION, VERSION_KEY, WRITTEN_BY_KEY, schema};

/// How many rows a batch has at most that is written as it fills.
const ROWS: usize = 4_096;

/// How many octets such a batch takes at most, give or take a message.
const OCTETS: usize = 8 << 20;

/// The row of one message.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageRow(Vec<Value>);

impl MessageRow {
    /// The row of the message with this name and these octets as saved, if they could be read; or the
    /// error instead of an analysis.
    pub fn of<'f>(
        name: &str,
        file: impl Into<Option<&'f [u8]>>,
        inspection: Result<&Inspection, &str>,
    ) -> Self {
        let file = SavedFile {
            name,
            octets: file.into(),
            error: inspection.err(),
        };
        let mut values = Vec::with_capacity(FILE.len() + MESSAGE.len());
        values.extend(FILE.iter().map(|column| (column.get)(&file)));
        if let Ok(inspection) = inspection {
            let seen = Seen {
                inspection,
                verdicts: Verdicts::of(inspection),
                results: Results::of(&inspection.analysis),
            };
            values.extend(MESSAGE.iter().map(|column| (column.get)(&seen)));
        }
        Self(values)
    }

    /// About how many octets it takes.
    pub fn octets(&self) -> usize {
        self.0.iter().map(Value::octets).sum()
    }
}

/// Rows that are gathered column by column.
#[derive(Debug)]
pub struct RowBatch {
    stores: Vec<Store>,
    rows: usize,
    octets: usize,
}

impl Default for RowBatch {
    fn default() -> Self {
        Self::new()
    }
}

impl RowBatch {
    /// One without rows.
    pub fn new() -> Self {
        let schema = schema();
        let stores = schema.fields().iter();
        Self {
            stores: stores.map(|field| Store::of(field.data_type())).collect(),
            rows: 0,
            octets: 0,
        }
    }

    /// Adds the row of a message; a message that could not be analysed has one too.
    pub fn push<'f>(
        &mut self,
        name: &str,
        file: impl Into<Option<&'f [u8]>>,
        inspection: Result<&Inspection, &str>,
    ) {
        self.add(MessageRow::of(name, file, inspection));
    }

    /// Adds a row.
    pub fn add(&mut self, row: MessageRow) {
        self.rows += 1;
        self.octets += row.octets();
        let mut values = row.0.into_iter();
        for store in &mut self.stores {
            store.push(values.next());
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// About how many octets they take.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// Whether it is time to finish the batch. One that goes on for long cannot be finished: an array
    /// of texts has 2 GiB at most.
    pub fn is_full(&self) -> bool {
        self.rows >= ROWS || self.octets >= OCTETS
    }

    /// The rows as a record batch; none are left here.
    ///
    /// # Errors
    ///
    /// If a column has more elements than an array can have.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let schema = schema();
        let columns = self.stores.iter_mut().zip(schema.fields());
        let columns = columns.map(|(store, field)| store.finish(field.data_type()));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        (self.rows, self.octets) = (0, 0);
        RecordBatch::try_new(schema, columns)
    }
}
