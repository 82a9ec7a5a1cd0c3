//! Alignment in plain English: which domain was compared, which one is in From, what they have in
//! common, which mode applies, and what would change the outcome.

use std::fmt::{self, Display, Formatter};

use crate::dmarc::{
    Alignment, DmarcBy, DmarcCause, DmarcVerdict, Mechanism, MechanismOutcome, Mode, Obstacle, Psd,
    Reservation, Rules,
};
use crate::dns::Name;

/// How the identifier of a mechanism compares with the author domain, in complete sentences; empty
/// if DMARC compared none.
pub fn alignment(dmarc: &DmarcVerdict, mechanism: Mechanism) -> impl Display + '_ {
    alignment_by(dmarc.by(dmarc.rules), mechanism)
}

/// The same, by one of the two sets of rules.
pub fn alignment_by(dmarc: DmarcBy<'_>, mechanism: Mechanism) -> impl Display + '_ {
    Sentences { dmarc, mechanism }
}

struct Sentences<'v> {
    dmarc: DmarcBy<'v>,
    mechanism: Mechanism,
}

impl Display for Sentences<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { dmarc, mechanism } = *self;
        let (Some(from), Some(alignment)) = (dmarc.author_domain, dmarc.alignment.of(mechanism))
        else {
            return Ok(());
        };
        let Some(domain) = &alignment.identifier else {
            return match alignment.outcome {
                MechanismOutcome::NotEvaluated => write!(
                    f,
                    "{mechanism} could not be evaluated, so it is not known whether it speaks for \
                     {from} in From."
                ),
                _ => write!(
                    f,
                    "{mechanism} names no domain, so it cannot speak for {from} in From."
                ),
            };
        };
        let compared = Compared {
            dmarc,
            mechanism,
            alignment,
            domain,
            from,
        };
        let state = match alignment.outcome {
            MechanismOutcome::Pass => "passed for",
            MechanismOutcome::Fail => "did not pass for",
            MechanismOutcome::Temperror => "got no answer from DNS for",
            MechanismOutcome::NotEvaluated => "could not be evaluated for",
        };
        write!(f, "{mechanism} {state} {domain}")?;
        compared.relation(f)?;
        f.write_str(".")?;
        compared.judgement(f)?;
        compared.remedy(f)?;
        compared.reservation(f)
    }
}

/// An identifier that has a domain, and the author domain.
struct Compared<'v> {
    dmarc: DmarcBy<'v>,
    mechanism: Mechanism,
    alignment: &'v Alignment,
    domain: &'v Name,
    from: &'v Name,
}

impl Compared<'_> {
    /// Whether a policy applies, without which alignment does not matter.
    fn has_policy(&self) -> bool {
        self.dmarc.policy.is_some()
    }

    /// Why the domains are not of one organization, although an organizational domain is not known.
    fn apart(&self) -> Option<String> {
        let (domain, from) = (self.domain, self.from);
        let ours = self.alignment.organizational_domain.as_ref();
        match (ours, self.dmarc.organizational_domain) {
            (Some(_), Some(_)) => None,
            (None, Some(theirs)) => Some(format!(
                "{domain} is not below {theirs}, the organizational domain of From"
            )),
            (Some(ours), None) => Some(format!(
                "{from} is not below {ours}, the organizational domain of {domain}"
            )),
            (None, None) => Some(format!("No domain stands above both {domain} and {from}")),
        }
    }

    /// What both domains have in common.
    fn relation(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            alignment,
            domain,
            from,
            ..
        } = self;
        if alignment.aligned_relaxed == Some(false)
            && let Some(apart) = self.apart()
        {
            return write!(f, ", but From has {from}. {apart}");
        }
        let known = |name: Option<&Name>| name.map_or("not known".to_owned(), Name::to_string);
        let ours = known(alignment.organizational_domain.as_ref());
        let theirs = known(self.dmarc.organizational_domain);
        match (alignment.aligned_strict, alignment.aligned_relaxed) {
            (Some(true), _) => write!(
                f,
                ", the very domain in From; its organizational domain is {ours}"
            ),
            (_, Some(true)) => write!(
                f,
                "; From has {from}. Both have the organizational domain {ours}"
            ),
            // Without a record, nothing joins a domain with the one below it.
            (_, Some(false)) if !self.has_policy() => write!(
                f,
                "; From has {from}. As long as no DMARC record joins them, their organizational \
                 domains are {ours} and {theirs}"
            ),
            (_, Some(false)) => {
                let nested = match domain.is_within(from) || from.is_within(domain) {
                    true => ", although one lies below the other",
                    false => "",
                };
                write!(
                    f,
                    ", but From has {from}. Their organizational domains differ, {ours} and \
                     {theirs}{nested}"
                )
            }
            (_, None) => {
                let why = match alignment.obstacle {
                    Some(Obstacle::NotRecorded) => "the recorded DNS does not hold what tells",
                    _ => "DNS did not answer",
                };
                write!(
                    f,
                    "; From has {from}. Whether they have the same organizational domain is not \
                     known, as {why}"
                )
            }
        }
    }

    /// The mode, and whether the identifier is aligned.
    fn judgement(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.has_policy() {
            if let DmarcCause::Dns | DmarcCause::NotRecorded = self.dmarc.cause {
                return f.write_str(" Whether there is a DMARC policy is not known.");
            }
            return f.write_str(
                " There is no DMARC policy, so nobody asks whether it counts (relaxed by default).",
            );
        }
        let (alignment, tag) = (self.alignment, self.mechanism.tag());
        match (alignment.mode, alignment.mode_is_default) {
            (mode, true) => write!(f, " Alignment is {mode} (the default)")?,
            (Mode::Relaxed, false) => write!(f, " Alignment is relaxed ({tag}=r in the record)")?,
            (Mode::Strict, false) => write!(f, " Alignment is strict ({tag}=s in the record)")?,
        }
        f.write_str(match (alignment.mode, alignment.aligned_strict) {
            (_, Some(true)) => "",
            (Mode::Relaxed, _) => " and asks for the same organization",
            (Mode::Strict, _) => " and asks for the very same domain",
        })?;
        f.write_str(match (alignment.aligned, alignment.outcome) {
            (None, _) => ".",
            (Some(true), MechanismOutcome::Pass) => ", so it counts for DMARC.",
            (Some(true), MechanismOutcome::Fail) => {
                ", so it would count for DMARC if it had passed."
            }
            (Some(true), _) => ", so it would count for DMARC if it passed.",
            (Some(false), MechanismOutcome::Pass) => ", so the pass does not count for DMARC.",
            (Some(false), _) => ", so it would not count for DMARC even if it passed.",
        })
    }

    /// What would change whether the identifier is aligned.
    fn remedy(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (alignment, tag) = (self.alignment, self.mechanism.tag());
        let (true, Some(is_same), Some(counts), Some(is_near)) = (
            self.has_policy(),
            alignment.aligned_strict,
            alignment.aligned,
            alignment.aligned_relaxed,
        ) else {
            return Ok(());
        };
        match (counts, is_near) {
            (true, _) if is_same => Ok(()),
            (true, _) => write!(f, " With {tag}=s it would not count."),
            (false, true) => write!(f, " With {tag}=r it would count."),
            (false, false) => match self.dmarc.organizational_domain {
                Some(organization) => self.other_identifier(organization, f),
                None => Ok(()),
            },
        }
    }

    /// Which identifier would be aligned, if the author's Organizational Domain is `organization`.
    fn other_identifier(&self, organization: &Name, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { domain, from, .. } = self;
        f.write_str(match self.mechanism {
            Mechanism::Spf => " It would take an envelope sender at ",
            Mechanism::Dkim(_) => " It would take a signature of ",
        })?;
        match self.alignment.mode {
            Mode::Strict => write!(f, "{from}")?,
            Mode::Relaxed if domain.is_within(organization) => {
                write!(f, "{organization} or another domain below it")?;
            }
            Mode::Relaxed if organization == *from => {
                write!(f, "{organization} or a domain below it")?;
            }
            Mode::Relaxed => write!(f, "a domain of {organization}")?,
        }
        if let Mechanism::Dkim(_) = self.mechanism {
            f.write_str(" (d=)")?;
        }
        self.unite(f)?;
        f.write_str(".")
    }

    /// How to make one organization of two domains, one below the other, that the tree walk
    /// separates.
    fn unite(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { domain, from, .. } = self;
        let above = match (domain.is_within(from), from.is_within(domain)) {
            (true, _) => from,
            (_, true) => domain,
            _ => return Ok(()),
        };
        if self.dmarc.rules != Rules::Rfc9989 || self.alignment.mode == Mode::Strict {
            return Ok(());
        }
        match &self.alignment.cut {
            Some(cut) if cut.psd == Psd::No => {
                let at = &cut.domain;
                write!(f, ", or that the record at _dmarc.{at} says no psd=n")
            }
            Some(_) => Ok(()),
            None => write!(
                f,
                ", or a DMARC record at _dmarc.{above}, which the DNS tree walk takes for the \
                 organization's"
            ),
        }
    }

    /// What weakens a pass that counts.
    fn reservation(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let alignment = self.alignment;
        if !alignment.authenticated || alignment.aligned != Some(true) {
            return Ok(());
        }
        let why = match alignment.reservations.as_slice() {
            [] => return Ok(()),
            [Reservation::Testing] => "the key only tests DKIM (t=y)",
            [Reservation::UnsignedBody] => "part of the body is not signed (l=)",
            _ => "the key only tests DKIM (t=y) and part of the body is not signed (l=)",
        };
        write!(f, " Some receivers do not take such a pass: {why}.")
    }
}
