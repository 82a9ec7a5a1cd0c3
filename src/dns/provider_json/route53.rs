//! Planned records in the JSON of Amazon Route 53: a change batch, or a list of record sets.
//!
//! A set is given whole. Octets that are not printable are in octal: `\052` is a star.

use serde_json::{Map, Value};

use super::{Digits, Place, data, full_name, items, kept, object, seconds, text};
use crate::Error;
use crate::dns::{Question, Zone};

/// Reads the changes of a batch, in their order.
pub(super) fn read_batch(
    batch: &Map<String, Value>,
    place: &Place,
    zone: &mut Zone,
) -> Result<(), Error> {
    let place = place.key("Changes");
    let changes = batch.get("Changes").unwrap_or(&Value::Null);
    let mut created = Vec::new();
    for (at, change) in items(changes, &place)?.iter().enumerate() {
        let place = place.item(at);
        let change = object(change, &place)?;
        let action = text(change, "Action", &place)?;
        let set = change.get("ResourceRecordSet").unwrap_or(&Value::Null);
        let set_place = place.key("ResourceRecordSet");
        let set = object(set, &set_place)?;
        match action {
            "CREATE" | "UPSERT" => created.push((set, set_place)),
            "DELETE" => {
                let place = set_place.key("Name");
                let name = full_name(text(set, "Name", &set_place)?, Digits::Octal, &place)?;
                if let Some(kind) = kept(text(set, "Type", &set_place)?) {
                    zone.remove_set(Question::new(name, kind));
                }
            }
            _ => {
                let place = place.key("Action");
                return Err(place.error("CREATE, UPSERT or DELETE is expected here"));
            }
        }
    }
    // A batch takes effect as one: what is deleted may be created anew in it.
    for (set, place) in created {
        read_set(set, &place, zone)?;
    }
    Ok(())
}

/// Reads a list of sets.
pub(super) fn read_list(list: &Value, place: &Place, zone: &mut Zone) -> Result<(), Error> {
    for (at, set) in items(list, place)?.iter().enumerate() {
        let place = place.item(at);
        read_set(object(set, &place)?, &place, zone)?;
    }
    Ok(())
}

fn read_set(set: &Map<String, Value>, place: &Place, zone: &mut Zone) -> Result<(), Error> {
    let owner = full_name(text(set, "Name", place)?, Digits::Octal, &place.key("Name"))?;
    let kind = kept(text(set, "Type", place)?);
    // What a set of another type holds is not asked, and what a pointer to a resource of Amazon or
    // one of several weighted sets answers is not written there.
    let is_elsewhere = ["AliasTarget", "SetIdentifier"]
        .into_iter()
        .any(|key| set.contains_key(key));
    let Some(kind) = kind.filter(|_| !is_elsewhere) else {
        zone.note_name(&owner);
        return Ok(());
    };
    let ttl = seconds(set, "TTL", place)?;
    let place = place.key("ResourceRecords");
    let records = set.get("ResourceRecords").unwrap_or(&Value::Null);
    for (at, record) in items(records, &place)?.iter().enumerate() {
        let place = place.item(at);
        let value = text(object(record, &place)?, "Value", &place)?;
        let place = place.key("Value");
        let record = data(kind, value, Digits::Octal, &place)?;
        zone.put(&owner, ttl, record)
            .map_err(|error| place.located(error))?;
    }
    Ok(())
}
