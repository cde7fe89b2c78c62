//! TFJobs in files.

use serde_json::json;

use crate::tfjob::documents::read;

const ONE: &str = "apiVersion: kubeflow.org/v1\nkind: TFJob\nmetadata: {name: NAME}\n";

fn yaml(name: &str) -> String {
    ONE.replace("NAME", name)
}

fn json(name: &str) -> String {
    json!({"apiVersion": "kubeflow.org/v1", "kind": "TFJob", "metadata": {"name": name}}).to_string()
}

/// Returns the names of the jobs, and the errors in their places.
fn found(text: &str) -> Vec<String> {
    let jobs = read(text).jobs().into_iter();
    jobs.map(|it| it.map_or_else(|error| error.to_string(), |job| job.name)).collect()
}

#[test]
fn one_object_several_documents_and_lists() {
    let list = |kind: &str, items: &str| format!("apiVersion: v1\nkind: {kind}\nitems:\n{items}");
    let item = |name: &str| format!("- {}", yaml(name).replace('\n', "\n  ").trim_end());
    for (text, names, is_single) in [
        (yaml("a"), vec!["a"], true),
        (yaml("a").trim_end().to_owned(), vec!["a"], true),
        (format!("---\n{}", yaml("a")), vec!["a"], true),
        (format!("# c\n%YAML 1.2\n--- # d\n{}...\n", yaml("a")), vec!["a"], true),
        (format!("\u{feff}{}\r\n", yaml("a").replace('\n', "\r\n")), vec!["a"], true),
        (format!("{}---\n# nothing\n---\n{}", yaml("a"), yaml("b")), vec!["a", "b"], false),
        (json("a"), vec!["a"], true),
        (format!("{}\n{}", json("a"), json("b")), vec!["a", "b"], false),
        (format!("{}\n---\n{}", json("a"), yaml("b")), vec!["a", "b"], false),
        (format!("[{}, {}]", json("a"), json("b")), vec!["a", "b"], false),
        (format!("--- {}", json("a")), vec!["a"], true),
        ("{apiVersion: kubeflow.org/v1, kind: TFJob, metadata: {name: a}}".to_owned(), vec!["a"], true),
        (list("List", &format!("{}\n{}", item("a"), item("b"))), vec!["a", "b"], false),
        (list("List", &item("a")), vec!["a"], false),
        ("apiVersion: kubeflow.org/v1\nkind: TFJobList\nitems:\n- metadata: {name: a}\n".to_owned(), vec!["a"], false),
        ("apiVersion: v1\nkind: List\nitems: []\n".to_owned(), vec![], false),
        (String::new(), vec![], false),
        ("---\n# only words\n".to_owned(), vec![], false),
    ] {
        assert_eq!(
            (found(&text), read(&text).is_single),
            (names.iter().map(ToString::to_string).collect(), is_single),
            "73: {text}"
        );
    }
}

#[test]
fn a_broken_document_hides_no_other() {
    let text = format!("{}---\na: [1\n---\n{}---\n- x\n---\nkind: Pod\napiVersion: v1\n", yaml("a"), yaml("b"));
    let all = found(&text);
    assert_eq!((all[0].as_str(), all[2].as_str()), ("a", "b"));
    assert!(all[1].starts_with("document 2 (line 5): ") && all[1].contains("at line 5"), "{}", all[1]);
    assert_eq!(all[3], "document 4 (line 11): expected a mapping of keys to values, found a list");
    assert_eq!(all[4], "document 5 (line 13): `Pod` of `v1` is no TFJob");
    let list = format!(r#"{{"kind": "List", "items": [5, {}, {{"kind": "TFJob"}}]}}"#, json("b"));
    assert_eq!(found(&list), ["item 1: it is no mapping", "b", "item 3: it has no `apiVersion`"]);
    let second = found(&format!("{}\n{{\"kind\": ", json("a")));
    assert_eq!((second.len(), second[0].as_str()), (2, "a"));
    assert!(second[1].starts_with("document 2 (line 2): "), "{}", second[1]);
}

#[test]
fn templates_say_what_they_are() {
    for text in [
        "apiVersion: kubeflow.org/v1\nkind: TFJob\nmetadata:\n  name: {{ .Release.Name }}\n",
        "{{- if .Values.x }}\nkind: TFJob\n{{- end }}\n",
        "apiVersion: kubeflow.org/v1\nkind: TFJob\nmetadata:\n  name: '{{ .Release.Name }}'\n",
    ] {
        assert!(found(text)[0].contains("it is a Helm template; render it first"), "{text}");
    }
    for text in [
        "local params = std.extVar(\"__ksonnet/params\").components.x;\n{ kind: 'TFJob' }\n",
        "// @apiVersion 0.1\nlocal k = import 'k.libsonnet';\nstd.prune(k.core.v1.list.new([x]))\n",
    ] {
        assert!(found(text)[0].contains("it is jsonnet; render it first"), "{text}");
    }
}

#[test]
fn scalars_are_those_of_kubectl() {
    let text = format!("{}spec: {{RuntimeId: \"1234\", a: 0o17, b: yes, c: 'yes', d: 2222}}\n", yaml("a"));
    let spec = read(&text).items[0].as_ref().unwrap()["spec"].clone();
    assert_eq!(
        (&spec["RuntimeId"], &spec["b"], &spec["c"], &spec["d"]),
        (&json!("1234"), &json!(true), &json!("yes"), &json!(2222))
    );
}
