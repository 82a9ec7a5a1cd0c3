//! The words of the API of SES, in any case and with or without underscores.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::ses::Region;

/// The letters and digits of a word, in small letters.
pub(super) fn plain(word: &str) -> String {
    let plain = word.chars().filter(char::is_ascii_alphanumeric);
    plain.map(|char| char.to_ascii_lowercase()).collect()
}

/// An enum of words, and what is none of them.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$of])* $variant,)+
            /// A word that is not known here.
            Other(String),
        }

        impl $name {
            /// Reads a word.
            pub fn parse(word: &str) -> Self {
                let read = plain(word);
                match word {
                    $(_ if read == plain($word) => Self::$variant,)+
                    _ => Self::Other(word.to_owned()),
                }
            }

            /// The word, as SES writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        as_text!($name);
    };
}

/// Shown, and in JSON, as its word.
macro_rules! as_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.as_str())
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                String::json_schema(generator)
            }
        }
    };
}

words! {
    /// What an identity is.
    IdentityKind {
        /// A single address.
        EmailAddress = "EMAIL_ADDRESS",
        /// A domain, with all below it.
        Domain = "DOMAIN",
        /// A domain that Amazon manages.
        ManagedDomain = "MANAGED_DOMAIN",
    }
}

words! {
    /// The state of something that SES looks for in DNS.
    IdentityStatus {
        /// SES has not found it yet, and looks again.
        Pending = "PENDING",
        /// SES has found it.
        Success = "SUCCESS",
        /// SES has stopped looking.
        Failed = "FAILED",
        /// SES could not look this time.
        TemporaryFailure = "TEMPORARY_FAILURE",
        /// SES was never asked to look.
        NotStarted = "NOT_STARTED",
    }
}

words! {
    /// What SES does when it does not find the MX of a custom MAIL FROM domain.
    OnMxFailure {
        /// It sends with its own MAIL FROM domain.
        UseDefaultValue = "USE_DEFAULT_VALUE",
        /// It refuses to send.
        RejectMessage = "REJECT_MESSAGE",
    }
}

words! {
    /// The length of a key.
    KeyLength {
        /// RSA with 1,024 bits.
        Rsa1024 = "RSA_1024_BIT",
        /// RSA with 2,048 bits.
        Rsa2048 = "RSA_2048_BIT",
    }
}

/// Where the keys of an identity come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningOrigin {
    /// SES makes them: Easy DKIM.
    AwsSes,
    /// The customer's own key: BYODKIM.
    External,
    /// The identity of the same name in this region: Deterministic Easy DKIM.
    Replica(Region),
    /// A word that is not known here.
    Other(String),
}

impl SigningOrigin {
    /// Reads a word.
    pub fn parse(word: &str) -> Self {
        let read = word.to_ascii_lowercase().replace('_', "-");
        match read.strip_prefix("aws-ses-").and_then(Region::parse) {
            Some(region) => Self::Replica(region),
            None if read == "aws-ses" => Self::AwsSes,
            None if read == "external" => Self::External,
            None => Self::Other(word.to_owned()),
        }
    }

    /// The word, as SES writes it.
    pub fn as_str(&self) -> Cow<'_, str> {
        match self {
            Self::AwsSes => "AWS_SES".into(),
            Self::External => "EXTERNAL".into(),
            Self::Replica(region) => {
                let region = region.as_str().to_ascii_uppercase().replace('-', "_");
                format!("AWS_SES_{region}").into()
            }
            Self::Other(word) => word.as_str().into(),
        }
    }
}

as_text!(SigningOrigin);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_form_and_written_in_that_of_ses() {
        for word in ["TEMPORARY_FAILURE", "TemporaryFailure", "temporary-failure"] {
            let read = IdentityStatus::parse(word);
            assert_eq!(read, IdentityStatus::TemporaryFailure);
            assert_eq!(read.to_string(), "TEMPORARY_FAILURE");
        }
        let other = IdentityStatus::parse("Paused");
        assert_eq!(other, IdentityStatus::Other("Paused".into()));
        for word in ["AWS_SES", "EXTERNAL", "AWS_SES_EU_SOUTH_1", "SOMEWHERE"] {
            assert_eq!(SigningOrigin::parse(word).to_string(), word);
        }
        let replica = SigningOrigin::Replica(Region::parse("eu-south-1").unwrap());
        assert_eq!(SigningOrigin::parse("aws_ses_eu_south_1"), replica);
    }
}
