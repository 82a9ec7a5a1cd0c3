//! The SPF records that a domain publishes, parsed once for all messages of a run.

use std::sync::Arc;

use super::record::{SpfRecord, is_spf};
use crate::dns::{Reply, Txt};

/// The SPF records among the texts of a domain.
pub(super) struct Published {
    pub texts: Vec<Arc<str>>,
    /// The record if there is exactly one, parsed; else empty, or if it is too long.
    pub record: SpfRecord,
    /// Its length in bytes, if it is too long.
    pub too_long: Option<usize>,
}

impl Published {
    /// The records in `reply`; a record of more than `longest` bytes is not parsed.
    pub fn read(reply: &Reply, longest: usize) -> Self {
        let texts = reply.txt().map(Txt::joined);
        let records: Vec<Vec<u8>> = texts.filter(|text| is_spf(text)).collect();
        let only = match records.as_slice() {
            [only] => only.as_slice(),
            _ => &[],
        };
        let too_long = (only.len() > longest).then_some(only.len());
        Self {
            texts: records.iter().map(|record| lossy(record)).collect(),
            record: SpfRecord::parse(if too_long.is_none() { only } else { &[] }),
            too_long,
        }
    }
}

fn lossy(text: &[u8]) -> Arc<str> {
    String::from_utf8_lossy(text).into()
}
