//! The direction of `use` between the library's modules, read from the sources.
#![allow(clippy::disallowed_methods, reason = "a test reads the sources")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::path::{Path, PathBuf};

/// Which modules each top-level module may import.
const MAY_USE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("yaml", &["base"]),
    ("jinja", &["base"]),
    ("pack", &["base", "yaml", "jinja"]),
    ("experiment", &["base", "yaml"]),
    ("helm", &["base", "yaml"]),
    ("tfjob", &["base", "yaml"]),
    ("logs", &["base"]),
    ("term", &["base", "yaml"]),
    ("edge", &["base", "yaml", "jinja", "pack", "experiment", "helm", "tfjob", "logs", "term"]),
];

#[test]
fn modules_import_only_what_is_below_them() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut checked = 0;
    let mut wrong = Vec::new();
    for (module, allowed) in MAY_USE {
        for file in files(&sources.join(module)) {
            checked += 1;
            let text = fs::read_to_string(&file).unwrap();
            for used in text.match_indices("crate::").map(|(at, word)| first_word(&text[at + word.len()..])) {
                if used != *module && !allowed.contains(&used) {
                    wrong.push(format!("{} uses `{used}`", file.display()));
                }
            }
        }
    }
    assert!(checked > 30, "the sources were not found");
    assert_eq!(wrong, [""; 0], "see ARCHITECTURE.md");
}

#[test]
fn every_module_has_its_rule() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules: Vec<String> = fs::read_dir(sources)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .filter(|it| it != "lib.rs")
        .collect();
    modules.sort();
    let mut known: Vec<&str> = MAY_USE.iter().map(|(module, _)| *module).collect();
    known.sort_unstable();
    assert_eq!(modules, known);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    entries.flat_map(|it| if it.is_dir() { files(&it) } else { vec![it] }).collect()
}

fn first_word(text: &str) -> &str {
    &text[..text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())]
}
