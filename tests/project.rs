//! What the documents say is so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_dir() => found.extend(sources(&path)),
            Some(extension) if extension == "rs" => found.push(path),
            _ => (),
        }
    }
    found
}

#[test]
fn the_map_of_the_sources_names_every_module() {
    let map = fs::read_to_string(root().join("src/README.md")).unwrap();
    for path in sources(&root().join("src")) {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let name = match stem.as_str() {
            "main" | "lib" => continue,
            // The catalogue is its own map.
            _ if sesauth::findings::rule(&stem.replace('_', "-")).is_some() => continue,
            "mod" => {
                let folder = path.parent().unwrap().file_name().unwrap();
                folder.to_string_lossy().into_owned()
            }
            _ => stem,
        };
        let named = map.contains(&format!("`{name}`"));
        assert!(named, "src/README.md does not name `{name}`");
    }
}

#[test]
fn a_source_file_has_400_lines_at_most_without_its_tests() {
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .count();
        assert!(lines <= 400, "{}: {lines} lines", path.display());
    }
}

#[test]
fn the_transcript_in_the_readme_is_what_the_case_gives() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let case = root().join("testdata/messages/ses-default-mail-from/expected.txt");
    let expected = fs::read_to_string(case).unwrap();
    let (plain, _) = expected.split_once("\n==== --verbose").unwrap();
    assert!(readme.contains(plain), "README.md shows another output");
}

#[test]
fn the_public_suffix_list_is_the_one_that_is_named() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let (name, version) = sesauth::dmarc::PUBLIC_SUFFIX_LIST.split_once(' ').unwrap();
    let built_in = format!("name = \"{name}\"\nversion = \"{version}\"\n");
    assert!(lock.contains(&built_in), "not {name} {version}");
    let command = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .arg("--version")
        .output()
        .unwrap();
    let said = String::from_utf8(command.stdout).unwrap();
    assert!(said.contains(sesauth::dmarc::PUBLIC_SUFFIX_LIST), "{said}");
}
