//! Words for what broke a signature.

mod group;
mod likely;
mod remedy;
mod who;

use super::means::Means;
use std::fmt::{self, Display, Formatter};

use self::group::groups;
use crate::dkim::{Autopsy, Effort, Examined, Kind, Modification};

pub use self::likely::likely;
pub use self::remedy::{remedy, remedy_in_short};
pub use self::who::{name, who};

/// What was changed after signing; no capital letter, no full stop.
pub fn changes(autopsy: &Autopsy) -> impl Display + '_ {
    let all: Vec<&Modification> = autopsy.changes().collect();
    Since(&all).to_string()
}

/// What was changed, with no word of when; no capital letter, no full stop.
pub fn bare(autopsy: &Autopsy) -> impl Display + '_ {
    let all: Vec<&Modification> = autopsy.changes().collect();
    Changes(&all).to_string()
}

/// Each change by itself, those of one kind together; no capital letter, no full stop.
pub fn items(autopsy: &Autopsy) -> Vec<String> {
    let all: Vec<&Modification> = autopsy.changes().collect();
    let groups = groups(&all);
    groups.iter().map(|group| group.to_string()).collect()
}

/// What is shown by the proof, of one signature or of `many`: `with this undone it verifies`.
pub fn fits(autopsy: &Autopsy, many: bool) -> impl Display {
    let (header, body) = (half(&autopsy.header), half(&autopsy.body));
    let fits = match (header, body, many) {
        (Half::Unknown, _, _) => "the body fits",
        (_, Half::Unknown, _) => "the header fits",
        (_, _, true) => "they verify",
        (_, _, false) => "it verifies",
    };
    format!("{} {fits}", undone(autopsy))
}

/// How the changes are undone.
fn undone(autopsy: &Autopsy) -> &'static str {
    let mut changes = autopsy.changes();
    match (changes.next(), changes.next()) {
        (Some(one), None) => match one.kind {
            Kind::OtherCanonicalization => "hashed so,",
            Kind::LastLineEnd => "without it",
            Kind::BareCrSignedAsLineEnd => "with CR LF there",
            Kind::FieldLineBroken | Kind::LinesBroken => "joined again,",
            _ => "with this undone",
        },
        _ => "with this undone",
    }
}

/// What is known of a half of which nothing is proved: the likeliest change, or `in_full` what was
/// tried too; no capital letter, no full stop.
pub fn unknown(autopsy: &Autopsy, in_full: bool) -> impl Iterator<Item = String> + '_ {
    let halves = [("header", &autopsy.header), ("body", &autopsy.body)];
    halves.into_iter().filter_map(move |(what, half)| {
        let half = half.as_ref().filter(|half| !half.is_proved())?;
        let tried = tried(half);
        Some(match &half.likely {
            Some(one) => {
                let tried = match in_full {
                    true => format!(" ({tried})"),
                    false => String::new(),
                };
                let likeliest = likely::bare(one);
                format!("what changed the {what} is not proved{tried}; likeliest: {likeliest}")
            }
            None => format!("what changed the {what} is not known ({tried})"),
        })
    })
}

/// What is known of a half of the message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Intact,
    Proved,
    Unknown,
}

fn half(half: &Option<Examined>) -> Half {
    match half {
        None => Half::Intact,
        Some(half) if half.is_proved() => Half::Proved,
        Some(_) => Half::Unknown,
    }
}

/// What was changed after signing, and how that is known; no capital letter, no full stop.
pub fn proof(autopsy: &Autopsy) -> impl Display + '_ {
    Proof(autopsy)
}

/// What was tried without success; no capital letter, no full stop.
pub fn tried(examined: &Examined) -> impl Display + '_ {
    Tried(examined)
}

struct Tried<'v>(&'v Examined);

impl Display for Tried<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let number = self.0.tried;
        let plural = if number == 1 { "" } else { "s" };
        write!(f, "{number} likely change{plural} undone, none fits")?;
        match self.0.stopped {
            None => Ok(()),
            Some(Effort::Deep) => f.write_str("; the search ended at its bound"),
            Some(_) => write!(f, "; {} tries more", Means::Autopsy.with("deep")),
        }
    }
}

struct Proof<'v>(&'v Autopsy);

impl Display for Proof<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let is_proved = |half: &Option<Examined>| half.as_ref().is_some_and(Examined::is_proved);
        let fits = match (is_proved(&self.0.header), is_proved(&self.0.body)) {
            (true, true) => "the signature and the body hash fit",
            (true, false) => "the signature verifies",
            (false, _) => "the body hash is the signed one",
        };
        let all: Vec<&Modification> = self.0.changes().collect();
        let undone = undone(self.0).trim_end_matches(',');
        write!(f, "{}: {undone}, {fits}", Since(&all))
    }
}

/// Several changes in one sentence; those of one kind are said once.
struct Changes<'c, 'v>(&'c [&'v Modification]);

/// The same, and when they were made.
struct Since<'c, 'v>(&'c [&'v Modification]);

impl Display for Since<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.0.iter().all(|change| change.kind.is_of_signer()) {
            f.write_str("after signing, ")?;
        }
        write!(f, "{}", Changes(self.0))
    }
}

impl Display for Changes<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let groups = groups(self.0);
        for (number, group) in groups.iter().enumerate() {
            f.write_str(match number {
                0 => "",
                _ if number + 1 == groups.len() => " and ",
                _ => ", ",
            })?;
            write!(f, "{group}")?;
        }
        Ok(())
    }
}
