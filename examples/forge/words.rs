//! The words of receivers for what they found: the result and its comment.

use super::verdict::{Cause, DkimSaid};

/// Gmail's word and comment for a signature.
pub fn gmail(cause: Cause) -> String {
    use Cause::*;
    match cause {
        Verified | NotRecorded | HeadersOnly => "pass",
        BodyChanged | BodyAndHeaderChanged => "neutral (body hash did not verify)",
        HeaderChanged | KeyDoesNotFit => "fail",
        Expired => "neutral (expired)",
        KeyGone | KeyEmpty | KeyNotAKey | KeyRevoked => "temperror (no key for signature)",
        Dns => "temperror (dns lookup error)",
        KeyTooShort => "policy (weak key)",
        Sha1 => "policy (weak hash)",
        KeySyntax | KeyType | KeyHashNotAllowed | KeyService => "neutral (invalid public key)",
        KeyStrictIdentity | IdentityOutsideDomain => "neutral (domain mismatch)",
        Version => "neutral (bad version)",
        FromNotSigned => "neutral (from not signed)",
        MissingTag | Syntax | UnknownAlgorithm | UnknownCanonicalization | Future => {
            "neutral (bad format)"
        }
    }
    .to_owned()
}

/// Exchange Online's word and comment.
pub fn outlook(cause: Cause) -> &'static str {
    use Cause::*;
    match cause {
        Verified | NotRecorded | HeadersOnly => "pass (signature was verified)",
        BodyChanged | BodyAndHeaderChanged => "fail (body hash did not verify)",
        HeaderChanged | KeyDoesNotFit | KeyStrictIdentity => "fail (signature did not verify)",
        Expired | Future => "fail (signature timestamp exipred)",
        KeyGone | KeyEmpty | KeyRevoked | KeyNotAKey => "fail (no key for signature)",
        KeySyntax | KeyType | KeyService => "fail (invalid public key)",
        KeyHashNotAllowed | Sha1 | UnknownAlgorithm => "fail (inappropriate hash algorithm)",
        KeyTooShort => "ignore (ignored public key size)",
        Dns => "timeout (key query timeout)",
        MissingTag
        | Version
        | IdentityOutsideDomain
        | FromNotSigned
        | Syntax
        | UnknownCanonicalization => "fail (signature syntax error)",
    }
}

/// OpenDKIM's word, reason and key size.
pub fn opendkim(said: &DkimSaid) -> String {
    use Cause::*;
    let bits = said.bits;
    match said.cause {
        Verified | NotRecorded | HeadersOnly => format!("pass ({bits}-bit key)"),
        BodyChanged | HeaderChanged | BodyAndHeaderChanged | KeyDoesNotFit => {
            format!("fail reason=\"signature verification failed\" ({bits}-bit key)")
        }
        KeyGone | KeyEmpty | KeyNotAKey => {
            "fail reason=\"key not found in DNS\" (0-bit key)".to_owned()
        }
        KeyRevoked => "permerror reason=\"key revoked\" (0-bit key)".to_owned(),
        KeyTooShort => format!("policy ({bits}-bit key) reason=\"signing key too small\""),
        Expired => "fail reason=\"signature expired\" (0-bit key)".to_owned(),
        Dns => "temperror reason=\"key query failed\" (0-bit key)".to_owned(),
        _ => "permerror (bad message/signature format) (0-bit key)".to_owned(),
    }
}

/// The plain word of RFC 8601 §2.7.1, for receivers that say no more.
pub fn plain(cause: Cause) -> &'static str {
    use Cause::*;
    match cause {
        Verified | NotRecorded | HeadersOnly => "pass",
        BodyChanged | HeaderChanged | BodyAndHeaderChanged | KeyDoesNotFit => "fail",
        KeyTooShort | Sha1 => "policy",
        Syntax | UnknownAlgorithm | UnknownCanonicalization | Future => "neutral",
        Dns => "temperror",
        _ => "permerror",
    }
}

/// The comment that Google adds to an SPF result.
pub fn spf_comment(service: &str, result: &str, sender: &str, ip: &str) -> String {
    match result {
        "pass" => format!("({service}: domain of {sender} designates {ip} as permitted sender)"),
        "softfail" => format!(
            "({service}: domain of transitioning {sender} does not designate {ip} as permitted sender)"
        ),
        "fail" => {
            format!("({service}: domain of {sender} does not designate {ip} as permitted sender)")
        }
        "none" | "neutral" => {
            format!("({service}: {ip} is neither permitted nor denied by domain of {sender})")
        }
        "permerror" => {
            format!("({service}: permanent error in processing during lookup of {sender})")
        }
        _ => format!("({service}: error in processing during lookup of {sender})"),
    }
}
