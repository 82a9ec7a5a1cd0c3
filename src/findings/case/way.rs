//! How a message travelled from its sender to the mailbox.

use super::Case;
use crate::ses::{Sign, SignKind};
use crate::session::PassedOn;

/// What shows that a message was forwarded.
#[derive(Clone, Debug)]
pub(in crate::findings) enum Way<'a> {
    /// What the session or the header says.
    PassedOn(&'a PassedOn),
    /// SES first gave it to another host, as this sign shows.
    EarlierHost(&'a Sign),
}

impl<'a> Case<'a> {
    /// What shows that the message was forwarded; the clearest sign first.
    pub(in crate::findings) fn way(&self) -> Option<Way<'a>> {
        let earlier = || self.earlier_host().map(Way::EarlierHost);
        self.passed_on().map(Way::PassedOn).or_else(earlier)
    }

    /// An earlier host of SES, if another host delivered the message to the receiver.
    pub(in crate::findings) fn earlier_host(&self) -> Option<&'a Sign> {
        let ses = self.ses()?;
        let earlier = ses.sign(SignKind::EarlierHost)?;
        ses.sign(SignKind::Host).is_none().then_some(earlier)
    }
}
