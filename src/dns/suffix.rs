//! The Public Suffix List. Its code is large and generic: only this file calls it, so that it is
//! compiled once.

/// The registered domain of `name`: a public suffix, of the private section too, and one label more.
/// `None` if there is none.
#[inline(never)]
pub(crate) fn registered(name: &str) -> Option<&str> {
    psl::domain_str(name)
}

/// Whether `name` ends in a public suffix that is on the list, not just in any single label.
#[inline(never)]
pub(crate) fn is_under_known_suffix(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    psl::suffix(lower.as_bytes()).is_some_and(|suffix| suffix.is_known())
}
