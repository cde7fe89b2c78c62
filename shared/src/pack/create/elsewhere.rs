//! Pods that were not recognised: where they seem to be described, and why nothing was changed there.

use serde_json::{Map, Value};

use super::count::{self, Pods};
use super::templates::{is_template, workloads};
use super::text::Lines;
use super::workload::Workload;
use super::{Names, OpenPoint, blocks};
use crate::pack::chart::CHART_FILE;
use crate::pack::tree::PackTree;

/// Notes pods outside the `workloads`; without any workload, the pack runs no experiment until they are changed, and
/// their number is returned.
pub(super) fn note(
    names: &Names<'_>,
    pack: &PackTree,
    workloads: &[Workload],
    values: &Map<String, Value>,
    open: &mut Vec<OpenPoint>,
) -> Pods {
    let mut found = Vec::new();
    let mut pods = Pods::default();
    for path in pack.files().map(|(path, _)| path).filter(|it| is_template(it, "charts/templates/")) {
        let text = pack.text(path).unwrap_or_default();
        let own: Vec<&Workload> = workloads.iter().filter(|it| it.file == path).collect();
        let lines = Lines::of(text);
        for at in in_template(names, pack, path, &lines, &own, &mut found) {
            pods.add(count::beside(&lines, at, values).unwrap_or_else(|_| Pods::one()));
        }
    }
    in_subcharts(pack, workloads.is_empty(), &mut found);
    if workloads.is_empty() && found.is_empty() {
        let remedy = format!("add a template with pods: {}", needed(names));
        found.push(OpenPoint::new(CHART_FILE, 0, "no template describes pods", remedy));
    }
    open.extend(found.into_iter().map(|it| OpenPoint { is_fault: workloads.is_empty(), ..it }));
    if workloads.is_empty() { pods } else { Pods::default() }
}

/// Returns what the pods of a pack need.
fn needed(names: &Names<'_>) -> String {
    format!(
        "give the pods the label `runName: {{{{ .Release.Name | quote }}}}`, and their container `image: {{{{ \
         $.Values.{} | quote }}}}` and `{{{{- include \"{}.command\" $ | nindent 10 }}}}` at the depth of its keys",
        names.image, names.pack
    )
}

/// Returns the lines `template:` that make pods of something else than the lines below them.
fn in_template(
    names: &Names<'_>,
    pack: &PackTree,
    path: &str,
    lines: &Lines<'_>,
    own: &[&Workload],
    found: &mut Vec<OpenPoint>,
) -> Vec<usize> {
    let mut made = Vec::new();
    let is_known = |at: usize| own.iter().any(|it| it.start <= at && at < it.end);
    for at in (0..lines.all.len()).filter(|it| lines.is_yaml(*it) && !is_known(*it)) {
        let content = lines.all[at].trim_start_matches([' ', '-']);
        if content.starts_with("template:")
            && let Some((what, before)) = made_elsewhere(pack, lines, at)
        {
            found.push(OpenPoint::new(path, at, &what, format!("{before}{}", needed(names))));
            made.push(at);
        } else if content.starts_with("image:") && !lines.value(at).is_empty() {
            let what = "an image outside the pods that were recognised, left as it is";
            found.push(OpenPoint::new(path, at, what, format!("if the script runs there, {}", needed(names))));
        }
    }
    made
}

/// Returns what describes the pods of `template:`, if not the lines below it, and how the remedy begins.
fn made_elsewhere(pack: &PackTree, lines: &Lines<'_>, at: usize) -> Option<(String, &'static str)> {
    const BY_LINES: &str = "write them line by line, as YAML, and ";
    let value = lines.value(at);
    let end = lines.block_end(at, lines.all.len());
    let below = lines.all[at + 1..end].iter().map(|it| it.trim()).find(|it| it.starts_with("{{"));
    let action = Some(value).filter(|it| it.starts_with("{{")).or(below.filter(|_| value.is_empty()));
    match (action.and_then(blocks::name), action) {
        (Some(name), _) => {
            let place = defined(pack, name).map(|it| format!(" ({it})")).unwrap_or_default();
            Some((format!("the pods are described by `{name}`{place}, which was not changed"), "there, "))
        }
        (None, Some(_)) => Some(("the pods are described elsewhere".to_owned(), BY_LINES)),
        (None, None) => value.starts_with('{').then(|| ("the pods are written on one line".to_owned(), BY_LINES)),
    }
}

/// Returns the place where a template is defined.
fn defined(pack: &PackTree, name: &str) -> Option<String> {
    let mut templates = pack.files().map(|(path, _)| path).filter(|it| it.starts_with("charts/templates/"));
    templates.find_map(|path| {
        let found = blocks::of(pack.text(path)?);
        let define = found.iter().find(|it| it.keyword == "define" && blocks::name(it.guard) == Some(name))?;
        Some(format!("{path}:{}", define.start + 1))
    })
}

/// Notes the pods of subcharts; archives are named only where there are no other pods, since most are libraries.
fn in_subcharts(pack: &PackTree, are_needed: bool, found: &mut Vec<OpenPoint>) {
    const REMEDY: &str =
        "unpack the subchart's templates into charts/templates, or make the pack of the subchart itself";
    const WHAT: &str = "pods of a subchart, which do not run the experiment and are not counted";
    for (path, _) in pack.files() {
        let Some(below) = path.strip_prefix("charts/charts/") else { continue };
        let Some((subchart, _)) = below.split_once('/') else {
            if are_needed && [".tgz", ".tar.gz"].iter().any(|it| below.ends_with(it)) {
                let (file, line) = dependency(pack, below).unwrap_or((path, 0));
                let what =
                    format!("the chart has no pods of its own, and those of the subchart `{below}` are not changed");
                found.push(OpenPoint::new(file, line, &what, REMEDY));
            }
            continue;
        };
        if is_template(path, &format!("charts/charts/{subchart}/templates/"))
            && let Some(first) = workloads(path, pack.text(path).unwrap_or_default(), pack).first()
        {
            found.push(OpenPoint::new(path, first.at, WHAT, REMEDY));
        }
    }
}

/// Returns where Chart.yaml names the dependency that an archive holds.
fn dependency<'t>(pack: &PackTree, archive: &str) -> Option<(&'t str, usize)> {
    let mut lines = pack.text(CHART_FILE)?.lines();
    let is_named = |line: &str| {
        let name =
            line.trim_start_matches([' ', '-']).strip_prefix("name:").map(|it| it.trim().trim_matches(['"', '\'']));
        line.starts_with([' ', '-'])
            && name.is_some_and(|it| archive.strip_prefix(it).is_some_and(|it| it.starts_with('-')))
    };
    lines.position(is_named).map(|it| (CHART_FILE, it))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_that_were_not_recognised_are_told_of_where_they_are() {
        let helper = "{{- define \"h.pod\" }}\nspec:\n  containers:\n  - image: x\n{{- end }}\n";
        let subchart = "spec:\n  template:\n    spec:\n      containers: []\n";
        let chart = "name: a\ndependencies:\n- name: web\n  version: 1.0.0\n";
        for (files, expected, pods) in [
            (&[][..], &[("charts/Chart.yaml", 1, "no template describes pods")][..], 0),
            (
                &[
                    ("charts/templates/_h.tpl", helper),
                    (
                        "charts/templates/d.yaml",
                        "spec:\n  replicas: {{ .Values.n }}\n  template: {{- include \"h.pod\" . | nindent 4 }}\n",
                    ),
                ],
                &[
                    ("charts/templates/_h.tpl", 4, "an image outside the pods"),
                    ("charts/templates/d.yaml", 3, "the pods are described by `h.pod` (charts/templates/_h.tpl:1)"),
                ],
                2,
            ),
            (
                &[("charts/templates/d.yaml", "spec:\n  template:\n    {{- toYaml .Values.pod | nindent 4 }}\n")],
                &[("charts/templates/d.yaml", 2, "the pods are described elsewhere")],
                1,
            ),
            (
                &[("charts/templates/d.yaml", "spec:\n  completions: 3\n  template: {spec: {containers: []}}\n")],
                &[("charts/templates/d.yaml", 3, "the pods are written on one line")],
                3,
            ),
            (
                &[("charts/charts/web/templates/d.yaml", subchart), ("charts/charts/web/values.yaml", "")],
                &[("charts/charts/web/templates/d.yaml", 2, "pods of a subchart")],
                0,
            ),
            (
                &[("charts/charts/web-1.0.0.tgz", "")],
                &[(
                    "charts/Chart.yaml",
                    3,
                    "the chart has no pods of its own, and those of the subchart `web-1.0.0.tgz`",
                )],
                0,
            ),
        ] {
            let mut pack = PackTree::default();
            for (path, text) in files.iter().copied().chain([(CHART_FILE, chart)]) {
                pack.add(path.as_bytes(), text.as_bytes().to_vec(), false).unwrap();
            }
            let names = Names { pack: "p", image: "experimentImage", command: "commandline" };
            let (mut open, values) = (Vec::new(), json!({"n": 2}));
            let counted = note(&names, &pack, &[], values.as_object().unwrap(), &mut open);
            assert_eq!(counted.number, pods, "{files:?}");
            assert_eq!(open.len(), expected.len(), "{open:?}");
            for (point, (file, line, what)) in open.iter().zip(expected) {
                assert_eq!((point.file.as_str(), point.line, point.is_fault), (*file, *line, true));
                assert!(point.what.starts_with(what), "{}", point.what);
            }
        }
    }
}
