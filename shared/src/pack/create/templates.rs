//! The templates of a chart as a pack has them: counted pods with the tracking label, and one container of each that
//! runs the experiment.

use serde_json::{Map, Value};

use super::OpenPoint;
use super::text::{Edits, Lines};
use super::workload::{File, Workload, is_own_image};
use crate::pack::tree::PackTree;

/// What became of the templates.
pub(super) struct Converted {
    /// The files that changed.
    pub(super) texts: Vec<(String, String)>,
    /// How many pods there are to count.
    pub(super) pods: u64,
}

/// Changes the templates of the chart below `charts/` and notes what must be left to their author.
pub(super) fn convert(
    name: &str,
    pack: &PackTree,
    values: &Map<String, Value>,
    open: &mut Vec<OpenPoint>,
) -> Converted {
    let files = || pack.files().map(|(path, _)| path).filter(|it| is_template(it));
    let mut workloads: Vec<Workload> =
        files().flat_map(|path| workloads(path, &Lines::of(pack.text(path).unwrap_or_default()))).collect();
    if !workloads.iter().any(|it| it.is_main)
        && let Some(first) = workloads.first_mut()
    {
        first.is_main = true;
    }
    let mut converted = Converted { texts: Vec::new(), pods: 0 };
    for path in files() {
        let text = pack.text(path).unwrap_or_default();
        let mut file = File { name, path, lines: Lines::of(text), edits: Edits::default(), open };
        for workload in workloads.iter().filter(|it| it.file == path) {
            converted.pods += file.convert(workload, values);
        }
        if !file.edits.is_empty() {
            converted.texts.push((path.to_owned(), file.edits.applied(text)));
        }
    }
    if workloads.is_empty() {
        open.push(OpenPoint {
            file: "charts/templates".to_owned(),
            line: 1,
            what: "no template describes pods".to_owned(),
            remedy: "add the label `runName: {{ .Release.Name | quote }}` and the image `{{ .Values.experimentImage | \
                     quote }}` where the pods are made"
                .to_owned(),
        });
    }
    converted.pods = converted.pods.max(1);
    converted
}

fn is_template(path: &str) -> bool {
    let below = path.strip_prefix("charts/templates/").unwrap_or_default();
    let is_yaml = [".yaml", ".yml", ".tpl"].iter().any(|it| below.ends_with(it));
    is_yaml && !below.starts_with("tests/")
}

/// Returns the places of a file where pods are described: `template:` with `spec:` below it, and bare pods.
fn workloads(path: &str, lines: &Lines<'_>) -> Vec<Workload> {
    let all = lines.0.len();
    let workload = |at: usize, end: usize, indent: usize| {
        let image = lines.0[at..end].iter().filter(|it| it.trim_start_matches([' ', '-']).starts_with("image:"));
        let is_main = image.into_iter().any(|it| is_own_image(it));
        Workload { file: path.to_owned(), at, end, indent, is_main }
    };
    let mut found = Vec::new();
    for at in (0..all).filter(|it| lines.is_yaml(*it)) {
        if lines.0[at].trim() == "template:" {
            let end = lines.block_end(at, all);
            let child = lines.next_yaml(at, end).map(|it| lines.indent(it));
            found.extend(child.filter(|it| lines.key("spec", *it, at, end).is_some()).map(|it| workload(at, end, it)));
        } else if lines.0[at].trim_end() == "kind: Pod" {
            let end = (at..all).find(|it| lines.0[*it].starts_with("---")).unwrap_or(all);
            found.push(workload(at, end, 0));
        }
    }
    found
}

#[cfg(test)]
mod tests {
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
        let converted = convert("p", &pack, values.as_object().unwrap(), &mut open);
        let text = converted.texts.into_iter().next().map_or_else(|| template.to_owned(), |(_, text)| text);
        (text, converted.pods, open.into_iter().map(|it| (it.line, it.what)).collect())
    }

    const CONTAINER: &str = "      containers:\n      - name: c\n        image: x\n";

    #[test]
    fn labels_are_added_however_they_are_written() {
        let label = "runName: {{ $.Release.Name | quote }}";
        for (metadata, expected) in [
            ("", format!("    metadata:\n      labels:\n        {label}\n")),
            (
                "    metadata:\n      name: x\n",
                format!("    metadata:\n      labels:\n        {label}\n      name: x\n"),
            ),
            (
                "    metadata:\n      labels:\n          app: x # y\n",
                format!("    metadata:\n      labels:\n          {label}\n          app: x # y\n"),
            ),
            (
                "    metadata:\n      labels: {{- include \"l\" . | nindent 8 }}\n",
                format!(
                    "    metadata:\n      labels:\n        {label}\n        {{{{- include \"l\" . | nindent 8 }}}}\n"
                ),
            ),
            (
                "    metadata:\n      labels:\n        {{- include \"l\" . | nindent 8 }}\n",
                format!(
                    "    metadata:\n      labels:\n        {label}\n        {{{{- include \"l\" . | nindent 8 }}}}\n"
                ),
            ),
            (
                "    metadata:\n      labels:\n        runName: x\n",
                "    metadata:\n      labels:\n        runName: x\n".to_owned(),
            ),
        ] {
            let start = "spec:\n  template:\n";
            let (text, pods, open) = converted(&format!("{start}{metadata}    spec:\n{CONTAINER}"));
            assert_eq!(text.split("    spec:").next(), Some(&*format!("{start}{expected}")), "{metadata}");
            assert_eq!((pods, open), (1, Vec::new()));
        }
        let (_, _, open) =
            converted(&format!("spec:\n  template:\n    metadata:\n      labels: {{a: b}}\n    spec:\n{CONTAINER}"));
        assert_eq!(open, [(4, "the pods' labels stand on one line".to_owned())]);
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
                    (6, "the container's own command gets the script and its arguments"),
                    (7, "another container, left as it is"),
                ],
            ),
            (
                "      - image: x\n        args:\n        - a\n",
                "      - image: {{ $.Values.experimentImage | quote }}\n        args:\n        - a\n",
                &[(6, "the container has arguments of its own")],
            ),
            (
                "      {{- include \"c\" . }}\n",
                "      {{- include \"c\" . }}\n",
                &[(4, "the containers are described elsewhere")],
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
        assert_eq!(open, [(11, other), (15, same), (5, same), (8, other)]);
    }

    #[test]
    fn pods_are_counted_as_far_as_can_be_told() {
        for (replicas, expected, open) in [
            ("", 1, 0),
            ("  replicas: 2\n", 2, 0),
            ("  replicas: {{ .Values.replicaCount }}\n", 3, 0),
            ("  parallelism: {{- $.Values.a.b -}}\n", 2, 0),
            ("  replicas: {{ .Values.none | int }}\n", 1, 1),
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
    fn line_ends_stay() {
        let text = format!("spec:\n  template:\n    spec:\n{CONTAINER}").replace('\n', "\r\n");
        let (text, ..) = converted(&text);
        assert!(text.contains("experimentImage") && text.lines().count() == text.matches("\r\n").count(), "{text:?}");
    }
}
