//! Words about where reports go.

use std::fmt::{self, Display, Formatter};

use crate::dmarc::{Agreement, ReportTarget, TakesMail};
use crate::dns::Name;

/// Whether reports about `domain` are accepted at a destination, and whether it receives mail; no
/// capital letter, no full stop.
pub fn report<'v>(target: &'v ReportTarget, domain: &'v Name) -> impl Display + 'v {
    Report { target, domain }
}

struct Report<'v> {
    target: &'v ReportTarget,
    domain: &'v Name,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { target, domain } = self;
        let Some(host) = &target.host else {
            return f.write_str("it names no host that DNS could hold");
        };
        match target.agreement {
            Agreement::NotNeeded if host == *domain => write!(f, "{host} is the domain itself")?,
            Agreement::NotNeeded => write!(f, "{host} is of the same organization as {domain}")?,
            Agreement::Given => {
                write!(
                    f,
                    "{host} is another organization, and agrees to take the reports, by "
                )?;
                self.record(f)?;
            }
            Agreement::Missing => {
                write!(
                    f,
                    "{host} is another organization and does not agree to take the reports, so \
                     receivers send none; it would take "
                )?;
                self.record(f)?;
            }
            Agreement::NotChecked => write!(
                f,
                "whether {host} agrees to take the reports was not checked"
            )?,
        }
        if !target.is_mail() {
            return Ok(());
        }
        f.write_str(match target.mail {
            TakesMail::Yes => "; it takes mail",
            TakesMail::No => "; it takes no mail: it has neither MX nor an address",
            TakesMail::NullMx => "; it says that it takes no mail (null MX)",
            TakesMail::NotChecked => "; whether it takes mail was not checked",
        })
    }
}

impl Report<'_> {
    /// The record with which a host agrees.
    fn record(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.target.agreement_at {
            Some(name) => write!(f, "a TXT record with v=DMARC1 at {name}"),
            None => f.write_str("a TXT record, for which the name would be too long"),
        }
    }
}
