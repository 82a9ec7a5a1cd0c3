//! Which signature of a message is meant: its number, as all outputs show it, or its domain.

use std::num::NonZeroUsize;

use sesauth::dkim::DkimSignature;
use sesauth::dns::Name;

/// How a signature is named.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// By its number, from 1.
    Number(usize),
    /// By its domain (`d=`).
    Domain(Name),
}

/// Reads a number or a domain.
pub fn wanted(text: &str) -> Result<Wanted, String> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: Result<NonZeroUsize, _> = text.parse();
        let why = "not the number of a signature: they are counted from 1";
        return number.map_or(Err(why.into()), |number| Ok(Wanted::Number(number.get())));
    }
    let name = Name::parse(text).map_err(|error| error.to_string());
    let what = |why| format!("neither the number of a signature nor its domain: {why}");
    name.map(Wanted::Domain).map_err(what)
}

impl Wanted {
    /// The index in `signatures` of the one that is meant, from 0; or why there is no such one.
    pub fn find(&self, signatures: &[DkimSignature]) -> Result<usize, String> {
        if signatures.is_empty() {
            return Err("the message has no DKIM signature".into());
        }
        let there = || format!("the message has {}", listed(signatures));
        match self {
            Self::Number(number) => match signatures.get(number - 1) {
                Some(_) => Ok(number - 1),
                None => Err(format!("there is no signature {number}; {}", there())),
            },
            Self::Domain(domain) => {
                let is_its = |at: &usize| signatures[*at].domain.as_ref() == Some(domain);
                let found: Vec<usize> = (0..signatures.len()).filter(is_its).collect();
                match found[..] {
                    [one] => Ok(one),
                    [] => Err(format!("no signature has d={domain}; {}", there())),
                    _ => {
                        let numbers = found.iter().map(|at| (at + 1).to_string());
                        let numbers = numbers.collect::<Vec<_>>().join(", ");
                        let why = "several signatures have";
                        Err(format!(
                            "{why} d={domain}: give one of the numbers {numbers}"
                        ))
                    }
                }
            }
        }
    }
}

/// The signatures by number and domain.
fn listed(signatures: &[DkimSignature]) -> String {
    let one = |(number, one): (usize, &DkimSignature)| match &one.domain {
        Some(domain) => format!("{number} ({domain})"),
        None => format!("{number} (without a domain)"),
    };
    let all = (1..).zip(signatures).map(one);
    all.collect::<Vec<_>>().join(", ")
}
