//! What the documents say is so.

use std::collections::HashMap;
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

/// The rooms, from the ground up: a room uses those on the lines before its own, and never another
/// on its own line.
const ORDER: [&[&str]; 18] = [
    &["limits", "error", "evidence_class", "suggest", "typed"],
    &["dns"],
    &["message"],
    &["receivers"],
    &["session"],
    &["dkim"],
    &["arc", "dmarc", "spf"],
    &["ses"],
    &["claims"],
    &["as_of_now", "conclusion"],
    &["analysis"],
    &["input", "options"],
    &["diff", "reports", "second"],
    &["explain"],
    &["advice_lookups"],
    &["findings"],
    &["bulk"],
    &["inspect"],
];

/// The rooms above, which put what is known to use.
const ABOVE: [&[&str]; 3] = [&["corpus", "domain", "redact"], &["render"], &["cli"]];

/// The names that the root of the crate hands out, each with the room where it lives.
fn at_root() -> HashMap<String, String> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut homes = HashMap::new();
    for statement in text.split("pub use ").skip(1) {
        let (path, _) = statement.split_once(';').unwrap();
        let (room, names) = path.split_once("::").unwrap();
        let is_word = |char: char| char.is_alphanumeric() || char == '_';
        let names = names.split(|char| !is_word(char));
        let names = names.filter(|name| !name.is_empty());
        homes.extend(names.map(|name| (name.to_owned(), room.to_owned())));
    }
    homes
}

/// The room of a source file: its folder in `src`, or its own name.
fn room(path: &Path) -> String {
    let path = path.strip_prefix(root().join("src")).unwrap();
    let first = path.components().next().unwrap().as_os_str();
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// What a source file uses of the crate, by the first name after `crate::`. Its tests may use what
/// they like.
fn used(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let text = lines.collect::<Vec<_>>().join(" ");
    let mut used = Vec::new();
    for piece in text.split("crate::").skip(1) {
        let is_word = |char: char| char.is_alphanumeric() || char == '_';
        match piece.strip_prefix('{') {
            // A list: each name stands at its start or behind a comma, outside of inner braces.
            Some(list) => {
                let mut depth = 1;
                let mut name = String::new();
                let mut is_first = true;
                for char in list.chars() {
                    depth += i32::from(char == '{') - i32::from(char == '}');
                    if depth == 0 {
                        break;
                    }
                    match char {
                        ',' if depth == 1 => is_first = true,
                        char if depth == 1 && is_first && is_word(char) => name.push(char),
                        _ if !name.is_empty() => {
                            used.push(std::mem::take(&mut name));
                            is_first = false;
                        }
                        _ => (),
                    }
                    if char == ',' && depth == 1 && !name.is_empty() {
                        used.push(std::mem::take(&mut name));
                    }
                }
                used.extend(Some(name).filter(|name| !name.is_empty()));
            }
            None => used.push(piece.chars().take_while(|char| is_word(*char)).collect()),
        }
    }
    used
}

fn level(room: &str) -> Option<usize> {
    let mut rows = ORDER.iter().chain(&ABOVE);
    rows.position(|row| row.contains(&room))
}

#[test]
fn imports_go_one_way() {
    let homes = at_root();
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")) {
        let user = room(&path);
        if matches!(user.as_str(), "lib" | "main") {
            continue;
        }
        let own = level(&user).unwrap_or_else(|| panic!("{user} has no place in the order"));
        for name in used(&fs::read_to_string(&path).unwrap()) {
            let name = homes.get(&name).unwrap_or(&name);
            if *name != user && level(name).is_some_and(|level| level >= own) {
                wrong.push(format!("{} uses {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn verdicts_are_made_without_words() {
    let below = ORDER.iter().take_while(|row| !row.contains(&"explain"));
    for room in below.copied().flatten().chain(&["inspect"]) {
        let (file, folder) = (
            root().join(format!("src/{room}.rs")),
            root().join("src").join(room),
        );
        let mut files = match folder.is_dir() {
            true => sources(&folder),
            false => Vec::new(),
        };
        files.extend(file.is_file().then_some(file));
        for path in files {
            let text = fs::read_to_string(&path).unwrap();
            let uses = used(&text).iter().any(|name| name == "explain");
            assert!(!uses, "{} makes words", path.display());
        }
    }
}

#[test]
fn no_two_public_types_have_one_name() {
    let mut homes: HashMap<String, PathBuf> = HashMap::new();
    let files = sources(&root().join("src")).into_iter();
    // What a room makes public, its mod.rs names, also of its sub-folders.
    let is_room = |path: &PathBuf| {
        let folder = path.parent().and_then(Path::parent);
        path.ends_with("mod.rs") && folder == Some(&root().join("src")) && room(path) != "cli"
    };
    for path in files.filter(is_room) {
        let text = fs::read_to_string(&path).unwrap();
        let exported = text.split("\npub use ").skip(1);
        let exported = exported.filter_map(|rest| rest.split(';').next());
        let defined = ["\npub struct ", "\npub enum ", "\npub trait "]
            .into_iter()
            .flat_map(|start| text.split(start).skip(1))
            .map(|rest| {
                rest.split(|char: char| !char.is_alphanumeric())
                    .next()
                    .unwrap()
            });
        let words = exported.flat_map(|list| list.split(|char: char| !char.is_alphanumeric()));
        let is_type =
            |word: &&str| word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase);
        for name in words.chain(defined).filter(is_type) {
            let home = homes.insert(name.to_owned(), path.clone());
            let elsewhere = home.filter(|home| *home != path);
            assert_eq!(elsewhere, None, "{name} is in {} too", path.display());
        }
    }
    assert!(homes.contains_key("DkimVerdict") && homes.contains_key("Opened"));
}

#[test]
fn the_map_of_the_sources_names_every_module_by_its_path() {
    let map = fs::read_to_string(root().join("src/README.md")).unwrap();
    for path in sources(&root().join("src")) {
        let within = path.strip_prefix(root().join("src")).unwrap();
        let within = within.with_extension("");
        let stem = within.file_name().unwrap().to_string_lossy().into_owned();
        let name = match stem.as_str() {
            "main" | "lib" => continue,
            // The catalogue is its own map.
            _ if sesauth::findings::rule(&stem.replace('_', "-")).is_some() => continue,
            "mod" => within.parent().unwrap().to_path_buf(),
            _ => within,
        };
        let name = name.to_string_lossy().replace('\\', "/");
        let named = map.contains(&format!("`{name}`"));
        assert!(named, "src/README.md does not name `{name}`");
    }
}

/// The crates that a build with these features links.
fn linked(features: &[&str]) -> Vec<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--offline"])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(features)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let tree = String::from_utf8(output.stdout).unwrap();
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let crates: Vec<String> = names.map(str::to_owned).collect();
    assert!(crates.iter().any(|name| name == "jiff"), "{tree}");
    crates
}

#[test]
fn the_library_alone_builds_without_command_and_network() {
    let crates = linked(&["--no-default-features"]);
    let unwanted = |name: &&String| {
        [
            "axum",
            "clap",
            "ctrlc",
            "h2",
            "hyper",
            "indicatif",
            "mimalloc",
            "tokio",
        ]
        .contains(&name.as_str())
            || name.starts_with("hickory")
            || name.contains("rustls")
    };
    let found: Vec<_> = crates.iter().filter(unwanted).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn no_dependency_asks_for_a_newer_rust_than_is_declared() {
    let mut rustc = Command::new("rustc");
    let host = rustc.args(["--print", "host-tuple"]).output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(["--filter-platform", host.trim()])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let version = |text: &str| -> Vec<u32> {
        let parts = text.split('.').map(|part| part.parse().unwrap());
        parts.chain([0, 0]).take(3).collect()
    };
    let ours = version(env!("CARGO_PKG_RUST_VERSION"));
    let packages = metadata["packages"].as_array().unwrap();
    let newer: Vec<String> = packages
        .iter()
        .filter_map(|package| Some((package, package["rust_version"].as_str()?)))
        .filter(|(_, rust)| version(rust) > ours)
        .map(|(package, rust)| format!("{} {rust}", package["name"]))
        .collect();
    assert!(packages.len() > 100 && newer.is_empty(), "{newer:?}");
}

#[test]
fn quic_is_linked_only_with_its_feature() {
    let speaks = |features: &[&str]| {
        let crates = linked(features);
        crates.iter().any(|name| name == "quinn" || name == "h3")
    };
    assert!(!speaks(&[]));
    assert!(speaks(&["--features", "dns-quic"]));
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
fn the_example_in_the_readme_is_the_one_that_is_compiled() {
    let example = |file: &str| -> Vec<String> {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let (_, from) = text.split_once("```rust\n").unwrap();
        let (example, _) = from.split_once("```").unwrap();
        let seen = example.lines().filter(|line| !line.starts_with("# "));
        seen.map(str::to_owned).collect()
    };
    assert_eq!(example("README.md"), example("src/README.md"));
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

#[test]
fn the_debian_package_has_the_version_and_the_licence_of_the_crate() {
    let packaging = |file: &str| fs::read_to_string(root().join("packaging").join(file)).unwrap();
    let first = format!("sesauth ({}-1) ", env!("CARGO_PKG_VERSION"));
    assert!(packaging("changelog").starts_with(&first), "not {first}");
    let licence = fs::read_to_string(root().join("LICENSE-MIT")).unwrap();
    let words = |text: &str| -> Vec<String> {
        let words = text.split_whitespace().filter(|word| *word != ".");
        words.map(str::to_owned).collect()
    };
    let (_, terms) = licence.split_once("\n\nPermission").unwrap();
    let (terms, copyright) = (words(terms), words(&packaging("copyright")));
    let has_terms = copyright.windows(terms.len()).any(|part| *part == *terms);
    assert!(
        has_terms,
        "packaging/copyright has other terms than LICENSE-MIT"
    );
}
