//! `batch --html` and `corpus report --format html`: pages over many messages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/corpus")
}

fn batch(folder: &Path, more: &[&str], paths: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["batch", "--quiet", "--dns"])
        .arg(corpus().join("dns.jsonl"))
        .arg("--html")
        .arg(folder)
        .args(more)
        .args(paths)
        .output()
        .unwrap()
}

/// The elements of a page that begin with `start`.
fn count(page: &str, start: &str) -> usize {
    page.matches(start).count()
}

#[test]
fn each_message_has_a_line_and_those_that_are_no_plain_pass_a_page() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("pages");
    let output = batch(&folder, &[], &[&corpus()]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let index = fs::read_to_string(folder.join("index.html")).unwrap();
    let pages = fs::read_dir(folder.join("messages")).unwrap().count();
    assert_eq!(pages, count(&index, "href=\"messages/"));
    assert!(
        pages > 0 && pages < lines(&index),
        "{pages} of {}",
        lines(&index)
    );
    assert!(index.contains("<svg viewBox=") && index.contains("role=\"img\""));
    // Lines are below the folder, whose path is nowhere: it may tell who has the messages.
    assert!(index.contains(">alerts/") && !index.contains("testdata/corpus"));
    let page = fs::read_to_string(folder.join("messages/000001.html")).unwrap();
    assert!(!page.contains("testdata/corpus"));
    let all = place.path().join("all");
    batch(&all, &["--html-all"], &[&corpus()]);
    assert_eq!(
        fs::read_dir(all.join("messages")).unwrap().count(),
        lines(&index)
    );
}

#[test]
fn a_line_has_the_subject_and_the_word_of_the_charts() {
    let place = tempfile::tempdir().unwrap();
    let mail = place.path().join("ann/mail");
    fs::create_dir_all(mail.join("in")).unwrap();
    let none = mail.join("none.eml");
    fs::write(&none, "From: nobody\r\nSubject: A < B\r\n\r\nHello\r\n").unwrap();
    let second = mail.join("in/second.eml");
    fs::write(
        &second,
        "From: a@example.com\r\nSubject: Two\r\n\r\nHello\r\n",
    )
    .unwrap();
    let folder = place.path().join("pages");
    batch(&folder, &["--html-all"], &[&none, &second]);
    let index = fs::read_to_string(folder.join("index.html")).unwrap();
    for shown in [
        ">none.eml</a> <span class=\"topic\" title=\"A &lt; B\">A &lt; B</span>",
        ">in/second.eml</a> <span class=\"topic\" title=\"Two\">",
        "1 without a single domain in From",
        "<td class=\"apart\">no single domain</td>",
        "<span class=\"apart\">no single domain</span>",
    ] {
        assert!(index.contains(shown), "{shown}: {index}");
    }
    assert!(!index.contains("ann/mail"));
}

/// The lines of messages in an index.
fn lines(index: &str) -> usize {
    let start = index.find("id=\"lines\"").unwrap();
    let end = index[start..].find("</table>").unwrap();
    count(&index[start..start + end], "<tr>") - 1
}

#[test]
fn nothing_is_overwritten() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("mine.txt"), "mine").unwrap();
    let output = batch(place.path(), &[], &[&corpus()]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("a new or an empty folder"), "{said}");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn names_and_mail_bring_no_markup_in() {
    let place = tempfile::tempdir().unwrap();
    let mail = place.path().join("<img src=x onerror=alert(1)>.eml");
    let text = "From: \"<script>\" <a@\"><script>alert(1)</script>.example>\r\n\
                Subject: <svg onload=alert(1)>\r\n\r\n<b>x</b>\r\n";
    fs::write(&mail, text).unwrap();
    let folder = place.path().join("pages");
    let output = batch(&folder, &[], &[&mail, Path::new("/nowhere/<script>.eml")]);
    assert_eq!(output.status.code(), Some(2), "one cannot be read");
    for page in [
        folder.join("index.html"),
        folder.join("messages/000001.html"),
    ] {
        let page = fs::read_to_string(page).unwrap();
        assert!(
            !page.contains("<img") && !page.contains("<script>alert"),
            "{page}"
        );
        assert!(!page.contains("<svg onload") && !page.contains("<b>x"));
    }
}

#[test]
fn the_report_is_a_page_with_charts() {
    let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["corpus", "report", "--format", "html"])
        .arg(corpus())
        .output()
        .unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(
        count(&page, "<svg ") >= 2 && page.contains("What to do"),
        "{page}"
    );
    assert!(!page.contains("http-equiv=\"refresh\"") && !page.contains("src="));
}
