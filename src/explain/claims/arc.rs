//! Words about a claimed result for ARC that differs from ours.

use std::fmt;

use super::{NOTHING_SHOWS, Why};
use crate::claims::ArcDifference;

pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    why: Why<'_>,
    difference: ArcDifference,
) -> fmt::Result {
    let who = why.who();
    match difference {
        ArcDifference::KeyGone => {
            write!(f, "a key of the chain that {who} used is no longer in DNS")
        }
        ArcDifference::OwnDns => f.write_str("DNS gave no answer about a key of the chain here"),
        ArcDifference::MessageChanged => write!(
            f,
            "the newest message signature of the chain no longer fits: the message was changed \
             after {who} checked it, or the key is another now"
        ),
        ArcDifference::SealBroken => write!(
            f,
            "a seal that {who} verified no longer fits the key that DNS has for it"
        ),
        ArcDifference::Unexplained => {
            write!(f, "{NOTHING_SHOWS} why {who} says {}", why.result.result)
        }
    }
}
