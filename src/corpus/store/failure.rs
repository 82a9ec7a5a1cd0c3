//! Why a store did not do what it was asked, in words, and what to set. Nothing of a request is
//! repeated, as it may hold a secret.

use std::error::Error as _;

use object_store::Error;

use super::location::{Location, Scheme};
use super::route::innermost;

/// What was asked of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    List,
    Read,
    Write,
}

/// Whether no other request will do better, as the credentials are wrong or have expired.
pub fn is_of_credentials(error: &Error) -> bool {
    let code = Answer::of(error).code;
    let is_known = |code: &String| WRONG.iter().chain(&EXPIRED).any(|known| code == known);
    matches!(error, Error::Unauthenticated { .. }) || code.as_ref().is_some_and(is_known)
}

/// What servers call wrong credentials.
const WRONG: [&str; 3] = [
    "AuthenticationFailed",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
];

/// What they call old ones.
const EXPIRED: [&str; 4] = [
    "ExpiredToken",
    "InvalidToken",
    "RequestExpired",
    "TokenRefreshRequired",
];

/// Why it was not done.
pub fn why(error: &Error, at: &Location, asked: Asked) -> String {
    let Answer { status, code } = Answer::of(error);
    let bucket = &at.bucket;
    let said = match (&code, status) {
        (Some(code), _) => format!(" ({code})"),
        (None, Some(status)) => format!(" (HTTP status {status})"),
        (None, None) => String::new(),
    };
    match (error, code.as_deref(), status) {
        (_, Some("NoSuchBucket" | "ContainerNotFound"), _) => {
            format!("there is no bucket {bucket}{said}")
        }
        (_, Some(code), _) if WRONG.contains(&code) => {
            format!(
                "the credentials are wrong{said}: {}",
                credentials(at.scheme)
            )
        }
        (_, Some(code), _) if EXPIRED.contains(&code) => {
            format!(
                "the credentials have expired{said}: {}",
                credentials(at.scheme)
            )
        }
        (
            _,
            Some(
                "PermanentRedirect"
                | "AuthorizationHeaderMalformed"
                | "IllegalLocationConstraintException",
            ),
            _,
        )
        | (_, _, Some(301 | 307)) => {
            format!("the bucket {bucket} is in another region{said}: set AWS_REGION to its region")
        }
        (_, _, Some(302 | 303 | 308)) => {
            format!("the server sends the request elsewhere{said}: give the address that answers")
        }
        (Error::NotFound { .. }, _, _) if asked == Asked::List => {
            format!("there is no bucket {bucket}{said}")
        }
        (Error::NotFound { .. }, _, _) => "there is no such object; to read all objects below it, \
             write the URL with a slash at its end"
            .into(),
        (Error::PermissionDenied { .. }, _, _) | (_, _, Some(403)) => {
            format!("access is denied{said}: {}", permission(at, asked))
        }
        (Error::Unauthenticated { .. }, _, _) => {
            format!("access is denied{said}: {}", credentials(at.scheme))
        }
        (Error::Precondition { .. }, _, _) => {
            "it was changed while it was read; read it again".into()
        }
        (Error::InvalidPath { source }, _, _) => format!(
            "{source}: such keys are not read here; give a longer prefix that leaves them out"
        ),
        (_, _, Some(_)) => format!("the store failed{said}; try again later"),
        _ if is_redirect(error) => {
            format!("the bucket {bucket} is in another region: set AWS_REGION to its region")
        }
        _ => format!(
            "the store cannot be asked: {}",
            error
                .source()
                .map_or_else(|| "it does not say why".into(), innermost)
        ),
    }
}

/// What to set.
pub fn credentials(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::S3 => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (`aws configure export-credentials \
             --format env` prints those of a profile), or give --s3-no-sign if everybody may read \
             the bucket"
        }
        Scheme::Gs => {
            "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account, or run `gcloud \
             auth application-default login`"
        }
        Scheme::Az => {
            "set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or \
             AZURE_STORAGE_SAS_TOKEN"
        }
    }
}

/// What must be allowed.
fn permission(at: &Location, asked: Asked) -> String {
    let bucket = &at.bucket;
    match (at.scheme, asked) {
        (Scheme::S3, Asked::List) => {
            format!("these credentials need s3:ListBucket on arn:aws:s3:::{bucket}")
        }
        (Scheme::S3, Asked::Read) => format!(
            "these credentials need s3:GetObject on arn:aws:s3:::{bucket}/*; an object that does \
             not exist looks the same to who may not list the bucket"
        ),
        (Scheme::S3, Asked::Write) => {
            format!("these credentials need s3:PutObject on arn:aws:s3:::{bucket}/*")
        }
        (Scheme::Gs, Asked::List) => {
            format!("these credentials need storage.objects.list on the bucket {bucket}")
        }
        (Scheme::Gs, Asked::Read) => {
            format!("these credentials need storage.objects.get on the bucket {bucket}")
        }
        (Scheme::Gs, Asked::Write) => {
            format!("these credentials need storage.objects.create on the bucket {bucket}")
        }
        (Scheme::Az, Asked::List | Asked::Read) => {
            format!("these credentials need the role Storage Blob Data Reader on {bucket}")
        }
        (Scheme::Az, Asked::Write) => {
            format!("these credentials need the role Storage Blob Data Contributor on {bucket}")
        }
    }
}

/// What the server said.
struct Answer {
    status: Option<u16>,
    /// Its own word for it.
    code: Option<String>,
}

impl Answer {
    fn of(error: &Error) -> Self {
        // The error of a request is private to the crate; its text has status and body. That of `error`
        // itself begins with the key, which may be any text.
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        let word = |start: &str| -> Option<&str> {
            let (_, rest) = text.split_once(start)?;
            let end = rest.find(|char: char| !char.is_ascii_alphanumeric());
            Some(&rest[..end.unwrap_or(rest.len())]).filter(|word| !word.is_empty())
        };
        Self {
            status: word("status code: ").and_then(|word| word.parse().ok()),
            code: word("<Code>").map(|word| word.chars().take(60).collect()),
        }
    }
}

fn is_redirect(error: &Error) -> bool {
    error.to_string().contains("Received redirect")
}
