use super::*;

/// Splits at blanks; `''` is an empty word and `_` stands for a blank.
fn split(line: &str) -> Vec<OsString> {
    let word = |it: &str| if it == "''" { String::new() } else { it.replace('_', " ") };
    line.split_whitespace().map(|it| word(it).into()).collect()
}

fn recovered(typed: &str, arrived: &str) -> Result<Words, WordsError> {
    recover("nauta", Some(&split(&format!("/usr/bin/helm {typed}"))), &split(arrived))
}

#[test]
fn the_typed_words_are_found_again() {
    for (typed, arrived, expected) in [
        ("nauta t e p", "t e p", "t e p"),
        ("nauta t e p s -- --debug -n 4 --namespace x", "t e p s --", "t e p s -- --debug -n 4 --namespace x"),
        ("nauta t e -n foo p -- a", "t e p -- a", "t e p -- a"),
        ("-n foo nauta t e -- a", "t e -- a", "t e -- a"),
        ("--debug --kube-context c nauta t -- a", "t -- a", "t -- a"),
        ("--kubeconfig=k nauta t -- --kubeconfig=x", "t --", "t -- --kubeconfig=x"),
        ("--qps 5 nauta t", "--qps 5 t", "--qps 5 t"),
        ("nauta t -nfoo --debug=true -- -nbar", "t -nfoo --debug=true -- -nbar", "t -nfoo --debug=true -- -nbar"),
        // The plugin's name again, as a word of its own.
        ("nauta nauta nauta -- nauta", "nauta nauta -- nauta", "nauta nauta -- nauta"),
        ("-n nauta nauta t -- nauta", "t -- nauta", "t -- nauta"),
        // An empty word takes the next one with it, even `--`.
        ("nauta t -- '' b c", "t -- c", "t -- '' b c"),
        ("nauta t -- a ''", "t -- a", "t -- a ''"),
        ("nauta t -p k '' -- a", "t -p k a", "t -p k '' -- a"),
        ("'' nauta t -- a", "-- a", "'' t -- a"),
        ("nauta t -- '' '' ''", "t --", "t -- '' '' ''"),
        // Should a Helm mend that, and only drop the empty word.
        ("nauta t -- '' b c", "t -- b c", "t -- '' b c"),
        // Helm believes that this switch has a value.
        ("nauta t -- --kube-insecure-skip-tls-verify y z", "t -- z", "t -- --kube-insecure-skip-tls-verify y z"),
        ("nauta t --kube-insecure-skip-tls-verify e -- a", "t -- a", "t e -- a"),
        // The value of a flag may be `--`.
        ("nauta t -n -- a -- b", "t a -- b", "t a -- b"),
        ("nauta t -- -- --debug --", "t -- -- --", "t -- -- --debug --"),
    ] {
        let words = recovered(typed, arrived).expect(typed).words;
        let expected: Vec<String> = split(expected).into_iter().map(|it| it.into_string().unwrap()).collect();
        assert_eq!(words, expected, "{typed}");
    }
}

#[test]
fn variables_that_foreign_words_set_are_named() {
    for (typed, arrived, expected) in [
        ("nauta t -n foo --debug -- a", "t -- a", vec![]),
        ("nauta t -- -nfoo --debug=true", "t -- -nfoo --debug=true", vec![]),
        ("nauta t -- -n 4 --debug", "t --", vec!["HELM_DEBUG", "HELM_NAMESPACE"]),
        ("nauta t -- --kube-context c", "t --", vec!["HELM_KUBECONTEXT", "HELM_NAMESPACE"]),
        ("nauta t -- --kubeconfig=c", "t --", vec!["HELM_NAMESPACE", "KUBECONFIG"]),
        ("nauta t -- --kube-as-group c", "t --", vec!["HELM_KUBEASGROUPS"]),
        ("nauta t -- --registry-config c", "t --", vec!["HELM_REGISTRY_CONFIG"]),
        // Helm 3 and 4 make `--debug` the namespace here, although no `-n` stands behind `--`.
        ("nauta t -p k '' -n foo -- --debug", "t -p k foo --", vec!["HELM_DEBUG", "HELM_NAMESPACE"]),
        // What an empty word takes with it is read as a flag, in any form.
        ("nauta t -- '' -nx", "t --", vec!["HELM_NAMESPACE"]),
        ("nauta t -- '' --debug=true '' --qps=5", "t --", vec!["HELM_DEBUG", "HELM_QPS"]),
        ("nauta t -- '' plain", "t --", vec![]),
        ("nauta t -eLANG=en -- a", "t -eLANG=en -- a", vec!["HELM_NAMESPACE"]),
        ("nauta t -- -eLANG=en", "t -- -eLANG=en", vec![]),
    ] {
        let words = recovered(typed, arrived).expect(typed);
        assert_eq!(words.overwritten.into_iter().collect::<Vec<_>>(), expected, "{typed}");
    }
}

#[test]
fn what_cannot_be_known_is_refused_when_it_matters() {
    let lost = |result: Result<Words, WordsError>| matches!(result, Err(WordsError::Lost { .. }));
    for (typed, arrived) in [
        ("nauta t -- --debug a", "t -- b"),
        ("other nauta t -- a", "t -- a"),
        ("-x nauta t -- a", "t -- a"),
        ("-- nauta t -- a", "t -- a"),
        ("", "t -- a"),
    ] {
        assert!(lost(recovered(typed, arrived)), "{typed}");
    }
    assert!(lost(recover("nauta", None, &split("t -- a"))));
    assert_eq!(recover("nauta", None, &split("t a")).unwrap().words, ["t", "a"]);
    assert_eq!(recovered("other", "t a").unwrap().words, ["t", "a"]);
}

#[cfg(unix)]
#[test]
fn words_that_are_no_text_are_refused_with_their_place() {
    use std::os::unix::ffi::OsStringExt as _;
    let bad = OsString::from_vec(b"caf\xe9".to_vec());
    let arrived = ["t".into(), "--".into(), bad];
    let parent: Vec<OsString> =
        ["helm", "-n", "x", "nauta"].map(Into::into).into_iter().chain(arrived.clone()).collect();
    let not_text = |position| WordsError::NotText { position, shown: "caf\u{fffd}".to_owned() };
    assert_eq!(recover("nauta", Some(&parent), &arrived), Err(not_text(6)));
    assert_eq!(as_arrived(&arrived), Err(not_text(3)));
}
