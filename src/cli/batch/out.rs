//! The forms of output, and where they go.

use std::fs::File;
#[cfg(feature = "parquet")]
use std::io::IsTerminal;
use std::io::{self, BufWriter, Write};

use clap::ValueEnum;
use sesauth::corpus::Summary;
use sesauth::render;
#[cfg(feature = "parquet")]
use sesauth::render::rows::RowWriter;
use sesauth::render::workflow::Escapes;

use super::super::{Failure, output};
use super::done::Shown;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BatchFormat {
    /// Counts
    Summary,
    /// One JSON object a line: `path` and an analysis, or `path` and `error`
    Ndjson,
    /// One line a message, for tables
    Csv,
    /// One row a message, for DuckDB, Athena, Spark and `sesauth corpus report`
    #[value(hide = !cfg!(feature = "parquet"))]
    Parquet,
}

/// Where the output goes.
pub enum Out {
    Lines {
        to: Box<dyn Write>,
        format: BatchFormat,
        /// Whether a table still lacks its head.
        lacks_head: bool,
    },
    #[cfg(feature = "parquet")]
    Rows(Box<RowWriter<BufWriter<io::Stdout>>>),
}

impl Out {
    /// Standard output. `folder` is the folder of all messages, if there is one.
    pub fn stdout(format: BatchFormat, folder: &str) -> Result<Self, Failure> {
        let escapes = match format {
            BatchFormat::Parquet => return Self::rows(folder),
            BatchFormat::Ndjson => Escapes::Json,
            BatchFormat::Csv | BatchFormat::Summary => Escapes::Text,
        };
        Ok(Self::Lines {
            to: output::stdout(escapes),
            format,
            lacks_head: true,
        })
    }

    /// Behind the lines of an earlier run.
    pub fn behind(file: File, format: BatchFormat, is_empty: bool) -> Self {
        Self::Lines {
            to: Box::new(BufWriter::new(file)),
            format,
            lacks_head: is_empty,
        }
    }

    #[cfg(feature = "parquet")]
    fn rows(folder: &str) -> Result<Self, Failure> {
        if io::stdout().is_terminal() {
            let why = "it is no text for a terminal; send it to a file, as in `> verdicts.parquet`";
            return Err(Failure::new("--format parquet", why));
        }
        let writer = RowWriter::new(BufWriter::new(io::stdout()), folder);
        let writer = writer.map_err(|error| Failure::io("standard output", &error))?;
        Ok(Self::Rows(Box::new(writer)))
    }

    #[cfg(not(feature = "parquet"))]
    fn rows(_: &str) -> Result<Self, Failure> {
        let why = "this sesauth was built without it; build it with `--features parquet`, or give \
                   --format csv";
        Err(Failure::new("--format parquet", why))
    }

    pub fn format(&self) -> BatchFormat {
        match self {
            Self::Lines { format, .. } => *format,
            #[cfg(feature = "parquet")]
            Self::Rows(_) => BatchFormat::Parquet,
        }
    }

    /// Writes what is shown of one message.
    pub fn add(&mut self, shown: Shown) -> io::Result<()> {
        self.write_head()?;
        match (self, shown) {
            (Self::Lines { to, .. }, Shown::Line(line)) => to.write_all(&line),
            #[cfg(feature = "parquet")]
            (Self::Rows(rows), Shown::Row(row)) => rows.add(row),
            _ => Ok(()),
        }
    }

    /// The head of a table comes before its first line.
    fn write_head(&mut self) -> io::Result<()> {
        let Self::Lines {
            to,
            format: BatchFormat::Csv,
            lacks_head: lacks_head @ true,
        } = self
        else {
            return Ok(());
        };
        *lacks_head = false;
        writeln!(to, "{}", render::summary::CSV_HEAD)
    }

    /// Writes what stands at the end.
    pub fn finish(mut self, summary: &Summary) -> io::Result<()> {
        self.write_head()?;
        match self {
            Self::Lines { mut to, format, .. } => {
                if format == BatchFormat::Summary {
                    render::summary::write(summary, &mut to)?;
                }
                to.flush()
            }
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.finish(),
        }
    }
}
