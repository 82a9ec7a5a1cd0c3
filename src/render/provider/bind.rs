//! Record sets as zone text with `$ORIGIN` and relative names, as BIND loads it.

use std::io::{self, Write};

use super::{plain, relative};
use crate::dns::{Name, RecordSet, zone_name};

pub(super) fn write(sets: &[&RecordSet], zone: &Name, out: &mut dyn Write) -> io::Result<()> {
    if !sets.is_empty() {
        writeln!(out, "$ORIGIN {}", zone_name(zone))?;
    }
    plain::write_as(sets, |set| relative(&set.name, zone), "IN ", out)
}
