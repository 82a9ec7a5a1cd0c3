//! `sesauth inspect --canonical`: the octets that a signature's hash is made of.

use std::io::Write;

use sesauth::Limits;
use sesauth::dkim::{SignedPart, signatures};
use sesauth::explain::dkim::no_octets;
use sesauth::message::Message;

use super::signature::{Wanted, wanted};
use super::{Failure, Status, output, written};

/// Which octets: of which signature, and of which of the two parts that it covers.
#[derive(Clone, Debug)]
pub struct Canonical {
    text: String,
    signature: Wanted,
    part: SignedPart,
}

impl Canonical {
    /// Reads `SIG`, `SIG:header` or `SIG:body`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (signature, part) = text.split_once(':').unwrap_or((text, "header"));
        let part = match part {
            "header" => SignedPart::Header,
            "body" => SignedPart::Body,
            other => return Err(format!("\"{other}\" is neither header nor body")),
        };
        Ok(Self {
            text: text.to_owned(),
            signature: wanted(signature)?,
            part,
        })
    }

    /// Writes the octets to standard output, and nothing else.
    pub fn write(
        &self,
        name: &str,
        message: &Message<'_>,
        limits: &Limits,
    ) -> Result<Status, Failure> {
        let failed = |why: String| Failure::new(name, format!("--canonical {}: {why}", self.text));
        let signatures = signatures(message, limits);
        let at = self.signature.find(&signatures).map_err(failed)?;
        let octets = signatures[at].octets(message, self.part);
        let octets = octets.map_err(|why| failed(no_octets(&why)))?;
        let mut out = output::stdout_of_octets();
        written(octets.write(&mut out).and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }
}
