//! The octets that a signature covers, written out: the code that hashes them passes them on.

use std::io::{self, Write};

use super::canonical::{self, Canonicalization};
use super::signed_header::SignedHeaders;
use super::{DkimSignature, SignatureFault};
use crate::message::Message;

/// One of the two things that a signature covers; each has a hash of its own (RFC 6376 §3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedPart {
    /// The fields in `h=`, then the signature field with an empty `b=`.
    Header,
    /// The body, or as much of it as `l=` says.
    Body,
}

/// Why it is not known which octets a signature covers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoOctets {
    /// The signature does not say it in a way that is known.
    Signature(SignatureFault),
    /// The file has no body.
    NoBody,
}

/// The octets of one part of a message that a signature covers, in canonical form.
///
/// # Examples
///
/// ```
/// use sesauth::Limits;
/// use sesauth::dkim::{self, SignedPart};
/// use sesauth::message::Message;
///
/// let bytes = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=one;\r\n\
///     \x20h=From; bh=YQ==; b=Yg==\r\nFrom:  a@example.com\r\n\r\nHello \r\n\r\n";
/// let limits = Limits::default();
/// let message = Message::parse(bytes, &limits)?;
/// let signatures = dkim::signatures(&message, &limits);
/// let octets = signatures[0].octets(&message, SignedPart::Body).unwrap();
/// let mut out = Vec::new();
/// octets.write(&mut out).unwrap();
/// assert_eq!(out, b"Hello\r\n");
/// # Ok::<(), sesauth::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SignedOctets<'m, 'a> {
    message: &'m Message<'a>,
    signature: &'m DkimSignature,
    covered: Covered<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Covered<'a> {
    Header(Canonicalization),
    Body(Canonicalization, &'a [u8]),
}

impl DkimSignature {
    /// The octets of `part` that this signature of `message` covers.
    ///
    /// # Errors
    ///
    /// Why they are not known.
    pub fn octets<'m, 'a>(
        &'m self,
        message: &'m Message<'a>,
        part: SignedPart,
    ) -> Result<SignedOctets<'m, 'a>, NoOctets> {
        if let Some(fault @ SignatureFault::TagList(_)) = &self.fault {
            return Err(NoOctets::Signature(fault.clone()));
        }
        if self.algorithm.is_none() {
            let unknown = |written: &String| SignatureFault::UnknownAlgorithm {
                written: written.clone(),
            };
            let fault = self.algorithm_text.as_ref().map(unknown);
            let fault = fault.unwrap_or(SignatureFault::MissingTag { tag: "a" });
            return Err(NoOctets::Signature(fault));
        }
        let Some((header, body)) = self.canonicalization else {
            let written = self.canonicalization_text.clone();
            let fault = SignatureFault::UnknownCanonicalization { written };
            return Err(NoOctets::Signature(fault));
        };
        let covered = match part {
            SignedPart::Header => Covered::Header(header),
            SignedPart::Body => Covered::Body(body, message.body().ok_or(NoOctets::NoBody)?),
        };
        Ok(SignedOctets {
            message,
            signature: self,
            covered,
        })
    }
}

impl SignedOctets<'_, '_> {
    /// Writes the octets, piece by piece, and nothing else.
    ///
    /// # Errors
    ///
    /// Only errors of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut result = Ok(());
        let mut push = |piece: &[u8]| {
            if result.is_ok() {
                result = out.write_all(piece);
            }
        };
        match self.covered {
            Covered::Header(by) => {
                SignedHeaders::new(self.message).pass_on(self.signature, by, push);
            }
            Covered::Body(by, body) => {
                let mut left = self.signature.length.unwrap_or(u64::MAX);
                canonical::body(body, by, |piece| {
                    let taken = usize::try_from(left).map_or(piece.len(), |it| it.min(piece.len()));
                    left -= taken as u64;
                    push(&piece[..taken]);
                });
            }
        }
        result
    }
}
