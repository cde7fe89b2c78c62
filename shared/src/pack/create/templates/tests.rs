//! What becomes of templates, table by table.

use serde_json::json;

use super::*;

/// Converts one template and returns its new text, the pods to count, and the open points.
fn converted(template: &str) -> (String, u64, Vec<(usize, String)>) {
    let mut pack = PackTree::default();
    pack.add(b"charts/templates/a.yaml", template.as_bytes().to_vec(), false).unwrap();
    pack.add(b"charts/templates/NOTES.txt", b"template:\n  spec:\n".to_vec(), false).unwrap();
    pack.add(b"charts/templates/tests/t.yaml", b"kind: Pod\nspec:\n  containers:\n".to_vec(), false).unwrap();
    let values = json!({"replicaCount": 3, "a": {"b": 2}});
    let mut open = Vec::new();
    let names = Names { pack: "p", image: "experimentImage", command: "commandline" };
    let converted = convert(&names, &pack, values.as_object().unwrap(), &mut open);
    let text = converted.texts.into_iter().next().map_or_else(|| template.to_owned(), |(_, text)| text);
    (text, converted.pods.number, open.into_iter().map(|it| (it.line, it.what)).collect())
}

const CONTAINER: &str = "      containers:\n      - name: c\n        image: x\n";

#[test]
fn labels_are_added_however_they_are_written() {
    let label = "runName: {{ $.Release.Name | quote }}";
    for (metadata, expected) in [
        ("", format!("    metadata:\n      labels:\n        {label}\n")),
        ("    metadata:\n      name: x\n", format!("    metadata:\n      labels:\n        {label}\n      name: x\n")),
        (
            "    metadata:\n      labels:\n          app: x # y\n",
            format!("    metadata:\n      labels:\n          {label}\n          app: x # y\n"),
        ),
        (
            "    metadata:\n      labels: {{- include \"l\" . | nindent 8 }}\n",
            format!("    metadata:\n      labels:\n        {label}\n        {{{{- include \"l\" . | nindent 8 }}}}\n"),
        ),
        (
            "    metadata:\n      labels:\n        {{- include \"l\" . | nindent 8 }}\n",
            format!("    metadata:\n      labels:\n        {label}\n        {{{{- include \"l\" . | nindent 8 }}}}\n"),
        ),
        (
            "    metadata:\n      labels:\n        a: b\n        runName: old\n",
            format!("    metadata:\n      labels:\n        a: b\n        {label}\n"),
        ),
        (
            "    metadata:\n      labels:\n        runName: {{ .Release.Name }}\n",
            "    metadata:\n      labels:\n        runName: {{ .Release.Name }}\n".to_owned(),
        ),
        (
            "    metadata:\n      annotations:\n        runName: x\n",
            format!("    metadata:\n      labels:\n        {label}\n      annotations:\n        runName: x\n"),
        ),
        ("    metadata:\n      labels: {a: b}\n", format!("    metadata:\n      labels: {{{label}, a: b}}\n")),
        ("    metadata:\n      labels: {}\n", format!("    metadata:\n      labels: {{{label}}}\n")),
        (
            "    metadata:\n      labels: &l\n        a: b\n",
            format!("    metadata:\n      labels: &l\n        {label}\n        a: b\n"),
        ),
    ] {
        let start = "spec:\n  template:\n";
        let (text, pods, open) = converted(&format!("{start}{metadata}    spec:\n{CONTAINER}"));
        assert_eq!(text.split("    spec:").next(), Some(&*format!("{start}{expected}")), "{metadata}");
        assert_eq!((pods, open), (1, Vec::new()));
    }
}

#[test]
fn labels_that_nothing_can_be_added_to_are_told_of() {
    let made = "the pods' metadata is made elsewhere: they have no label `runName`";
    let conditional = "the pods' metadata is made under a condition: they have no label `runName`";
    for (metadata, line, what) in [
        ("    metadata: {{ a }}\n", 3, made),
        ("    metadata:\n      {{- include \"m\" . | nindent 6 }}\n", 3, made),
        ("    metadata: {a: b}\n", 3, "the pods' metadata stands on one line: they have no label `runName`"),
        ("    metadata:\n      {{- if a }}\n      labels:\n        a: b\n      {{- end }}\n", 5, conditional),
        (
            "    metadata:\n      labels: {a: b,\n        c: d}\n",
            4,
            "the pods' labels are written in a way that was not recognised",
        ),
    ] {
        let (_, _, open) = converted(&format!("spec:\n  template:\n{metadata}    spec:\n{CONTAINER}"));
        assert_eq!(open, [(line, what.to_owned())], "{metadata}");
    }
}

#[test]
fn every_image_of_the_container_is_changed_whole_or_told_of() {
    let image = "image: {{ $.Values.experimentImage | quote }}";
    let command = "{{- include \"p.command\" $ | nindent 8 }}";
    let ours = |rest: &str| format!("      - name: c\n        {image}\n        {command}\n{rest}");
    let odd = "the container's image is written in a way that was not recognised";
    for (container, expected, open) in [
        ("        image: >-\n          {{ .Values.image }}\n        env: []\n", ours("        env: []\n"), &[][..]),
        ("        image:\n          \"{{ .Values.image }}\"\n", ours(""), &[]),
        (
            "        image: {{ include \"x\" (dict \"a\" .\n          \"b\" 1) }}\n        tty: true\n",
            ours("        tty: true\n"),
            &[],
        ),
        (
            "        {{- if .Values.d }}\n        image: \"a@{{ .Values.d }}\"\n        {{- else }}\n        image: a\n        {{- end }}\n",
            format!(
                "      - name: c\n        {{{{- if .Values.d }}}}\n        {image}\n        {command}\n        \
                     {{{{- else }}}}\n        {image}\n        {command}\n        {{{{- end }}}}\n"
            ),
            &[],
        ),
        ("        image: &i a\n", "      - name: c\n        image: &i a\n".to_owned(), &[(9, odd)]),
        (
            "        {{ if a }}image: a{{ else }}image: b{{ end }}\n",
            "      - name: c\n        {{ if a }}image: a{{ else }}image: b{{ end }}\n".to_owned(),
            &[(8, "the container's image was not found")],
        ),
    ] {
        let start = "spec:\n  template:\n    spec:\n      containers:\n";
        let (text, _, found) = converted(&format!("{start}      - name: c\n{container}      volumes: []\n"));
        let text = text.split("      containers:\n").nth(1).unwrap();
        assert_eq!(text, format!("{expected}      volumes: []\n"));
        let found: Vec<(usize, &str)> = found.iter().map(|(line, what)| (*line, what.as_str())).collect();
        assert_eq!(found, open, "{container}");
    }
}

#[test]
fn a_dash_may_stand_alone() {
    let (text, _, open) = converted(
        "spec:\n  template:\n    spec:\n      containers:\n        # one\n        -\n          name: a\n          image: x\n          \
             command:\n          - python\n          - -m\n          - x\n",
    );
    assert!(text.contains(
            "-\n          name: a\n          image: {{ $.Values.experimentImage | quote }}\n          {{- include \"p.args\""
        ));
    assert_eq!(open, [(13, "the container's own command gets the script and its arguments".to_owned())]);
}

#[test]
fn commands_that_lose_the_script_are_told_of() {
    for (command, line, what) in [
        (
            "        command: [sh, -c, \"python main.py\"]\n",
            10,
            "the container's own command is a shell's line, which loses the script and its arguments",
        ),
        (
            "        {{- if .Values.c }}\n        command: {{ .Values.c }}\n        {{- end }}\n",
            11,
            "the container's own command stands under a condition: without it, nothing runs the script",
        ),
    ] {
        let (text, _, open) = converted(&format!("spec:\n  template:\n    spec:\n{CONTAINER}{command}"));
        assert_eq!(open, [(line, what.to_owned())]);
        assert!(!text.contains("p.args") && !text.contains("p.command"), "{text}");
    }
}

#[test]
fn the_first_container_runs_the_experiment() {
    for (container, expected, open) in [
        (
            "      - name: c\n        image: \"x:{{ .Values.tag }}\" # y\n        ports: []\n",
            "      - name: c\n        image: {{ $.Values.experimentImage | quote }}\n        \
                 {{- include \"p.command\" $ | nindent 8 }}\n        ports: []\n",
            &[][..],
        ),
        (
            "        - image: x\n          command: [run]\n        - name: side\n          image: y\n",
            "        - image: {{ $.Values.experimentImage | quote }}\n          {{- include \"p.args\" $ | nindent 10 \
                 }}\n          command: [run]\n        - name: side\n          image: y\n",
            &[
                (10, "the container's own command gets the script and its arguments"),
                (11, "another container, left as it is"),
            ],
        ),
        (
            "      - image: x\n        args:\n        - a\n",
            "      - image: {{ $.Values.experimentImage | quote }}\n        args:\n        - a\n",
            &[(9, "the container has arguments of its own")],
        ),
        (
            "      {{- include \"c\" . }}\n",
            "      {{- include \"c\" . }}\n",
            &[(7, "the containers are described elsewhere")],
        ),
    ] {
        let start = "spec:\n  template:\n    spec:\n      containers:\n";
        let (text, _, found) = converted(&format!("{start}{container}      volumes: []\n"));
        let text = text.split("      containers:\n").nth(1).unwrap();
        assert_eq!(text, format!("{expected}      volumes: []\n"));
        let found: Vec<(usize, &str)> = found.iter().map(|(line, what)| (*line, what.as_str())).collect();
        assert_eq!(found, open, "{container}");
    }
}

#[test]
fn every_container_is_changed_or_told_of() {
    let own = "image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"";
    let template = format!(
        "spec:\n  template:\n    spec:\n      initContainers:\n        - name: prepare\n          {own}\n          \
             command: [prepare]\n        - name: wait\n          image: busybox\n      containers:\n        - name: \
             proxy\n          image: envoy\n        - name: main\n          {own}\n        - {own}\n          args: [metrics]\n"
    );
    let (text, _, open) = converted(&template);
    let images: Vec<&str> = text.lines().filter(|it| it.contains("image: ")).map(str::trim).collect();
    let ours = "image: {{ $.Values.experimentImage | quote }}";
    assert_eq!(images, [ours, "image: busybox", "image: envoy", ours, &format!("- {ours}")]);
    assert_eq!(text.matches("p.command").count(), 1, "one container runs the script");
    assert!(text.contains(
        "- name: main\n          image: {{ $.Values.experimentImage | quote }}\n          {{- include \"p.command\""
    ));
    let same = "another container of the same image: it gets the experiment's image too";
    let other = "another container, left as it is";
    let open: Vec<(usize, &str)> = open.iter().map(|(line, what)| (*line, what.as_str())).collect();
    assert_eq!(open, [(14, other), (19, same), (8, same), (11, other)]);
}

#[test]
fn pods_are_counted_as_far_as_can_be_told() {
    for (replicas, expected, open) in [
        ("", 1, 0),
        ("  replicas: 2\n", 2, 0),
        ("  replicas: {{ .Values.replicaCount }}\n", 3, 0),
        ("  parallelism: {{- $.Values.a.b -}}\n", 2, 0),
        ("  replicas: {{ .Values.none | int }}\n", 1, 1),
        ("  replicas: {{ .Values.none | default 4 }}\n", 4, 0),
        ("  parallelism: 2\n  completions: 6\n", 6, 0),
    ] {
        let template = format!("kind: X\nspec:\n{replicas}  template:\n    spec:\n{CONTAINER}");
        let (_, pods, points) = converted(&template);
        assert_eq!((pods, points.len()), (expected, open), "{replicas}");
    }
}

#[test]
fn bare_pods_nested_templates_and_other_workloads_are_found() {
    let (text, pods, open) =
        converted("kind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - image: x\n---\nkind: S\n");
    assert!(text.starts_with("kind: Pod\nmetadata:\n  labels:\n    runName: "), "{text}");
    assert!(text.contains("  - image: {{ $.Values.experimentImage") && text.ends_with("---\nkind: S\n"));
    assert_eq!((pods, open.len()), (1, 0));
    let cron = format!(
        "spec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n    {}",
        CONTAINER.replace('\n', "\n    ")
    );
    assert!(converted(&cron).0.contains("\n        metadata:\n          labels:\n            runName: "));
    let first = format!("spec:\n  template:\n    spec:\n{CONTAINER}");
    let two = format!("{first}---\n{}", first.replace("image: x", "image: \"{{ .Values.image.repository }}\""));
    let (text, pods, open) = converted(&two);
    assert!(text.starts_with(&first) && text.contains("experimentImage"));
    assert_eq!((pods, open[0].0), (1, 2));
    assert_eq!(converted("kind: ConfigMap\n").2, [(1, "no template describes pods".to_owned())]);
}

#[test]
fn loops_and_conditions_around_pods_are_told_of() {
    let job = format!("spec:\n  template:\n    spec:\n{CONTAINER}");
    for (start, expected) in [
        (
            "{{- range list 1 2 }}\n---\n",
            "`range list 1 2` makes the pods once for each item: podCount takes them once",
        ),
        ("{{- if .Values.a }}\n", "the pods are made under a condition, `if .Values.a`: podCount counts them always"),
    ] {
        assert_eq!(converted(&format!("{start}{job}{{{{- end }}}}\n")).2, [(1, expected.to_owned())]);
    }
    let daemons = converted(&format!("kind: DaemonSet\n{job}"));
    assert_eq!(daemons.2, [(3, "there are as many pods as nodes: podCount takes them for 1".to_owned())]);
    let twice = job.replace("      - name: c", "      {{- range .Values.n }}\n      - name: c") + "      {{- end }}\n";
    let what = "the container that runs the experiment is made once for each item";
    assert_eq!(converted(&twice).2, [(8, what.to_owned())]);
}

#[test]
fn pods_in_texts_are_no_pods() {
    let map = "kind: ConfigMap\ndata:\n  a: |\n    spec:\n      template:\n        spec:\n          containers:\n          - image: x\n---\n";
    let (text, pods, open) = converted(&format!("{map}spec:\n  template:\n    spec:\n{CONTAINER}"));
    assert!(text.starts_with(map) && text.contains("experimentImage"), "{text}");
    assert_eq!((pods, open), (1, Vec::new()));
}

#[test]
fn pods_of_templates_without_the_charts_scope_are_left() {
    let define = format!("{{{{- define \"x.job\" }}}}\nspec:\n  template:\n    spec:\n{CONTAINER}{{{{- end }}}}\n");
    let (text, _, open) = converted(&format!("{define}{{{{ include \"x.job\" . }}}}\n"));
    assert!(text.contains("experimentImage") && open.is_empty(), "{open:?}");
    let other = "{{- define \"y\" }}{{ include \"x.job\" . }}{{ end }}";
    for call in [
        "{{ include \"x.job\" (dict \"a\" .) }}",
        "{{- range .Values.a }}\n{{ include \"x.job\" . }}\n{{- end }}",
        &format!("{}\n{{{{ include \"y\" 1 }}}}", other.replace("}}{{", "}}\n{{")),
    ] {
        let text = format!("{define}{call}\n");
        let what = "`x.job` makes the pods, but is not called with `.`: the experiment's values are not there";
        assert_eq!(converted(&text), (text, 1, vec![(3, what.to_owned())]));
    }
}
