//! Several identities, and which of them SES uses for an address.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Identity, read};
use crate::Error;
use crate::dns::Name;

/// The most identities of a set.
pub const MOST_IDENTITIES: usize = 20_000;

/// The identities of one region of an account, each with what SES says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identities(BTreeMap<String, Identity>);

/// The identity that SES uses for the author of a message, as far as its output shows.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SesIdentity {
    /// The address in From.
    pub author: String,
    /// The identity: the most particular verified one that covers the address. If none is
    /// verified, the most particular one.
    #[serde(flatten)]
    pub identity: Identity,
    /// The next wider identity, whose settings do not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Identity>,
}

/// Of two with one name, the last stays.
impl FromIterator<Identity> for Identities {
    fn from_iter<I: IntoIterator<Item = Identity>>(identities: I) -> Self {
        let named = identities.into_iter().map(|one| (one.name.clone(), one));
        Self(named.collect())
    }
}

impl Identities {
    /// Adds the identities in a file. `name` is that of the identity, for a file with one that does
    /// not say its own. An identity of a list is completed by one with more to say.
    ///
    /// # Errors
    ///
    /// [`Error::Identity`] if `bytes` are not what SES writes, or say something else of an identity
    /// that is there; it says what to do.
    pub fn add(&mut self, bytes: &[u8], name: Option<&str>) -> Result<(), Error> {
        for identity in read::identities(bytes, name)? {
            self.insert(identity)?;
        }
        Ok(())
    }

    fn insert(&mut self, identity: Identity) -> Result<(), Error> {
        if self.0.len() >= MOST_IDENTITIES {
            let problem = format!("there are more than {MOST_IDENTITIES} identities");
            return Err(Error::Identity { problem });
        }
        let Some(known) = self.0.get_mut(&identity.name) else {
            self.0.insert(identity.name.clone(), identity);
            return Ok(());
        };
        let is_listed = |one: &Identity| one.dkim.is_none() && one.mail_from.is_none();
        match (is_listed(known), is_listed(&identity)) {
            (true, _) => *known = identity,
            (false, true) => (),
            (false, false) if *known == identity => (),
            (false, false) => {
                let problem = format!(
                    "{} is there twice, with different states: give what SES says in the region \
                     that sends",
                    identity.name
                );
                return Err(Error::Identity { problem });
            }
        }
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Identity> {
        self.0.values()
    }

    /// The identity that SES uses for mail from the address `local`@`domain`: that of the address,
    /// of its domain, or of a domain above. `None` if there is none.
    pub fn of_author(&self, local: &str, domain: &Name) -> Option<SesIdentity> {
        let author = format!("{local}@{domain}");
        let above = std::iter::successors(Some(domain.clone()), Name::parent);
        let above = above.take_while(|name| !name.is_root());
        let names = std::iter::once(author.clone()).chain(above.map(|name| name.to_string()));
        let covering: Vec<&Identity> = names.filter_map(|name| self.0.get(&name)).collect();
        let is_usable = |one: &&Identity| one.is_verified() != Some(false);
        let used = covering.iter().position(is_usable).unwrap_or(0);
        let mut wider = covering.iter().skip(used + 1).copied();
        let overridden = wider.find(is_usable);
        Some(SesIdentity {
            author,
            identity: Identity::clone(covering.get(used)?),
            overridden: overridden.cloned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ses::identity::{IdentityStatus, SigningOrigin};

    const DOMAIN: &str = r#"{
        "IdentityType": "DOMAIN", "FeedbackForwardingStatus": true, "VerifiedForSendingStatus": true,
        "DkimAttributes": {"SigningEnabled": true, "Status": "SUCCESS",
            "Tokens": ["aaa", "bbb", "ccc"], "SigningHostedZone": "dkim.amazonses.com",
            "SigningAttributesOrigin": "AWS_SES", "NextSigningKeyLength": "RSA_2048_BIT",
            "CurrentSigningKeyLength": "RSA_2048_BIT",
            "LastKeyGenerationTimestamp": "2026-03-01T10:00:00+00:00"},
        "MailFromAttributes": {"MailFromDomain": "mail.example.com",
            "MailFromDomainStatus": "PENDING", "BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Policies": {}, "Tags": [], "VerificationStatus": "SUCCESS",
        "VerificationInfo": {"LastCheckedTimestamp": 1782900000.5}
    }"#;

    fn set(files: &[(&str, Option<&str>)]) -> Result<Identities, Error> {
        let mut set = Identities::default();
        for (text, name) in files {
            set.add(text.as_bytes(), *name)?;
        }
        Ok(set)
    }

    fn used(set: &Identities, local: &str, domain: &str) -> Option<(String, Option<String>)> {
        let found = set.of_author(local, &Name::parse(domain).unwrap())?;
        Some((found.identity.name, found.overridden.map(|one| one.name)))
    }

    #[test]
    fn what_ses_says_is_read_with_all_its_fields() {
        let set = set(&[(DOMAIN, Some("example.com"))]).unwrap();
        let one = set.iter().next().unwrap();
        let dkim = one.dkim.as_ref().unwrap();
        assert_eq!(dkim.tokens, ["aaa", "bbb", "ccc"]);
        assert_eq!(dkim.origin, Some(SigningOrigin::AwsSes));
        assert_eq!((one.is_verified(), one.signs()), (Some(true), Some(true)));
        assert_eq!(one.last_checked.as_deref(), Some("1782900000.5"));
        let (domain, status) = one.mail_from_domain().unwrap();
        assert_eq!(domain.as_str(), "mail.example.com");
        assert_eq!(status, Some(&IdentityStatus::Pending));
        let region = crate::ses::Region::parse("eu-west-1").unwrap();
        let lines: Vec<String> = one
            .records(&region)
            .iter()
            .map(|one| one.zone_line())
            .collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(
            lines[0],
            "aaa._domainkey.example.com. 300 CNAME aaa.dkim.amazonses.com."
        );
    }

    #[test]
    fn the_most_particular_verified_identity_is_used() {
        let list = r#"{"EmailIdentities": [
            {"IdentityType": "DOMAIN", "IdentityName": "example.com", "SendingEnabled": true},
            {"IdentityType": "EMAIL_ADDRESS", "IdentityName": "mary@Example.com",
             "SendingEnabled": true, "VerificationStatus": "SUCCESS"},
            {"IdentityType": "EMAIL_ADDRESS", "IdentityName": "new@example.com",
             "SendingEnabled": false, "VerificationStatus": "PENDING"}]}"#;
        let set = set(&[(list, None), (DOMAIN, Some("example.com"))]).unwrap();
        let name = |name: &str| Some(name.to_owned());
        let mary = name("mary@example.com").zip(Some(name("example.com")));
        assert_eq!(used(&set, "mary", "example.com"), mary);
        let domain = Some(("example.com".to_owned(), None));
        assert_eq!(used(&set, "new", "example.com"), domain);
        assert_eq!(used(&set, "anne", "shop.example.com"), domain);
        assert_eq!(used(&set, "anne", "example.net"), None);
        // The details of the domain stay, in whichever order.
        let domain = set.iter().find(|one| one.name == "example.com").unwrap();
        assert!(domain.dkim.is_some());
    }

    #[test]
    fn several_stand_in_an_array_on_lines_and_in_any_spelling() {
        let array = r#"[{"EmailIdentity": "a.example", "identityType": "domain"},
            {"email_identity": "b.example", "DKIMATTRIBUTES": {"signing_enabled": "False"}}]"#;
        let lines = "{\"Name\":\"c.example\",\"IdentityType\":\"DOMAIN\"}\n\
                     {\"Name\":\"d.example\",\"IdentityType\":\"DOMAIN\"}\n";
        let set = set(&[(array, None), (lines, None)]).unwrap();
        let names: Vec<&str> = set.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["a.example", "b.example", "c.example", "d.example"]);
        let b = set.iter().nth(1).unwrap();
        assert_eq!(b.signs(), Some(false));
    }

    #[test]
    fn what_a_shell_writes_wide_is_read() {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(DOMAIN.encode_utf16().flat_map(u16::to_le_bytes));
        let mut set = Identities::default();
        set.add(&bytes, Some("example.com")).unwrap();
        assert_eq!(set.iter().count(), 1);
    }

    #[test]
    fn what_is_not_of_ses_is_refused_with_the_command_to_run() {
        let command = "aws sesv2 get-email-identity --email-identity example.com \
                       --region eu-west-1 --output json > example.com.json";
        for text in [
            "",
            " \n",
            "{",
            "not json",
            "{}",
            "[1]",
            "{\"a\": 1}",
            "\u{0}",
        ] {
            let error = set(&[(text, Some("example.com"))]).unwrap_err().to_string();
            assert!(error.contains(command), "{text:?}: {error}");
        }
        let hostile = "$(reboot).example";
        let error = set(&[("{", Some(hostile))]).unwrap_err().to_string();
        assert!(error.contains(command), "{error}");
        let nameless = set(&[(DOMAIN, None)]).unwrap_err().to_string();
        assert!(nameless.contains("example.com=FILE"), "{nameless}");
        let other = DOMAIN.replace("PENDING", "FAILED");
        let twice = set(&[(DOMAIN, Some("a.example")), (&other, Some("a.example"))]);
        assert!(twice.unwrap_err().to_string().contains("twice"));
        let deep = "[".repeat(100_000);
        assert!(set(&[(&deep, None)]).is_err());
    }
}
