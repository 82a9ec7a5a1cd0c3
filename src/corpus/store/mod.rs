//! Object stores: `s3://`, `gs://`, `az://`. The network is asked on threads of its own; who wants an
//! object waits for it.

#[cfg(feature = "object-store")]
mod ahead;
#[cfg(feature = "object-store")]
mod bounds;
#[cfg(feature = "object-store")]
mod client;
#[cfg(feature = "object-store")]
mod coming;
#[cfg(feature = "object-store")]
mod failure;
#[cfg(feature = "object-store")]
mod listing;
mod location;
mod options;
#[cfg(feature = "object-store")]
mod parts;
#[cfg(feature = "object-store")]
mod route;
#[cfg(feature = "object-store")]
mod stores;
#[cfg(feature = "object-store")]
mod web;

#[cfg(feature = "object-store")]
pub use ahead::{Ahead, Content, Object};
pub use location::{Location, Scheme, of_file_url};
pub use options::StoreOptions;
#[cfg(feature = "object-store")]
pub use stores::Stores;

/// Why nothing of object stores is read.
pub const NOT_BUILT_IN: &str = "this build reads no object stores: it needs the feature \
                                `object-store`";
