//! The commands of the README and of the pages in `docs/`, run in the order in which they stand there, print what is shown.
//!
//! A block is run if it is marked `console`; one marked `console,network` needs more than this machine and is not. In
//! what is shown, `[..]` stands for anything on a line and `...` for any lines. `UPDATE_README=1` writes what was printed
//! into the pages instead of comparing.
#![allow(clippy::disallowed_methods, reason = "tests do what the edge does")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use snapbox::IntoData;
use support::Sandbox;
use support::bed::Bed;
use support::helm::helms;
use support::sandbox::{bin, copy_folder, repository};

/// A command of a page and what it shows below it.
#[derive(Debug)]
struct Example {
    command: String,
    shown: String,
}

/// A piece of a page: text that stays, or a block of examples.
#[derive(Debug)]
enum Piece {
    Text(String),
    Examples(Vec<Example>),
}

#[test]
fn the_readme_tells_the_truth() {
    check("README.md", 10);
}

#[test]
fn the_page_for_pack_authors_tells_the_truth() {
    check("docs/pack-authors.md", 7);
}

/// Runs the commands of a page, more than `least`.
fn check(page: &str, least: usize) {
    let (Some(helm), Some(bed)) = (helms().pop(), Bed::shared()) else { return };
    let path = repository().join(page);
    let pieces = parse(&fs::read_to_string(&path).unwrap());
    let sandbox = bed.environment().into_iter().fold(prepared(&helm.path), |it, (name, value)| it.with(&name, value));
    let mut written = String::new();
    let mut run = 0;
    for piece in &pieces {
        let examples = match piece {
            Piece::Text(text) => {
                written.push_str(text);
                continue;
            }
            Piece::Examples(examples) => examples,
        };
        written.push_str("```console\n");
        for example in examples {
            run += 1;
            let script = format!("exec 2>&1\n{}", example.command);
            let printed = sandbox.run("bash", ["-c", &script]).stdout;
            let printed = with_one_time(printed.replace("[SANDBOX]/work", "~").trim_end());
            let expected = snapbox::Data::text(format!("$ {}\n{}", example.command, example.shown));
            let actual = format!("$ {}\n{printed}", example.command).into_data();
            let assert = snapbox::Assert::new().action_env("NAUTA_SNAPSHOTS");
            let is_kept = if env::var_os("UPDATE_README").is_some() {
                // What stands there may say the same with `[..]`.
                assert.try_eq(None, actual, expected).is_ok()
            } else {
                assert.eq(actual, expected);
                true
            };
            let shell = example.command.replace('\n', "\n> ");
            writeln!(written, "$ {shell}").unwrap();
            let shown = if is_kept { &example.shown } else { &printed };
            if !shown.is_empty() {
                writeln!(written, "{shown}").unwrap();
            }
        }
        written.push_str("```\n");
    }
    assert!(run > least, "{page} has only {run} commands");
    if env::var_os("UPDATE_README").is_some() {
        fs::write(path, written).unwrap();
    }
}

/// Returns a sandbox in which `kubectl pack` and `helm nauta` work, with a git zoo at `~/zoo`.
fn prepared(helm: &std::path::Path) -> Sandbox {
    let sandbox = Sandbox::new();
    let plugin = sandbox.root().join("plugins/nauta");
    fs::create_dir_all(plugin.join("bin")).unwrap();
    fs::copy(repository().join("plugins/helm-nauta/plugin.yaml"), plugin.join("plugin.yaml")).unwrap();
    fs::copy(bin("helm-nauta"), plugin.join("bin/helm-nauta")).unwrap();
    let programs = sandbox.root().join("bin");
    fs::create_dir_all(&programs).unwrap();
    for (name, target) in [
        ("kubectl-pack", bin("kubectl-pack")),
        ("kubectl-tfjob", bin("kubectl-tfjob")),
        ("helm-nauta", bin("helm-nauta")),
        ("helm", helm.to_owned()),
    ] {
        std::os::unix::fs::symlink(target, programs.join(name)).unwrap();
    }
    // kubectl finds its plugins in just this way; the machine that runs the tests need not have one.
    let kubectl = programs.join("kubectl");
    fs::write(&kubectl, "#!/bin/sh\nname=$1; shift; exec \"kubectl-$name\" \"$@\"\n").unwrap();
    make_executable(&kubectl);
    let path =
        env::join_paths(std::iter::once(programs).chain(env::split_paths(&env::var_os("PATH").unwrap()))).unwrap();
    copy_folder(&repository().join("packs"), &sandbox.work().join("packs"));
    let home = sandbox.work();
    let mut sandbox = sandbox.with("PATH", path).with("HOME", home).with("HELM_PLUGINS", plugin.parent().unwrap());
    for who in ["AUTHOR", "COMMITTER"] {
        sandbox = sandbox.with(&format!("GIT_{who}_NAME"), "You").with(&format!("GIT_{who}_EMAIL"), "you@example.com");
    }
    sandbox.without("NAUTA_HOME").without("NAUTA_CONFIG")
}

/// Returns `text` with every time of the form `20261121T101500Z` replaced by that one.
fn with_one_time(text: &str) -> String {
    const SHOWN: &str = "20261121T101500Z";
    let is_time = |it: &[u8]| {
        it.iter().zip(SHOWN.bytes()).all(|(a, b)| if b.is_ascii_digit() { a.is_ascii_digit() } else { *a == b })
    };
    let mut text = text.as_bytes().to_vec();
    let places: Vec<usize> =
        text.windows(SHOWN.len()).enumerate().filter(|(_, it)| is_time(it)).map(|it| it.0).collect();
    for at in places {
        text[at..at + SHOWN.len()].copy_from_slice(SHOWN.as_bytes());
    }
    String::from_utf8(text).unwrap()
}

fn make_executable(path: &PathBuf) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(path, mode).unwrap();
}

fn parse(readme: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if line != "```console" {
            writeln!(text, "{line}").unwrap();
            continue;
        }
        pieces.push(Piece::Text(std::mem::take(&mut text)));
        let mut examples: Vec<Example> = Vec::new();
        for line in lines.by_ref().take_while(|it| *it != "```") {
            if let Some(command) = line.strip_prefix("$ ") {
                examples.push(Example { command: command.to_owned(), shown: String::new() });
                continue;
            }
            let example = examples.last_mut().unwrap_or_else(|| panic!("no command before {line:?}"));
            match line.strip_prefix("> ") {
                Some(more) if example.shown.is_empty() => write!(example.command, "\n{more}").unwrap(),
                _ => writeln!(example.shown, "{line}").unwrap(),
            }
        }
        for example in &mut examples {
            example.shown = example.shown.trim_end().to_owned();
        }
        pieces.push(Piece::Examples(examples));
    }
    pieces.push(Piece::Text(text));
    pieces
}
