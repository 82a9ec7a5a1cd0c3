//! What shows that the message did not come directly from its sender.

use super::Case;
use crate::evidence_class::EvidenceClass;
use crate::findings::observation::{Judged, Mark};
use crate::message::HeaderField;
use crate::ses::{Sign, SignKind};
use crate::session::{PassedOn, Provenance, Sourced, Wanted};

/// A sign that it did not.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum SentOn<'a> {
    /// This Return-Path differs from the one that SES gave the message.
    OtherReturnPath(&'a HeaderField<'a>),
    /// SES first gave it to another host.
    EarlierHost(&'a Sign),
    /// A forwarder wrote this reverse-path.
    Rewritten(&'a Sourced<String>),
    /// This shows it.
    Shown(&'a PassedOn),
    /// A list or a forwarder added this field, and the author's signature broke.
    Field(&'a HeaderField<'a>),
}

impl SentOn<'_> {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtherReturnPath(_) => "other-return-path",
            Self::EarlierHost(_) => "earlier-host",
            Self::Rewritten(_) => "rewritten-reverse-path",
            Self::Shown(PassedOn::ListBounces(_)) => "bounces-of-list",
            Self::Shown(PassedOn::Seals(_)) => "seals",
            Self::Shown(_) => "earlier-hop",
            Self::Field(_) => "field",
        }
    }
}

impl<'a> Case<'a> {
    /// What shows that the message did not come directly from its sender. Then SPF for the sender's
    /// domain is bound to fail, and SPF for another domain is no one's fault.
    pub fn sent_on(&self) -> Option<SentOn<'a>> {
        let known = &self.known.sent_on;
        *known.get_or_init(|| self.find_sent_on())
    }

    /// The place where that was seen.
    pub fn at_sent_on(&self, sent_on: SentOn<'_>) -> Mark {
        match sent_on {
            SentOn::OtherReturnPath(field) | SentOn::Field(field) => self.at_field(field),
            SentOn::EarlierHost(sign) => self.at_sign(sign),
            SentOn::Rewritten(path) => Mark::session(Wanted::MailFrom, path),
            SentOn::Shown(sign) => self.at_passed_on(sign),
        }
    }

    /// Whether the message says that it was sent on, in a field that anyone may write, too. What is
    /// known of its client is then no ground for advice.
    pub fn may_be_sent_on(&self) -> bool {
        let mut fields = self.analysis.session.forwarding.fields();
        let is_later = self.analysis.session.passed_on_to().is_some();
        let is_authors = |name: &str| {
            let mut own = self.own_signatures().filter(|one| one.passes());
            own.any(|one| one.covers(name))
        };
        self.sent_on().is_some() || !is_later && fields.any(|(name, _)| !is_authors(name))
    }

    fn find_sent_on(&self) -> Option<SentOn<'a>> {
        let ses = self.ses();
        let session = &self.analysis.session;
        let path = session.mail_from.as_ref();
        let is_from_ses = ses.is_some_and(|ses| ses.sign(SignKind::Host).is_some());
        let earlier = ses.and_then(|ses| ses.sign(SignKind::EarlierHost));
        let is_delivery = path.is_some_and(|path| path.from == Provenance::ReturnPath);
        // A Message-ID in the form of SES can be anyone's.
        let was_at_ses = ses.is_some_and(|ses| ses.is_proved) || earlier.is_some();
        if is_delivery && was_at_ses && ses.is_some_and(|ses| ses.is_forwarded == Some(true)) {
            let mut fields = self.message.fields("Return-Path");
            return fields.next().map(SentOn::OtherReturnPath);
        }
        if let Some(sign) = earlier.filter(|_| !is_from_ses) {
            return Some(SentOn::EarlierHost(sign));
        }
        let forwarding = &session.forwarding;
        if let Some(path) = path.filter(|_| forwarding.is_sender_rewritten()) {
            return Some(SentOn::Rewritten(path));
        }
        if let Some(sign) = forwarding.before() {
            return Some(SentOn::Shown(sign));
        }
        // Header fields may have been added after the session that is judged.
        if session.passed_on_to().is_some() {
            return None;
        }
        let (name, _) = self.list_field()?;
        self.message.fields(name).next().map(SentOn::Field)
    }

    /// A field of lists and forwarders, if the author's signature shows that the message was changed
    /// after its author sent it, and does not cover the field; and if another host had the message
    /// before the one that delivered it.
    pub(super) fn list_field(&self) -> Option<(&'static str, &'a PassedOn)> {
        let hops = &self.analysis.session.hops;
        let border = hops.iter().position(|hop| hop.border)?;
        hops.get(border + 1)?;
        let mut fields = self.analysis.session.forwarding.fields();
        fields.find(|(name, _)| {
            let mut broken = self.broken_signatures();
            broken.any(|signature| !signature.covers(name))
        })
    }

    /// The place where a sign was seen.
    pub fn at_passed_on(&self, sign: &PassedOn) -> Mark {
        let session = &self.analysis.session;
        let conclusion = || Mark::verdict(Judged::Conclusion, EvidenceClass::ClaimedByHeader);
        let field = match sign {
            PassedOn::EarlierHop { number, .. } => self
                .message
                .fields("Received")
                .nth(number.saturating_sub(1)),
            PassedOn::Seals(_) => self.message.fields("ARC-Seal").next(),
            PassedOn::Field(name) => self.message.fields(name).next(),
            PassedOn::OtherEnvelope(_) | PassedOn::ListBounces(_) | PassedOn::RewrittenSender => {
                let path = session.mail_from.as_ref();
                return path.map_or_else(conclusion, |path| Mark::session(Wanted::MailFrom, path));
            }
            PassedOn::LaterHost(_) => None,
        };
        field.map_or_else(conclusion, |field| self.at_field(field))
    }
}
