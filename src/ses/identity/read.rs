//! The JSON of `aws sesv2 get-email-identity` and `list-email-identities`, read leniently: names in
//! any case, one identity, several in an array, or one on each line.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::word::plain;
use super::{
    Identity, IdentityDkim, IdentityKind, IdentityMailFrom, IdentityStatus, KeyLength, OnMxFailure,
    SigningOrigin,
};
use crate::Error;
use crate::dns::{Name, Question};

/// The most bytes of a file: some 20,000 identities in a list.
pub const MOST_BYTES: usize = 8 << 20;

/// The most characters of a text that is kept.
const LONGEST: usize = 320;

/// The most tokens of an identity; SES has three.
const MOST_TOKENS: usize = 8;

/// The name of an identity in one form: a domain in small letters, an address with its domain in
/// small letters. `None` if `text` is neither.
pub fn identity_name(text: &str) -> Option<String> {
    let (local, domain) = match text.rsplit_once('@') {
        Some((local, domain)) => (Some(local), domain),
        None => (None, text),
    };
    let domain = Name::parse(domain).ok()?;
    let has_dot = domain.labels().count() > 1;
    let is_plain = Question::txt(domain.clone()).is_harmless();
    match local {
        _ if !has_dot || !is_plain => None,
        None => Some(domain.to_string()),
        Some(local) => {
            let is_local = (1..=64).contains(&local.len())
                && !local
                    .chars()
                    .any(|char| char.is_control() || char.is_whitespace());
            is_local.then(|| format!("{local}@{domain}"))
        }
    }
}

/// The identities in `bytes`. `name` is what the caller calls it, for the one that does not say.
pub(super) fn identities(bytes: &[u8], name: Option<&str>) -> Result<Vec<Identity>, Error> {
    if bytes.len() > MOST_BYTES {
        return Err(wrong(
            format!("it is larger than {} MiB", MOST_BYTES >> 20),
            name,
        ));
    }
    let text = text(bytes);
    if text.trim().is_empty() {
        return Err(wrong("it is empty", name));
    }
    let mut found = Vec::new();
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let value = value.map_err(|error| wrong(format!("it is no JSON ({error})"), name))?;
        for one in each(value) {
            found.push(identity(&one).ok_or_else(|| wrong("it is another JSON", name))?);
        }
    }
    let nameless = found.iter().filter(|one| one.name.is_empty()).count();
    match (found.as_mut_slice(), name) {
        ([one], Some(name)) if one.name.is_empty() => one.name = name.to_owned(),
        _ if nameless > 0 => {
            let problem = "it does not say which identity it is of: name the file as it, \
                           example.com.json or mary@example.com.json, or give its name before it, \
                           example.com=FILE"
                .into();
            return Err(Error::Identity { problem });
        }
        _ => (),
    }
    Ok(found)
}

/// The text, whatever a shell has made of it: PowerShell writes UTF-16.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |order: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
        let chars = char::decode_utf16(units);
        let chars = chars.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER));
        Cow::Owned(chars.collect::<String>())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// That it cannot be used, why, and the command that gives what can be.
fn wrong(why: impl Into<String>, name: Option<&str>) -> Error {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "@.-_+".contains(char);
    let name = name.filter(|name| name.chars().all(is_plain) && !name.starts_with('-'));
    let name = name.unwrap_or("example.com");
    let why = why.into();
    Error::Identity {
        problem: format!(
            "{why}; expected what this writes: aws sesv2 get-email-identity --email-identity {name} \
             --region eu-west-1 --output json > {name}.json"
        ),
    }
}

/// The objects in a value: those of an array, those of a list, or the one.
fn each(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        Value::Object(mut object) => {
            let is_list = |key: &&String| plain(key) == "emailidentities";
            let key = object.keys().find(is_list).cloned();
            match key.and_then(|key| object.remove(&key)) {
                Some(Value::Array(values)) => values,
                Some(_) => vec![Value::Null],
                None => vec![Value::Object(object)],
            }
        }
        other => vec![other],
    }
}

/// One identity; `None` if the value is none. Its name is empty where it does not say.
fn identity(value: &Value) -> Option<Identity> {
    let object = Object(value.as_object()?);
    let dkim = object.object("DkimAttributes").map(dkim);
    let mail_from = object.object("MailFromAttributes").map(mail_from);
    let info = object.object("VerificationInfo");
    let told = |key: &str| info.as_ref().and_then(|info| info.text(key));
    let name = ["EmailIdentity", "IdentityName", "Name"];
    let name = name.iter().find_map(|key| object.text(key));
    let name = match name {
        Some(name) => identity_name(&name)?,
        None => String::new(),
    };
    let found = Identity {
        name,
        kind: object.word("IdentityType", IdentityKind::parse),
        may_send: object
            .flag("VerifiedForSendingStatus")
            .or_else(|| object.flag("SendingEnabled")),
        verification: object.word("VerificationStatus", IdentityStatus::parse),
        verification_error: told("ErrorType"),
        last_checked: told("LastCheckedTimestamp"),
        last_success: told("LastSuccessTimestamp"),
        dkim: dkim.filter(|dkim| *dkim != IdentityDkim::default()),
        mail_from,
    };
    let says = found.kind.is_some()
        || found.may_send.is_some()
        || found.verification.is_some()
        || found.dkim.is_some()
        || found
            .mail_from
            .as_ref()
            .is_some_and(|it| it.domain.is_some());
    says.then_some(found)
}

fn dkim(object: Object<'_>) -> IdentityDkim {
    let tokens = object.value("Tokens").and_then(Value::as_array);
    let tokens = tokens.into_iter().flatten().take(MOST_TOKENS);
    IdentityDkim {
        signing: object.flag("SigningEnabled"),
        status: object.word("Status", IdentityStatus::parse),
        tokens: tokens.filter_map(|token| short(token.as_str()?)).collect(),
        zone: object
            .text("SigningHostedZone")
            .and_then(|zone| Name::parse(&zone).ok()),
        origin: object.word("SigningAttributesOrigin", SigningOrigin::parse),
        key_length: object.word("CurrentSigningKeyLength", KeyLength::parse),
        next_key_length: object.word("NextSigningKeyLength", KeyLength::parse),
        keys_made: object.text("LastKeyGenerationTimestamp"),
    }
}

fn mail_from(object: Object<'_>) -> IdentityMailFrom {
    IdentityMailFrom {
        domain: object
            .text("MailFromDomain")
            .and_then(|domain| Name::parse(&domain).ok()),
        status: object.word("MailFromDomainStatus", IdentityStatus::parse),
        on_mx_failure: object.word("BehaviorOnMxFailure", OnMxFailure::parse),
    }
}

/// An object whose keys are looked up in any case.
struct Object<'v>(&'v Map<String, Value>);

impl<'v> Object<'v> {
    fn value(&self, key: &str) -> Option<&'v Value> {
        let wanted = plain(key);
        let exact = self.0.get(key);
        exact.or_else(|| {
            let mut fields = self.0.iter();
            fields.find_map(|(key, value)| (plain(key) == wanted).then_some(value))
        })
    }

    fn object(&self, key: &str) -> Option<Object<'v>> {
        self.value(key)?.as_object().map(Object)
    }

    /// A text or a number, as text.
    fn text(&self, key: &str) -> Option<String> {
        match self.value(key)? {
            Value::String(text) => short(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn word<T>(&self, key: &str, parse: impl Fn(&str) -> T) -> Option<T> {
        self.text(key).map(|word| parse(&word))
    }

    fn flag(&self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }
}

/// A text that says something, up to a length that is bounded.
fn short(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(LONGEST).collect())
}
