//! What a person can say or choose so that a result comes out otherwise, by the name that it has where the
//! words are read: a flag of the command, a field of a page, a parameter of the API.

use std::cell::Cell;
use std::fmt;

/// Where words are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Front {
    /// In a terminal, or wherever the output of the command goes.
    #[default]
    Command,
    /// On a page with fields.
    Page,
    /// By a program that called the API.
    Api,
}

/// What a person can say or choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Means {
    /// The address of the client.
    ClientIp,
    /// The name in HELO.
    Helo,
    /// The envelope sender.
    MailFrom,
    /// The time as of which it is judged.
    At,
    /// The Received field whose session is judged.
    Hop,
    /// Hosts that are the receiver's.
    Trust,
    /// Names in Authentication-Results that are the receiver's.
    Trusted,
    /// The attached message to judge.
    Attached,
    /// How much is tried to find what broke a signature.
    Autopsy,
    /// Domains that the reader runs.
    Mine,
    /// That the reader received the message from somebody else.
    Received,
    /// A planned DMARC record.
    Policy,
    /// A planned SPF record.
    SpfRecord,
    /// The domain that records are planned for.
    PlannedAt,
    /// Selectors of a domain that is checked.
    Selector,
    /// That usual selectors are tried.
    Guess,
    /// The custom MAIL FROM domain of a domain that is checked.
    MailFromDomain,
}

thread_local! {
    /// Where the words are read that this thread makes.
    static FRONT: Cell<Front> = const { Cell::new(Front::Command) };
}

/// Makes words that are read at `front`: what runs in `words`, on this thread, names all [`Means`] as
/// they are named there.
///
/// # Examples
///
/// ```
/// use sesauth::explain::means::{Front, Means, read_at};
///
/// let words = || format!("give it with {}", Means::ClientIp);
/// assert_eq!(words(), "give it with --ip");
/// assert_eq!(read_at(Front::Page, words), "give it with \"Address of the client\"");
/// assert_eq!(read_at(Front::Api, words), "give it with ip");
/// ```
pub fn read_at<T>(front: Front, words: impl FnOnce() -> T) -> T {
    struct Before(Front);
    impl Drop for Before {
        fn drop(&mut self) {
            FRONT.set(self.0);
        }
    }
    let _before = Before(FRONT.replace(front));
    words()
}

impl Means {
    /// The flag, the label of the field, and the parameter.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ClientIp => ("--ip", "Address of the client", "ip"),
            Self::Helo => ("--helo", "Name in HELO", "helo"),
            Self::MailFrom => ("--mail-from", "Envelope sender", "mail_from"),
            Self::At => ("--at", "Judge as of", "at"),
            Self::Hop => ("--hop", "Judge at Received field", "hop"),
            Self::Trust => ("--trust", "Hosts of the receiver", "trust"),
            Self::Trusted => ("--trusted", "Names in Authentication-Results", "trusted"),
            Self::Attached => ("--attached", "Judge attached message", "attached"),
            Self::Autopsy => ("--autopsy", "Search for what broke a signature", "autopsy"),
            Self::Mine => ("--mine", "Domains of yours", "mine"),
            Self::Received => ("--received", "I received it from somebody else", "received"),
            Self::Policy => ("--policy", "DMARC record, or tags to set", "policy"),
            Self::SpfRecord => ("--spf-record", "SPF record", "spf_record"),
            Self::PlannedAt => ("--domain", "Publish them only at this domain", "domain"),
            Self::Selector => ("--selector", "DKIM selectors", "selector"),
            Self::Guess => (
                "--guess",
                "Also ask for selectors that many domains have",
                "guess",
            ),
            Self::MailFromDomain => ("--mail-from", "Custom MAIL FROM domain", "mail_from"),
        }
    }

    /// What of the session is said with this flag.
    pub(super) fn of_session(flag: &str) -> Option<Self> {
        let mut all = [Self::ClientIp, Self::Helo, Self::MailFrom, Self::At].into_iter();
        all.find(|means| means.names().0 == flag)
    }

    /// The label of its field on a page.
    pub fn label(self) -> &'static str {
        self.names().1
    }

    /// With this value.
    pub fn with<V: fmt::Display>(self, value: V) -> impl fmt::Display {
        With(self, value)
    }
}

impl fmt::Display for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (flag, label, parameter) = self.names();
        match FRONT.get() {
            Front::Command => f.write_str(flag),
            Front::Page => write!(f, "\"{label}\""),
            Front::Api => f.write_str(parameter),
        }
    }
}

struct With<V>(Means, V);

impl<V: fmt::Display> fmt::Display for With<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(means, value) = self;
        match (FRONT.get(), means) {
            // Its value can be left out, so an equals sign stands before it.
            (Front::Command, Means::Attached) => write!(f, "{means}={value}"),
            (Front::Command, _) => write!(f, "{means} {value}"),
            (Front::Page, _) => write!(f, "{value} in {means}"),
            (Front::Api, _) => write!(f, "{means}={value}"),
        }
    }
}

/// How answers of DNS are had that a recording lacks.
pub fn more_dns() -> &'static str {
    match FRONT.get() {
        Front::Command => "record again with network: sesauth inspect --record FILE MESSAGE",
        Front::Page | Front::Api => {
            "start sesauth serve without --dns and --offline, so that DNS is asked, or with a recording \
             that has them, as sesauth inspect --record FILE MESSAGE makes one"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_where_it_is_read_best() {
        let words = || format!("{}, {}", Means::Hop.with(2), Means::Attached.with("N"));
        assert_eq!(words(), "--hop 2, --attached=N");
        assert_eq!(read_at(Front::Api, words), "hop=2, attached=N");
        let page = read_at(Front::Page, words);
        assert_eq!(
            page,
            "2 in \"Judge at Received field\", N in \"Judge attached message\""
        );
    }

    #[test]
    fn a_panic_does_not_leave_its_words_behind() {
        let failed = std::panic::catch_unwind(|| read_at(Front::Page, || panic!("as a test")));
        assert!(failed.is_err());
        assert_eq!(Means::ClientIp.to_string(), "--ip");
    }
}
