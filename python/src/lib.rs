//! The native part of the Python package: the functions and types of the library, with the words of the
//! command. What callers see, with its types and its documentation, is in `package/sesauth/`.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod asked;
mod dns;
mod domain;
mod error;
mod inspection;
mod live;
mod many;
mod rows;
mod wait;

/// Messages are judged on several threads, which free what others have made.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[pyo3::pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::dns::Dns;
    #[pymodule_export]
    use super::domain::{DomainCheck, domain};
    #[pymodule_export]
    use super::inspection::{Inspection, inspect};
    #[pymodule_export]
    use super::many::Rows;
    #[pymodule_export]
    use super::rows::{Batch, Schema};

    /// The version of the package.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
