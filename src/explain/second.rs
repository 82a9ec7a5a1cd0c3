//! Words about another verifier's results compared with ours.

use std::fmt;

use jiff::Timestamp;

use crate::Analysis;
use crate::dkim::{DkimCause, DkimVerdict};
use crate::dmarc::{DmarcCause, DmarcVerdict, Rules};
use crate::dns::Name;
use crate::message::Form;
use crate::second::{
    ArcClause, ClauseReason, DkimClause, DmarcClause, FromClause, NoOpinion, OpinionMethod,
    OpinionRow, Program, RowName, SessionPart, SessionValue, SpfClause, TooMuch,
};
use crate::spf::SpfCause;

/// The reason for the difference in a row, without a capital letter or a full stop; `None` if no
/// reason is known. The words quote the message and the other verifier. `row` compares the results
/// of `program` with `analysis`.
pub fn clause<'a>(
    analysis: &'a Analysis,
    program: Program,
    row: &'a OpinionRow,
) -> Option<impl fmt::Display + 'a> {
    let reason = &row.clause.as_ref()?.reason;
    Some(Words {
        analysis,
        program,
        row,
        reason,
    })
}

/// Why an engine says nothing of a message, without a capital letter or a full stop.
pub fn no_opinion(why: &NoOpinion) -> String {
    match why {
        NoOpinion::NotAMessage => "it does not take the octets for a message".into(),
        NoOpinion::TooMuch { what, limit } => {
            let what = match what {
                TooMuch::HeaderFields => "header fields",
                TooMuch::HeaderOctets => "octets of header",
                TooMuch::Signatures => "signatures",
                TooMuch::ArcSets => "ARC sets",
            };
            format!("the message has more {what} than the {limit} that it is given")
        }
        NoOpinion::Panicked => "it panicked on this message".into(),
        NoOpinion::TookTooLong => "it did not come to an end".into(),
        NoOpinion::NotStarted(error) => format!("it could not be started ({error})"),
    }
}

struct Words<'a> {
    analysis: &'a Analysis,
    program: Program,
    row: &'a OpinionRow,
    reason: &'a ClauseReason,
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            ClauseReason::OtherForm { form } => write!(
                f,
                "the file is {}, and here the message was taken out of it",
                form_name(*form)
            ),
            ClauseReason::Spf(clause) => self.spf(f, clause),
            ClauseReason::Dkim(clause) => self.dkim(f, clause),
            ClauseReason::Dmarc(clause) => self.dmarc(f, clause),
            ClauseReason::OtherHeader(count) => write!(
                f,
                "it sees {} header fields, here there are {}: some lines are no field, or end \
                 otherwise",
                count.theirs, count.ours
            ),
            ClauseReason::NotAsked { questions } => write!(
                f,
                "it asked DNS for {}, which was not asked here, so nobody could answer",
                questions.join(" and ")
            ),
            ClauseReason::From(clause) => f.write_str(match clause {
                FromClause::WithoutDomain => "it takes a text without a domain for an address",
                FromClause::Malformed => {
                    "From does not have the form of RFC 5322, so each reads in it what it can"
                }
                FromClause::SeveralFields => "there are several From fields",
                FromClause::Unicode => "a part beyond ASCII is read in another way",
            }),
            ClauseReason::Arc(clause) => self.arc(f, *clause),
        }
    }
}

/// The name of a file form.
fn form_name(form: Form) -> &'static str {
    match form {
        Form::Rfc5322 => "a message",
        Form::HeadersOnly => "the header of a message",
        Form::Mbox => "an mbox",
        Form::Emlx => "a file of Apple Mail",
        Form::GmailShowOriginal => "a page copied from Gmail",
        Form::OutlookMsg => "an Outlook .msg file",
        Form::Attached => "a message that carries the one judged",
        Form::Gzip => "packed by gzip",
        Form::Zstd => "packed by Zstandard",
    }
}

impl Words<'_> {
    fn arc(&self, f: &mut fmt::Formatter<'_>, clause: ArcClause) -> fmt::Result {
        match clause {
            ArcClause::OtherWord => f.write_str("a chain that does not pass fails"),
            ArcClause::HasFailed => {
                f.write_str("the newest ARC-Seal says cv=fail, so the chain has failed for good")
            }
            ArcClause::FaultCounted { .. } => {
                write!(f, "{}, so it fails", super::arc::cause(&self.analysis.arc))
            }
            ArcClause::VerifiesHere => f.write_str(
                "every seal and the newest ARC-Message-Signature verify here, which is a pass",
            ),
            ArcClause::TheirDns => f.write_str("DNS gave it no answer about the chain"),
            ArcClause::HeadersOnly => f.write_str("the file here holds no body"),
            ArcClause::OwnDns | ArcClause::NotRecorded => {
                write!(f, "{}", super::arc::cause(&self.analysis.arc))
            }
        }
    }

    fn spf(&self, f: &mut fmt::Formatter<'_>, clause: &SpfClause) -> fmt::Result {
        match clause {
            SpfClause::DomainInvalid => {
                f.write_str("the identity names no domain that can have a record, so it is none")
            }
            SpfClause::PermerrorThere { lookups, limit } => write!(
                f,
                "the record is well-formed, and {lookups} of {limit} lookups are used: no ground \
                 for permerror"
            ),
            SpfClause::OtherFamily => {
                f.write_str("IPv4 clients are listed by ip4 alone, so an ip6 term matches none")
            }
            SpfClause::NameImpossible => f.write_str(
                "DNS answered all that it asked, so nothing failed; what a name that DNS cannot have \
                 gives is left open, and here the term does not match",
            ),
            SpfClause::ExistsAsksForA => {
                f.write_str("exists asks for an A record alone, also for a client with IPv6")
            }
            SpfClause::PtrMatches => {
                f.write_str("a name of the client leads back to it, and the ptr term matches that")
            }
            SpfClause::OtherSession { values } => {
                let mut before = "the session differs: ";
                for value in values {
                    f.write_str(before)?;
                    session_value(f, value)?;
                    before = ", ";
                }
                Ok(())
            }
            SpfClause::OtherNetwork { matched } => {
                write!(f, "the session differs: it matched {matched}")?;
                match &self.analysis.session.client_ip {
                    Some(client) => write!(f, ", and {} is not in it", client.value),
                    None => Ok(()),
                }
            }
            SpfClause::ClientUnknown => f.write_str("the client's address is not known here"),
            SpfClause::MailFromUnknown => f.write_str("the envelope sender is not known here"),
            SpfClause::HeloUnknown => f.write_str("the HELO name is not known here"),
            SpfClause::NotRecorded => {
                f.write_str("the recorded DNS here does not hold what SPF asks")
            }
            SpfClause::TheirDns => f.write_str("DNS gave it no answer"),
            SpfClause::OwnDns => f.write_str("DNS gave no answer here"),
            SpfClause::HeloNotSaid { helo } => write!(
                f,
                "MAIL FROM is null, so SPF judges the HELO name: {helo} here; {} does not say \
                 which it was given",
                self.program
            ),
            SpfClause::RecordThere { domain } => write!(
                f,
                "it counts a record, where DNS here has none for {domain}"
            ),
            SpfClause::RecordHere { domain } => write!(
                f,
                "it counts no record, where DNS here has one for {domain}"
            ),
            SpfClause::PermerrorNotGiven { cause } => {
                write!(f, "{}, which is a permerror", permerror(*cause))
            }
        }
    }

    fn dkim(&self, f: &mut fmt::Formatter<'_>, clause: &DkimClause) -> fmt::Result {
        let index = self.row.signature.and_then(|number| number.checked_sub(1));
        let verdict = index.and_then(|index| self.analysis.dkim.get(index));
        let expired = || day(verdict.and_then(|verdict| verdict.expires_at));
        let key = KeyName(verdict);
        match clause {
            DkimClause::NeutralForFail => {
                f.write_str("one that can be processed and does not verify is fail, not neutral")
            }
            DkimClause::NoPass => f.write_str("neither word is a pass"),
            DkimClause::GivenAgain => f.write_str(
                "another of its results is about that signature: it gives more results than there \
                 are signatures",
            ),
            DkimClause::NoSuchSignature => {
                f.write_str("no signature that was looked at here is the one it names")
            }
            DkimClause::TheirDns => f.write_str("DNS gave it no answer about the key"),
            DkimClause::OwnDns => write!(f, "DNS gave no answer here about TXT {key}"),
            DkimClause::NotRecorded => {
                write!(f, "the recorded DNS here does not hold TXT {key}")
            }
            DkimClause::HeadersOnly => f.write_str("the file here holds no body"),
            DkimClause::ExpiredHere => write!(
                f,
                "x= ended its validity on {}, and here it is judged as of {}",
                expired(),
                self.as_of()
            ),
            DkimClause::ExpiredThere => write!(
                f,
                "it judged after x= ({}); here the time is {}",
                expired(),
                self.as_of()
            ),
            DkimClause::ExpiredLeftOut => {
                f.write_str("it leaves out a signature whose x= has passed")
            }
            DkimClause::FutureHere => write!(
                f,
                "t= says it was made on {}, and here it is judged as of {}",
                day(verdict.and_then(|verdict| verdict.signed_at)),
                self.as_of()
            ),
            DkimClause::FutureLeftOut => {
                f.write_str("it leaves out a signature whose t= lies in the future")
            }
            DkimClause::UnprocessableLeftOut => {
                f.write_str("it gives no result for a signature that cannot be processed")
            }
            DkimClause::Sha1Counted => f.write_str("it counts rsa-sha1, which verifiers must not"),
            DkimClause::ShortKeyCounted { bits } => write!(
                f,
                "it counts a key of {bits} bits; verifiers must not count one under 1024"
            ),
            DkimClause::KeyTooShortThere { bits } => write!(
                f,
                "its limit is above the {bits} bits of this key; verifiers must take 1024"
            ),
            DkimClause::KeyNotFound => {
                write!(f, "it found no key at {key}, DNS here has one")
            }
            DkimClause::SeveralKeys { records } => write!(
                f,
                "{records} records stand at {key}, one of which made the signature: a verifier may \
                 try one alone"
            ),
            DkimClause::LengthTag { signed, canonical } => write!(
                f,
                "l= counts {signed} octets and the canonical body here has {canonical}: it hashed \
                 others"
            ),
            DkimClause::LengthTagRefused => f.write_str(
                "it refuses l=, which leaves unsigned what is added below; the signature verifies",
            ),
            DkimClause::OtherBody { theirs, ours } => write!(
                f,
                "it hashed another body: the hash is {theirs} there and {ours} here"
            ),
            DkimClause::NothingSeen => f.write_str(
                "it saw no signature at all; check that it was given the same file, and all of it",
            ),
            DkimClause::FaultCounted { fault } | DkimClause::KeyFaultCounted { fault } => {
                f.write_str(counted(*fault))
            }
        }
    }

    fn dmarc(&self, f: &mut fmt::Formatter<'_>, clause: &DmarcClause) -> fmt::Result {
        let dmarc = &self.analysis.dmarc;
        match clause {
            DmarcClause::Follows { rows } => {
                let mut before = "it follows from ";
                for row in rows {
                    f.write_str(before)?;
                    row_name(f, *row)?;
                    before = " and ";
                }
                Ok(())
            }
            DmarcClause::OtherRules => other_rules(f, dmarc),
            DmarcClause::SeveralAddresses => {
                let author = dmarc.author_domain.as_ref();
                let author = author.map_or("", |author| author.as_str());
                write!(
                    f,
                    "From has several addresses, and {author} is the domain of all"
                )
            }
            DmarcClause::StrictAlignment { identifier } => write!(
                f,
                "the record asks for strict alignment, and {identifier} is not {} itself",
                self.row.subject
            ),
            DmarcClause::NoAuthor => f.write_str(match dmarc.cause {
                DmarcCause::SeveralFromFields => "there are several From fields",
                DmarcCause::SeveralAuthorDomains => "From does not name one domain alone",
                _ => "From names no domain",
            }),
            DmarcClause::SeveralRecords { domain } => write!(
                f,
                "of several policy records at _dmarc.{domain} none counts, as if there were none"
            ),
            DmarcClause::PolicyInvalid { domain } => write!(
                f,
                "the record at _dmarc.{domain} has no valid policy but a place to report to: it \
                 counts as p=none"
            ),
            DmarcClause::NotARecord { domain } => write!(
                f,
                "the text at _dmarc.{domain} does not begin with v=DMARC1 and is no record"
            ),
            DmarcClause::RecordUnusable => f.write_str(
                "a policy record without a valid policy or a place to report to is as none",
            ),
            DmarcClause::RecordThere => {
                f.write_str("it found a policy record, where DNS here has none")
            }
            DmarcClause::RecordHere { domain } => write!(
                f,
                "it counts no policy record, where DNS here has _dmarc.{domain}"
            ),
            DmarcClause::TheirDns => f.write_str("DNS gave it no answer on which the result hangs"),
            DmarcClause::OwnDns => f.write_str("DNS gave no answer here on which the result hangs"),
            DmarcClause::NotRecorded => {
                f.write_str("the recorded DNS here does not hold what the result hangs on")
            }
            DmarcClause::NotEvaluated => f.write_str(
                "SPF or a signature could not be judged here, and the result hangs on it",
            ),
        }
    }

    /// The time at which the message is judged here.
    fn as_of(&self) -> String {
        match &self.analysis.session.received_at {
            Some(at) => day(Some(at.value)),
            None => "now".into(),
        }
    }
}

fn session_value(f: &mut fmt::Formatter<'_>, value: &SessionValue) -> fmt::Result {
    let what = match value.part {
        SessionPart::Client => "the client",
        SessionPart::MailFrom => "MAIL FROM",
        SessionPart::Helo => "HELO",
    };
    let theirs = value.theirs.as_deref().unwrap_or("unknown");
    write!(f, "{what} is {theirs} there and {} here", value.ours)
}

/// What causes a permerror of SPF.
fn permerror(cause: SpfCause) -> &'static str {
    match cause {
        SpfCause::SeveralRecords => "several SPF records",
        SpfCause::TooManyLookups => "too many terms that cause lookups",
        SpfCause::TooManyVoidLookups => "too many lookups of nothing",
        SpfCause::TooManyNames => "too many hosts of one mx term",
        SpfCause::IncludeWithoutRecord => "an include of a domain without a record",
        SpfCause::RedirectWithoutRecord => "a redirect to a domain without a record",
        _ => "a syntax error in the record",
    }
}

/// What is wrong with a signature or its key that they accept.
fn counted(fault: DkimCause) -> &'static str {
    match fault {
        DkimCause::IdentityOutsideDomain => "it counts a signature whose i= is not within d=",
        DkimCause::FromNotSigned => "it counts a signature that does not cover From",
        DkimCause::MissingTag => "it counts one that lacks a tag",
        DkimCause::Version => "it counts one of another version",
        DkimCause::Syntax => "it counts one with a syntax error",
        DkimCause::UnknownAlgorithm => "it knows an algorithm that is not known here",
        DkimCause::KeyGone => "it found a key, where DNS here has none",
        DkimCause::KeyEmpty => "it found a key, where the record here is empty",
        DkimCause::KeyRevoked => "it found a key, which the record here revokes (p= is empty)",
        DkimCause::KeyNotAKey => "it found a key, where the record here is none",
        DkimCause::KeySyntax => "it found a key, where the record here cannot be read",
        DkimCause::KeyDoesNotFit => "it found the key that signed, where DNS here has another",
        DkimCause::KeyType => "it counts a key of another type than the signature's",
        DkimCause::KeyHashNotAllowed => "it counts a hash that h= of the key excludes",
        DkimCause::KeyService => "it counts a key whose s= excludes email",
        DkimCause::KeyStrictIdentity => "it counts an identity that t=s of the key excludes",
        _ => "it counts one that does not count here",
    }
}

/// The name of the key record of a signature.
struct KeyName<'a>(Option<&'a DkimVerdict>);

impl fmt::Display for KeyName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.and_then(|verdict| verdict.key.as_ref()) {
            Some(key) => write!(f, "{}", key.name),
            None => f.write_str("the selector"),
        }
    }
}

fn day(at: Option<Timestamp>) -> String {
    at.map_or("a date".into(), |at| {
        at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    })
}

fn row_name(f: &mut fmt::Formatter<'_>, row: RowName) -> fmt::Result {
    match (row.method, row.signature) {
        (OpinionMethod::Dkim, Some(number)) => write!(f, "DKIM {number}"),
        (OpinionMethod::From, _) => f.write_str("what it reads in From"),
        (method, _) => f.write_str(&method.as_str().to_uppercase()),
    }
}

fn other_rules(f: &mut fmt::Formatter<'_>, dmarc: &DmarcVerdict) -> fmt::Result {
    let (made, beside) = (dmarc.by(dmarc.rules), dmarc.by_other_rules());
    let how = |rules: Rules| match rules {
        Rules::Rfc9989 => "the DNS tree walk",
        Rules::Rfc7489 => "the public suffix list (RFC 7489 §3.2)",
    };
    let organization = |name: Option<&Name>| name.map_or("not known".into(), Name::to_string);
    write!(
        f,
        "{} is the result by {}, where the organizational domain is {}; by {} it is {}",
        beside.result,
        how(beside.rules),
        organization(beside.organizational_domain),
        how(made.rules),
        organization(made.organizational_domain)
    )
}
