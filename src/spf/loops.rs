//! Records that lead back to themselves: RFC 7208 has no rule of its own against it, so that the
//! limit on lookups ends it (§4.6.4).

use super::SpfCause;
use super::verdict::{SpfStep, SpfVerdict};

impl SpfVerdict {
    /// The domains whose records lead from one to the next and back, if that is why there are too
    /// many lookups: the first is also the last.
    pub fn circle(&self) -> Option<Vec<&str>> {
        if self.cause != SpfCause::TooManyLookups {
            return None;
        }
        let mut path = vec![self.domain.as_deref()?];
        circle_below(&self.trace, &mut path)
    }
}

/// As deep as records were followed, which is bounded.
fn circle_below<'s>(steps: &'s [SpfStep], path: &mut Vec<&'s str>) -> Option<Vec<&'s str>> {
    steps.iter().find_map(|step| {
        let domain = step.record_domain.as_deref()?;
        let seen = path
            .iter()
            .position(|other| other.eq_ignore_ascii_case(domain));
        path.push(domain);
        let found = match seen {
            Some(at) => Some(path[at..].to_vec()),
            None => circle_below(&step.steps, path),
        };
        path.pop();
        found
    })
}
