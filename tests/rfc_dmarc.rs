//! The examples of RFC 9989 (draft-ietf-dmarc-dmarcbis-41), §4.10 and Appendix B, by number. Those of
//! Appendix B.1 and B.2 stand in RFC 7489, Appendix B.1 and B.2, too, and are held against both.

#[path = "support/run.rs"]
mod run;

use run::block_on;
use sesauth::dmarc::{
    Agreement, Answers, AuthorDomain, DmarcResult, DmarcVerdict, Engine, Identifier, Inputs,
    Mechanism, MechanismOutcome, Policy, PolicyRecord, Rules, TagState, TakesMail, judge, question,
    targets,
};
use sesauth::dns::{
    Answer, Lookup, LookupId, Name, Negative, Overlay, Record, Reply, Response, Snapshot, Txt, Zone,
};
use sesauth::{DmarcCheck, Limits, check_dmarc, explain};

const BOTH: [Rules; 2] = [Rules::Rfc9989, Rules::Rfc7489];

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn identifier(domain: &str) -> Identifier {
    Identifier {
        domain: Some(name(domain)),
        outcome: MechanismOutcome::Pass,
        reservations: Vec::new(),
    }
}

/// Judges mail of `author` where SPF passed for `spf`, and DKIM for each of `dkim`.
fn judged(
    rules: Rules,
    published: &[(&str, &str)],
    author: &str,
    spf: &str,
    dkim: &[&str],
) -> DmarcVerdict {
    let all = |_: &Name| true;
    judged_by(rules, published, author, spf, dkim, all)
}

/// The same, where only the domains that `is_recorded` names were asked.
fn judged_by(
    rules: Rules,
    published: &[(&str, &str)],
    author: &str,
    spf: &str,
    dkim: &[&str],
    is_recorded: impl Fn(&Name) -> bool,
) -> DmarcVerdict {
    let limits = Limits::default();
    let mut answers = Answers::default();
    let starts = [author, spf].into_iter().chain(dkim.iter().copied());
    for domain in starts.flat_map(|start| targets(&name(start), &limits)) {
        let found = published.iter().filter(|(at, _)| *at == domain.as_str());
        let records: Vec<_> = found
            .map(|(_, text)| Record::Txt(Txt(vec![text.as_bytes().to_vec()])))
            .collect();
        let reply = match records.is_empty() {
            _ if !is_recorded(&domain) => Reply::NotRecorded,
            true => Reply::NxDomain(Negative::default()),
            false => Reply::Records(Answer {
                cname: Vec::new(),
                ttl: 300,
                authenticated: false,
                records,
            }),
        };
        let response = Response::new(question(&domain).unwrap(), reply, Vec::new());
        answers.insert(domain, Lookup::new(LookupId(1), response));
    }
    let dkim: Vec<_> = dkim.iter().map(|domain| identifier(domain)).collect();
    let inputs = Inputs {
        author: &AuthorDomain::One(name(author)),
        spf: &identifier(spf),
        dkim: &dkim,
        author_exists: Some(true),
    };
    judge(rules, &inputs, &answers, &limits)
}

fn checked(zone: &str, domain: &str) -> DmarcCheck {
    let nothing = Snapshot::parse("{\"sesauth_dns\":1}", sesauth::dns::Absent::NxDomain).unwrap();
    let dns = Overlay::new(Zone::parse(zone).unwrap(), nothing);
    block_on(check_dmarc(
        &name(domain),
        &dns,
        Rules::Rfc9989,
        true,
        &Limits::default(),
    ))
}

const RECORD: [(&str, &str); 1] = [("example.com", "v=DMARC1; p=none")];

/// How the SPF identity compares with the author domain, in words.
fn of_spf(verdict: &DmarcVerdict) -> String {
    explain::dmarc::alignment(verdict, Mechanism::Spf).to_string()
}

fn organization(verdict: &DmarcVerdict) -> &str {
    verdict.organizational_domain.as_ref().unwrap().as_str()
}

#[test]
fn b_1_1_example_1_spf_for_the_same_domain_is_in_strict_alignment() {
    for rules in BOTH {
        let verdict = judged(rules, &RECORD, "example.com", "example.com", &[]);
        let spf = verdict.alignment.spf.unwrap();
        assert_eq!((spf.aligned_strict, spf.aligned), (Some(true), Some(true)));
    }
}

#[test]
fn b_1_1_example_2_spf_for_a_child_is_in_relaxed_alignment() {
    for rules in BOTH {
        let verdict = judged(rules, &RECORD, "example.com", "child.example.com", &[]);
        let spf = verdict.alignment.spf.as_ref().unwrap();
        assert_eq!(
            (spf.aligned_strict, spf.aligned_relaxed),
            (Some(false), Some(true))
        );
        assert_eq!(
            of_spf(&verdict),
            "SPF passed for child.example.com; From has example.com. Both have the organizational \
             domain example.com. Alignment is relaxed (the default) and asks for the same \
             organization, so it counts for DMARC. With aspf=s it would not count."
        );
    }
}

#[test]
fn b_1_1_example_3_spf_for_another_domain_is_not_aligned() {
    for rules in BOTH {
        let verdict = judged(rules, &RECORD, "child.example.com", "example.net", &[]);
        assert_eq!(verdict.result, DmarcResult::Fail);
        assert_eq!(
            of_spf(&verdict),
            "SPF passed for example.net, but From has child.example.com. Their organizational \
             domains differ, example.net and example.com. Alignment is relaxed (the default) and \
             asks for the same organization, so the pass does not count for DMARC. It would take \
             an envelope sender at a domain of example.com."
        );
    }
}

#[test]
fn domains_that_cannot_have_one_organization_are_not_aligned_whatever_was_not_asked() {
    let judged = |author: &str, spf: &str, recorded: &[&str]| {
        let is_recorded = |name: &Name| recorded.contains(&name.as_str());
        judged_by(Rules::Rfc9989, &[], author, spf, &[], is_recorded)
    };
    for (author, spf, recorded, words) in [
        (
            "example.com",
            "mail.example.net",
            &[][..],
            "No domain stands above both mail.example.net and example.com.",
        ),
        (
            "example.com",
            "example.org",
            &["example.com", "com"],
            "example.org is not below example.com, the organizational domain of From.",
        ),
        (
            "example.com",
            "example.org",
            &["example.org", "org"],
            "example.com is not below example.org, the organizational domain of example.org.",
        ),
    ] {
        let verdict = judged(author, spf, recorded);
        let alignment = verdict.alignment.spf.as_ref().unwrap();
        assert_eq!(alignment.aligned, Some(false), "{author} {spf}");
        let said = of_spf(&verdict);
        let expected = format!("SPF passed for {spf}, but From has {author}. {words}");
        assert!(said.starts_with(&expected), "{said}");
    }
    // `com` could say that it is an organization, by psd=n.
    let verdict = judged("example.com", "example-2.com", &[]);
    let alignment = verdict.alignment.spf.unwrap();
    assert_eq!(alignment.aligned, None);
}

#[test]
fn b_1_2_examples_1_to_3_dkim_is_aligned_with_the_same_domain_and_its_child_and_no_other() {
    for rules in BOTH {
        for (author, domain, strict, relaxed) in [
            ("example.com", "example.com", true, true),
            ("child.example.com", "example.com", false, true),
            ("child.example.com", "example.net", false, false),
        ] {
            let verdict = judged(rules, &RECORD, author, "example.org", &[domain]);
            let dkim = &verdict.alignment.dkim[0];
            assert_eq!(dkim.aligned_strict, Some(strict), "{author} {domain}");
            assert_eq!(dkim.aligned_relaxed, Some(relaxed), "{author} {domain}");
        }
    }
}

#[test]
fn b_2_1_to_b_2_3_and_b_2_5_the_records_are_without_fault() {
    for (text, policy, reports) in [
        (
            "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com",
            Policy::None,
            1,
        ),
        (
            "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; \
             ruf=mailto:auth-reports@example.com",
            Policy::None,
            2,
        ),
        (
            "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; \
             ruf=mailto:auth-reports@thirdparty.example.net",
            Policy::None,
            2,
        ),
        (
            "v=DMARC1; p=reject; rua=mailto:dmarc-feedback@example.com,\
             mailto:tld-test@thirdparty.example.net",
            Policy::Reject,
            2,
        ),
    ] {
        let record = PolicyRecord::parse(text.as_bytes()).unwrap();
        assert_eq!(*record.problems, [], "{text}");
        assert_eq!(record.for_domain(Rules::Rfc9989), policy);
        assert_eq!(record.rua.len() + record.ruf.len(), reports);
        assert!(
            record
                .tags
                .iter()
                .all(|tag| { matches!(tag.state, TagState::Valid | TagState::Absent) })
        );
    }
}

#[test]
fn b_2_3_and_b_2_4_a_third_party_agrees_to_take_reports() {
    let zone = "_dmarc.example.com. TXT \"v=DMARC1; p=none; \" \
        \"rua=mailto:dmarc-feedback@example.com; \" \"ruf=mailto:auth-reports@thirdparty.example.net\"\n\
        example.com. MX 10 mx.example.com.\n";
    let overridden = "v=DMARC1; rua=mailto:aggregate-reports@thirdparty.example.net; \
        ruf=mailto:failure-reports@thirdparty.example.net";
    for text in ["v=DMARC1;", overridden] {
        let agreed = format!(
            "example.com._report._dmarc.thirdparty.example.net. TXT \"{text}\"\n\
             thirdparty.example.net. MX 0 .\n"
        );
        let with = checked(&format!("{zone}{agreed}"), "example.com");
        let with = with.reports.unwrap();
        assert_eq!(with[0].agreement, Agreement::NotNeeded);
        assert_eq!(with[0].mail, TakesMail::Yes);
        assert_eq!(with[1].agreement, Agreement::Given, "{text}");
        assert_eq!(with[1].mail, TakesMail::NullMx);
    }
    let without = checked(zone, "example.com").reports.unwrap();
    assert_eq!(without[1].agreement, Agreement::Missing);
    assert_eq!(without[1].mail, TakesMail::No);
}

#[test]
fn b_2_5_a_subdomain_that_tests_its_policy_is_treated_one_level_less() {
    let record = "v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com,\
                  mailto:tld-test@thirdparty.example.net; t=y";
    let published = [("test.example.com", record)];
    let verdict = judged(
        Rules::Rfc9989,
        &published,
        "test.example.com",
        "example.org",
        &[],
    );
    let policy = verdict.policy.as_ref().unwrap();
    assert_eq!(
        (policy.requested, policy.applied),
        (Policy::Quarantine, Policy::None)
    );
    // RFC 7489 does not know t.
    let old = verdict.by(Rules::Rfc7489);
    assert_eq!(old.policy.unwrap().applied, Policy::Quarantine);
}

#[test]
fn b_3_1_both_identifiers_carry_the_message() {
    let record = "v=DMARC1; p=reject; aspf=r; rua=mailto:dmarc-feedback@example.com";
    for rules in BOTH {
        let published = [("example.com", record)];
        let verdict = judged(
            rules,
            &published,
            "example.com",
            "mail.example.com",
            &["example.com"],
        );
        assert_eq!(verdict.result, DmarcResult::Pass);
        assert_eq!(verdict.engines, [Engine::Spf, Engine::Dkim]);
        assert!(!verdict.alignment.spf.unwrap().mode_is_default);
    }
}

#[test]
fn b_4_1_the_shortest_name_with_a_record_is_the_organization() {
    let published = [
        ("example.com", "v=DMARC1; p=none"),
        ("signing.example.com", "v=DMARC1; p=none"),
    ];
    let verdict = judged(
        Rules::Rfc9989,
        &published,
        "example.com",
        "example.com",
        &["signing.example.com"],
    );
    assert_eq!(organization(&verdict), "example.com");
    assert_eq!(verdict.engines, [Engine::Spf, Engine::Dkim]);
}

#[test]
fn b_4_2_a_deep_name_takes_eight_queries() {
    let author = "a.b.c.d.e.f.g.h.i.j.k.example.com";
    let published = [
        ("example.com", "v=DMARC1; p=none"),
        ("signing.example.com", "v=DMARC1; p=none"),
    ];
    let verdict = judged(
        Rules::Rfc9989,
        &published,
        author,
        "example.com",
        &["signing.example.com"],
    );
    let asked: Vec<&str> = verdict
        .steps
        .iter()
        .map(|step| step.domain.as_str())
        .collect();
    assert_eq!(
        asked,
        [
            author,
            "g.h.i.j.k.example.com",
            "h.i.j.k.example.com",
            "i.j.k.example.com",
            "j.k.example.com",
            "k.example.com",
            "example.com",
            "com"
        ]
    );
    assert_eq!(verdict.engines, [Engine::Spf, Engine::Dkim]);
    assert_eq!(verdict.policy.unwrap().domain.as_str(), "example.com");
}

#[test]
fn b_4_3_a_public_suffix_with_a_record_parts_its_children() {
    let published = [
        ("bank.example", "v=DMARC1; p=none; psd=y"),
        ("giant.bank.example", "v=DMARC1; p=reject"),
    ];
    let verdict = judged(
        Rules::Rfc9989,
        &published,
        "giant.bank.example",
        "mail.giant.bank.example",
        &["mail.mega.bank.example"],
    );
    assert_eq!(organization(&verdict), "giant.bank.example");
    assert_eq!(verdict.engines, [Engine::Spf]);
    let dkim = &verdict.alignment.dkim[0];
    let theirs = dkim.organizational_domain.as_ref().unwrap();
    assert_eq!(theirs.as_str(), "mega.bank.example");
    assert_eq!(
        verdict.policy.unwrap().domain.as_str(),
        "giant.bank.example"
    );
}

#[test]
fn section_6_6_4_of_rfc_7489_applies_a_policy_to_a_percentage() {
    let published = [("example.com", "v=DMARC1; p=reject; pct=25")];
    let verdict = judged(
        Rules::Rfc9989,
        &published,
        "example.com",
        "example.net",
        &[],
    );
    let old = verdict.by(Rules::Rfc7489);
    assert_eq!(old.policy.unwrap().percentage, Some(25));
    let [difference] = verdict.differences.as_slice() else {
        panic!("{:?}", verdict.differences);
    };
    let said = explain::dmarc::compared(difference, Rules::Rfc7489).to_string();
    assert!(said.contains("25 of 100"), "{said}");
}

#[test]
fn nothing_differs_where_there_is_no_policy_under_either_rules() {
    let verdict = judged(
        Rules::Rfc9989,
        &[],
        "news.example.com",
        "mail.example.com",
        &[],
    );
    assert_eq!(verdict.differences, []);
    let sentence = of_spf(&verdict);
    assert!(sentence.contains("There is no DMARC policy"), "{sentence}");
}

#[test]
fn the_other_rules_stand_beside_only_where_they_are_not_the_same() {
    let by_both = |record: &str, spf: &str| {
        let published = [("example.com", record)];
        judged(Rules::Rfc9989, &published, "example.com", spf, &[])
    };
    // The walk ends where the other one does.
    let same = by_both("v=DMARC1; p=reject; psd=n", "example.com");
    assert_eq!(
        (same.other_rules.is_none(), &same.differences[..]),
        (true, &[][..])
    );
    assert_eq!(same.by(Rules::Rfc7489).result, DmarcResult::Pass);
    // It goes on to the top, to the same end: no program needs to read of that.
    let searched = by_both("v=DMARC1; p=reject", "mail.example.com");
    assert_eq!(searched.by(Rules::Rfc9989).steps.len(), 2);
    assert_eq!(searched.by(Rules::Rfc7489).steps.len(), 1);
    let json = serde_json::to_value(&searched).unwrap();
    assert_eq!(json["other_rules"], serde_json::Value::Null);
    let other = by_both("v=DMARC1; p=reject; pct=25", "example.net");
    let json = serde_json::to_value(&other).unwrap();
    assert_eq!(json["other_rules"]["policy"]["percentage"], 25);
}

#[test]
fn a_record_at_the_domain_itself_is_seen_where_dns_was_asked_there_anyway() {
    // np makes existence matter, so that TXT at the domain is asked for.
    let zone = "_dmarc.example.com. TXT \"v=DMARC1; p=none; np=reject\"\n\
        news.example.com. TXT \"v=DMARC1; p=reject\"\n";
    let check = checked(zone, "news.example.com");
    let reason = explain::dmarc::reason(&check.dmarc.steps[0]);
    let reason = reason.unwrap().to_string();
    assert!(
        reason.contains("belongs at _dmarc.news.example.com"),
        "{reason}"
    );
    assert_eq!(check.exists, Some(true));
}
