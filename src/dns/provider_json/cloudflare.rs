//! Planned records in the JSON of Cloudflare: a list of records, or a batch of changes.

use serde_json::{Map, Value};

use super::{
    CLOUDFLARE_ID, Digits, Place, data, full_name, items, kept, name, object, seconds, text,
};
use crate::Error;
use crate::dns::{Name, Record, RecordType, Txt, Zone, txt};

/// Reads a list of records: they are all that there are of their names and types.
pub(super) fn read_list(list: &Value, place: &Place, zone: &mut Zone) -> Result<(), Error> {
    for (at, record) in items(list, place)?.iter().enumerate() {
        let place = place.item(at);
        match read_record(object(record, &place)?, &place)? {
            (owner, None) => zone.note_name(&owner),
            (owner, Some((ttl, record))) => zone
                .put(&owner, ttl, record)
                .map_err(|error| place.located(error))?,
        }
    }
    Ok(())
}

/// Reads a batch: its posts are added to what there is.
pub(super) fn read_batch(batch: &Value, zone: &mut Zone) -> Result<(), Error> {
    let place = Place::of("");
    let batch = object(batch, &place)?;
    let of = |key: &str| {
        let place = place.key(key);
        let list = batch.get(key).filter(|list| !list.is_null());
        let items = list.map_or(Ok(&[][..]), |list| items(list, &place));
        items.map(|items| (items, place))
    };
    for key in ["patches", "puts"] {
        let (items, place) = of(key)?;
        if !items.is_empty() {
            return Err(place.error(
                "the id of a record does not tell what it replaces; give the list of dns_records as \
                 it will be",
            ));
        }
    }
    let (deletes, place) = of("deletes")?;
    for (at, delete) in deletes.iter().enumerate() {
        let place = place.item(at);
        let id = text(object(delete, &place)?, "id", &place)?;
        let line = id.strip_prefix(CLOUDFLARE_ID);
        let removed = line.and_then(|line| Zone::parse(line).ok());
        let Some(removed) = removed.filter(|_| !id.contains(['\n', '\r'])) else {
            return Err(place.key("id").error(
                "an id does not tell which record is deleted; give the list of dns_records as it will \
                 be",
            ));
        };
        for (question, record) in removed.into_records() {
            zone.remove_record(question, record);
        }
    }
    let (posts, place) = of("posts")?;
    for (at, post) in posts.iter().enumerate() {
        let place = place.item(at);
        match read_record(object(post, &place)?, &place)? {
            (owner, None) => zone.note_name(&owner),
            (owner, Some((ttl, record))) => zone
                .add_beside(&owner, ttl, record)
                .map_err(|error| place.located(error))?,
        }
    }
    Ok(())
}

/// The name of a record, and its TTL and data. A record of a type that is not asked has none, nor one
/// that is proxied: Cloudflare answers with addresses of its own.
fn read_record(
    record: &Map<String, Value>,
    place: &Place,
) -> Result<(Name, Option<(u32, Record)>), Error> {
    let owner = full_name(
        text(record, "name", place)?,
        Digits::Decimal,
        &place.key("name"),
    )?;
    let is_proxied = record.get("proxied") == Some(&Value::Bool(true));
    let kind = kept(text(record, "type", place)?);
    let Some(kind) = kind.filter(|_| !is_proxied) else {
        return Ok((owner, None));
    };
    let ttl = seconds(record, "ttl", place)?;
    let content = text(record, "content", place)?;
    let at = place.key("content");
    let data = match kind {
        RecordType::Mx => {
            let priority = record.get("priority").and_then(Value::as_u64);
            let priority = priority.and_then(|number| u16::try_from(number).ok());
            let Some(preference) = priority else {
                return Err(place.error("an MX needs a priority from 0 to 65535"));
            };
            Record::Mx {
                preference,
                exchange: name(content, Digits::Decimal, &at)?,
            }
        }
        // Older records are listed without quotation marks.
        RecordType::Txt if !content.starts_with('"') => match content {
            "" => Record::Txt(Txt(vec![Vec::new()])),
            content => txt(content),
        },
        kind => data(kind, content, Digits::Decimal, &at)?,
    };
    Ok((owner, Some((ttl, data))))
}
