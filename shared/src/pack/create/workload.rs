//! One place of a template that describes pods, changed so that the experiment runs there and is found.

use serde_json::{Map, Value};

use super::OpenPoint;
use super::text::{Edits, Lines};

/// One place where a template describes pods.
pub(super) struct Workload {
    pub(super) file: String,
    /// The line of `template:`, or of a bare pod's `kind:`.
    pub(super) at: usize,
    pub(super) end: usize,
    /// Where the keys `metadata` and `spec` stand.
    pub(super) indent: usize,
    pub(super) is_main: bool,
}

/// A template that is being changed.
pub(super) struct File<'a, 't> {
    pub(super) name: &'a str,
    pub(super) path: &'a str,
    pub(super) lines: Lines<'t>,
    pub(super) edits: Edits,
    pub(super) open: &'a mut Vec<OpenPoint>,
}

impl<'t> File<'_, 't> {
    /// Changes one workload and returns how many of its pods count.
    pub(super) fn convert(&mut self, workload: &Workload, values: &Map<String, Value>) -> u64 {
        if !workload.is_main {
            self.leave(workload.at, "more pods, which do not run the experiment: they are not counted", || {
                "if the run's state depends on them, label them `runName: {{ .Release.Name | quote }}` and raise \
                 podCount"
                    .to_owned()
            });
            return 0;
        }
        self.label(workload);
        self.containers(workload);
        self.replicas(workload, values)
    }

    fn leave(&mut self, at: usize, what: &str, remedy: impl FnOnce() -> String) {
        let (file, what) = (self.path.to_owned(), what.to_owned());
        self.open.push(OpenPoint { file, line: at + 1, what, remedy: remedy() });
    }

    /// Step 4: the tracking label.
    fn label(&mut self, workload: &Workload) {
        const LABEL: &str = "runName: {{ $.Release.Name | quote }}";
        let Workload { at, end, indent, .. } = *workload;
        let Some(metadata) = self.lines.key("metadata", indent, at, end) else {
            let lines = format!("{0:indent$}metadata:\n{0:indent$}  labels:\n{0:indent$}    {LABEL}", "");
            return self.edits.insert_after(at, lines);
        };
        let metadata_end = self.lines.block_end(metadata, end);
        if self.lines.0[metadata..metadata_end].iter().any(|it| it.trim_start().starts_with("runName:")) {
            return;
        }
        let inside = self.lines.next_yaml(metadata, metadata_end).map_or(indent + 2, |it| self.lines.indent(it));
        let Some(labels) = self.lines.key("labels", inside, metadata, metadata_end) else {
            if !self.lines.value(metadata).is_empty() {
                return self.leave(metadata, "the pods' metadata is made elsewhere", || {
                    format!("add the label `{LABEL}` to it")
                });
            }
            return self.edits.insert_after(metadata, format!("{0:inside$}labels:\n{0:inside$}  {LABEL}", ""));
        };
        let value = self.lines.value(labels);
        if value.is_empty() || value.starts_with('#') {
            let deeper = self.lines.next_yaml(labels, metadata_end).map(|it| self.lines.indent(it));
            let deeper = deeper.filter(|it| *it > inside).unwrap_or(inside + 2);
            return self.edits.insert_after(labels, format!("{0:deeper$}{LABEL}", ""));
        }
        match nindent(value) {
            Some(deeper) if value.starts_with("{{-") => {
                let line = format!("{0:inside$}labels:\n{0:deeper$}{LABEL}\n{0:deeper$}{value}", "");
                self.edits.replace(labels, line);
            }
            _ => self.leave(labels, "the pods' labels stand on one line", || {
                format!("write them line by line, and add `{LABEL}`")
            }),
        }
    }

    /// Steps 3 and 5: the container of the chart's own image gets the experiment's image and the command line; others
    /// of the same image get the image.
    fn containers(&mut self, workload: &Workload) {
        let Workload { at, end, indent, .. } = *workload;
        let spec = self.lines.key("spec", indent, at, end);
        let entries = spec.map(|it| self.entries("containers", it, end)).unwrap_or_default();
        if entries.is_empty() {
            let list = spec.and_then(|it| self.list("containers", it, end)).or(spec).unwrap_or(at);
            return self.leave(list, "the containers are described elsewhere", || {
                "give the one that runs the script the image `{{ .Values.experimentImage | quote }}`".to_owned()
            });
        }
        let is_own = |it: &(usize, usize)| self.image_of(*it).is_some_and(is_own_image);
        let main = entries.iter().position(is_own).unwrap_or(0);
        let image = self.image_of(entries[main]);
        self.container(entries[main].0, entries[main].1);
        let inits = spec.map(|it| self.entries("initContainers", it, end)).unwrap_or_default();
        let others = (0..).zip(entries).filter(|it| it.0 != main).map(|it| it.1);
        for other in others.chain(inits) {
            if image.is_some() && self.image_of(other) == image {
                self.give_image(other);
                self.leave(other.0, "another container of the same image: it gets the experiment's image too", || {
                    "check that this image has what it runs, or give it an image of its own".to_owned()
                });
            } else {
                self.leave(other.0, "another container, left as it is", || {
                    "if it runs the script, give it the image `{{ .Values.experimentImage | quote }}`".to_owned()
                });
            }
        }
    }

    /// Returns where the containers of the list `key` of a pod's `spec` begin and end.
    fn entries(&self, key: &str, spec: usize, end: usize) -> Vec<(usize, usize)> {
        let Some(list) = self.list(key, spec, end) else { return Vec::new() };
        let list_end = self.lines.block_end(list, self.lines.block_end(spec, end));
        let Some(first) = (list + 1..list_end).find(|it| self.lines.is_entry(*it)) else { return Vec::new() };
        let dash = self.lines.indent(first);
        let is_entry = |it: &usize| self.lines.is_entry(*it) && self.lines.indent(*it) == dash;
        let starts: Vec<usize> = (first..list_end).filter(is_entry).collect();
        let ends = starts.iter().skip(1).copied().chain([list_end]);
        starts.iter().copied().zip(ends).collect()
    }

    /// Returns the line of the list `key` of a pod's `spec`.
    fn list(&self, key: &str, spec: usize, end: usize) -> Option<usize> {
        let is_list = |it: &usize| self.lines.0[*it].trim().strip_suffix(':') == Some(key);
        (spec + 1..self.lines.block_end(spec, end)).find(is_list)
    }

    fn image_line(&self, (first, end): (usize, usize)) -> Option<usize> {
        let line = self.lines.0[first];
        self.lines.key("image", line.len() - line.trim_start_matches([' ', '-']).len(), first, end)
    }

    fn image_of(&self, container: (usize, usize)) -> Option<&'t str> {
        self.image_line(container).map(|it| self.lines.value(it))
    }

    fn give_image(&mut self, container: (usize, usize)) {
        if let Some(image) = self.image_line(container) {
            self.edits.replace(image, self.lines.with_value(image, "{{ $.Values.experimentImage | quote }}"));
        }
    }

    fn container(&mut self, first: usize, end: usize) {
        let line = self.lines.0[first];
        let keys = line.len() - line.trim_start_matches([' ', '-']).len();
        let Some(image) = self.image_line((first, end)) else {
            return self.leave(first, "the container's image was not found", || {
                "give it `image: {{ .Values.experimentImage | quote }}`".to_owned()
            });
        };
        self.give_image((first, end));
        let name = self.name;
        let include = |what: &str| format!("{:keys$}{{{{- include \"{name}.{what}\" $ | nindent {keys} }}}}", "");
        let (command, args) = (self.lines.key("command", keys, first, end), self.lines.key("args", keys, first, end));
        match (command, args) {
            (None, None) => self.edits.insert_after(image, include("command")),
            (Some(command), None) => {
                self.edits.insert_after(image, include("args"));
                self.leave(command, "the container's own command gets the script and its arguments", || {
                    "check that it takes them; a shell (`sh -c`) would lose them".to_owned()
                });
            }
            (_, Some(args)) => self.leave(args, "the container has arguments of its own", || {
                format!("put `{}` in their place", include("args").trim())
            }),
        }
    }

    /// Returns how many pods the workload makes, as far as its text and the values tell.
    fn replicas(&mut self, workload: &Workload, values: &Map<String, Value>) -> u64 {
        let at = workload.at;
        let beside = self.lines.indent(at);
        let start = (0..at).rev().find(|it| self.lines.is_yaml(*it) && self.lines.indent(*it) < beside);
        let start = start.map_or(0, |it| it + 1);
        let end = self.lines.block_end(start.saturating_sub(1), self.lines.0.len());
        let key = |key: &str| self.lines.key(key, beside, start, end);
        let Some(line) = key("replicas").or_else(|| key("parallelism")) else { return 1 };
        let text = self.lines.value(line);
        let from_values = || {
            let path = text.strip_prefix("{{")?.strip_suffix("}}")?.trim_matches('-').trim();
            let path = path.trim_start_matches('$').strip_prefix(".Values.")?;
            let mut parts = path.split('.');
            let first = values.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part))?.as_u64()
        };
        if let Some(count) = text.parse().ok().or_else(from_values).filter(|it| *it > 0) {
            return count;
        }
        self.leave(line, "how many pods there are cannot be told: podCount takes them for 1", || {
            "set `podCount` in charts/values.yaml to their number".to_owned()
        });
        1
    }
}

/// Returns the number behind `nindent` in a Go action.
fn nindent(action: &str) -> Option<usize> {
    let rest = action.split("nindent ").nth(1)?;
    rest[..rest.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}

/// Tells whether an image is the one that the chart's values name.
pub(super) fn is_own_image(text: &str) -> bool {
    text.contains(".Values.image") || text.contains(".image\"")
}
