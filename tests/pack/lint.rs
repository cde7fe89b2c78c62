use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use shared::pack::lint::rules::RULES;
use support::sandbox::repository;

use crate::World;
use crate::place::Ran;

/// Lints packs of the zoo where they lie.
fn zoo(packs: &[&str], words: &[&str]) -> Ran {
    let fixtures = repository().join("tests/fixtures");
    let folder = |pack: &&str| {
        let found = ["zoo", "zoo-more"].iter().map(|it| fixtures.join(it).join(pack)).find(|it| it.is_dir());
        found.unwrap_or_else(|| panic!("no fixture {pack}")).to_str().unwrap().to_owned()
    };
    let mut args = vec!["lint".to_owned()];
    args.extend(packs.iter().map(folder));
    args.extend(words.iter().map(|it| (*it).to_owned()));
    World::without_zoo().sandbox.run(crate::BIN, args)
}

/// Returns `rule: file:line …` for each rule of these findings, files by their last part.
fn by_rule(findings: &Value) -> Vec<String> {
    let mut rules: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for it in findings.as_array().unwrap() {
        let file = it["file"].as_str().unwrap().rsplit('/').next().unwrap();
        let place = it["line"].as_u64().map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"));
        rules.entry(it["rule"].as_str().unwrap()).or_default().push(place);
    }
    rules.iter().map(|(rule, places)| format!("{rule}: {}", places.join(" "))).collect()
}

#[test]
fn the_faults_of_the_zoo_are_found() {
    let packs = [
        "jupyter",
        "openvino-inference-batch",
        "openvino-inference-stream",
        "pytorch-training",
        "tf-inference-batch",
        "tf-inference-stream",
        "tf-training-horovod",
        "tf-training-multi",
        "tf-training-single",
    ];
    let shown = packs.map(|pack| {
        let findings = zoo(&[pack], &["-o", "json"]).failure(1).json();
        format!("{pack}\n  {}\n", by_rule(&findings).join("\n  "))
    });
    insta::assert_snapshot!(shown.concat());
}

#[test]
fn our_packs_are_clean() {
    let words = ["lint", "jupyter", "tf-training-multi", "tf-training-single", "--strict"];
    let output = World::without_zoo().pack(words).success();
    assert_eq!(output.stdout, "3 packs: 0 errors, 0 warnings, 0 info\n");
}

#[test]
fn every_rule_is_in_the_page_and_every_heading_is_a_rule() {
    let page = fs::read_to_string(repository().join("docs/lint.md")).unwrap();
    let mut headings: Vec<&str> = page.lines().filter_map(|it| it.strip_prefix("### ")).collect();
    let mut ids: Vec<&str> = RULES.iter().map(|it| it.id).collect();
    headings.sort_unstable();
    ids.sort_unstable();
    assert_eq!(headings, ids);
    ids.dedup();
    assert_eq!(ids.len(), RULES.len(), "an id twice");
}

/// A pack with one error, one warning and one info.
fn flawed() -> World {
    let world = World::without_zoo();
    world.folder_pack("here", "p", "0.1.0");
    let values = "podCount: 1\ni: \"{{ NAUTA.ExperimentImage }}\"\n";
    world.sandbox.write("here/p/charts/values.yaml", values);
    world.sandbox.write("here/p/Dockerfile", "FROM a:1\nCOPY training.py .\nRUN true\n");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    runName: a\n\
               spec:\n  containers:\n    - image: {{ .Values.i }}\n      securityContext:\n        privileged: true\n";
    world.sandbox.write("here/p/charts/templates/pod.yaml", pod);
    world
}

#[test]
fn people_read_findings_with_their_remedies() {
    let output = flawed().pack(["lint", "./here/p"]).failure(1);
    assert_eq!(output.stderr, "");
    insta::assert_snapshot!(output.stdout);
}

#[test]
fn scripts_read_json() {
    let findings = flawed().pack(["lint", "./here/p", "-o", "json"]).failure(1).json();
    let wanted = json!({
        "pack": "p",
        "file": "charts/templates/pod.yaml",
        "line": 10,
        "rule": "privileged",
        "severity": "warning",
        "message": "a privileged container owns the node, and Pod Security refuses it (baseline, restricted)",
        "fix": "remove it; where a device is needed, ask for it in `resources`, or add the one capability",
    });
    assert!(findings.as_array().unwrap().contains(&wanted), "{findings:#}");
    let world = World::without_zoo();
    assert_eq!(world.pack(["lint", "jupyter", "-o", "json"]).success().json(), json!([]));
}

#[test]
fn strict_fails_on_warnings() {
    let world = flawed();
    let pod = world
        .sandbox
        .read("here/p/charts/templates/pod.yaml")
        .replace("runName: a", "runName: {{ .Release.Name | quote }}");
    world.sandbox.write("here/p/charts/templates/pod.yaml", &pod);
    world.pack(["lint", "./here/p"]).success();
    world.pack(["lint", "./here/p", "--strict"]).failure(1);
    let waived = pod.replace("privileged: true", "privileged: true # nauta-lint: allow privileged a test");
    world.sandbox.write("here/p/charts/templates/pod.yaml", waived);
    let output = world.pack(["lint", "./here/p", "--strict"]).success();
    assert!(output.stdout.ends_with("1 pack: 0 errors, 0 warnings, 1 info\n"), "{output:?}");
}

#[test]
fn broken_packs_are_findings_and_hide_no_others() {
    let world = flawed();
    world.sandbox.write("here/broken/charts/Chart.yaml", "name: [\n");
    world.sandbox.write("here/empty/charts/values.yaml", "podCount: 1\n");
    world.sandbox.write("here/greedy/charts/Chart.yaml", "apiVersion: v2\nname: greedy\nversion: 0.1.0\n");
    let greedy = "{% set ns = namespace(s='x') %}{% for i in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}\n";
    world.sandbox.write("here/greedy/charts/values.yaml", greedy);
    world.sandbox.write("here/latin/charts/Chart.yaml", b"name: latin\ndescription: caf\xe9\n");
    let words = ["lint", "./here/broken", "./here/empty", "./here/greedy", "./here/latin", "./here/p", "-o", "json"];
    let findings = world.pack(words).failure(1).json();
    let has =
        |pack: &str, rule: &str| findings.as_array().unwrap().iter().any(|it| it["pack"] == pack && it["rule"] == rule);
    for (pack, rule) in [
        ("broken", "chart-yaml"),
        ("empty", "chart-yaml"),
        ("greedy", "values-jinja"),
        ("latin", "text-encoding"),
        ("p", "privileged"),
    ] {
        assert!(has(pack, rule), "{pack} {rule} {findings:#}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_a_pack_is_a_finding() {
    let world = flawed();
    std::os::unix::fs::symlink("Chart.yaml", world.sandbox.path("here/p/charts/link")).unwrap();
    let findings = world.pack(["lint", "./here/p", "-o", "json"]).failure(1).json();
    assert_eq!((&findings[0]["rule"], &findings[0]["line"]), (&json!("pack-unreadable"), &json!(null)));
    assert!(findings[0]["message"].as_str().unwrap().contains("`charts/link` is a symbolic link"), "{findings}");
}

#[test]
fn unknown_packs_are_told_after_the_others() {
    let world = flawed();
    let output = world.pack(["lint", "jupiter", "./here", "./here/p"]).failure(2);
    assert!(output.stdout.ends_with("1 pack: 1 error, 1 warning, 1 info\n"), "{output:?}");
    assert!(output.stderr.contains("hint: did you mean `jupyter`?"), "{output:?}");
    assert!(output.stderr.contains("`[SANDBOX]/./here` is no pack"), "{output:?}");
}
