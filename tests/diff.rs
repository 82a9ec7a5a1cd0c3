//! `sesauth diff`: two copies of one message.

#[path = "support/run.rs"]
mod run;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use sesauth::dns::Snapshot;
use sesauth::message::Message;
use unicode_width::UnicodeWidthStr;

/// Signed by the customer with relaxed/relaxed, and by SES with relaxed/simple, which does not
/// verify.
const RELAXED: &str = "canon-relaxed-relaxed";
const SIMPLE: &str = "canon-simple-simple";

fn testdata(case: &str, file: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
    folder.join(case).join(file)
}

fn original(case: &str) -> Vec<u8> {
    fs::read(testdata(case, "message.eml")).unwrap()
}

/// `text` with `from` replaced by `to`, once.
fn replaced(text: &[u8], from: &str, to: &str) -> Vec<u8> {
    let from = from.as_bytes();
    let at = text.windows(from.len()).position(|found| found == from);
    let at = at.unwrap_or_else(|| panic!("{}", from.escape_ascii()));
    [&text[..at], to.as_bytes(), &text[at + from.len()..]].concat()
}

struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Run {
    /// Its lines in one, so that it does not matter where they are broken.
    fn words(&self) -> String {
        let words: Vec<&str> = self.out.split_whitespace().collect();
        words.join(" ")
    }

    #[track_caller]
    fn says(&self, texts: &[&str]) {
        for text in texts {
            assert!(
                self.words().contains(text),
                "{text:?} in\n{}{}",
                self.out,
                self.err
            );
        }
    }
}

/// Compares two copies with the recorded DNS of a case.
fn diff_with(case: &str, a: &[u8], b: &[u8], more: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.eml"), a).unwrap();
    fs::write(folder.path().join("b.eml"), b).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command
        .current_dir(&folder)
        .args(["diff", "a.eml", "b.eml"]);
    if !more.contains(&"--offline") {
        command.arg("--dns").arg(testdata(case, "dns.jsonl"));
    }
    let output = command.args(more).stdin(Stdio::null()).output().unwrap();
    let run = Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    let is_odd = |char: char| char.is_control() && char != '\n';
    assert!(!run.out.contains(is_odd), "{:?}", run.out);
    if !more.contains(&"json") {
        assert!(
            run.out.lines().all(|line| line.width() <= 80),
            "{}",
            run.out
        );
    }
    run
}

fn diff(case: &str, a: &[u8], b: &[u8]) -> Run {
    diff_with(case, a, b, &[])
}

fn json(case: &str, a: &[u8], b: &[u8]) -> Value {
    let run = diff_with(case, a, b, &["--format", "json"]);
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn a_message_is_the_same_as_itself_whatever_its_line_ends() {
    let a = original(RELAXED);
    let run = diff(RELAXED, &a, &a);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    run.says(&[
        "SAME The copies are the same in all that signature 1 of example.com and signature 2 of \
         amazonses.com cover.",
        "Nothing else differs",
    ]);
    let lf = String::from_utf8(a.clone()).unwrap().replace("\r\n", "\n");
    let run = diff(RELAXED, &a, lf.as_bytes());
    assert_eq!(run.code, Some(0));
    run.says(&["Lines end in CR LF in A and in LF in B, which changes nothing"]);
}

#[test]
fn what_no_signature_covers_is_named_and_no_difference() {
    let a = original(RELAXED);
    let mut b = replaced(&a, "Delivered-To: reader@", "Delivered-To: other@");
    b = [b"X-Filter: seen\r\n".as_slice(), &b].concat();
    let run = diff(RELAXED, &a, &b);
    assert_eq!(run.code, Some(0));
    run.says(&["What differs is outside of it: header fields (Delivered-To and X-Filter)."]);
    let found = json(RELAXED, &a, &b);
    assert_eq!(found["result"], "same");
    assert_eq!(found["outside"]["fields"].as_array().unwrap().len(), 2);
}

#[test]
fn a_footer_is_found_with_its_lines_and_it_is_said_which_copy_is_the_signed_one() {
    let a = original(RELAXED);
    let b = [&a, &b"____\r\nThe list \r\n"[..]].concat();
    let run = diff_with(RELAXED, &a, &b, &["--signature", "example.com"]);
    assert_eq!(run.code, Some(1));
    run.says(&[
        "DIFFER The copies differ in what signature 1 of example.com covers: 4 lines of the body.",
        "A It verifies.",
        "The signed header fields are the same.",
        "A line 50 before two empty lines: ^ the end of the body",
        "B line 51 ^ an empty line",
        "B line 54 The list\u{b7}",
        "A is as it was signed and B is not: B was changed later",
        "B has no Received field that A lacks.",
    ]);
    let other = diff_with(RELAXED, &b, &a, &["--signature", "1"]);
    other.says(&["B is as it was signed and A is not"]);
    assert!(!other.out.contains("amazonses.com"), "{}", other.out);
}

#[test]
fn the_hosts_are_named_that_only_the_changed_copy_passed() {
    let a = original(RELAXED);
    let way = "Received: from b.example by mx.receiver.example with ESMTPS id 1;\r\n\tTue, 30 Jun 2026 \
         14:02:00 +0000\r\nReceived: from a.example by gate.filter.example with ESMTP id 2;\r\n\tTue, \
         30 Jun 2026 14:01:00 +0000\r\n";
    let b = [way.as_bytes(), &a, b"footer\r\n"].concat();
    let run = diff_with(RELAXED, &a, &b, &["--signature", "1"]);
    run.says(&["only B passed mx.receiver.example and gate.filter.example."]);
}

#[test]
fn a_tag_in_the_subject_is_found_where_it_begins() {
    let a = original(RELAXED);
    let b = replaced(&a, "Subject: Uneven", "Subject: [talk] Uneven");
    let run = diff(RELAXED, &a, &b);
    assert_eq!(run.code, Some(1));
    run.says(&[
        "covers: 1 signed field. The same goes for signature 2 of amazonses.com.",
        "Subject differs (octet 9 in canonical form):",
        "B line 37 Subject: [talk] Uneven white space ^ \"[\"",
        "The signed body is the same.",
        "The signed header fields differ as for signature 1 of example.com.",
    ]);
    let mark = run.out.lines().skip_while(|line| !line.contains("[talk]"));
    let [text, mark] = mark.take(2).collect::<Vec<_>>()[..] else {
        panic!("{}", run.out);
    };
    assert_eq!(text.find("[talk]"), mark.find('^'), "{}", run.out);
}

#[test]
fn a_header_folded_elsewhere_differs_only_where_the_signature_counts_it() {
    let refolded = |case| replaced(&original(case), "Subject: Uneven ", "Subject: Uneven\r\n ");
    let run = diff(RELAXED, &original(RELAXED), &refolded(RELAXED));
    assert_eq!(run.code, Some(0), "{}", run.out);
    let run = diff(SIMPLE, &original(SIMPLE), &refolded(SIMPLE));
    assert_eq!(run.code, Some(1));
    run.says(&[
        "Subject differs in white space and line breaks alone (octet 16 in canonical form):",
        "Subject: Uneven white space ^ a space",
        "Subject: Uneven ^ the end of the line",
    ]);
}

#[test]
fn white_space_differs_only_where_the_signature_counts_it() {
    let spaced = |case| replaced(&original(case), "Here are two", "Here are  two");
    let run = diff_with(
        RELAXED,
        &original(RELAXED),
        &spaced(RELAXED),
        &["--signature", "1"],
    );
    assert_eq!(run.code, Some(0));
    run.says(&["What differs is outside of it: white space in the body."]);
    let run = diff(SIMPLE, &original(SIMPLE), &spaced(SIMPLE));
    assert_eq!(run.code, Some(1));
    run.says(&[
        "1 line of the body",
        "The body differs in white space and line breaks alone: 1 line only in A, 1 only in B",
        "^ a space",
    ]);
    let tab = replaced(&original(SIMPLE), "a\ttab", "a tab");
    let run = diff(SIMPLE, &original(SIMPLE), &tab);
    run.says(&["a\\ttab", "^ a tab", "^ a space"]);
}

#[test]
fn a_field_that_only_one_copy_has_or_has_again_is_said() {
    let a = original(RELAXED);
    let b = replaced(&a, "\nTo: reader@example.net\r\n", "\n");
    let run = diff(RELAXED, &a, &b);
    run.says(&[
        "To is signed, and only A has it:",
        "A line 36 To: reader@example.net",
    ]);
    let b = replaced(&a, "Date: ", "Subject: Second\r\nDate: ");
    let run = diff(RELAXED, &a, &b);
    run.says(&[
        "Subject differs; A has 1 of them, B has 2 (octet 9 in canonical form):",
        "^ \"S\"",
    ]);
}

#[test]
fn the_octet_that_is_named_is_the_one_of_the_canonical_form() {
    let a = original(RELAXED);
    let b = replaced(&a, "before two", "before  tvo");
    let found = json(RELAXED, &a, &b);
    let octet = &found["signatures"][0]["body"]["differ"]["first"]["octet"];
    let octet = usize::try_from(octet.as_u64().unwrap()).unwrap();
    let canonical = |message: &[u8]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
        command.args(["inspect", "--canonical", "1:body"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(message).unwrap();
        child.wait_with_output().unwrap().stdout
    };
    let (a, b) = (canonical(&a), canonical(&b));
    assert_eq!(a[..octet - 1], b[..octet - 1]);
    assert_eq!((a[octet - 1], b[octet - 1]), (b'w', b'v'));
}

#[test]
fn the_kinds_of_change_are_proved_by_undoing_them() {
    let a = original(RELAXED);
    let footed = [&a, &b"____\r\nThe list \r\n"[..]].concat();
    let tagged = replaced(&a, "Subject: Uneven", "Subject: [talk] Uneven");
    let both = replaced(&footed, "Subject: Uneven", "Subject: [talk] Uneven");
    let footer = "text was appended (line 53: \"The list\")";
    let tag = "Subject (line 37) was \"Uneven white space…\", is \"[talk] Uneven white space…\"";
    for (b, said, half) in [
        (&footed, footer.to_owned(), "body is"),
        (&tagged, tag.to_owned(), "header is"),
        (&both, format!("{tag} and {footer}"), "header and body are"),
    ] {
        let undone = |copy, other| {
            format!(
                "With that undone in {copy}, whose lines these are, the signed {half} octet for \
                 octet as in {other}."
            )
        };
        let run = diff_with(RELAXED, &a, b, &["--signature", "1"]);
        run.says(&[&format!(
            "From A to B, {said}. {} A is as it was",
            undone("B", "A")
        )]);
        let run = diff_with(RELAXED, b, &a, &["--signature", "1"]);
        run.says(&[&format!(
            "From B to A, {said}. {} B is as it was",
            undone("A", "B")
        )]);
        // No key is needed.
        let run = diff_with(RELAXED, &a, b, &["--offline", "--signature", "1"]);
        run.says(&[&format!("From A to B, {said}. {}", undone("B", "A"))]);
        let is_shown = half == "body is";
        let order = "This does not show which came first.";
        assert_eq!(!run.words().contains(order), is_shown, "{}", run.out);
    }
}

#[test]
fn without_a_key_the_changed_header_is_looked_for_in_both_copies() {
    let a = original(RELAXED);
    let b = replaced(&a, "Subject: Uneven", "Subject: [talk] Uneven");
    let run = diff_with(RELAXED, &b, &a, &["--offline", "--signature", "1"]);
    run.says(&[
        "From B to A, Subject (line 37) was",
        "in A, whose lines these are, the signed header is octet for octet as in B. This does not \
         show which came first.",
    ]);
}

#[test]
fn the_kinds_are_named_where_no_copy_is_as_it_was_signed() {
    let a = replaced(&original(RELAXED), "Here are two", "Here are too");
    let b = [&a, &b"____\r\nThe list \r\n"[..]].concat();
    let run = diff_with(RELAXED, &a, &b, &["--signature", "1"]);
    run.says(&[
        "From A to B, text was appended (line 53: \"The list\").",
        "This does not show which came first. Neither is as it was signed",
    ]);
}

#[test]
fn a_refolded_field_and_a_message_wrapped_by_a_list_are_named() {
    let refolded = replaced(
        &original(SIMPLE),
        "Subject: Uneven ",
        "Subject: Uneven\r\n ",
    );
    let run = diff(SIMPLE, &original(SIMPLE), &refolded);
    run.says(&["From A to B, the line breaks in Subject (line 37) were moved (it was refolded)."]);

    let a = original(RELAXED);
    let start = "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n";
    let b = replaced(
        &a,
        start,
        "Content-Type: multipart/mixed; boundary=\"==1==\"\r\n",
    );
    let part = format!("\r\n\r\n--==1==\r\n{start}\r\nHere are");
    let b = replaced(&b, "\r\n\r\nHere are", &part);
    let footer = "\r\n--==1==\r\nContent-Type: text/plain\r\n\r\nThe list\r\n--==1==--\r\n";
    let b = [&b, footer.as_bytes()].concat();
    for more in [
        &["--signature", "1"][..],
        &["--signature", "1", "--offline"],
    ] {
        diff_with(RELAXED, &a, &b, more).says(&[
            "From A to B, ",
            "the message was wrapped into a multipart",
            "The list",
            "the signed header and body are octet for octet as in A.",
        ]);
    }
}

#[test]
fn what_no_kind_of_change_explains_is_said_to_be_unknown() {
    let a = original(RELAXED);
    let b = replaced(&a, "Subject: Uneven", "Subject: Odd");
    let b = replaced(&b, "Here are two", "There were too");
    let run = diff_with(RELAXED, &a, &b, &["--signature", "1"]);
    run.says(&[
        "What was done to Subject is not known: ",
        "What was done to the body is not known: ",
        "none of them leads from one copy to the other.",
    ]);
    assert!(!run.words().contains("From A to B"), "{}", run.out);
    // One field is known, another is not.
    let b = replaced(&a, "Subject: Uneven", "Subject: [talk] Uneven");
    let b = replaced(&b, "13:58:47", "14:58:47");
    let run = diff_with(RELAXED, &a, &b, &["--signature", "1"]);
    run.says(&[
        "From A to B, Subject (line 37) was",
        "what is named of the header is octet for octet as in A. What was done to Date is not known: ",
    ]);
    // White space that a signature in simple form counts was not changed by the signer.
    let b = replaced(&original(SIMPLE), "Here are two", "Here  are  two");
    let run = diff_with(SIMPLE, &original(SIMPLE), &b, &["--signature", "1"]);
    assert!(!run.words().contains("the signer"), "{}", run.out);
}

#[test]
fn a_copy_that_lost_its_signatures_cannot_be_compared() {
    let a = original(RELAXED);
    let text = String::from_utf8(a.clone()).unwrap();
    let b = text.replace("DKIM-Signature:", "X-Was-Signature:");
    let run = diff(RELAXED, &a, b.as_bytes());
    assert_eq!(run.code, Some(2));
    run.says(&[
        "NOT COMPARED Nothing could be compared: only A has a DKIM signature. The Message-ID is the \
         same.",
        "Only A has signature 1 of example.com and signature 2 of amazonses.com.",
    ]);
    let one = replaced(&a, "DKIM-Signature:", "X-Was-Signature:");
    let run = diff(RELAXED, &a, &one);
    assert_eq!(run.code, Some(0));
    run.says(&[
        "the same in all that signature 2 (in B 1) of amazonses.com covers",
        "Only A has signature 1 of example.com.",
    ]);
}

#[test]
fn another_message_is_said_to_be_one() {
    let run = diff(RELAXED, &original(RELAXED), &original(SIMPLE));
    assert_eq!(run.code, Some(2));
    run.says(&[
        "These are not deliveries of one message: they have no DKIM signature in common, and their \
         Message-IDs differ.",
    ]);
}

#[test]
fn without_the_key_the_bodies_are_still_judged_by_the_signed_hash() {
    let a = original(RELAXED);
    let b = [&a, &b"footer\r\n"[..]].concat();
    let run = diff_with(RELAXED, &a, &b, &["--offline", "--signature", "1"]);
    assert_eq!(run.code, Some(1));
    run.says(&[
        "A The body is the one that was signed; the header was not checked:",
        "The body of A is the one that was signed and that of B is not: B was changed later.",
    ]);
    let b = replaced(&a, "Subject: Uneven", "Subject: uneven");
    let run = diff_with(RELAXED, &a, &b, &["--offline", "--signature", "1"]);
    run.says(&["Which copy is as it was signed cannot be told without the key of the signer"]);
}

#[test]
fn a_part_of_the_body_behind_l_is_outside() {
    let case = "length-tag";
    let a = original(case);
    let b = [&a, &b"behind\r\n"[..]].concat();
    let run = diff_with(case, &a, &b, &["--signature", "1"]);
    assert_eq!(run.code, Some(0), "{}", run.out);
    run.says(&["white space in the body, or the part of it behind l="]);
}

#[test]
fn a_file_without_a_body_is_compared_in_its_header_alone() {
    let a = original(RELAXED);
    let end = a.windows(4).position(|found| found == b"\r\n\r\n").unwrap();
    let run = diff_with(RELAXED, &a, &a[..end + 2], &["--signature", "1"]);
    assert_eq!(run.code, Some(2));
    run.says(&[
        "What is signed could not be compared.",
        "The body could not be compared.",
        "No empty line ends the header",
    ]);
}

#[test]
fn nothing_in_a_message_steers_the_terminal() {
    let a = original(RELAXED);
    let evil = "\u{1b}]0;x\u{7}\u{202e}\u{9b}31m\rover";
    let b = replaced(&a, "Subject: Uneven", &format!("Subject: {evil}"));
    let b = [&b, evil.as_bytes(), b"\xff\xfe\r\n"].concat();
    let run = diff(RELAXED, &a, &b);
    assert!(!run.out.contains('\u{202e}'));
    run.says(&[
        "\\u{1b}]0;x\\u{7}\\u{202e}\\u{9b}31m\\rover",
        "^ the character U+001B",
        "\\xff\\xfe",
    ]);
    let text = json(RELAXED, &a, &b).to_string();
    assert!(text.contains("\\\\xff"), "{text}");
}

#[test]
fn a_large_body_takes_no_long_time() {
    let a = original(RELAXED);
    let line = |number: usize| format!("line {number} of a long message, with words\r\n");
    let body = |shift: usize| {
        (0..25_000)
            .map(|at| line(at * 3 + shift))
            .collect::<String>()
    };
    let with = |body: String| [&a, body.as_bytes()].concat();
    let start = Instant::now();
    // How long the kinds of change are looked for is bounded for itself.
    let limits = sesauth::Limits {
        autopsy_deep: 1_000_000,
        ..Default::default()
    };
    let headline = |one: &[u8], other: &[u8]| {
        let one = Message::parse(one, &limits).unwrap();
        let other = Message::parse(other, &limits).unwrap();
        let (dns, now) = (Snapshot::default(), Timestamp::UNIX_EPOCH);
        let found = run::block_on(sesauth::diff(&one, &other, None, &dns, now, &limits));
        sesauth::explain::diff::headline(&found)
    };
    let said = headline(&with(body(0)), &with(body(1)));
    assert!(said.contains("up to 25000 lines of the body"), "{said}");
    let mut changed = body(0);
    changed.insert_str(500_000, "\r\nfooter\r\n");
    let said = headline(&with(body(0)), &with(changed));
    assert!(said.contains("2 lines of the body"), "{said}");
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn json_has_the_data_and_the_words() {
    let a = original(RELAXED);
    let b = replaced(&a, "Subject: Uneven", "Subject: [talk] Uneven");
    let found = json(RELAXED, &a, &b);
    assert_eq!(found["schema"], "sesauth/1");
    assert_eq!(
        (&found["result"], &found["a"]["path"]),
        (&"differ".into(), &"a.eml".into())
    );
    let signature = &found["signatures"][0];
    assert_eq!(signature["a"]["verdict"]["result"], "pass");
    assert_eq!(signature["b"]["verdict"]["cause"], "header-changed");
    assert_eq!(signature["body"], "same");
    let field = &signature["header"]["differ"]["fields"][0];
    assert_eq!(field["name"], "Subject");
    let place = &field["first"]["b"];
    assert_eq!((&place["line"], &place["column"]), (&37.into(), &10.into()));
    assert_eq!(place["before"], "Subject: ");
    assert_eq!(place["next"]["octet"], 0x5b);
    assert!(
        signature["advice"]
            .as_str()
            .unwrap()
            .starts_with("A is as it was signed")
    );
    let changes = &signature["changes"][0];
    assert_eq!(
        (&changes["in"], &changes["is_later"]),
        (&"b".into(), &true.into())
    );
    assert_eq!(changes["header"]["changes"][0]["kind"], "subject-tag");
    let said = signature["explanation"].as_str().unwrap();
    assert!(
        said.starts_with("From A to B, Subject (line 37) was"),
        "{said}"
    );
    assert_eq!(found["lookups"].as_array().unwrap().len(), 2);
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let a = original(RELAXED);
    for (more, said) in [
        (&["--signature", "3"][..], "a.eml: there is no signature 3"),
        (
            &["--signature", "example.org"],
            "no signature has d=example.org",
        ),
        (&["--max-size", "100"], "a.eml: "),
    ] {
        let run = diff_with(RELAXED, &a, &a, more);
        assert_eq!(run.code, Some(2), "{more:?}");
        assert!(run.err.contains(said), "{}", run.err);
        assert_eq!(run.out, "");
    }
    let lost = replaced(&a, "DKIM-Signature:", "X-Was-Signature:");
    let run = diff_with(RELAXED, &a, &lost, &["--signature", "example.com"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    let said = "b.eml: it does not carry signature 1 of a.eml";
    assert!(run.err.contains(said), "{}", run.err);
    let run = diff(RELAXED, &a, b"no message");
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("b.eml: "), "{}", run.err);
    let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["diff", "-", "-"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}
