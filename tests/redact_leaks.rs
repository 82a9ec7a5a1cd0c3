//! Redaction against messages that were made to get something past it: one case for each kind.

use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use sesauth::dns::{Absent, Snapshot};
use sesauth::redact::{Redacted, Redaction, redact};
use sesauth::{Options, SessionHints};

/// A message redacted under a seed, without any DNS.
fn redacted(message: &[u8], seed: u8) -> Redacted {
    let (hints, options) = (SessionHints::default(), Options::default());
    let (dns, now) = (Snapshot::default(), Timestamp::UNIX_EPOCH);
    let before = sesauth::inspect_recorded(message, &hints, &dns, now, &options).unwrap();
    let how = Redaction {
        key: [seed; 32],
        keep_domains: false,
        absent: Absent::NotRecorded,
        zone: None,
    };
    redact(message, &hints, now, &options, &before, &how).unwrap()
}

/// The text of a redacted message.
fn text(message: &str) -> String {
    String::from_utf8_lossy(&redacted(message.as_bytes(), 1).message).into_owned()
}

/// The lines below the header of a redacted message.
fn body(message: &str) -> String {
    let text = text(message);
    text.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn plain(body: &str) -> String {
    format!("From: a@example.com\r\n\r\n{body}\r\n")
}

fn sesauth(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    let output = command.args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A file of a case, by its path below testdata.
fn file(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    folder.join(path).to_str().unwrap().to_owned()
}

#[test]
fn hosts_of_a_network_stay_in_it_and_lmtp_stays_what_it_is() {
    let text = text(
        "Received: from mx-imap-05.internal (mx-imap-05.internal [10.202.2.204])\r\n\t\
         by store.corp.local (Cyrus) with LMTPA; Tue, 30 Jun 2026 10:35:26 +0000\r\n\
         From: a@example.com\r\n\r\nHello\r\n",
    );
    let trace = text.split("From:").next().unwrap();
    assert_eq!(trace.matches(".internal").count(), 2, "{text}");
    assert!(
        trace.contains(".local (") && trace.contains("with LMTPA;"),
        "{text}"
    );
    assert!(!trace.contains("imap") && !trace.contains("corp"), "{text}");
}

#[test]
fn an_address_stays_with_the_host_of_ses_that_its_name_encodes() {
    let message = |host: &str| {
        format!(
            "Received: from {host} ({host} [54.240.8.50])\r\n\tby mx.example.com with ESMTPS; \
             Tue, 30 Jun 2026 10:35:26 +0000\r\nX-SES-Outgoing: 2026.06.30-54.240.8.50\r\n\
             From: a@example.com\r\n\r\nHello\r\n"
        )
    };
    let of_ses = text(&message("a8-50.smtp-out.amazonses.com"));
    assert_eq!(of_ses.matches("54.240.8.50").count(), 2, "{of_ses}");
    let of_others = text(&message("a8-51.smtp-out.amazonses.com"));
    assert!(!of_others.contains("54.240.8.50"), "{of_others}");
}

#[test]
fn an_unknown_method_is_no_difference_and_its_name_is_not_told() {
    let redacted = redacted(
        b"Authentication-Results: mx.example.com; x-secretmethod=pass;\r\n\t\
          spf=secretresult smtp.mailfrom=a@example.com\r\n\
          From: a@example.com\r\n\r\nHello\r\n",
        1,
    );
    assert_eq!(redacted.differences, []);
}

#[test]
fn letters_of_large_scripts_come_from_all_of_the_script() {
    let names = "王 李 张 刘 陈 杨 黄 赵 吴 周 김 이 박 최 정 강 조 윤 장 임";
    let near = |one: char, other: char| u32::from(one) >> 6 == u32::from(other) >> 6;
    let mut same = 0;
    for seed in 0..4 {
        let redacted = redacted(plain(names).as_bytes(), seed);
        let text = String::from_utf8(redacted.message).unwrap();
        let new = text.split_once("\r\n\r\n").unwrap().1;
        assert_eq!(new.len(), names.len() + 2);
        for (old, new) in names
            .chars()
            .zip(new.chars())
            .filter(|(old, _)| *old != ' ')
        {
            let script = |char: char| matches!(char, '\u{ac00}'..='\u{d7a3}');
            assert_eq!(script(old), script(new), "{old} {new}");
            same += usize::from(near(old, new));
        }
    }
    assert!(same < 10, "{same} of 80 are near what they were");
    // Digits of other scripts are digits.
    let digits = body(&plain("٠١٢٣٤٥٦٧٨٩ ９９９９９９９９"));
    assert!(!digits.contains("٠١٢٣٤٥٦٧٨٩") && !digits.contains("９９９９９９９９"));
}

#[test]
fn files_within_a_text_leave_nothing_of_themselves() {
    let octets = |line: &str| line.bytes().filter(u8::is_ascii_punctuation).count();
    for file in [
        "begin 644 salary.txt\r\nM4V5C<F5T()L@=V]R9',L(\"AP<FEV871E*2 F(&UO<F4L(&]F(&YO8F]D>2$A\r\n\
         +=\"P@4V5C<F5T\r\n`\r\nend",
        "M4V5C<F5T()L@=V]R9',L(\"AP<FEV871E*2 F(&UO<F4L(&]F(&YO8F]D>2$A\r\n\
         M4V5C<F5T()L@=V]R9',L(\"AP<FEV871E*2 F(&UO<F4L(&]F(&YO8F]D>2$A",
        "<~;FsJ\\+=M;+\"!:&mz7<!Q,@<=%8(+#&$#\r\n$%&'()*+,-./:;<=>?@[]^_`~>",
        "=ybegin line=128 size=30 name=salary.txt\r\n}{|!\"#$%&'()*+,-./:;<=>?@[]^_`{|}\r\n=yend size=30",
    ] {
        let new = body(&plain(file));
        assert_eq!(new.len(), file.len() + 2, "{new}");
        assert!(!new.contains("salary"), "{new}");
        let lines = file.lines().zip(new.lines());
        let (mut all, mut kept) = (0, 0);
        for (old, new) in lines.filter(|(old, _)| octets(old) > 3 && !old.starts_with("=y")) {
            all += octets(old);
            let pairs = old.bytes().zip(new.bytes());
            let same = pairs.filter(|(old, new)| old == new && old.is_ascii_punctuation());
            kept += same.count();
        }
        assert!(kept * 5 < all, "{kept} of {all}: {new}");
    }
}

#[test]
fn what_only_looks_like_an_entity_is_a_word() {
    let html = text(
        "From: a@example.com\r\nContent-Type: text/html\r\n\r\n\
         <p>Mary&John;&nbsp;&Eacute;&hearts;</p>\r\n",
    );
    assert!(!html.contains("John"), "{html}");
    assert!(html.contains("&nbsp;&Eacute;&hearts;"), "{html}");
}

#[test]
fn a_digit_becomes_any_digit() {
    let mut seen = [[false; 10]; 10];
    let old = "0123456789";
    for seed in 0..120 {
        let redacted = redacted(plain(old).as_bytes(), seed);
        let text = String::from_utf8(redacted.message).unwrap();
        let new = text.split_once("\r\n\r\n").unwrap().1;
        for (old, new) in old.bytes().zip(new.bytes()) {
            seen[usize::from(old - b'0')][usize::from(new - b'0')] = true;
        }
    }
    assert!(seen.iter().flatten().all(|seen| *seen), "{seen:?}");
    // A token of Easy DKIM stays one.
    let token = body(&plain("qbrxzmhbi5ablngpfow467ffhwd5owog"));
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
    assert!(token.trim_end().bytes().all(fits), "{token}");
}

#[test]
fn a_redacted_field_does_not_name_this_machine() {
    let message = file("messages/dkim-body-changed/message.eml");
    let dns = file("messages/dkim-body-changed/dns.jsonl");
    let header = ["inspect", "--redact", "--format", "header", "--dns", &dns];
    let (_, out, _) = sesauth(&[&header[..], &[&message]].concat());
    assert!(
        out.starts_with("Authentication-Results: mx.redacted.test;"),
        "{out}"
    );
    let own = ["--authserv-id", "mx.example.com", &message];
    let (_, out, _) = sesauth(&[&header[..], &own].concat());
    assert!(
        out.starts_with("Authentication-Results: mx.example.com;"),
        "{out}"
    );
}

#[test]
fn the_zone_of_records_is_redacted_with_them() {
    let case = "findings/spf-record-missing/fires";
    let (message, dns) = (
        file(&format!("{case}/message.eml")),
        file(&format!("{case}/dns.jsonl")),
    );
    let text = std::fs::read_to_string(&message).unwrap();
    let (_, from) = text.split_once("\nFrom:").unwrap();
    let (_, domain) = from.lines().next().unwrap().rsplit_once('@').unwrap();
    let domain = domain.trim_end_matches('>');
    let (_, out, said) = sesauth(&[
        "inspect",
        "--redact",
        "--format",
        "records",
        "--provider",
        "bind",
        "--zone",
        domain,
        "--dns",
        &dns,
        &message,
    ]);
    assert!(
        out.contains("$ORIGIN ") && out.contains(".test."),
        "{out}{said}"
    );
    assert!(
        !out.contains(domain) && !said.contains(domain),
        "{out}{said}"
    );
}

#[test]
fn words_in_capitals_and_names_of_fields_tell_nothing() {
    let message = "Received: from a (a [192.0.2.1]) by mx.example.com with ESMTP; \
         Tue, 30 Jun 2026 10:35:26 +0000\r\n\
         X-Spam-Status: No, score=-1.1 required=5.0 tests=DKIM_VALID_AU,JOHNSECRET,SPF_HELO_NONE\r\n\
         X-Forefront-Antispam-Report: CIP:192.0.2.1;SCL:1;SRV:JOHN;SFV:NSPM;CAT:NONE\r\n\
         X-Quackenbush-Johnsecret-Id: 1\r\nX-Spam-Flag: NO\r\nX-SES-Outgoing: 2026.06.30-192.0.2.1\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=a; h=From:X-Quackenbush-Johnsecret-Id:\r\n\t\
         X-MS-Exchange-Organization-SCL; bh=YWJj; b=YWJj\r\nFrom: a@example.com\r\n\r\nHello\r\n";
    let text = text(message);
    for secret in ["JOHN", "SECRET"] {
        assert!(!text.to_uppercase().contains(secret), "{text}");
    }
    for kept in [
        "tests=DKIM_VALID_AU,",
        ",SPF_HELO_NONE",
        "SFV:NSPM;CAT:NONE",
        "SCL:1;SRV:",
        "X-Spam-Flag: NO",
        "X-SES-Outgoing:",
        "X-MS-Exchange-Organization-SCL",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    let name = text.lines().find(|line| line.contains("-Id: ")).unwrap();
    let (name, _) = name.split_once(':').unwrap();
    assert_eq!(text.matches(name).count(), 2, "{name}: {text}");
}

#[test]
fn charsets_and_encodings_are_words_of_standards() {
    let text = text(
        "From: a@example.com\r\nSubject: =?gb18030?Q?Hello?= =?johnsecret?Q?Hello?=\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain; charset=utf-16le; name*=UTF-8''Salary.pdf\r\n\
         Content-Disposition: attachment; filename*0*=iso-8859-15'en'Sal; filename*1*=ary.pdf\r\n\
         Content-Transfer-Encoding: x-uuencode\r\n\r\nHello\r\n--b\r\n\
         Content-Type: text/plain; charset=\"hz-gb-2312\"\r\n\r\nHello\r\n--b\r\n\
         Content-Type: text/html; charset=johnsecret\r\n\r\n<meta charset=\"windows-1252\">\r\n--b--\r\n",
    );
    for kept in [
        "=?gb18030?Q?",
        "charset=utf-16le;",
        "name*=UTF-8''",
        "filename*0*=iso-8859-15'en'",
        "x-uuencode",
        "charset=\"hz-gb-2312\"",
        "<meta charset=\"windows-1252\">",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    for secret in ["johnsecret", "Sal", "ary.", "Hello"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}
