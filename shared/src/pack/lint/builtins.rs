//! Helm's own objects: their names, and whether the dot still leads to them.

use super::subject::Subject;
use super::{Finding, rules};
use crate::base::suggest::nearest;
use crate::pack::expression::Names;

/// The objects with the names in them; none where anything may stand there.
const OBJECTS: &[(&str, &[&str])] = &[
    ("Values", &[]),
    ("Release", &["Name", "Namespace", "Service", "IsUpgrade", "IsInstall", "Revision"]),
    (
        "Chart",
        &[
            "Name",
            "Version",
            "AppVersion",
            "Description",
            "Keywords",
            "Home",
            "Sources",
            "Icon",
            "APIVersion",
            "Condition",
            "Tags",
            "Deprecated",
            "Annotations",
            "KubeVersion",
            "Dependencies",
            "Type",
            "Maintainers",
            "IsRoot",
        ],
    ),
    ("Capabilities", &["KubeVersion", "APIVersions", "HelmVersion"]),
    ("Template", &["Name", "BasePath"]),
    ("Files", &["Get", "GetBytes", "Glob", "Lines", "AsConfig", "AsSecrets"]),
    ("Subcharts", &[]),
];

/// Adds misspelt objects, and objects that the dot does not lead to.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for template in &subject.templates {
        let mut names = Names::default();
        for action in &template.actions {
            let dot = names.rebound(action.text).cloned();
            names.step(action.text);
            let is_rebound = dot.is_some();
            // An item may have a field of that name.
            let has_field = |name: &str| {
                let path = dot.as_ref().and_then(|it| it.path.as_ref());
                path.is_some_and(|it| subject.value(&[it.as_slice(), &[name.to_owned()]].concat()).is_some())
            };
            for dotted in dotted_names(action.text) {
                let line = Some(template.line(action.at));
                if let Some((message, fix)) = misspelt(&dotted, is_rebound) {
                    found.push(Finding::new(rules::BUILT_IN_NAME, template.path, line, message, fix));
                }
                if is_rebound && dotted.is_at_dot && is_object(dotted.parts[0]) && !has_field(dotted.parts[0]) {
                    let name = dotted.parts.join(".");
                    let message = format!("inside `range` or `with` the dot is the item: `.{name}` is not there");
                    found.push(Finding::new(
                        rules::REBOUND_DOT,
                        template.path,
                        line,
                        message,
                        format!("write `$.{name}`"),
                    ));
                }
            }
        }
    }
}

/// A name such as `.Release.Name`.
struct Dotted<'t> {
    parts: Vec<&'t str>,
    /// Whether it begins at the dot, not at a variable or behind something else.
    is_at_dot: bool,
    /// Whether it begins at `$`, the chart's root.
    is_at_root: bool,
}

/// Returns the dotted names of an action, texts in quotes left out.
fn dotted_names(action: &str) -> Vec<Dotted<'_>> {
    let mut names = Vec::new();
    let mut quote = None;
    let mut at = 0;
    while let Some(c) = action[at..].chars().next() {
        let is_start = c == '.' && action[at + 1..].starts_with(|c: char| c.is_alphabetic() || c == '_');
        match quote {
            Some('"') if c == '\\' => at += 1,
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '`' => quote = Some(c),
            None if is_start => {
                let before = action[..at].chars().next_back();
                let end = action[at..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
                let end = end.map_or(action.len(), |it| at + it);
                names.push(Dotted {
                    parts: action[at..end].split('.').filter(|it| !it.is_empty()).collect(),
                    is_at_dot: before.is_none_or(|c| c.is_whitespace() || c == '(' || c == '|' || c == '='),
                    is_at_root: before == Some('$'),
                });
                at = end;
                continue;
            }
            _ => {}
        }
        at += action[at..].chars().next().map_or(1, char::len_utf8);
    }
    names
}

fn is_object(name: &str) -> bool {
    OBJECTS.iter().any(|(it, _)| *it == name)
}

/// Returns what is wrong with a name of Helm's, and the right one.
fn misspelt(dotted: &Dotted<'_>, is_rebound: bool) -> Option<(String, String)> {
    let written = format!(".{}", dotted.parts.join("."));
    for (index, part) in dotted.parts.iter().enumerate() {
        let Some((object, fields)) = OBJECTS.iter().find(|(it, _)| it.eq_ignore_ascii_case(part)) else { continue };
        let field = dotted.parts.get(index + 1);
        let known = field.and_then(|it| fields.iter().find(|known| known.eq_ignore_ascii_case(it)));
        if *object != *part {
            // An item may well have a field `values`; only at the root it must be Helm's.
            let is_sure = index == 0 && (dotted.is_at_root || (dotted.is_at_dot && !is_rebound));
            if !is_sure || field.is_none() || (known.is_none() && !fields.is_empty()) {
                return None;
            }
            let right = written.replacen(part, object, 1);
            let right = known.map_or(right.clone(), |known| format!(".{object}.{known}"));
            return Some((
                format!("`{written}` is nothing that Helm knows: it fails or prints nothing"),
                format!("write `{right}`"),
            ));
        }
        // `.Values.Release` is a value.
        if *object == "Values" {
            return None;
        }
        let field = field.filter(|it| !fields.is_empty() && !fields.contains(it))?;
        let effect = match *object {
            "Chart" => "makes Helm 3 fail and prints nothing in Helm 4",
            "Capabilities" => "makes Helm fail",
            _ => "prints nothing",
        };
        let fix = match known.copied().or_else(|| nearest(field, fields.iter().copied())) {
            Some(known) => format!("write `.{object}.{known}`"),
            None => format!("{object} has {}", fields.join(", ")),
        };
        return Some((format!("there is no `.{object}.{field}`: it {effect}"), fix));
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::pack::lint::testing::{found_in_template, lint, pack};

    #[test]
    fn helms_names_are_checked() {
        for (template, wrong) in [
            ("{{ .Release.Name | quote }}{{ $.Chart.Version }}{{ .root.Release.Name | quote }}", false),
            ("{{ .Release.name }}", true),
            ("{{ .release.Name }}", true),
            ("{{ .Chart.name }}", true),
            ("{{ .root.Release.name }}", true),
            ("{{ $.values.x }}", true),
            ("{{ .values.x }}", true),
            ("{{ .Release.Time }}", true),
            ("{{ range .Values.list }}{{ .values.x }}{{ .chart.name }}{{ end }}", false),
            ("{{ .Values.chart.name }}{{ .Values.Release.x }}{{ print \".Release.name\" }}", false),
            ("{{ .Capabilities.KubeVersion.Version }}{{ .Files.Get \"x\" }}{{ .Template.Name }}", false),
        ] {
            let shown = found_in_template("podCount: 1\nlist: []\nchart: {name: 1}\nRelease: {x: 1}", template);
            assert_eq!(shown.contains(&"1 built-in-name".to_owned()), wrong, "{template}: {shown:?}");
        }
        let all = lint(&pack(&[("charts/templates/a.yaml", "{{ .release.name }}")]));
        assert!(all.iter().any(|it| it.fix == "write `.Release.Name`"), "{all:?}");
    }

    #[test]
    fn inside_range_and_with_the_root_is_the_dollar() {
        for (template, wrong) in [
            ("{{ range .Values.list }}{{ .Values.x }}{{ end }}", true),
            ("{{ with .Values.list }}{{ if . }}{{ .Release.Name }}{{ end }}{{ end }}", true),
            ("{{ range .Values.list }}{{ $.Values.list }}{{ end }}{{ .Values.list }}", false),
            ("{{ with .Values.list }}{{ else }}{{ .Values.list }}{{ end }}", false),
            ("{{ with $ }}{{ .Values.list }}{{ end }}", false),
            ("{{ range .Values.list }}{{ .root.Values.list }}{{ end }}", false),
        ] {
            let shown = found_in_template("podCount: 1\nlist: []\nx: 1", template);
            assert_eq!(shown.contains(&"1 rebound-dot".to_owned()), wrong, "{template}: {shown:?}");
        }
    }

    #[test]
    fn the_dot_may_be_the_root_again() {
        for (template, expected) in [
            ("{{ range .Values.l }}{{ .Release.Name | quote }}{{ end }}", true),
            ("{{ with .Values.m }}{{ .Values.x }}{{ else }}{{ end }}", true),
            ("{{ with .Values.m }}{{ else }}{{ .Values.x }}{{ end }}", false),
            ("{{ range .Values.l }}{{ with $ }}{{ .Values.x }}{{ end }}{{ end }}", false),
            ("{{ $c := $ }}{{ with $c }}{{ .Values.x }}{{ end }}", false),
            ("{{ range (list .) }}{{ .Values.x }}{{ end }}", false),
            ("{{ $c := merge (dict \"x\" 1) . }}{{ with $c }}{{ .Values.x }}{{ end }}", false),
            ("{{ with .Values.m }}{{ .Chart.Name }}{{ end }}", false),
            ("{{ range until 2 }}{{ .Values.x }}{{ end }}", true),
            ("{{ if .Values.x }}{{ else with .Values.m }}{{ else if .Values.x }}{{ .Values.x }}{{ end }}", false),
            ("{{ define \"a\" }}{{ with .root }}{{ .Values.x }}{{ end }}{{ end }}", false),
        ] {
            let shown = found_in_template("podCount: 1\nx: 1\nl: []\nm: {Chart: {Name: a}}", template);
            assert_eq!(shown.iter().any(|it| it.ends_with("rebound-dot")), expected, "{template}: {shown:?}");
        }
    }
}
