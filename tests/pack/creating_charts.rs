//! `kubectl pack create --from-chart`: however a chart is written, its pack runs the experiment, or is told of.

use serde_json::json;
use support::helm::helms;
use support::{Output, Sandbox};

use crate::BIN;
use crate::creating::objects;

/// A Deployment whose pods are what is given: the lines below `template:`, or behind it.
fn deployment(template: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{{{ .Release.Name | quote }}}}\nspec:\n  replicas: 2\n  \
         selector:\n    matchLabels: {{app: x}}\n  template:{template}"
    )
}

/// Makes a pack of a chart with one template, and returns what was said of it.
fn made(sandbox: &Sandbox, name: &str, template: &str, values: &str) -> Output {
    sandbox.write(&format!("{name}/Chart.yaml"), "apiVersion: v2\nname: x\nversion: 0.1.0\n");
    sandbox.write(&format!("{name}/values.yaml"), values);
    sandbox.write(&format!("{name}/templates/d.yaml"), template);
    sandbox.run(BIN, ["create", &format!("p-{name}"), "--from-chart", name, "--output-dir", "out"])
}

/// Returns charts that become packs which run the experiment: a name, the template, and the values.
fn charts() -> Vec<(&'static str, String, &'static str)> {
    const METADATA: &str =
        "\n    metadata:\n      labels:\n        app: x\n        runName: old\n    spec:\n      containers:\n";
    const IMAGE: &str = "image: {repository: python, tag: '3', digest: ''}\n";
    const HELPER: &str = "{{- define \"i\" }}{{ .a.repository }}:{{ .a.tag }}{{ end }}\n---\n";
    let pod = |container: &str| deployment(&format!("{METADATA}{container}"));
    let own = "        image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"";
    vec![
        ("folded", pod("      - name: a\n        image: >-\n          {{ .Values.image.repository }}\n        env: []\n"), IMAGE),
        ("below", pod("      - name: a\n        image:\n          python\n"), IMAGE),
        (
            "include",
            HELPER.to_owned()
                + &pod("      - name: a\n        image: {{ include \"i\" (dict \"a\" .Values.image\n            \"b\" 1) }}\n        tty: true\n"),
            IMAGE,
        ),
        (
            "either",
            pod(&format!(
                "      - name: a\n        {{{{- if .Values.image.digest }}}}\n{own}\n        {{{{- else }}}}\n        image: \"b\"\n        \
                 {{{{- end }}}}\n"
            )),
            IMAGE,
        ),
        (
            "dash",
            pod(&format!("        # one\n        -\n          name: a\n  {own}\n          command:\n          - python\n          - -u\n")),
            IMAGE,
        ),
        ("taken", pod(&format!("      - name: a\n{own}\n")), "image: {}\ncommandline: hello\nexperimentImage: 1\n"),
        ("crlf", pod(&format!("      - name: a\n{own}\n        ports:\n        - containerPort: 80\n")), IMAGE),
        ("end", pod(&format!("      - name: a\n{own}\n")), "---\nimage: {}\n...\n"),
        (
            "text",
            "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\ndata:\n  a: |\n    template:\n      spec:\n        containers:\n        - \
             image: b\n---\n"
                .to_owned()
                + &pod("      - name: a\n        image: python\n"),
            "",
        ),
    ]
}

#[test]
fn what_is_made_with_success_runs_the_experiment() {
    let sandbox = Sandbox::new();
    for (name, template, values) in &charts() {
        let (template, values) = match *name {
            // The last line has no whole end.
            "crlf" => (format!("{}\r", template.trim_end().replace('\n', "\r\n")), values.replace('\n', "\r\n")),
            _ => (template.clone(), (*values).to_owned()),
        };
        let output = made(&sandbox, name, &template, &values);
        assert_eq!(output.code, 0, "{name}: {}", output.stderr);
        assert!(sandbox.read(&format!("work/out/p-{name}/charts/values.yaml")).contains("podCount: 2"), "{name}");
        for helm in helms() {
            let words = ["template", "e", &format!("out/p-{name}"), "t.py", "--strict", "--", "a: b", "$x"];
            let objects = objects(&sandbox, &helm.path, &words);
            let deployment = objects.iter().find(|it| it["kind"] == "Deployment").unwrap();
            let pod = &deployment["spec"]["template"];
            assert_eq!(pod["metadata"]["labels"], json!({"app": "x", "runName": "e"}), "{name}");
            let container = &pod["spec"]["containers"][0];
            assert_eq!(container["image"], "127.0.0.1:5000/default/e:latest", "{name}");
            assert_eq!(container["command"][0], "python", "{name}");
            assert_eq!(container["args"], json!(["t.py", "a: b", "$$x"]), "{name}");
        }
    }
    for file in ["templates/d.yaml", "values.yaml"] {
        let changed = sandbox.read(&format!("work/out/p-crlf/charts/{file}"));
        assert_eq!(changed.matches("\r\n").count(), changed.matches(['\r', '\n']).count() / 2, "{changed:?}");
    }
}

#[test]
fn what_does_not_run_the_experiment_is_an_error_where_it_stands() {
    const METADATA: &str = "\n    metadata:\n      labels: {app: x}\n    spec:\n      containers:\n      - name: a\n";
    let sandbox = Sandbox::new();
    for (name, template, line, what) in [
        ("anchor", format!("{METADATA}        image: &i b\n"), 15, "the container's image is written in a way"),
        (
            "args",
            "\n    spec:\n      containers:\n      - image: b\n        args: [c]\n".to_owned(),
            16,
            "the container has arguments of its own",
        ),
        (
            "shell",
            "\n    spec:\n      containers:\n      - image: b\n        command: [sh, -c, c]\n".to_owned(),
            16,
            "the container's own command is a shell's line",
        ),
        ("helper", " {{- include \"pod\" . | nindent 4 }}\n".to_owned(), 9, "the pods are described by `pod`"),
        (
            "flow",
            " {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b}]}}\n".to_owned(),
            9,
            "the pods are written on one line",
        ),
    ] {
        let helper = "{{- define \"pod\" }}\nmetadata: {labels: {app: x}}\nspec:\n  containers: []\n{{- end }}\n";
        sandbox.write(&format!("{name}/templates/_h.tpl"), helper);
        let Output { code, stderr, .. } = made(&sandbox, name, &deployment(&template), "");
        assert_eq!(code, 0, "{name}");
        assert!(stderr.contains(&format!("warning: charts/templates/d.yaml:{line}: {what}")), "{name}: {stderr}");
        assert!(
            stderr.contains(&format!("Template p-{name} was created in [SANDBOX]/work/out/p-{name}, but does not run")),
            "{stderr}"
        );
        assert!(!stderr.contains("successfully"), "{stderr}");
        // It is a chart all the same.
        for helm in helms() {
            objects(&sandbox, &helm.path, &["template", "e", &format!("out/p-{name}"), "t.py"]);
        }
    }
}
