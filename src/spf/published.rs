//! What a domain publishes for SPF, read once for all messages of a run.

use std::sync::Arc;

use super::record::{SpfRecord, is_spf};
use crate::dns::{Reply, Txt};

/// The SPF records among the texts of a domain.
pub(super) struct Published {
    pub texts: Vec<Arc<str>>,
    /// The only one, read; empty where there is not one, or where it is too long.
    pub record: SpfRecord,
    /// How many bytes that one has, where it is too long.
    pub too_long: Option<usize>,
}

impl Published {
    /// What is in `reply`; a record of more than `longest` bytes is not read.
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
