use support::Sandbox;

use crate::BIN;

/// Every help text, one after the other: the reference of the command line.
#[test]
fn help_texts() {
    let sandbox = Sandbox::new();
    let mut text = String::new();
    for words in ["", "list", "status", "wait", "logs", "events", "tensorboard", "suspend", "resume", "delete"] {
        let output = sandbox.run(BIN, words.split_whitespace().chain(["--help"]));
        assert_eq!(output.stderr, "");
        text += &["$ kubectl tfjob ", words, " --help\n", &output.success(), "\n"].concat();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn versions_and_wrong_usage() {
    let sandbox = Sandbox::new();
    let version = sandbox.run(BIN, ["--version"]).success();
    assert_eq!(version, format!("kubectl-tfjob {}\n", env!("CARGO_PKG_VERSION")));
    for words in [
        &[][..],
        &["nope"],
        &["status"],
        &["wait"],
        &["wait", "x", "--for", "nothing"],
        &["wait", "x", "--timeout", "soon"],
        &["list", "-o", "bad"],
        &["list", "-o", "template={{#if}"],
        &["list", "--sort-by", "name", "-w"],
        &["status", "x", "-f", "y"],
        &["status", "a/b/c"],
        &["delete"],
        &["delete", "x", "-l", "a=b"],
        &["logs"],
        &["logs", "x", "--since", "5m", "--since-time", "2026-01-01T00:00:00Z"],
        &["logs", "x", "--since", "soon"],
        &["logs", "x", "--since-time", "yesterday"],
        &["logs", "x", "-i", "("],
        &["logs", "x", "--index", "3-1"],
        &["logs", "x", "--chief", "--index", "1"],
        &["logs", "x", "-c", "a", "--all-containers"],
        &["logs", "x", "--tail", "-2"],
        &["logs", "x", "-f", "--merge"],
        &["logs", "x", "--max-log-requests", "0"],
    ] {
        let output = sandbox.run(BIN, words);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{words:?}: {output}");
    }
}
