//! One place of a template that describes pods, changed so that the experiment runs there and is found.

use serde_json::{Map, Value};

use super::OpenPoint;
use super::blocks::{self, Block};
use super::count::Pods;
use super::text::{Edits, Lines};

const LABEL: &str = "runName: {{ $.Release.Name | quote }}";

/// One place where a template describes pods.
pub(super) struct Workload {
    pub(super) file: String,
    /// Where its text begins: `template:`, or the document of a bare pod.
    pub(super) start: usize,
    /// The line of `template:`, or of a bare pod's `kind:`.
    pub(super) at: usize,
    pub(super) end: usize,
    /// Where the keys `metadata` and `spec` stand.
    pub(super) indent: usize,
    pub(super) is_main: bool,
    /// The template that makes it and is not called with the chart's own scope.
    pub(super) foreign: Option<String>,
}

/// A template that is being changed.
pub(super) struct File<'a, 't> {
    pub(super) name: &'a str,
    /// The value that holds the experiment's image.
    pub(super) image: &'a str,
    pub(super) path: &'a str,
    pub(super) lines: Lines<'t>,
    pub(super) blocks: Vec<Block<'t>>,
    pub(super) edits: Edits,
    pub(super) open: &'a mut Vec<OpenPoint>,
}

impl File<'_, '_> {
    /// Changes one workload and returns how many of its pods count.
    pub(super) fn convert(&mut self, workload: &Workload, values: &Map<String, Value>) -> Pods {
        if !workload.is_main {
            self.leave(
                workload.at,
                "more pods, which do not run the experiment: they are not counted",
                "if the run's state depends on them, label them `runName: {{ .Release.Name | quote }}` and raise podCount",
            );
            return Pods::default();
        }
        if let Some(name) = &workload.foreign {
            let what =
                format!("`{name}` makes the pods, but is not called with `.`: the experiment's values are not there");
            let remedy = format!("call it with `.`, or hand it the label `{LABEL}`, the image and the arguments");
            self.fault(workload.at, &what, remedy);
            return Pods::one();
        }
        self.label(workload);
        self.containers(workload);
        self.repeated(workload);
        self.replicas(workload, values)
    }

    /// Notes what its author should look at.
    pub(super) fn leave(&mut self, at: usize, what: &str, remedy: impl Into<String>) {
        self.open.push(OpenPoint::new(self.path, at, what, remedy));
    }

    /// Notes what keeps the pack from running the experiment.
    pub(super) fn fault(&mut self, at: usize, what: &str, remedy: impl Into<String>) {
        self.open.push(OpenPoint { is_fault: true, ..OpenPoint::new(self.path, at, what, remedy) });
    }

    /// Tells whether a line is printed only under a condition even where line `beside` is printed.
    pub(super) fn is_conditional(&self, at: usize, beside: usize) -> bool {
        self.blocks.iter().any(|it| it.is_around(at) && !it.is_around(beside))
    }

    /// Step 4: the tracking label.
    fn label(&mut self, workload: &Workload) {
        let Workload { start, at, end, indent, .. } = *workload;
        let Some(metadata) = self.lines.key("metadata", indent, start, end) else {
            let lines = format!("{0:indent$}metadata:\n{0:indent$}  labels:\n{0:indent$}    {LABEL}", "");
            return self.edits.insert_after(at, lines);
        };
        let metadata_end = self.lines.block_end(metadata, end);
        let keys = self.lines.next_yaml(metadata, metadata_end).map(|it| self.lines.indent(it));
        let inside = keys.unwrap_or(indent + 2);
        let labels = self.lines.key("labels", inside, metadata + 1, metadata_end);
        let how = match labels.unwrap_or(metadata) {
            _ if labels.is_none() && self.lines.value(metadata).starts_with("{{") => Some("is made elsewhere"),
            _ if labels.is_none() && self.lines.value(metadata).starts_with('{') => Some("stands on one line"),
            _ if labels.is_none() && self.prints(metadata, metadata_end, keys) => Some("is made elsewhere"),
            it if self.is_conditional(it, workload.at) => Some("is made under a condition"),
            _ => None,
        };
        if let Some(how) = how {
            let what = format!("the pods' metadata {how}: they have no label `runName`");
            return self.fault(labels.unwrap_or(metadata), &what, format!("add the label `{LABEL}` to it"));
        }
        match labels {
            Some(labels) => self.label_in(labels, inside, metadata_end),
            None => self.edits.insert_after(metadata, format!("{0:inside$}labels:\n{0:inside$}  {LABEL}", "")),
        }
    }

    /// Tells whether an action prints keys of this indentation, or any if there are no other keys.
    fn prints(&self, from: usize, end: usize, indent: Option<usize>) -> bool {
        self.lines.all[from + 1..end].iter().any(|it| {
            let it = it.trim_start();
            it.starts_with("{{")
                && !blocks::prints_nothing(it)
                && nindent(it).is_none_or(|it| indent.is_none_or(|indent| it <= indent))
        })
    }

    fn label_in(&mut self, labels: usize, inside: usize, end: usize) {
        let value = self.lines.value(labels);
        let is_anchor = value.starts_with('&') && !value.contains(' ');
        if value.is_empty() || value.starts_with('#') || is_anchor {
            let end = self.lines.block_end(labels, end);
            let printed = || self.lines.all[labels + 1..end].iter().find_map(|it| nindent(it));
            let deeper = self.lines.next_yaml(labels, end).map(|it| self.lines.indent(it)).or_else(printed);
            let deeper = deeper.filter(|it| *it > inside).unwrap_or(inside + 2);
            let line = format!("{0:deeper$}{LABEL}", "");
            return match self.lines.key("runName", deeper, labels + 1, end) {
                Some(own) => self.relabel(own, end, line),
                None => self.edits.insert_after(labels, line),
            };
        }
        let is_map = value.starts_with('{') && !value.starts_with("{{") && value.ends_with('}');
        match (nindent(value), value.starts_with("{{")) {
            (Some(deeper), true) => {
                let line = format!("{0:inside$}labels:\n{0:deeper$}{LABEL}\n{0:deeper$}{value}", "");
                self.edits.replace(labels, line);
            }
            _ if is_map && blocks::is_whole(value) && !value.contains("runName") => {
                let rest = value[1..].trim_start();
                let comma = if rest == "}" { "" } else { ", " };
                self.edits.replace(labels, self.lines.with_value(labels, &format!("{{{LABEL}{comma}{rest}")));
            }
            _ => self.fault(
                labels,
                "the pods' labels are written in a way that was not recognised",
                format!("write them line by line, and add `{LABEL}`"),
            ),
        }
    }

    /// Gives a label that is there already the release's name.
    fn relabel(&mut self, own: usize, end: usize, line: String) {
        if self.lines.value(own).contains(".Release.Name") {
            return;
        }
        match self.lines.value_end(own, end) {
            Some(end) => self.edits.replace_all(own, end, line),
            None => self.fault(own, "the label `runName` is not the release's name", format!("write `{LABEL}`")),
        }
    }
}

/// Returns the number behind `nindent` or `indent` in a Go action.
pub(super) fn nindent(action: &str) -> Option<usize> {
    let rest = action.split("indent ").nth(1)?;
    rest[..rest.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}

/// Tells whether an image is the one that the chart's values name.
pub(super) fn is_own_image(text: &str) -> bool {
    text.contains(".Values.image") || text.contains(".image\"")
}
