//! The properties of `fuzz/`, tried with random inputs: `make fuzz-smoke` lets a fuzzer look for worse ones.

#[path = "../../fuzz/src/properties.rs"]
#[allow(unreachable_pub, reason = "the fuzzer is another crate")]
mod properties;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, proptest};
use proptest::sample::select;

/// Pieces of the languages that are read; longer pieces find more than single characters do.
const PIECES: &[&str] = &[
    "name",
    "version",
    "a",
    "b.c",
    "podCount",
    ": ",
    ":",
    "- ",
    "-",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "\\",
    "\\x41",
    "#",
    "# ",
    "|\n  ",
    ">-\n  ",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "---\n",
    "...",
    "0",
    "1",
    "-1",
    "1e3",
    "0.5",
    ".inf",
    "0x1F",
    "1_000",
    "yes",
    "null",
    "~",
    "True",
    "None",
    "(",
    ")",
    "b'",
    "é",
    "🙂",
    "\t",
    "\r\n",
    "{{ ",
    " }}",
    "{% ",
    " %}",
    "{#",
    "NAUTA.CommandLine",
    "NAUTA.ExperimentName",
    "for x in ",
    "endfor",
    "raw",
    "endraw",
    "if ",
    "endif",
    "|tojson",
    "{1...5:2}",
    "{x, y}",
    "template:\n",
    "spec:\n",
    "containers:\n",
    "image: x\n",
    "metadata:\n",
    "labels:",
    "kind: Pod\n",
    "replicas: 2\n",
    "{{- include \"l\" . | nindent 8 }}",
    "\u{1}",
    "\u{feff}",
];

const WORDS: &[&str] = &[
    "--",
    "",
    "-n",
    "--namespace",
    "--debug",
    "--debug=true",
    "--kube-context=x",
    "--kubeconfig",
    "x",
    "-x",
    "é",
    "-nx",
];

fn text() -> impl Strategy<Value = String> {
    let piece = proptest::strategy::Union::new_weighted(vec![
        (9, select(PIECES).prop_map(str::to_owned).boxed()),
        (1, any::<char>().prop_map(String::from).boxed()),
    ]);
    vec(piece, 0..40).prop_map(|it| it.concat())
}

proptest! {
    #[test]
    fn charts_are_read_or_refused(text in text()) {
        properties::chart(&text);
        properties::chart(&format!("name: a\n{text}"));
    }

    #[test]
    fn values_read_the_same_once_written(text in text()) {
        properties::values(&text);
        properties::values(&format!("a: {text}"));
    }

    #[test]
    fn parameters_can_be_written(text in text()) {
        properties::parameters(&text);
    }

    #[test]
    fn python_literals_are_read_or_refused(text in text()) {
        properties::python(&text);
        properties::python(&format!("[{text}]"));
    }

    #[test]
    fn sweeps_have_the_runs_that_they_say(text in text()) {
        properties::sweep(&text);
    }

    #[test]
    fn charts_become_packs_or_are_refused(text in text()) {
        properties::conversion(&text);
    }

    #[test]
    fn words_are_recovered(words in vec(select(WORDS), 0..12)) {
        properties::recovery(words.join("\0").as_bytes());
    }
}
