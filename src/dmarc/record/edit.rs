//! DMARC records with one tag changed and the others left as they were.

/// `record` without the tag `name`.
pub fn without_tag(record: &str, name: &str) -> String {
    let mut tags = tags(record);
    tags.retain(|tag| !is(tag, name));
    tags.join("; ")
}

/// `record` with the tag `name` set to `value`: at its place if the record has it, else at the end.
pub fn with_tag(record: &str, name: &str, value: &str) -> String {
    let mut tags = tags(record);
    let new = format!("{name}={value}");
    match tags.iter().position(|tag| is(tag, name)) {
        Some(at) => tags[at] = &new,
        None => tags.push(&new),
    }
    tags.join("; ")
}

fn tags(record: &str) -> Vec<&str> {
    let tags = record.split(';').map(str::trim);
    tags.filter(|tag| !tag.is_empty()).collect()
}

fn is(tag: &str, name: &str) -> bool {
    let found = tag.split_once('=').map_or(tag, |(found, _)| found);
    found.trim().eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tag_changes_and_the_others_stay() {
        let record = "v=DMARC1;p=reject ; aspf = s;rua=mailto:a@example.com;";
        assert_eq!(
            without_tag(record, "aspf"),
            "v=DMARC1; p=reject; rua=mailto:a@example.com"
        );
        assert_eq!(
            with_tag("v=DMARC1; p=none", "p", "reject"),
            "v=DMARC1; p=reject"
        );
        assert_eq!(
            with_tag("v=DMARC1; p=none", "np", "reject"),
            "v=DMARC1; p=none; np=reject"
        );
    }
}
