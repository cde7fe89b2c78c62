//! Every help text, as users see it.

use crate::bed::{BINARY, Bed, run};

/// Returns the help of a command, at a width that does not depend on the terminal.
fn help(words: &[&str]) -> String {
    let bed = Bed::new();
    let outcome = run(bed.command(BINARY).env("COLUMNS", "120").args(words));
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    outcome.out
}

#[test]
fn help_of_every_command() {
    insta::assert_snapshot!("help", help(&["--help"]));
    insta::assert_snapshot!("help-short", help(&["-h"]));
    for command in ["template", "install", "upgrade"] {
        insta::assert_snapshot!(format!("help-{command}"), help(&[command, "--help"]));
    }
}
