//! The properties of `fuzz/`, tried with random inputs: `make fuzz-smoke` lets a fuzzer look for worse ones.

#[path = "../../fuzz/src/properties.rs"]
#[allow(unreachable_pub, reason = "the fuzzer is another crate")]
#[allow(clippy::expect_used, reason = "a property that does not hold is a panic")]
mod properties;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, proptest};
use proptest::sample::select;

/// Pieces of the languages that are read; longer pieces find more than single characters do.
const PIECES: &[&str] = &[
    "name",
    "version",
    "{{ include \"a\" (dict \"x\" .Values.c.args) }}",
    "{{ range .Values.c.args }}",
    "{{ range .x }}",
    "{{ . }}",
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

/// Lines of a log; the first byte says how much later each was written than the one before.
const LINES: &[&str] = &["d 1 ns", "e at once", "e at once", "f 0.3 s", "g 1.5 s", "", "d\r", "d 2026-11-21T20:00:00Z"];

/// Names of entries of an archive, good and bad.
#[cfg(feature = "http")]
const NAMES: &[&str] =
    &["p/a", "p/", "p/b/c", "p/../x", "/p/a", "../a", "q/a", "p", "p/a/", "p//a", "p/.", "p/A", "p/nul", "\n"];

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
    fn templates_are_looked_at(helper in text(), text in text()) {
        properties::templates(&text);
        properties::templates(&format!("{{{{ define \"a\" }}}}{helper}{{{{ end }}}}\n---\n{text}{{{{ include \"a\" .Values.c.args }}}}"));
    }

    #[test]
    fn words_are_recovered(words in vec(select(WORDS), 0..12)) {
        properties::recovery(words.join("\0").as_bytes());
    }

    #[test]
    fn logs_that_are_cut_give_each_line_once(
        manners in any::<u8>(),
        cuts in vec(any::<u8>(), 16),
        lines in vec(select(LINES), 0..700),
    ) {
        properties::log(&[vec![manners], cuts, lines.join("\n").into_bytes()].concat());
    }

    #[test]
    fn indexes_are_read_or_refused(entries in vec((text(), text()), 0..6), broken in text()) {
        let list: Vec<_> = entries.iter().map(|(name, url)| serde_json::json!({
            "name": name, "url": url, "version": "1", "description": "",
        })).collect();
        properties::index(&serde_json::to_vec(&serde_json::json!({"templates": list})).expect("JSON"));
        properties::index(broken.as_bytes());
    }
}

#[cfg(feature = "http")]
proptest! {
    #[test]
    fn archives_are_unpacked_in_one_folder_or_refused(
        names in vec(select(NAMES), 1..6),
        kinds in vec(select(&b"0125x"[..]), 6),
        damage in proptest::option::of((any::<proptest::sample::Index>(), any::<u8>())),
    ) {
        let mut bytes = Vec::new();
        let mut archive = tar::Builder::new(&mut bytes);
        for (name, kind) in names.iter().zip(kinds) {
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(tar::EntryType::new(kind));
            header.set_size(3);
            header.set_cksum();
            archive.append(&header, &b"abc"[..]).expect("a Vec can be written");
        }
        archive.finish().expect("a Vec can be written");
        drop(archive);
        if let Some((at, byte)) = damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        properties::archive(&bytes);
    }
}
