//! Words about what is wrong or unusual about a policy record.

use std::fmt::{self, Display, Formatter};

use crate::dmarc::{RecordProblem, UriFault, UriProblem, meant_policy, meant_tags};

/// What is wrong or unusual about a record or a tag; no capital letter, no full stop.
pub fn problem(problem: &RecordProblem) -> impl Display + '_ {
    Problem(problem)
}

/// Why reports cannot be sent to a URI; no capital letter, no full stop.
pub fn uri(fault: &UriFault) -> impl Display + '_ {
    Uri(fault)
}

struct Problem<'v>(&'v RecordProblem);

impl Display for Problem<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            RecordProblem::NotATag { text } if text.contains(':') => write!(
                f,
                "\"{text}\" has no \"=\"; several URIs are separated by commas"
            ),
            RecordProblem::NotATag { text } => {
                write!(f, "\"{text}\" has no \"=\", so it is ignored")
            }
            RecordProblem::Repeated { tag } => {
                write!(f, "{tag}= stands there again; the first counts")
            }
            RecordProblem::Capitals { written } => write!(
                f,
                "{written}= is taken for {}=; write it so, as some receivers ignore capitals",
                written.to_ascii_lowercase()
            ),
            RecordProblem::Removed { tag, value } => {
                let instead = match tag.as_str() {
                    "pct" => {
                        "; receivers that still follow RFC 7489 apply the policy to that \
                         percentage of mail. To only test a policy, use t=y"
                    }
                    "rf" => "; there is only one format of failure reports",
                    _ => "; aggregate reports come about daily",
                };
                write!(
                    f,
                    "{tag}={value}: RFC 9989 removed {tag}, so it is ignored{instead}"
                )
            }
            RecordProblem::Unknown { tag, value } => unknown(tag, value, f),
            RecordProblem::Invalid {
                tag,
                value,
                default,
            } => {
                invalid(tag, value, f)?;
                match default {
                    Some(default) => write!(f, "; the default {tag}={default} holds"),
                    None => Ok(()),
                }
            }
            RecordProblem::Uris {
                tag,
                problems,
                none_left,
            } => {
                for (index, problem) in problems.iter().enumerate() {
                    let join = if index == 0 { "" } else { "; " };
                    f.write_str(join)?;
                    in_tag(tag, problem, f)?;
                }
                match none_left {
                    true => f.write_str("; so no reports of this kind can be sent"),
                    false => Ok(()),
                }
            }
            RecordProblem::NoRuf => f.write_str("fo= has no effect without a valid ruf="),
            RecordProblem::NoPolicy => f.write_str("p= is missing"),
            RecordProblem::Testing => f.write_str(
                "t=y: the domain only tests its policy, so that receivers apply one level less: \
                 quarantine for reject, none for quarantine",
            ),
            RecordProblem::CountsAsNone => f.write_str(
                "without valid policies, but with an address for reports in rua=, receivers act \
                 as if the record said p=none and no sp= or np= (RFC 9989 §4.10.1)",
            ),
            RecordProblem::Ignored => f.write_str(
                "without valid policies, and without a valid rua=, receivers ignore the record: \
                 there is no DMARC for the message (RFC 9989 §4.10.1)",
            ),
        }
    }
}

/// A tag that no RFC defines, and what was probably meant.
fn unknown(tag: &str, value: &str, f: &mut Formatter<'_>) -> fmt::Result {
    write!(
        f,
        "{tag}={value}: {tag} is not a tag of DMARC, so it is ignored"
    )?;
    match meant_tags(tag, value).as_slice() {
        [] => Ok(()),
        near => write!(f, "; did you mean {}?", near.join(" or ")),
    }
}

/// What is wrong with the value of a known tag: the value, what is allowed, what was probably
/// meant.
fn invalid(tag: &str, value: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let is_policy = matches!(tag, "p" | "sp" | "np");
    let allowed = match tag {
        _ if is_policy => "none, quarantine or reject",
        "adkim" | "aspf" => "r (relaxed) or s (strict)",
        "psd" => "y, n or u",
        "t" => "y or n",
        "fo" => "0, 1, d and s, separated by colons, and not both 0 and 1",
        _ => "a list of URIs such as mailto:reports@example.com",
    };
    if value.is_empty() {
        return write!(f, "{tag}= is empty; allowed is {allowed}");
    }
    write!(f, "{tag}={value} is not valid; allowed is {allowed}")?;
    match meant_policy(value).filter(|_| is_policy) {
        Some(meant) => write!(f, "; did you mean {meant}?"),
        None => Ok(()),
    }
}

fn in_tag(tag: &str, problem: &UriProblem, f: &mut Formatter<'_>) -> fmt::Result {
    match problem {
        UriProblem::Empty => write!(f, "{tag}= has an empty entry"),
        UriProblem::Size { uri, size } => write!(
            f,
            "{tag}: the size !{size} behind {uri} was removed by RFC 9989 and is ignored"
        ),
        UriProblem::Unusable(fault) => write!(f, "{tag}: {}", Uri(fault)),
    }
}

struct Uri<'v>(&'v UriFault);

impl Display for Uri<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            UriFault::Address { uri } => write!(
                f,
                "\"{uri}\" is an address and not a URI: mailto: is missing"
            ),
            UriFault::NotAUri { uri } => write!(
                f,
                "\"{uri}\" is not a URI such as mailto:reports@example.com"
            ),
            UriFault::Sign { uri, sign } => {
                write!(f, "\"{uri}\" holds {sign}, which no URI may hold")
            }
            UriFault::NoPlace { uri } => {
                write!(f, "\"{uri}\" is an empty URI, it names no place")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dmarc::PolicyRecord;

    fn said(text: &str) -> String {
        let record = PolicyRecord::parse(text.as_bytes()).unwrap();
        let said = record.problems.iter().map(|one| problem(one).to_string());
        said.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_odd_is_said_with_what_was_meant() {
        for (text, wanted) in [
            ("v=DMARC1; p=none; aspr=r", "did you mean aspf?"),
            ("v=DMARC1; p=none; aspf=x", "r (relaxed) or s (strict)"),
            ("v=DMARC1; p=none; aspf=x", "default aspf=r holds"),
            ("v=DMARC1; p=rejct", "did you mean reject?"),
            ("v=DMARC1; p=", "p= is empty"),
            (
                "v=DMARC1; rua=mailto:a@example.com",
                "as if the record said p=none",
            ),
            ("v=DMARC1; rua=mailto:;", "ignore the record"),
            ("v=DMARC1; rua=mailto:;", "empty URI"),
            (
                "v=DMARC1; p=none; rua=mailto:a@example.com; mailto:b@example.com",
                "separated by commas",
            ),
            ("v=DMARC1; p=none; rua=a@example.com", "mailto: is missing"),
        ] {
            assert!(said(text).contains(wanted), "{text}: {}", said(text));
        }
    }
}
