//! Random words through the real Helms: what is typed behind `--` arrives, and nothing else.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::bed::{Bed, Outcome, run, with_each_helm};

/// How often each Helm is asked.
const CASES: u32 = 40;

/// Words that Helm eats, that look like it, or that are awkward.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            "--",
            "-",
            "--debug",
            "--debug=true",
            "-n",
            "-nx",
            "-n=y",
            "--namespace",
            "--namespace=z",
            "--kubeconfig",
            "--kube-context=c",
            "--kube-insecure-skip-tls-verify",
            "--kube-as-group",
            "--qps",
            "--qps=5",
            "-n",
            "-nx",
            "-h",
            "--help",
            "nauta",
        ])
        .prop_map(str::to_owned),
        Just(String::new()),
        "[^\\x00]{0,8}",
        "[a-z]{1,3}",
    ]
}

/// Tells whether Helm took words for flags of its own and went no further: a bad value, or a call for help.
fn ended_before_us(outcome: &Outcome) -> bool {
    let failed = outcome.code != 0 && !outcome.err.contains("plugin \"nauta\" exited with error");
    failed || outcome.out.contains("\nUsage:\n  helm nauta")
}

#[test]
fn random_words_arrive_as_typed() {
    let bed = Bed::new();
    with_each_helm(|helm| {
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let result = TestRunner::new(config).run(&prop::collection::vec(word(), 0..8), |mut args| {
            // A flag that lacks its value makes Helm itself fail before we begin.
            args.extend(["end".to_owned(), "end".to_owned()]);
            let mut command = bed.command(helm);
            command.args(["nauta", "template", "e", &bed.pack(), "t.py", "--"]).args(&args);
            let outcome = run(&mut command);
            if ended_before_us(&outcome) {
                return Ok(());
            }
            let probed = outcome.probed();
            prop_assert_eq!(&probed.args[1..], &args[..]);
            prop_assert_eq!(probed.namespace, "default");
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{}: {error}", helm.display()));
    });
    assert!(bed.is_tidy());
}

#[test]
fn words_that_are_no_text_are_refused_with_their_place() {
    use std::os::unix::ffi::OsStrExt as _;
    let bad = std::ffi::OsStr::from_bytes(b"caf\xe9");
    let bed = Bed::new();
    let bare = run(bed.nauta().args(["template", "e", "probe", "--"]).arg(bad));
    assert_eq!(bare.code, 2);
    assert_eq!(bare.err, "error: word 5 of the command line, `caf\u{fffd}`, is no UTF-8 text\n");
    with_each_helm(|helm| {
        let outcome = run(bed.command(helm).args(["nauta", "template", "e", "probe", "--", "--debug"]).arg(bad));
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.starts_with("error: word 7 of the command line, `caf\u{fffd}`"), "{}", outcome.err);
    });
}
