//! Which files are mail, by their names and how they begin.

use std::fs::File;
use std::path::Path;

use super::archive::has_name_of_archive;
use super::stream::start;

/// Whether the name of the file, or its place in a Maildir, shows that it contains one message.
pub(super) fn is_one_message(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    matches!(
        extension.to_ascii_lowercase().as_str(),
        "eml" | "emlx" | "msg"
    ) || is_in_maildir(path)
}

fn is_in_maildir(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    let folder = folder.unwrap_or_default();
    folder == "cur" || folder == "new"
}

/// Whether octets are one message as it stands: no mbox, no archive, and not packed.
#[cfg(feature = "object-store")]
pub(super) fn is_plain_message(bytes: &[u8]) -> bool {
    !bytes.starts_with(b"From ")
        && crate::message::Packing::of(bytes).is_none()
        && super::archive::Form::of(bytes).is_none()
}

/// Whether a file is the notice that SES writes into a bucket when a rule is made. It is in the form
/// of a message, and nobody has sent it.
pub(super) fn is_notice_of_ses(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == "AMAZON_SES_SETUP_NOTIFICATION")
}

/// Whether a file that was found in a folder is mail.
pub(super) fn is_mail(path: &Path) -> bool {
    if is_notice_of_ses(path) {
        return false;
    }
    is_one_message(path)
        || has_name_of_mail(path)
        || has_name_of_archive(path)
        || begins_like_mail(&first_octets(path))
}

/// Whether a file is called as mailboxes and packed messages are.
pub(super) fn has_name_of_mail(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let inner = path.file_stem().map(Path::new).and_then(Path::extension);
    let inner = inner.unwrap_or_default().to_string_lossy();
    match extension.to_ascii_lowercase().as_str() {
        "mbox" | "mbx" => true,
        "gz" | "zst" => matches!(
            inner.to_ascii_lowercase().as_str(),
            "eml" | "emlx" | "msg" | "mbox" | "mbx"
        ),
        _ => false,
    }
}

fn first_octets(path: &Path) -> Vec<u8> {
    let file = File::open(path);
    file.and_then(|mut file| start(&mut file, 512))
        .unwrap_or_default()
}

/// Whether the first line is a header field or the `From ` line of an mbox.
pub(super) fn begins_like_mail(start: &[u8]) -> bool {
    let line = start.split(|byte| *byte == b'\n').next();
    let line = line.unwrap_or_default();
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    line.starts_with(b"From ")
        || name.len() < line.len() && !name.is_empty() && name.iter().all(is_name)
}
