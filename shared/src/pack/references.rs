//! Which values a chart's templates read.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::chart::Chart;
use super::expression::Names;
use super::gotemplate::{Segment, libraries, mentioned_values, segments, templates};
use super::inline::{calls, inlined};
use super::tree::PackTree;

/// The values that a chart reads, by dotted path.
#[derive(Debug, Clone, Default)]
pub struct References {
    everything: bool,
    paths: BTreeSet<Vec<String>>,
}

impl References {
    /// Looks through the chart's own templates, and what they include of other charts; what belongs to a subchart
    /// counts as read.
    pub fn of(tree: &PackTree, chart: &Chart) -> Self {
        let mut found = Self::default();
        let mut is_template_made = false;
        for template in inlined(templates(tree), libraries(tree)) {
            let mut names = Names::default();
            for (_, segment) in segments(&template.text) {
                let Segment::Action(action) = segment else { continue };
                is_template_made |= action.split(|c: char| !c.is_alphanumeric()).any(|it| it == "tpl");
                names.step(action).reads.into_iter().for_each(|it| found.add(it));
            }
        }
        if is_template_made {
            // `tpl` makes templates of values, and of the chart's other files.
            let is_text = |path: &str| {
                path.starts_with("charts/")
                    && !["charts/charts/", "charts/templates/"].iter().any(|it| path.starts_with(it))
            };
            let texts = tree.files().filter(|(path, _)| is_text(path)).filter_map(|(path, _)| tree.text(path));
            let paths = texts.flat_map(mentioned_values).filter(|it| !it.is_empty());
            paths.for_each(|it| found.add(it));
        }
        found.everything |= includes_unknown(tree);
        let subcharts = tree.files().filter_map(|(path, _)| path.strip_prefix("charts/charts/")?.split('/').next());
        let owned = subcharts
            .map(str::to_owned)
            .chain(chart.dependencies.iter().chain(&chart.aliases).cloned())
            .chain(["global".to_owned()]);
        found.paths.extend(owned.map(|it| vec![it]).chain(chart.switches.iter().cloned()));
        found
    }

    fn add(&mut self, mut path: Vec<String>) {
        // Any item may be any of them.
        path.truncate(path.iter().position(|it| it == "[]").unwrap_or(path.len()));
        self.everything |= path.first().is_none_or(|it| it == "AsMap");
        self.paths.insert(path);
    }

    /// Tells whether the value at `path`, or something below or above it, is read.
    pub fn reads(&self, path: &[String]) -> bool {
        let mut behind = self.paths.range::<[String], _>((Bound::Included(path), Bound::Unbounded));
        self.everything
            || behind.next().is_some_and(|it| it.starts_with(path))
            || (1..path.len()).any(|end| self.paths.contains(&path[..end]))
    }

    /// Tells whether the templates read `.Values.env`.
    pub fn reads_env(&self) -> bool {
        self.paths.iter().any(|it| it.first().is_some_and(|first| first == "env"))
    }
}

/// Tells whether templates include what only an archive in the chart can hold: nobody can tell what that reads.
pub(super) fn includes_unknown(tree: &PackTree) -> bool {
    let all: Vec<&str> = templates(tree).chain(libraries(tree)).map(|(_, text)| text).collect();
    let is_defined = |name: &str| {
        let written = [format!("define \"{name}\""), format!("define `{name}`"), format!("block \"{name}\"")];
        all.iter().any(|text| written.iter().any(|it| text.contains(it)))
    };
    tree.files().any(|(path, _)| path.starts_with("charts/charts/") && path.strip_suffix(".tgz").is_some())
        && all.iter().flat_map(|it| calls(it)).any(|it| !is_defined(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_in_other_charts_files_and_by_dependencies_counts() {
        let chart = "name: p\ndependencies:\n- {name: redis, alias: cache, condition: \"f.redis, g\", tags: [front]}\n";
        let library =
            "{{ define \"lib.a\" }}{{ .Values.inlib }}{{ end }}{{ define \"lib.b\" }}{{ .Values.nobody }}{{ end }}";
        let mut tree = PackTree::default();
        for (path, text) in [
            (
                "charts/templates/a.yaml",
                "{{ include \"lib.a\" . }}{{ tpl (.Files.Get \"x.txt\") . }}{{ index .Values \"a-b\" }}{{ $v := .Values }}{{ $v.al }}",
            ),
            ("charts/templates/no.yaml", "{{ .Values.ignored }}"),
            ("charts/.helmignore", "no.yaml"),
            ("charts/x.txt", "{{ .Values.infile }}"),
            ("charts/values.yaml", "t: \"{{ .Values.intext }}\""),
            ("charts/charts/common/templates/_l.tpl", library),
        ] {
            tree.add(path.as_bytes(), text.into(), false).unwrap();
        }
        let read = References::of(&tree, &Chart::read("p", chart).unwrap());
        for (path, expected) in [
            ("inlib", true),
            ("nobody", false),
            ("ignored", false),
            ("infile", true),
            ("intext", true),
            ("cache", true),
            ("f.redis", true),
            ("f.other", false),
            ("g", true),
            ("tags.front", true),
            ("tags.back", false),
            ("a-b", true),
            ("al", true),
            ("other", false),
            ("common", true),
        ] {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            assert_eq!(read.reads(&path), expected, "{path:?}");
        }
    }

    #[test]
    fn what_an_archive_reads_cannot_be_told() {
        for (template, archive, expected) in [
            ("{{ include \"common.x\" . }}", "charts/charts/common-1.tgz", true),
            ("{{ include \"common.x\" . }}", "charts/charts/common-1.txt", false),
            ("{{ include \"own\" . }}{{ define \"own\" }}{{ end }}", "charts/charts/common-1.tgz", false),
        ] {
            let mut tree = PackTree::default();
            tree.add(b"charts/templates/a.yaml", template.into(), false).unwrap();
            tree.add(archive.as_bytes(), vec![0x1f], false).unwrap();
            assert_eq!(References::of(&tree, &Chart::default()).reads(&["x".to_owned()]), expected, "{template}");
        }
    }
}
