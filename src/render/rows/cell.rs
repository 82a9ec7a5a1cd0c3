//! The cells of a row, and the columns that they are gathered in.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, ListArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field, Fields, TimeUnit};
use jiff::Timestamp;

/// Octets of one text; what is longer is cut off. Paths are shorter.
pub const LONGEST: usize = 128 << 10;

/// The name of the field of an element of a list, as the Parquet format has it.
const ELEMENT: &str = "element";

/// The time zone of all times.
const UTC: &str = "UTC";

/// What is in a column.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text that is always there.
    Name,
    Text,
    Flag,
    Number,
    Time,
    /// A list of texts.
    Texts,
    /// A list of structures with these fields.
    Records(fn() -> Fields),
}

/// What is in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(Option<Cow<'static, str>>),
    Flag(Option<bool>),
    Number(Option<i64>),
    Time(Option<i64>),
    Texts(Vec<String>),
    Records(Vec<Vec<Value>>),
}

/// One column: its name, what is in it, what that says, and how a value is read from what is known.
#[derive(Debug)]
pub struct Column<G> {
    pub name: &'static str,
    pub kind: Kind,
    pub about: &'static str,
    pub get: G,
}

/// The fields of these columns.
pub fn fields<G>(columns: &[Column<G>]) -> impl Iterator<Item = Field> {
    columns.iter().map(|column| {
        let about = [("description".to_owned(), column.about.to_owned())];
        column.kind.field(column.name).with_metadata(about)
    })
}

impl Kind {
    fn field(self, name: &str) -> Field {
        let is_nullable = !matches!(self, Self::Name | Self::Texts | Self::Records(_));
        Field::new(name, self.data_type(), is_nullable)
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Name | Self::Text => DataType::Utf8,
            Self::Flag => DataType::Boolean,
            Self::Number => DataType::Int64,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
            Self::Texts => list_of(DataType::Utf8),
            Self::Records(fields) => list_of(DataType::Struct(fields())),
        }
    }
}

fn list_of(data_type: DataType) -> DataType {
    DataType::List(Arc::new(Field::new(ELEMENT, data_type, false)))
}

impl Value {
    /// A word that is always the same text.
    pub fn word(word: &'static str) -> Self {
        Self::Text(Some(word.into()))
    }

    /// About how many octets it takes.
    pub fn octets(&self) -> usize {
        match self {
            Self::Text(text) => 8 + text.as_ref().map_or(0, |text| text.len()),
            Self::Flag(_) | Self::Number(_) | Self::Time(_) => 8,
            Self::Texts(texts) => 8 + texts.iter().map(|text| 8 + text.len()).sum::<usize>(),
            Self::Records(records) => 8 + records.iter().flatten().map(Self::octets).sum::<usize>(),
        }
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(Cow::Owned))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(|text| Cow::Owned(text.to_owned())))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<Option<bool>> for Value {
    fn from(flag: Option<bool>) -> Self {
        Self::Flag(flag)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(Some(flag))
    }
}

impl From<Option<usize>> for Value {
    fn from(number: Option<usize>) -> Self {
        Self::Number(number.map(|number| i64::try_from(number).unwrap_or(i64::MAX)))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Some(number).into()
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Time(time.map(Timestamp::as_microsecond))
    }
}

/// The values of one column so far.
#[derive(Debug)]
pub enum Store {
    Text(StringBuilder),
    Flag(BooleanBuilder),
    Number(Int64Builder),
    Time(TimestampMicrosecondBuilder),
    /// How many elements each list has, and all of them.
    List(Vec<usize>, Box<Store>),
    Struct(Vec<Store>),
}

impl Store {
    /// An empty one for values of this type; types that no column has are text.
    pub fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Flag(BooleanBuilder::new()),
            DataType::Int64 => Self::Number(Int64Builder::new()),
            DataType::Timestamp(..) => {
                Self::Time(TimestampMicrosecondBuilder::new().with_timezone(UTC))
            }
            DataType::List(element) => {
                Self::List(Vec::new(), Box::new(Self::of(element.data_type())))
            }
            DataType::Struct(fields) => {
                let stores = fields.iter().map(|field| Self::of(field.data_type()));
                Self::Struct(stores.collect())
            }
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a value; `None` is an empty list in a column of lists, and nothing in others.
    pub fn push(&mut self, value: Option<Value>) {
        match (self, value) {
            (Self::Text(store), Some(Value::Text(text))) => {
                store.append_option(text.as_deref().map(shortened));
            }
            (Self::Flag(store), Some(Value::Flag(flag))) => store.append_option(flag),
            (Self::Number(store), Some(Value::Number(number))) => store.append_option(number),
            (Self::Time(store), Some(Value::Time(time))) => store.append_option(time),
            (Self::List(lengths, store), Some(Value::Texts(texts))) => {
                lengths.push(texts.len());
                for text in texts {
                    store.push(Some(Value::Text(Some(text.into()))));
                }
            }
            (Self::List(lengths, store), Some(Value::Records(records))) => {
                lengths.push(records.len());
                for record in records {
                    store.push_record(record);
                }
            }
            (store, _) => store.push_nothing(),
        }
    }

    fn push_record(&mut self, record: Vec<Value>) {
        if let Self::Struct(stores) = self {
            let mut values = record.into_iter();
            for store in stores {
                store.push(values.next());
            }
        }
    }

    fn push_nothing(&mut self) {
        match self {
            Self::Text(store) => store.append_null(),
            Self::Flag(store) => store.append_null(),
            Self::Number(store) => store.append_null(),
            Self::Time(store) => store.append_null(),
            Self::List(lengths, _) => lengths.push(0),
            Self::Struct(stores) => stores.iter_mut().for_each(Self::push_nothing),
        }
    }

    /// The values as a column of this type; the store is empty then.
    pub fn finish(&mut self, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
        Ok(match (self, data_type) {
            (Self::Text(store), _) => Arc::new(store.finish()),
            (Self::Flag(store), _) => Arc::new(store.finish()),
            (Self::Number(store), _) => Arc::new(store.finish()),
            (Self::Time(store), _) => Arc::new(store.finish()),
            (Self::List(lengths, store), DataType::List(element)) => {
                let offsets = OffsetBuffer::try_from_lengths(lengths.drain(..));
                let offsets =
                    offsets.map_err(|error| ArrowError::MemoryError(error.to_string()))?;
                let elements = store.finish(element.data_type())?;
                Arc::new(ListArray::try_new(
                    element.clone(),
                    offsets,
                    elements,
                    None,
                )?)
            }
            (Self::Struct(stores), DataType::Struct(fields)) => {
                let columns = stores.iter_mut().zip(fields);
                let columns: Vec<ArrayRef> = columns
                    .map(|(store, field)| store.finish(field.data_type()))
                    .collect::<Result<_, _>>()?;
                Arc::new(StructArray::try_new(fields.clone(), columns, None)?)
            }
            (_, data_type) => {
                let problem = format!("a column of the type {data_type} holds other values");
                return Err(ArrowError::SchemaError(problem));
            }
        })
    }
}

/// The text, or the start of one that is too long.
fn shortened(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
