//! Why a file of rows cannot be read.

use std::fmt;

/// Why a file of rows cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowsFault {
    /// It is no Parquet file, or damaged.
    Damaged(String),
    /// It is a Parquet file, but not one of rows.
    Foreign,
    /// Its rows are of a version that is not known here.
    Version(String),
    /// It does not have this column, or has other values in it.
    Column(String),
    /// A column has a word that is not known here.
    Word {
        /// The column.
        column: String,
        /// The word.
        word: String,
    },
}

impl fmt::Display for RowsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(why) => write!(
                f,
                "it cannot be read as Parquet ({why}); if a run broke off while it wrote the file, \
                 write it again"
            ),
            Self::Foreign => f.write_str(
                "its rows are not those of `sesauth batch --format parquet`; a copy by another \
                 program may have lost the metadata that says so",
            ),
            Self::Version(version) => write!(
                f,
                "its rows are of version {version:?}, and this sesauth knows version {}; use a newer \
                 sesauth, or write the file again with this one",
                super::VERSION
            ),
            Self::Column(column) => write!(
                f,
                "its column {column} is missing or has other values; write the file again with \
                 this sesauth"
            ),
            Self::Word { column, word } => write!(
                f,
                "its column {column} says {word:?}, which this sesauth does not know; use the \
                 version that wrote the file"
            ),
        }
    }
}

impl std::error::Error for RowsFault {}
