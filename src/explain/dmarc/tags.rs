//! What every tag of a DMARC record means, why it matters and what to do: the text of
//! `sesauth explain`.

/// One tag, explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedTag {
    /// The tag.
    pub tag: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it means.
    pub means: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// What to do.
    pub todo: &'static str,
    /// An example record.
    pub example: &'static str,
    /// Where it is defined.
    pub cites: &'static str,
}

/// The tag with this name, in capital or small letters.
pub fn explained_tag(tag: &str) -> Option<&'static ExplainedTag> {
    let tag = tag.trim_end_matches('=');
    EXPLAINED
        .iter()
        .find(|known| known.tag.eq_ignore_ascii_case(tag))
}

/// Every tag of RFC 9989, then those of RFC 7489 that it removed.
pub const EXPLAINED: &[ExplainedTag] = &[
    ExplainedTag {
        tag: "v",
        title: "the version",
        means: "Makes a text in DNS a DMARC record. The only value is DMARC1, in just these letters, \
                and it must be the first tag.",
        matters: "A text that does not begin with v=DMARC1 is ignored as a whole, and the domain is \
                  treated as if it had no policy.",
        todo: "Begin the record with \"v=DMARC1;\". Publish it once, at _dmarc. and the domain, and \
               not at the domain itself.",
        example: "v=DMARC1; p=none",
        cites: "RFC 9989 §4.7; RFC 7489 §6.3",
    },
    ExplainedTag {
        tag: "p",
        title: "the policy",
        means: "Says what the domain wants done with mail that has it in From and fails DMARC: none \
                (nothing special), quarantine (treat it as suspicious) or reject (refuse it).",
        matters: "p=none protects nobody, but reports come. quarantine and reject stop forged mail, \
                  and your own too where it is not yet authenticated. Without a valid p, a record \
                  with an address in rua counts as p=none, and one without is ignored.",
        todo: "It is often read as what happens if SPF or DKIM fails. It holds where neither passes \
               for the domain in From: one of them is enough. Start with p=none and rua, read the \
               reports, set up SPF and DKIM for every sender, \
               then go on to quarantine and reject. Receivers are free to do otherwise.",
        example: "v=DMARC1; p=reject; rua=mailto:dmarc@example.com",
        cites: "RFC 9989 §4.7 and §4.10.1; RFC 7489 §6.3 and §6.6.3",
    },
    ExplainedTag {
        tag: "sp",
        title: "the policy for subdomains",
        means: "Says what p says, for mail from subdomains that exist and have no record of their \
                own. Without it, p holds for them too.",
        matters: "It counts only in the record of the organizational domain. One that is not valid \
                  makes all policies of the record void.",
        todo: "Leave it out where subdomains should have the same policy. sp=none is often read as \
               \"the same as p\": it means no policy, and under p=reject it leaves every subdomain \
               open to forgery. Nor does a MAIL FROM domain below yours need it: sp looks at the \
               domain in From alone.",
        example: "v=DMARC1; p=reject; sp=quarantine",
        cites: "RFC 9989 §4.7; RFC 7489 §6.3",
    },
    ExplainedTag {
        tag: "np",
        title: "the policy for subdomains that do not exist",
        means: "Says what p says, for mail from names below the domain that are not in DNS at all \
                (the answer is NXDOMAIN). Without it sp holds, and without that p.",
        matters: "Nobody sends honest mail from a name that does not exist, so it can be refused \
                  long before the rest. Receivers that follow RFC 7489 do not know this tag.",
        todo: "Add np=reject, even beside p=none.",
        example: "v=DMARC1; p=none; np=reject; rua=mailto:dmarc@example.com",
        cites: "RFC 9989 §4.7 and §3.2.13; first in RFC 9091",
    },
    ExplainedTag {
        tag: "psd",
        title: "whether this is a public suffix",
        means: "psd=y: others register names below this domain, as below com or co.uk. psd=n: this \
                domain is an organization of its own, and all below belongs to it. psd=u, the \
                default: it does not say, and receivers find out by asking DNS.",
        matters: "It decides which domains belong together in relaxed alignment. psd=n at a \
                  subdomain cuts it off from its parent: an envelope sender there no longer counts \
                  for mail from the parent.",
        todo: "Leave it out, unless you run a registry (y), or a part of your domain is to stand on \
               its own (n).",
        example: "v=DMARC1; p=reject; psd=n",
        cites: "RFC 9989 §4.7 and §4.10.2",
    },
    ExplainedTag {
        tag: "t",
        title: "test mode",
        means: "t=y: the domain only tests its policy. Receivers apply one level less: quarantine \
                for reject, nothing for quarantine. Reports come as always.",
        matters: "With t=y the policy looks stricter than it is. Receivers that follow RFC 7489 do \
                  not know the tag and apply the whole policy.",
        todo: "Use it for the weeks in which you try a stricter policy, and take it out afterwards. \
               It takes the place of pct.",
        example: "v=DMARC1; p=quarantine; t=y; rua=mailto:dmarc@example.com",
        cites: "RFC 9989 §4.7 and Appendix A.6",
    },
    ExplainedTag {
        tag: "adkim",
        title: "how alike the domains of DKIM and From must be",
        means: "adkim=r (relaxed, the default): a signature counts if its domain (d=) and that in \
                From have one organizational domain. adkim=s (strict): they must be the same.",
        matters: "Under adkim=s a signature of example.com does not count for mail from \
                  news.example.com.",
        todo: "Leave it out, unless you do not trust those who sign for your subdomains. Relaxed is \
               often read as \"d= is a subdomain of From\", or as a match of part of the text: it \
               is the same organization, and either may be the one above, or both lie beside each \
               other. Strict does not keep more fraud out where nobody else can sign for you; it \
               loses mail from subdomains. A guide shows a record with adkim=s and explains it as \
               r: the record is what counts.",
        example: "v=DMARC1; p=reject; adkim=s",
        cites: "RFC 9989 §4.7 and §4.4.1; RFC 7489 §6.3",
    },
    ExplainedTag {
        tag: "aspf",
        title: "how alike the domains of SPF and From must be",
        means: "aspf=r (relaxed, the default): SPF counts if the envelope sender and From have one \
                organizational domain. aspf=s (strict): they must have the same domain.",
        matters: "A custom MAIL FROM domain of Amazon SES is always a subdomain, so that under \
                  aspf=s SPF never counts for mail from the domain above it: it stands on DKIM \
                  alone.",
        todo: "Leave it out, or write aspf=r. Relaxed is often read as \"MAIL FROM is a subdomain of \
               From\": it is the same organization, whichever of the two is above.",
        example: "v=DMARC1; p=reject; aspf=r",
        cites: "RFC 9989 §4.7 and §4.4.2; RFC 7489 §6.3",
    },
    ExplainedTag {
        tag: "rua",
        title: "where summary reports go",
        means: "A list of addresses, as URIs with mailto: and separated by commas. Receivers send \
                there, about daily, how much mail they saw from the domain and how it fared.",
        matters: "Without it nobody tells you who sends in your name. An address at another \
                  organization gets reports only if that organization agrees in DNS.",
        todo: "Give an address that something reads. If it is a service's, see that the service \
               publishes its consent: sesauth dmarc --reports DOMAIN shows it.",
        example: "v=DMARC1; p=none; rua=mailto:dmarc@example.com,mailto:in@reports.example.net",
        cites: "RFC 9989 §4.7; RFC 9990; RFC 7489 §6.3 and §7.1",
    },
    ExplainedTag {
        tag: "ruf",
        title: "where reports on single messages go",
        means: "As rua, for reports on single messages that failed.",
        matters: "Such reports may hold what people wrote, so that many receivers send none, and \
                  none may come although all is well set up.",
        todo: "Leave it out, unless you look for the cause of certain failures and may see such \
               mail.",
        example: "v=DMARC1; p=none; ruf=mailto:failures@example.com; fo=1",
        cites: "RFC 9989 §4.7; RFC 9991; RFC 7489 §6.3 and §7.3",
    },
    ExplainedTag {
        tag: "fo",
        title: "when to report on single messages",
        means: "0 (the default): if nothing passed aligned. 1: if SPF or DKIM did not. d: if a \
                signature did not verify. s: if SPF failed. Several are joined by colons; 0 and 1 \
                exclude each other.",
        matters: "It has no effect without ruf.",
        todo: "Write fo=1 beside ruf to see every failure; else leave it out.",
        example: "v=DMARC1; p=none; ruf=mailto:failures@example.com; fo=1:d",
        cites: "RFC 9989 §4.7; RFC 7489 §6.3",
    },
    ExplainedTag {
        tag: "pct",
        title: "to how much mail the policy applies (removed)",
        means: "By RFC 7489, the percentage of failing mail to which the policy applies; the rest \
                gets one level less. RFC 9989 removed it, as it was never applied evenly.",
        matters: "Receivers that follow RFC 9989 ignore it and apply the whole policy to all mail; \
                  others still count.",
        todo: "Take it out. Where you wrote pct=0 to try a policy, write t=y.",
        example: "v=DMARC1; p=quarantine; t=y",
        cites: "RFC 7489 §6.3 and §6.6.4; RFC 9989 Appendix A.6 and C.5.2",
    },
    ExplainedTag {
        tag: "rf",
        title: "the format of reports on single messages (removed)",
        means: "By RFC 7489, the format of the reports to ruf. There was only one, afrf.",
        matters: "It never had an effect; RFC 9989 removed it.",
        todo: "Take it out.",
        example: "v=DMARC1; p=none; ruf=mailto:failures@example.com",
        cites: "RFC 7489 §6.3; RFC 9989 Appendix C.5.2",
    },
    ExplainedTag {
        tag: "ri",
        title: "how often summary reports come (removed)",
        means: "By RFC 7489, the seconds between two reports to rua, 86400 if not said.",
        matters: "Receivers sent daily whatever it said; RFC 9989 removed it.",
        todo: "Take it out. Reports come about daily.",
        example: "v=DMARC1; p=none; rua=mailto:dmarc@example.com",
        cites: "RFC 7489 §6.3; RFC 9989 Appendix C.5.2",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dmarc::{PolicyRecord, RecordProblem, tag_names};

    #[test]
    fn every_example_is_a_record_without_fault() {
        for one in EXPLAINED {
            let record = PolicyRecord::parse(one.example.as_bytes()).unwrap();
            let mut problems = record.problems.iter();
            let is_harmless = problems.all(|problem| *problem == RecordProblem::Testing);
            assert!(is_harmless, "{}: {:?}", one.tag, record.problems);
        }
    }

    #[test]
    fn every_tag_of_both_rfcs_is_explained() {
        let tags = EXPLAINED.iter().map(|one| one.tag);
        assert!(tags.eq(tag_names()));
        assert!(explained_tag("ASPF=").is_some() && explained_tag("aspr").is_none());
    }
}
