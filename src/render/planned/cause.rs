//! Why planned records change the outcome of a message, in words.

use std::fmt;

use crate::corpus::{Carrier, Effect, EffectCause, Shortfall, When};
use crate::dmarc::Engine;
use crate::dns::Name;
use crate::explain;
use crate::render::failure::spaced;

/// Why a plan has its effect on a message; no capital letter, no full stop.
pub fn because(effect: &Effect) -> impl fmt::Display + '_ {
    Causes(&effect.because)
}

struct Causes<'a>(&'a [EffectCause]);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, cause) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write(f, cause)?;
        }
        Ok(())
    }
}

fn write(f: &mut fmt::Formatter<'_>, cause: &EffectCause) -> fmt::Result {
    match cause {
        EffectCause::NeedsMessage => f.write_str(
            "its row does not hold what decides; ask the same of the folder with the messages",
        ),
        EffectCause::NoAnswer => f.write_str("DNS did not answer"),
        EffectCause::NotRecorded => f.write_str("the recorded DNS does not hold what decides"),
        EffectCause::NotEvaluated(when) => write!(
            f,
            "whether it passes {} hangs on what could not be evaluated",
            word(*when)
        ),
        EffectCause::SessionUnproved => {
            f.write_str("it passes on SPF alone, and nobody vouches for who sent it")
        }
        EffectCause::RecordedPassUnproved => {
            f.write_str("its receiver recorded a pass, which the file and DNS do not show any more")
        }
        EffectCause::EngineUnknown { engine, when } => {
            let name = match engine {
                Engine::Spf => "SPF",
                Engine::Dkim => "DKIM",
            };
            let when = word(*when);
            write!(f, "it is not known whether {name} carries it {when}")
        }
        EffectCause::ExistenceUnknown { author } => {
            write!(
                f,
                "whether {author} exists is not known, on which np= hangs"
            )
        }
        EffectCause::NoPolicyToday => f.write_str("there is no policy today"),
        EffectCause::NoPolicyAnyMore => f.write_str("no policy applies any more"),
        EffectCause::Lacks(shortfall) => write!(f, "{}", Lacking(shortfall)),
        EffectCause::FailsToday(shortfall) => {
            write!(f, "it fails today already, as {}", Lacking(shortfall))
        }
        EffectCause::Counts(carrier) => write!(f, "{} counts then", Named(carrier)),
        EffectCause::Passes(carrier) => write!(f, "{} passes then", Named(carrier)),
        EffectCause::Policy {
            domain,
            tag,
            requested,
        } => write!(f, "{tag}={requested} at _dmarc.{domain} holds"),
    }
}

fn word(when: When) -> &'static str {
    match when {
        When::Today => "today",
        When::WithPlan => "with the plan",
    }
}

struct Lacking<'a>(&'a Shortfall);

impl fmt::Display for Lacking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Shortfall::NotEqual { carrier, author } => {
                let tag = match carrier.engine {
                    Engine::Spf => "aspf",
                    Engine::Dkim => "adkim",
                };
                let (name, author) = (Named(carrier), Author(author));
                write!(f, "{name} is not {author}, and {tag}=s wants them equal")
            }
            Shortfall::OtherOrganization { carrier, author } => {
                let (name, author) = (Named(carrier), Author(author));
                write!(f, "{name} is of another organization than {author}")
            }
            Shortfall::Spf(verdict) => {
                let cause = explain::spf::cause(verdict);
                write!(f, "SPF gives {}: {cause}", verdict.result)
            }
            Shortfall::Signature {
                carrier,
                cause,
                verdict,
            } => {
                write!(f, "{} does not verify", Named(carrier))?;
                match (verdict, cause) {
                    (Some(verdict), _) => write!(f, ": {}", explain::dkim::cause(verdict)),
                    (None, Some(cause)) => write!(f, ": {}", spaced(cause)),
                    (None, None) => Ok(()),
                }
            }
            Shortfall::NoSignature => f.write_str("there is no signature"),
            Shortfall::Nothing => f.write_str("neither SPF nor a signature passes"),
        }
    }
}

struct Named<'a>(&'a Carrier);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.engine {
            Engine::Spf => "MAIL FROM ",
            Engine::Dkim => "d=",
        })?;
        match &self.0.domain {
            Some(domain) => write!(f, "{domain}"),
            None => f.write_str("nobody"),
        }
    }
}

struct Author<'a>(&'a Option<Name>);

impl fmt::Display for Author<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(author) => write!(f, "{author}"),
            None => f.write_str("the author"),
        }
    }
}
