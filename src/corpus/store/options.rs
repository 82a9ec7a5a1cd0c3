//! What the caller says of object stores: credentials, endpoints, and when to stop.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// How to reach object stores.
#[derive(Clone, Default)]
pub struct StoreOptions {
    /// Names and values as the tools of the stores read them from their environment, such as
    /// `AWS_REGION`, `GOOGLE_APPLICATION_CREDENTIALS`, `AZURE_STORAGE_ACCOUNT_NAME`, and `HTTPS_PROXY`,
    /// `ALL_PROXY`, `NO_PROXY` (or in small letters). Names that are not known are passed over.
    pub variables: Vec<(String, String)>,
    /// The URL of a server with the interface of S3, in place of Amazon's.
    pub s3_endpoint: Option<String>,
    /// Requests to S3 are not signed, as for buckets that everybody may read.
    pub s3_no_sign: bool,
    /// Nothing is waited for once this is true.
    pub stop: Option<&'static AtomicBool>,
}

impl StoreOptions {
    /// Whether nothing is to be waited for any more.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Without the values of variables: some of them are secrets.
impl fmt::Debug for StoreOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .variables
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        out.debug_struct("StoreOptions")
            .field("variables", &names)
            .field("s3_endpoint", &self.s3_endpoint)
            .field("s3_no_sign", &self.s3_no_sign)
            .finish_non_exhaustive()
    }
}
