//! A batch of rows that was read, cell by cell.

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, StructArray};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StringDeserializer};

use super::cell::LONGEST;
use super::fault::RowsFault;
use crate::dns::Name;

/// Rows, or the structures in a list.
pub struct Table(pub StructArray);

impl Table {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn column(&self, name: &str) -> Result<&dyn Array, RowsFault> {
        let column = self.0.column_by_name(name);
        column.map(|column| &**column).ok_or_else(|| no(name))
    }

    pub fn text(&self, name: &str, row: usize) -> Result<Option<&str>, RowsFault> {
        let column = self.column(name)?;
        let texts = column.as_string_view_opt().ok_or_else(|| no(name))?;
        if texts.is_null(row) {
            return Ok(None);
        }
        let text = texts.value(row);
        match text.len() > LONGEST {
            true => Err(no(name)),
            false => Ok(Some(text)),
        }
    }

    pub fn flag(&self, name: &str, row: usize) -> Result<Option<bool>, RowsFault> {
        let flags = self
            .column(name)?
            .as_boolean_opt()
            .ok_or_else(|| no(name))?;
        Ok((!flags.is_null(row)).then(|| flags.value(row)))
    }

    pub fn time(&self, name: &str, row: usize) -> Result<Option<Timestamp>, RowsFault> {
        let times = self.column(name)?;
        let times = times.as_primitive_opt::<TimestampMicrosecondType>();
        let times = times.ok_or_else(|| no(name))?;
        if times.is_null(row) {
            return Ok(None);
        }
        let time = Timestamp::from_microsecond(times.value(row));
        time.map(Some).map_err(|_| no(name))
    }

    /// The texts of a list.
    pub fn texts(&self, name: &str, row: usize) -> Result<Vec<String>, RowsFault> {
        let texts = self.elements(name, row)?;
        let texts = texts.as_string_view_opt().ok_or_else(|| no(name))?;
        let texts = texts.iter().flatten();
        let is_long = |text: &str| text.len() > LONGEST;
        match texts.clone().any(is_long) {
            true => Err(no(name)),
            false => Ok(texts.map(str::to_owned).collect()),
        }
    }

    /// The structures of a list.
    pub fn records(&self, name: &str, row: usize) -> Result<Self, RowsFault> {
        let records = self.elements(name, row)?;
        let records = records.as_struct_opt().ok_or_else(|| no(name))?;
        Ok(Self(records.clone()))
    }

    fn elements(&self, name: &str, row: usize) -> Result<arrow_array::ArrayRef, RowsFault> {
        let lists = self.column(name)?.as_list_opt::<i32>();
        Ok(lists.ok_or_else(|| no(name))?.value(row))
    }

    /// The value of a word that must be there.
    pub fn word<'d, T: Deserialize<'d>>(&self, name: &str, row: usize) -> Result<T, RowsFault> {
        self.word_if_any(name, row)?.ok_or_else(|| no(name))
    }

    /// The value of a word.
    pub fn word_if_any<'d, T: Deserialize<'d>>(
        &self,
        name: &str,
        row: usize,
    ) -> Result<Option<T>, RowsFault> {
        let word = self.text(name, row)?;
        word.map(|word| known(name, word)).transpose()
    }

    pub fn name(&self, name: &str, row: usize) -> Result<Option<Name>, RowsFault> {
        let text = self.text(name, row)?;
        let parsed = text.map(Name::parse).transpose();
        parsed.map_err(|_| no(name))
    }
}

/// The value of `word` in a column.
pub fn known<'d, T: Deserialize<'d>>(column: &str, word: &str) -> Result<T, RowsFault> {
    let text: StringDeserializer<Error> = word.to_owned().into_deserializer();
    T::deserialize(text).map_err(|_| RowsFault::Word {
        column: column.to_owned(),
        word: word.to_owned(),
    })
}

fn no(column: &str) -> RowsFault {
    RowsFault::Column(column.to_owned())
}
