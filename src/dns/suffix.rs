//! The Public Suffix List. Its code is large and generic: only this file calls it, so that it is
//! compiled once.

/// The registered domain of `name`: a public suffix, of the private section too, and one label more.
/// `None` if there is none.
#[inline(never)]
pub(crate) fn registered(name: &str) -> Option<&str> {
    psl::domain_str(name)
}
