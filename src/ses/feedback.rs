//! The MX host of a custom MAIL FROM domain: bounces are sent to it, and SES checks it.

use super::Region;
use super::regions::is_ses_domain;
use crate::dns::Name;
use crate::suggest::nearest;

/// What an MX record contains in place of the feedback host of SES.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Feedback {
    /// The feedback host of this region.
    Host(Region),
    /// The preference is part of the name, before this host.
    PreferenceInName(Name),
    /// A wrong name for the feedback host, and what is wrong with it.
    Misspelt(FeedbackFault),
    /// Another host.
    Other,
}

/// What is wrong with a host name that is meant to be the feedback host.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FeedbackFault {
    /// There is no such region.
    NoSuchRegion {
        /// The region as written.
        region: Region,
        /// The region that was probably meant.
        near: &'static str,
    },
    /// The name of the zone was appended to the host.
    ZoneAppended,
    /// It is in amazonaws.com.
    AtAmazonaws,
    /// It is the host with which SES receives mail.
    ReceivesMail,
    /// It is the host to which applications submit mail.
    TakesSubmissions,
    /// It is not the host of any region.
    OfNoRegion,
    /// It is another host of SES.
    AnotherHost,
}

impl Feedback {
    /// Recognises the host of an MX record.
    pub fn of(host: &Name) -> Self {
        let text = host.as_str();
        let rest = text.trim_start_matches(|char: char| char.is_ascii_digit());
        if rest.len() < text.len()
            && let Some(behind) = rest.strip_prefix([' ', '\t', '.'])
            && let Ok(name) = Name::parse(behind.trim_start())
            && (!rest.starts_with('.') || behind.starts_with("feedback-smtp."))
        {
            return Self::PreferenceInName(name);
        }
        match Region::of_feedback_host(text) {
            Some(region) if region.is_known() => return Self::Host(region),
            Some(region) => {
                return match near(region.as_str()) {
                    Some(near) => Self::Misspelt(FeedbackFault::NoSuchRegion { region, near }),
                    None => Self::Host(region),
                };
            }
            None => (),
        }
        let first = text.split('.').next().unwrap_or_default();
        let is_amazons = text.contains("amazonses") || text.contains("amazonaws");
        let fault = match first {
            _ if text.contains(".amazonses.com.") => FeedbackFault::ZoneAppended,
            "feedback-smtp" if text.ends_with(".amazonaws.com") => FeedbackFault::AtAmazonaws,
            "inbound-smtp" if is_amazons => FeedbackFault::ReceivesMail,
            "email-smtp" if is_amazons => FeedbackFault::TakesSubmissions,
            "feedback-smtp" => FeedbackFault::OfNoRegion,
            _ if is_ses_domain(text) => FeedbackFault::AnotherHost,
            _ => return Self::Other,
        };
        Self::Misspelt(fault)
    }

    /// Whether the host is meant to be one of SES.
    pub fn is_meant(&self) -> bool {
        match self {
            Self::Host(_) | Self::Misspelt(_) => true,
            Self::PreferenceInName(host) => Self::of(host).is_meant(),
            Self::Other => false,
        }
    }
}

fn near(region: &str) -> Option<&'static str> {
    let known: Vec<&'static str> = Region::known_names().collect();
    nearest(region, &known, 2).first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: &str) -> Feedback {
        Feedback::of(&Name::parse(host).unwrap())
    }

    #[test]
    fn a_feedback_host_names_its_region() {
        let region = Region::parse("eu-west-1").unwrap();
        let host = of("feedback-smtp.eu-west-1.amazonses.com");
        assert_eq!(host, Feedback::Host(region));
        assert!(matches!(
            of("feedback-smtp.zz-north-9.amazonses.com"),
            Feedback::Host(_)
        ));
    }

    #[test]
    fn what_was_meant_for_one_says_why_it_is_not() {
        let near = FeedbackFault::NoSuchRegion {
            region: Region::parse("us-eats-1").unwrap(),
            near: "us-east-1",
        };
        for (host, fault) in [
            (
                "feedback-smtp.us-east-1.amazonaws.com",
                FeedbackFault::AtAmazonaws,
            ),
            ("feedback-smtp.us-eats-1.amazonses.com", near),
            (
                "feedback-smtp.us-east-1.amazonses.com.example.com",
                FeedbackFault::ZoneAppended,
            ),
            (
                "inbound-smtp.us-east-1.amazonaws.com",
                FeedbackFault::ReceivesMail,
            ),
            (
                "feedback-smtp.useast1.amazonses.com",
                FeedbackFault::OfNoRegion,
            ),
        ] {
            assert_eq!(of(host), Feedback::Misspelt(fault), "{host}");
        }
    }

    #[test]
    fn a_preference_in_the_name_is_seen() {
        for host in [
            "10 feedback-smtp.us-east-1.amazonses.com",
            "10.feedback-smtp.us-east-1.amazonses.com",
        ] {
            assert!(matches!(of(host), Feedback::PreferenceInName(_)), "{host}");
            assert!(of(host).is_meant());
        }
        for other in ["mx.example.com", "10.example.com", "1and1.example"] {
            assert_eq!(of(other), Feedback::Other, "{other}");
        }
    }
}
