//! The rows of files, and what a plan changes for the message of each.

use std::fs::File;
use std::path::PathBuf;

use sesauth::Limits;
use sesauth::corpus::{Effect, MessageGroup, Plan};
use sesauth::dns::{Dns, Name, Overlay};
use sesauth::render::rows::{KeptRow, RowReader, RowsFault};

use super::super::super::Failure;
use super::super::super::plan::{touches, zone};
use super::super::super::runtime::Runtime;

/// Gives each row of these files to `take`, in their order.
pub fn each(
    files: &[PathBuf],
    mut take: impl FnMut(&KeptRow<'_>) -> Result<(), RowsFault>,
) -> Result<(), Failure> {
    for path in files {
        let failed = |fault: RowsFault| Failure::new(path.display(), fault);
        let file = File::open(path).map_err(|error| Failure::io(path.display(), &error))?;
        let reader = RowReader::open(file).map_err(failed)?;
        reader.each(&mut take).map_err(failed)?;
    }
    Ok(())
}

/// What a plan changes for a message, and the records that are planned for it.
pub type WithRecords = (Effect, Vec<(Name, String)>);

/// What a plan changes for the message of a row, with the records that are planned for it; `None` if
/// the message could not be analysed.
pub fn effect(
    row: &KeptRow<'_>,
    plan: &Plan,
    published: &(impl Dns + Send),
    with_overlay: &(impl Dns + Send),
) -> Result<Option<WithRecords>, RowsFault> {
    let (Some(was), Some(kept)) = (row.verdicts()?, row.message()?) else {
        return Ok(None);
    };
    let limits = Limits::default();
    let mut runtime = Runtime::here();
    let needs_message = || Some((Effect::needs_message(&was), Vec::new()));
    let Some(before) = runtime.block_on(kept.before(published, &limits)) else {
        return Ok(needs_message());
    };
    let records = plan.records(&before);
    let planned = Overlay::new(zone(&records), with_overlay);
    let mut effect = match runtime.block_on(touches(&before, &planned)) {
        false => Effect::none(&before),
        true => match runtime.block_on(kept.after(&before, &planned, &limits)) {
            Some(after) => Effect::of(&before, &after),
            None => return Ok(needs_message()),
        },
    };
    effect.group = MessageGroup::of(&was);
    Ok(Some((effect, records)))
}
