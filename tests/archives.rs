//! `sesauth batch` and `sesauth corpus` with tar and zip archives, metadata beside messages, and
//! `--resume`, as a user calls them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use rawzip::path::EntryPath;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::Value;
use tempfile::TempDir;

/// DNS by which 192.0.2.1 may send for example.com.
const DNS: &str = "{\"sesauth_dns\":1}\n\
    {\"name\":\"example.com\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":300,\
     \"records\":[\"v=spf1 ip4:192.0.2.1 -all\"]}\n\
    {\"name\":\"_dmarc.example.com\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":300,\
     \"records\":[\"v=DMARC1; p=reject\"]}\n";

const METADATA: &str = r#"{"Envelope": {"Helo": "mail.example.com", "From": "a@example.com",
    "To": ["b@example.net"]}, "Metadata": {"Timestamp": "2026-07-01T12:00:00Z",
    "SenderIpAddress": "192.0.2.1", "SenderHostname": "mail.example.com"}}"#;

fn message(number: usize) -> Vec<u8> {
    let body = "text\r\n".repeat(20 + number % 7);
    format!("From: a@example.com\r\nSubject: {number}\r\n\r\n{body}").into_bytes()
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("recorded.jsonl"), DNS).unwrap();
    folder
}

fn command(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    command
        .args(arguments)
        .args(["--dns", "recorded.jsonl"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &TempDir, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = command(folder, arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A run that reads nothing closes the pipe.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// `batch` on one path.
fn batch(folder: &TempDir, path: &str) -> Output {
    run(folder, &["batch", "--format", "ndjson", path], b"")
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The name of each message, with its error if there is one.
fn names(output: &Output) -> Vec<String> {
    let name = |line: &Value| match line["error"].as_str() {
        Some(error) => format!("{}: {error}", line["path"].as_str().unwrap()),
        None => line["path"].as_str().unwrap().to_owned(),
    };
    lines(output).iter().map(name).collect()
}

/// The lines without names, in the order of their text.
fn unnamed(output: &Output) -> Vec<String> {
    let mut lines = lines(output);
    for line in &mut lines {
        line["path"] = Value::Null;
    }
    let mut lines: Vec<_> = lines.iter().map(Value::to_string).collect();
    lines.sort();
    lines
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, octets) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(octets.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *octets).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

fn zstd(octets: &[u8]) -> Vec<u8> {
    compress_to_vec(octets, CompressionLevel::Fastest)
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, octets) in members {
        let file = archive.new_file(EntryPath::verbatim(name.as_bytes()));
        let file = file.compression_method(CompressionMethod::DEFLATE);
        let (mut entry, config) = file.start().unwrap();
        let encoder = DeflateEncoder::new(&mut entry, Compression::default());
        let mut writer = config.wrap(encoder);
        writer.write_all(octets).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap()
}

/// A zip archive as written by hand: nothing is packed, and each size stands before its octets.
fn stored(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, octets) in members {
        let mut crc = flate2::Crc::new();
        crc.update(octets);
        let size = u32::try_from(octets.len()).unwrap().to_le_bytes();
        let name_size = u16::try_from(name.len()).unwrap().to_le_bytes();
        let mut told = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5c];
        told.extend(crc.sum().to_le_bytes());
        told.extend([size, size].concat());
        told.extend(name_size);
        told.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&told);
        directory.extend([0; 10]);
        directory.extend(u32::try_from(archive.len()).unwrap().to_le_bytes());
        directory.extend(name.as_bytes());
        archive.extend(b"PK\x03\x04");
        archive.extend(told);
        archive.extend(name.as_bytes());
        archive.extend(*octets);
    }
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let at = u32::try_from(archive.len()).unwrap().to_le_bytes();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].concat());
    archive.extend([size, at].concat());
    archive.extend([0, 0]);
    archive
}

/// Where `octets` has `what`.
fn find(octets: &[u8], what: &[u8]) -> Vec<usize> {
    let starts = octets.windows(what.len()).enumerate();
    let found = starts.filter(|(_, window)| *window == what);
    found.map(|(at, _)| at).collect()
}

fn mbox(numbers: &[usize]) -> Vec<u8> {
    let mut mbox = Vec::new();
    for number in numbers {
        mbox.extend_from_slice(b"From a@example.com Tue Jun 30 10:33:16 2026\r\n");
        mbox.extend_from_slice(&message(*number));
        mbox.extend_from_slice(b"\r\n");
    }
    mbox
}

#[test]
fn the_same_messages_give_the_same_rows_from_each_kind_of_archive() {
    let folder = folder();
    let messages: Vec<_> = (0..40)
        .map(|number| (format!("in/{number:02}.eml"), message(number)))
        .collect();
    let members: Vec<(&str, &[u8])> = messages
        .iter()
        .map(|(name, octets)| (&name[..], &octets[..]))
        .collect();
    fs::create_dir(folder.path().join("in")).unwrap();
    for (name, octets) in &members {
        fs::write(folder.path().join(name), octets).unwrap();
    }
    let rows = unnamed(&batch(&folder, "in"));
    assert_eq!(rows.len(), 40);
    let plain = tar(&members);
    let packed = zip(&members);
    for (name, archive) in [
        ("a.tar", plain.clone()),
        ("a.tar.gz", gzip(&plain)),
        ("a.tar.zst", zstd(&plain)),
        ("a.zip", packed.clone()),
        ("named-otherwise", packed.clone()),
        ("outer.zip", zip(&[("b.tar.gz", &gzip(&plain))])),
        ("outer.tar", tar(&[("x/b.zip", &packed)])),
    ] {
        fs::write(folder.path().join(name), archive).unwrap();
        let output = batch(&folder, name);
        assert_eq!(unnamed(&output), rows, "{name}");
        assert_eq!(output.status.code(), Some(0), "{name}");
    }
    assert_eq!(names(&batch(&folder, "a.zip"))[7], "a.zip/in/07.eml");
    assert_eq!(
        names(&batch(&folder, "outer.tar"))[7],
        "outer.tar/x/b.zip/in/07.eml"
    );
    for piped in [
        plain.clone(),
        gzip(&plain),
        zstd(&plain),
        packed,
        stored(&members),
    ] {
        let output = run(&folder, &["batch", "--format", "ndjson", "-"], &piped);
        assert_eq!(unnamed(&output), rows, "{}", errors(&output));
        assert_eq!(names(&output)[7], "-/in/07.eml");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn a_zip_that_was_cut_off_gives_what_is_whole() {
    let folder = folder();
    let (one, two) = (message(1), message(2));
    let members: &[(&str, &[u8])] = &[
        ("1.eml", &one),
        ("x/2.mbox", &mbox(&[2, 3])),
        ("3.eml", &two),
    ];
    let all = ["1.eml", "x/2.mbox#1", "x/2.mbox#2", "3.eml"];
    for archive in [zip(members), stored(members)] {
        let third = find(&archive, b"PK\x03\x04")[2];
        let directory = find(&archive, b"PK\x01\x02")[0];
        let within = archive.len() - 5;
        let from_pipe =
            |archive: &[u8]| run(&folder, &["batch", "--format", "ndjson", "-"], archive);
        let from_file = |archive: &[u8]| {
            fs::write(folder.path().join("a.zip"), archive).unwrap();
            batch(&folder, "a.zip")
        };
        for (cut, whole, said) in [
            (directory, 4, "the archive is cut off at byte "),
            (directory + 9, 4, "the directory at its end cannot be read"),
            (within, 4, "the directory at its end cannot be read"),
            (third, 3, "the archive is cut off at byte "),
            (third + 3, 3, "the archive is cut off at byte "),
            (
                third + 40,
                3,
                "the message cannot be read to its end: the archive is cut off at",
            ),
        ] {
            for (name, output) in [
                ("a.zip", from_file(&archive[..cut])),
                ("-", from_pipe(&archive[..cut])),
            ] {
                let names = names(&output);
                let whole: Vec<_> = all[..whole]
                    .iter()
                    .map(|one| format!("{name}/{one}"))
                    .collect();
                assert_eq!(names[..names.len() - 1], whole, "{cut} {names:?}");
                let last = &names[whole.len()];
                let is_said = last.contains(said)
                    || name == "-" && last.contains("the directory at its end is cut off at byte ");
                assert!(is_said, "{cut} {last}");
                assert_eq!(output.status.code(), Some(2));
            }
        }
        // Within another archive it is the same.
        let outer = tar(&[("in.zip", &archive[..third]), ("4.eml", &one)]);
        fs::write(folder.path().join("outer.tar"), outer).unwrap();
        let names = names(&batch(&folder, "outer.tar"));
        assert_eq!(names.len(), 5, "{names:?}");
        assert!(names[3].starts_with("outer.tar/in.zip: ") && names[3].contains("is cut off"));
        assert_eq!(names[4], "outer.tar/4.eml");
    }
}

#[test]
fn what_a_stream_of_a_zip_does_not_tell_is_said() {
    let folder = folder();
    let one = message(1);
    let members: &[(&str, &[u8])] = &[("1.eml", &one), ("2.eml", &one), ("3.eml", &one)];
    let from_pipe = |archive: &[u8]| {
        let output = run(&folder, &["batch", "--format", "ndjson", "-"], archive);
        (names(&output), output.status.code())
    };
    // Octets that are not those that were packed.
    for mut archive in [zip(members), stored(members)] {
        let second = find(&archive, b"PK\x03\x04")[1];
        archive[second + 60] ^= 0x55;
        let (names, code) = from_pipe(&archive);
        assert_eq!(names[0], "-/1.eml");
        assert!(
            names[1].starts_with("-/2.eml: ")
                && (names[1].contains("is damaged") || names[1].contains("it does not unpack")),
            "{names:?}"
        );
        assert_eq!(code, Some(2));
    }
    let archive = stored(members);
    let second = find(&archive, b"PK\x03\x04")[1];
    let mut encrypted = archive.clone();
    encrypted[second + 6] |= 1;
    let mut other = archive.clone();
    other[second + 8] = 12;
    for (archive, why) in [(encrypted, "it is encrypted"), (other, "12 (BZIP2)")] {
        let (names, _) = from_pipe(&archive);
        assert!(
            names[1].starts_with("-/2.eml: ") && names[1].contains(why),
            "{names:?}"
        );
        assert_eq!((&names[0][..], &names[2][..]), ("-/1.eml", "-/3.eml"));
    }
    // Its size comes behind it, and nothing tells where that is.
    let mut unknown = archive.clone();
    unknown[second + 6] |= 8;
    unknown[second + 18..second + 26].fill(0);
    let (names, code) = from_pipe(&unknown);
    assert!(
        names[1].contains("where the octets of the member end"),
        "{names:?}"
    );
    assert_eq!((names.len(), code), (2, Some(2)));
    let odd = zip(&[
        ("../a.eml", &one),
        ("/b.eml", &one),
        ("f/", b""),
        ("c\\d.eml", &one),
    ]);
    assert_eq!(from_pipe(&odd), (vec!["-/c/d.eml".to_owned()], Some(0)));
    assert_eq!(from_pipe(&zip(&[])).0, [""; 0]);
}

#[test]
fn a_bomb_from_a_pipe_ends() {
    let folder = folder();
    let zeros = vec![0; 64 << 20];
    let bomb = zip(&[
        ("1.eml", &zeros),
        ("2.tar.gz", &gzip(&zeros)),
        ("3.eml", &message(3)),
    ]);
    let arguments = ["batch", "--format", "ndjson", "--max-size", "1M", "-"];
    let output = run(&folder, &arguments, &bomb);
    let names = names(&output);
    assert!(names[0].contains("limit of 1048576"), "{names:?}");
    assert_eq!(names[1], "-/3.eml");
}

#[test]
fn members_are_read_as_files_in_folders_are() {
    let folder = folder();
    let one = message(1);
    let members: &[(&str, &[u8])] = &[
        ("./box.mbox", &mbox(&[1, 2])),
        ("box.mbox.gz", &gzip(&mbox(&[3]))),
        ("one.eml.gz", &gzip(&one)),
        (
            "Maildir/cur/1.host:2,S",
            b"X: of a Maildir\r\nFrom: a@example.com\r\n\r\n",
        ),
        ("plain", &one),
        ("picture.png", b"\x89PNG\r\n"),
        ("__MACOSX/._one.eml", b"\0\x05\x16\x07"),
        ("odd\x1b[31m.eml", &one),
        (&format!("{}/long.eml", "deep".repeat(60)), &one),
    ];
    let expected = [
        "a/box.mbox#1",
        "a/box.mbox#2",
        "a/box.mbox.gz#1",
        "a/one.eml.gz",
        "a/Maildir/cur/1.host:2,S",
        "a/plain",
        "a/odd\\u{1b}[31m.eml",
        &format!("a/{}/long.eml", "deep".repeat(60)),
    ];
    for archive in [tar(members), zip(members)] {
        fs::write(folder.path().join("a"), archive).unwrap();
        let output = batch(&folder, "a");
        assert_eq!(names(&output), expected);
        assert!(errors(&output).contains("1 file in folders does not look like mail"));
    }
}

#[test]
fn what_leads_out_of_an_archive_or_has_no_octets_is_counted_and_said() {
    let folder = folder();
    let mut builder = tar::Builder::new(Vec::new());
    let mut add = |name: &[u8], kind: tar::EntryType, octets: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(octets.len() as u64);
        header.set_cksum();
        builder.append(&header, octets).unwrap();
    };
    let one = message(1);
    add(b"/etc/a.eml", tar::EntryType::Regular, &one);
    add(b"../a.eml", tar::EntryType::Regular, &one);
    add(b"link.eml", tar::EntryType::Symlink, b"");
    add(b"hard.eml", tar::EntryType::Link, b"");
    add(b"device.eml", tar::EntryType::Char, b"");
    add(b"folder/", tar::EntryType::Directory, b"");
    add(b"a.eml", tar::EntryType::Regular, &one);
    fs::write(folder.path().join("a.tar"), builder.into_inner().unwrap()).unwrap();
    let output = batch(&folder, "a.tar");
    assert_eq!(names(&output), ["a.tar/a.eml"]);
    assert_eq!(output.status.code(), Some(0));
    for said in [
        "2 links in archives were passed over",
        "1 member of archives is a device, a pipe or the like and was passed over",
        "2 members of archives have a path that leads out of their archive and were passed over",
    ] {
        assert!(errors(&output).contains(said), "{}", errors(&output));
    }
    let outside = zip(&[("x/../../a.eml", &one), ("a.eml", &one)]);
    fs::write(folder.path().join("a.zip"), outside).unwrap();
    let output = batch(&folder, "a.zip");
    assert_eq!(names(&output), ["a.zip/a.eml"]);
    assert!(errors(&output).contains("1 member of archives has a path that leads out"));
}

#[test]
fn what_comes_before_damage_is_judged_and_the_damage_is_said_with_its_place() {
    let folder = folder();
    let (one, two, three) = (message(1), message(2), message(3));
    let members: &[(&str, &[u8])] = &[("1.eml", &one), ("2.eml", &two), ("3.eml", &three)];
    let plain = tar(members);
    let mut damaged = plain.clone();
    damaged[1024] ^= 1;
    let mut broken = zip(members);
    let second = find(&broken, b"PK\x03\x04")[1];
    broken[second + 40] ^= 0xff;
    for (archive, expected) in [
        (
            plain[..1600].to_vec(),
            &[
                "a/1.eml",
                "a/2.eml: the message cannot be read to its end: the archive is cut off at byte 1600",
            ][..],
        ),
        (
            plain[..1024].to_vec(),
            &["a/1.eml", "a: the archive is cut off at byte 1024"],
        ),
        (
            damaged,
            &[
                "a/1.eml",
                "a: the archive cannot be read from byte 1024 on: there is no header of a member there",
            ],
        ),
    ] {
        fs::write(folder.path().join("a"), archive).unwrap();
        let output = batch(&folder, "a");
        assert_eq!(names(&output), expected);
        assert_eq!(output.status.code(), Some(2));
    }
    let packed = gzip(&plain);
    fs::write(folder.path().join("a"), &packed[..packed.len() - 12]).unwrap();
    let output = batch(&folder, "a");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        errors(&output).contains("of what is unpacked"),
        "{}",
        errors(&output)
    );

    fs::write(folder.path().join("a"), broken).unwrap();
    let output = batch(&folder, "a");
    let names = names(&output);
    assert_eq!((&names[0][..], &names[2][..]), ("a/1.eml", "a/3.eml"));
    let said = format!("the member at byte {second} of the archive is damaged");
    assert!(
        names[1].starts_with("a/2.eml: ") && names[1].contains(&said),
        "{}",
        names[1]
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn members_that_cannot_be_unpacked_are_said_by_name() {
    let folder = folder();
    let one = message(1);
    let archive = zip(&[("1.eml", &one), ("2.eml", &one)]);
    let second = find(&archive, b"PK\x01\x02")[1];
    let mut encrypted = archive.clone();
    encrypted[second + 8] |= 1;
    let mut other = archive.clone();
    other[second + 10] = 12;
    for (archive, why) in [(encrypted, "it is encrypted"), (other, "12 (BZIP2)")] {
        fs::write(folder.path().join("a.zip"), archive).unwrap();
        let output = batch(&folder, "a.zip");
        let names = names(&output);
        assert_eq!(names[0], "a.zip/1.eml");
        assert!(
            names[1].starts_with("a.zip/2.eml: ") && names[1].contains(why),
            "{}",
            names[1]
        );
        assert_eq!(output.status.code(), Some(2));
    }
    let inner = zip(&[("1.eml", &one)]);
    let middle = tar(&[("inner.zip", &inner)]);
    fs::write(
        folder.path().join("a.zip"),
        zip(&[("middle.tar", &middle), ("1.eml", &one)]),
    )
    .unwrap();
    let output = batch(&folder, "a.zip");
    assert!(names(&output)[0].contains("an archive within an archive within an archive"));
    assert_eq!(names(&output)[1], "a.zip/1.eml");
}

#[test]
fn a_message_in_an_archive_may_be_too_large() {
    let folder = folder();
    let large = [message(1), vec![b'x'; 10_000]].concat();
    let archive = tar(&[("1.eml", &large), ("2.eml", &message(2))]);
    for archive in [archive.clone(), gzip(&archive)] {
        fs::write(folder.path().join("a.tar"), archive).unwrap();
        let arguments = ["batch", "--format", "ndjson", "--max-size", "5K", "a.tar"];
        let output = run(&folder, &arguments, b"");
        assert!(
            names(&output)[0].contains("limit of 5120"),
            "{:?}",
            names(&output)
        );
        assert_eq!(names(&output)[1], "a.tar/2.eml");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn a_bomb_ends() {
    let folder = folder();
    let zeros = vec![0; 64 << 20];
    let bomb = zip(&[("1.eml", &zeros), ("2.tar.gz", &gzip(&zeros))]);
    fs::write(folder.path().join("a.zip"), bomb).unwrap();
    let arguments = ["batch", "--format", "ndjson", "--max-size", "1M", "a.zip"];
    let output = run(&folder, &arguments, b"");
    assert!(
        names(&output)[0].contains("limit of 1048576"),
        "{:?}",
        names(&output)
    );
    assert!(errors(&output).contains("does not look like mail"));
}

#[test]
fn a_name_within_an_archive_is_no_path() {
    let folder = folder();
    fs::write(
        folder.path().join("a.tar"),
        tar(&[("x/1.eml", &message(1))]),
    )
    .unwrap();
    let arguments = ["batch", "--format", "ndjson", "--files-from", "-"];
    let output = run(&folder, &arguments, b"a.tar/x/1.eml\na.tar\n");
    let names = names(&output);
    assert!(
        names[0].contains("a.tar is a file") && names[0].ends_with("give a.tar"),
        "{}",
        names[0]
    );
    assert_eq!(names[1], "a.tar/x/1.eml");
}

#[test]
fn a_corpus_may_have_archives() {
    let folder = folder();
    fs::create_dir(folder.path().join("mail")).unwrap();
    let members: &[(&str, &[u8])] = &[("1.eml", &message(1)), ("2.eml", &message(2))];
    fs::write(folder.path().join("mail/a.tar"), tar(members)).unwrap();
    fs::write(folder.path().join("mail/b.zip"), zip(members)).unwrap();
    let report = run(
        &folder,
        &["corpus", "report", "--format", "json", "mail"],
        b"",
    );
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["messages"], 4, "{report}");
    let arguments = ["corpus", "what-if", "--policy", "p=none", "mail"];
    let output = run(&folder, &arguments, b"");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains('4'), "{text}");
}

#[test]
fn a_command_for_one_message_names_the_command_for_archives() {
    let folder = folder();
    let members: &[(&str, &[u8])] = &[("1.eml", &message(1))];
    for (name, archive) in [
        ("a.zip", zip(members)),
        ("a.tar", tar(members)),
        ("a.tar.gz", gzip(&tar(members))),
        ("a b.tar.zst", zstd(&tar(members))),
    ] {
        fs::write(folder.path().join(name), &archive).unwrap();
        let output = run(&folder, &["inspect", name], b"");
        assert_eq!(output.status.code(), Some(2));
        let shown = if name.contains(' ') {
            "'a b.tar.zst'"
        } else {
            name
        };
        let said = format!("it is an archive; for all messages in it: sesauth batch {shown}\n");
        assert!(errors(&output).contains(&said), "{}", errors(&output));
        let output = run(&folder, &["inspect"], &archive);
        assert!(
            errors(&output).contains("it is an archive; for all messages in it: sesauth batch -\n"),
            "{}",
            errors(&output)
        );
    }
}

/// All files in a folder, by their paths there.
fn files(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => pending.push(path),
                false => files.push(path.strip_prefix(folder).unwrap().display().to_string()),
            }
        }
    }
    files.sort();
    files
}

/// `corpus` with these arguments: the exit code, and what it says.
fn corpus(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .arg("corpus")
        .args(arguments)
        .current_dir(folder.path())
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn what_is_recorded_of_messages_in_archives_is_checked() {
    let folder = folder();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    let changed = b"From: a@example.com\r\nFrom: b@example.com\r\n\r\nother\r\n";
    let archives = |third: &[u8]| {
        let members: &[(&str, &[u8])] = &[
            ("x/1.eml", &message(1)),
            ("x/1.eml", &message(2)),
            ("x/3.eml", third),
            ("box.mbox", &mbox(&[4, 5])),
            ("box.mbox/1", &message(6)),
            ("odd\n%.eml", &message(7)),
        ];
        fs::write(mail.join("a.tar.gz"), gzip(&tar(members))).unwrap();
        let outside: &[(&str, &[u8])] = &[("../1.eml", &message(9))];
        let inner = tar(&[("y/1.eml", &message(8))]);
        let more = [members, outside, &[("in.tar", &inner)]].concat();
        fs::write(mail.join("b.zip"), zip(&more)).unwrap();
    };
    archives(&message(3));
    let record = || {
        corpus(
            &folder,
            &["record", "--dns", "recorded.jsonl", "--quiet", "mail"],
        )
    };
    let (code, text) = record();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("15 messages: 15 new"), "{text}");
    let each = |archive: &str| {
        let names = [
            "box.mbox/1 (2).json",
            "box.mbox/1.json",
            "box.mbox/2.json",
            "odd%5Cn%25.eml.json",
            "x/1.eml (2).json",
            "x/1.eml.json",
            "x/3.eml.json",
        ];
        names.map(|name| format!("{archive}/{name}"))
    };
    let mut expected = [each("a.tar.gz"), each("b.zip")].concat();
    expected.extend([
        "b.zip/in.tar/y/1.eml.json".to_owned(),
        "corpus.json".to_owned(),
    ]);
    expected.sort();
    assert_eq!(files(&mail.join("expected")), expected);
    let check = || corpus(&folder, &["check", "--quiet", "mail"]);
    let (code, text) = check();
    assert_eq!(code, Some(0), "{text}");
    assert!(record().1.contains("0 new, 0 changed, 15 unchanged"));

    archives(changed);
    let (code, text) = check();
    assert_eq!(code, Some(1), "{text}");
    for name in ["a.tar.gz/x/3.eml", "b.zip/x/3.eml"] {
        assert!(text.contains(name), "{text}");
    }
    assert!(!text.contains("1.eml"), "{text}");
    let (code, text) = corpus(&folder, &["update", "--quiet", "mail"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(check().0, Some(0));
}

#[test]
fn a_corpus_that_was_recorded_without_metadata_is_checked_without_it() {
    let folder = folder();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    fs::write(mail.join("1.eml"), message(1)).unwrap();
    fs::write(mail.join("1.json"), METADATA).unwrap();
    let json = METADATA.as_bytes();
    let members: &[(&str, &[u8])] = &[("2.eml", &message(2)), ("2.json", json)];
    fs::write(mail.join("a.zip"), zip(members)).unwrap();
    let expected = |name: &str| -> Value {
        let text = fs::read(mail.join("expected").join(name)).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let record = |more: &[&str]| {
        let arguments = ["record", "--dns", "recorded.jsonl", "--quiet", "mail"];
        let (code, text) = corpus(&folder, &[&arguments[..], more].concat());
        assert!(text.contains("2 messages"), "{text}");
        (code, text)
    };
    record(&["--no-metadata"]);
    for name in ["1.eml.json", "a.zip/2.eml.json"] {
        assert_ne!(expected(name)["dmarc"]["result"], "pass");
    }
    assert_eq!(expected("corpus.json")["metadata"], false);
    let check = |more: &[&str]| corpus(&folder, &[&["check", "--quiet", "mail"], more].concat());
    let (code, text) = check(&[]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(corpus(&folder, &["update", "--quiet", "mail"]).0, Some(0));
    assert_eq!(expected("corpus.json")["metadata"], false);

    let (_, text) = record(&[]);
    assert!(text.contains("had other flags: --no-metadata"), "{text}");
    assert_eq!(expected("1.eml.json")["dmarc"]["result"], "pass");
    assert_eq!(expected("corpus.json").get("metadata"), None);
    assert_eq!(check(&[]).0, Some(0));
    assert_eq!(check(&["--no-metadata"]).0, Some(1));
}

/// The client, where it is from, and the result of SPF, of each message.
fn sessions(output: &Output) -> Vec<String> {
    let session = |line: &Value| {
        let client = &line["session"]["client_ip"];
        let value = client["value"].as_str().unwrap_or("-");
        let from = client["from"].as_str().unwrap_or("-");
        let spf = line["spf"]["mail_from"]["result"].as_str().unwrap();
        format!("{value} {from} {spf}")
    };
    lines(output).iter().map(session).collect()
}

#[test]
fn metadata_beside_a_message_gives_the_session() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let one = message(1);
    fs::create_dir(path("in")).unwrap();
    fs::write(path("in/message.eml"), &one).unwrap();
    fs::write(path("in/message.json"), METADATA).unwrap();
    fs::write(path("in/other.eml"), &one).unwrap();
    fs::write(path("in/other.eml.json"), METADATA).unwrap();
    let passes = "192.0.2.1 metadata pass";
    let output = batch(&folder, "in");
    assert_eq!(sessions(&output), [passes, passes]);
    let line = &lines(&output)[0];
    assert_eq!(line["session"]["received_at"]["from"], "metadata");
    assert_eq!(line["dmarc"]["result"], "pass", "{line}");
    let ignored = run(
        &folder,
        &["batch", "--format", "ndjson", "--no-metadata", "in"],
        b"",
    );
    assert!(
        sessions(&ignored)
            .iter()
            .all(|session| session.starts_with("- -"))
    );

    let json = METADATA.as_bytes();
    let before: &[(&str, &[u8])] = &[("x/1.json", json), ("x/1.eml", &one)];
    let after: &[(&str, &[u8])] = &[("x/1.eml", &one), ("x/1.json", json)];
    for (name, archive) in [
        ("before.tar", tar(before)),
        ("after.tar", tar(after)),
        ("before.tgz", gzip(&tar(before))),
        ("after.tgz", gzip(&tar(after))),
        ("before.zip", zip(before)),
        ("after.zip", zip(after)),
        ("inner.zip", zip(&[("inner.tar", &tar(after))])),
    ] {
        fs::write(path(name), archive).unwrap();
        let output = batch(&folder, name);
        assert_eq!(sessions(&output), [passes], "{name}");
        assert_eq!(errors(&output), "", "{name}");
    }
    let far: &[(&str, &[u8])] = &[("1.eml", &one), ("2.eml", &one), ("1.json", json)];
    fs::write(path("far.tar"), tar(far)).unwrap();
    assert_eq!(sessions(&batch(&folder, "far.tar"))[0], passes);
    fs::write(path("far.tgz"), gzip(&tar(far))).unwrap();
    let output = batch(&folder, "far.tgz");
    assert!(errors(&output).contains("1 metadata file in archives was not used"));
}

#[test]
fn a_flag_takes_precedence_over_metadata() {
    let folder = folder();
    fs::write(folder.path().join("message.eml"), message(1)).unwrap();
    fs::write(folder.path().join("message.json"), METADATA).unwrap();
    let inspect = |more: &[&str]| {
        let arguments = [&["inspect", "message.eml"], more].concat();
        let output = run(&folder, &arguments, b"");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let metadata = ["--metadata", "message.json", "--format", "json"];
    let json: Value = serde_json::from_str(&inspect(&metadata)).unwrap();
    assert_eq!(json["session"]["helo"]["value"], "mail.example.com");
    assert_eq!(json["spf"]["mail_from"]["result"], "pass");
    let both = [&metadata[..], &["--ip", "192.0.2.2", "--at", "2026-07-02"]].concat();
    let json: Value = serde_json::from_str(&inspect(&both)).unwrap();
    assert_eq!(json["session"]["client_ip"]["from"], "--ip");
    assert_eq!(json["session"]["received_at"]["from"], "--at");
    assert_eq!(json["session"]["mail_from"]["from"], "metadata");
    assert_eq!(json["spf"]["mail_from"]["result"], "fail");
    let text = inspect(&["--metadata", "message.json", "--verbose"]);
    assert!(text.contains("the metadata file"), "{text}");
    let error = inspect(&["--metadata", "message.eml"]);
    assert!(error.contains("message.eml: it is not JSON"), "{error}");
    let error = inspect(&["--metadata", "missing.json"]);
    assert!(error.contains("missing.json"), "{error}");
}

#[test]
fn metadata_that_cannot_be_read_is_said_and_the_message_is_judged() {
    let folder = folder();
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::write(folder.path().join("in/message.eml"), message(1)).unwrap();
    for (metadata, said) in [
        ("{\"Helo\":", Some("in/message.json: it is not JSON")),
        (
            "{\"SenderIpAddress\":\"here\"}",
            Some("its SenderIpAddress is not one"),
        ),
        ("{\"subject\":\"of something else\"}", None),
    ] {
        fs::write(folder.path().join("in/message.json"), metadata).unwrap();
        let output = batch(&folder, "in");
        assert!(sessions(&output)[0].starts_with("- -"));
        let errors = errors(&output).replace("1 file in folders does not look like mail", "");
        match said {
            Some(said) => assert!(errors.contains(said), "{errors}"),
            None => assert!(!errors.contains("message.json"), "{errors}"),
        }
    }
}

/// A folder with so many messages.
fn many(folder: &TempDir, count: usize) {
    fs::create_dir(folder.path().join("in")).unwrap();
    for number in 0..count {
        fs::write(
            folder.path().join(format!("in/{number:05}.eml")),
            message(number),
        )
        .unwrap();
    }
}

fn wait_for(path: &Path, length: u64) {
    let start = Instant::now();
    while fs::metadata(path).map_or(0, |metadata| metadata.len()) < length {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_run_that_was_killed_goes_on_and_gives_the_same_lines() {
    for (format, least) in [("ndjson", 100_000), ("csv", 20_000)] {
        let folder = folder();
        many(&folder, 600);
        let whole = run(&folder, &["batch", "--format", format, "in"], b"").stdout;
        let out: PathBuf = folder.path().join("out");
        let arguments = ["batch", "--format", format, "--resume", "out", "in"];
        let mut child = command(&folder, &arguments).spawn().unwrap();
        wait_for(&out, least);
        // SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
        let part = fs::read(&out).unwrap();
        assert!(part.len() < whole.len() && whole.starts_with(&part));
        let output = run(&folder, &arguments, b"");
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stdout.is_empty());
        assert!(fs::read(&out).unwrap() == whole, "{format}");
        assert!(errors(&output).contains("messages were done before"));
        // Nothing is left to do.
        let output = run(&folder, &arguments, b"");
        assert_eq!(output.status.code(), Some(0));
        assert!(fs::read(&out).unwrap() == whole);
        assert!(errors(&output).contains("600 messages were done before"));
    }
}

#[test]
fn what_is_no_output_is_left_alone() {
    let folder = folder();
    many(&folder, 3);
    let out = folder.path().join("out");
    for text in [
        "From: a@example.com\n",
        "notes",
        "{\"path\":3}\n",
        "{\"a\":1}",
    ] {
        fs::write(&out, text).unwrap();
        let output = run(&folder, &["batch", "--resume", "out", "in"], b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(
            errors(&output).contains("line 1 is none that"),
            "{}",
            errors(&output)
        );
        assert_eq!(fs::read_to_string(&out).unwrap(), text);
    }
    fs::remove_file(&out).unwrap();
    let output = run(
        &folder,
        &["batch", "--format", "csv", "--resume", "out", "in"],
        b"",
    );
    assert_eq!(output.status.code(), Some(0));
    let output = run(
        &folder,
        &["batch", "--format", "ndjson", "--resume", "out", "in"],
        b"",
    );
    assert!(
        errors(&output).contains("give --format as before"),
        "{}",
        errors(&output)
    );
    let output = run(
        &folder,
        &["batch", "--format", "summary", "--resume", "out", "in"],
        b"",
    );
    assert!(errors(&output).contains("has no line for each message"));
}

#[test]
fn a_name_given_twice_has_two_lines_and_odd_names_are_known_again() {
    for format in ["ndjson", "csv"] {
        let folder = folder();
        many(&folder, 3);
        fs::write(folder.path().join("in/=1,\"2'\n.eml"), message(9)).unwrap();
        let arguments = ["batch", "--format", format, "in", "in/00001.eml"];
        let whole = run(&folder, &arguments, b"").stdout;
        let out = folder.path().join("out");
        let text = String::from_utf8(whole.clone()).unwrap();
        let first: String = text.split_inclusive('\n').take(4).collect();
        fs::write(
            &out,
            format!("{first}{}", &text[first.len()..first.len() + 7]),
        )
        .unwrap();
        let output = run(
            &folder,
            &[&arguments[..], &["--resume", "out"]].concat(),
            b"",
        );
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        assert_eq!(fs::read_to_string(&out).unwrap(), text);
    }
}
