//! What shows that the message did not come directly from its sender.

use super::Case;
use crate::dkim::DkimResult;
use crate::findings::observation::Mark;
use crate::message::HeaderField;
use crate::ses::{Sign, SignKind};
use crate::session::{Provenance, Sourced, Wanted};

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
    /// A list or a forwarder added this field.
    Field(&'a HeaderField<'a>),
}

impl SentOn<'_> {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtherReturnPath(_) => "other-return-path",
            Self::EarlierHost(_) => "earlier-host",
            Self::Rewritten(_) => "rewritten-reverse-path",
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
        }
    }

    fn find_sent_on(&self) -> Option<SentOn<'a>> {
        let ses = self.ses();
        let path = self.analysis.session.mail_from.as_ref();
        let is_delivery = path.is_some_and(|path| path.from == Provenance::ReturnPath);
        if is_delivery && ses.is_some_and(|ses| ses.is_forwarded == Some(true)) {
            let mut fields = self.message.fields("Return-Path");
            return fields.next().map(SentOn::OtherReturnPath);
        }
        let is_from_ses = ses.is_some_and(|ses| ses.sign(SignKind::Host).is_some());
        let earlier = ses.and_then(|ses| ses.sign(SignKind::EarlierHost));
        if let Some(sign) = earlier.filter(|_| !is_from_ses) {
            return Some(SentOn::EarlierHost(sign));
        }
        let forwarding = &self.analysis.session.forwarding;
        if let Some(path) = path.filter(|_| forwarding.is_sender_rewritten()) {
            return Some(SentOn::Rewritten(path));
        }
        // Header fields may have been added after the session that is judged.
        if self.analysis.session.passed_on_to().is_some() {
            return None;
        }
        forwarding.fields().find_map(|name| {
            let field = self.message.fields(name).next()?;
            let is_authors = self.own_signatures().any(|signature| {
                let mut signed = signature.verdict.signed_fields.iter();
                signature.verdict.result == DkimResult::Pass
                    && signed.any(|signed| signed.eq_ignore_ascii_case(name))
            });
            (!is_authors).then_some(SentOn::Field(field))
        })
    }
}
