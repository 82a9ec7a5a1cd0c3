//! What a domain publishes for mail, looked at without a message.
//!
//! The verdicts and rules are those of messages: they look at mail that the domain would send. So
//! a fault has the same code, the same words and the same fix here and there.

mod beside;
mod check;
mod grade;
mod host;
mod keys;
mod mail;
mod mail_from;
mod own_key;
mod selectors;
mod servers;
mod setup;
mod spf;
mod together;

pub use beside::{Beside, Text, Wildcard};
pub use check::{DomainCheck, DomainQuery, Role, check_domain};
pub use grade::{Area, Grade, Item, LETTERS, Letter, Loss, Why};
pub use host::SendingHost;
pub use mail_from::{MailFrom, MailFromOrigin};
pub use own_key::{OwnKeyFault, own_key_fault};
pub use selectors::{KeyState, Selector, SelectorOrigin, WantedSelector};
pub use servers::{
    ServerAnswer, ServerAt, ServerDifference, ZoneServers, compare_servers, name_servers,
};
pub use setup::{InRegion, Needed, PublishedState, Purpose, SetUp, SetUpFault, check_set_up};
pub use spf::SpfOfDomain;
pub use together::{Together, mend};
