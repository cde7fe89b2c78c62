//! The containers of a pod: one runs the experiment, with its image and its command line.

use super::workload::{File, Workload, is_own_image, nindent};

/// The lines of a container.
type Place = (usize, usize);

impl File<'_, '_> {
    /// Steps 3 and 5: the container of the chart's own image gets the experiment's image and the command line; others
    /// of the same image get the image.
    pub(super) fn containers(&mut self, workload: &Workload) {
        let Workload { start, at, end, indent, .. } = *workload;
        let spec = self.lines.key("spec", indent, start, end);
        let entries = spec.map(|it| self.entries("containers", it, end)).unwrap_or_default();
        if entries.is_empty() {
            let list = spec.and_then(|it| self.list("containers", it, end)).or(spec).unwrap_or(at);
            let remedy = format!(
                "give the one that runs the script `image: {}`, and below it `{}` at the depth of its keys",
                self.image_value(),
                self.include("command", 10)
            );
            let is_flow = self.lines.value(list).starts_with(['[', '{']) && !self.lines.value(list).starts_with("{{");
            let how = if is_flow { "written on one line" } else { "described elsewhere" };
            return self.fault(list, &format!("the containers are {how}"), remedy);
        }
        let is_own = |it: &Place| self.image_of(*it).is_some_and(|it| is_own_image(&it));
        let main = entries.iter().position(is_own).unwrap_or(0);
        let image = self.image_of(entries[main]);
        self.main_container(entries[main]);
        let inits = spec.map(|it| self.entries("initContainers", it, end)).unwrap_or_default();
        let others = (0..).zip(entries).filter(|it| it.0 != main).map(|it| it.1);
        for other in others.chain(inits) {
            self.other_container(other, image.is_some() && self.image_of(other) == image);
        }
    }

    fn other_container(&mut self, other: Place, is_same: bool) {
        let what = if is_same && self.give_image(other).is_some() {
            ("another container of the same image: it gets the experiment's image too", {
                "check that this image has what it runs, or give it an image of its own".to_owned()
            })
        } else {
            (
                "another container, left as it is",
                format!("if it runs the script, give it the image `{}`", self.image_value()),
            )
        };
        self.leave(other.0, what.0, what.1);
    }

    /// Returns where the containers of the list `key` of a pod's `spec` begin and end.
    fn entries(&self, key: &str, spec: usize, end: usize) -> Vec<Place> {
        let Some(list) = self.list(key, spec, end) else { return Vec::new() };
        let list_end = self.lines.block_end(list, self.lines.block_end(spec, end));
        let Some(first) = self.lines.next_yaml(list, list_end) else { return Vec::new() };
        let dash = self.lines.indent(first);
        let is_entry = |it: &usize| self.lines.is_entry(*it) && self.lines.indent(*it) == dash;
        let starts: Vec<usize> = (first..list_end).filter(is_entry).collect();
        let ends = starts.iter().skip(1).copied().chain([list_end]);
        starts.iter().copied().zip(ends).collect()
    }

    /// Returns the line of the list `key` of a pod's `spec`.
    fn list(&self, key: &str, spec: usize, end: usize) -> Option<usize> {
        let end = self.lines.block_end(spec, end);
        let inside = self.lines.next_yaml(spec, end).map(|it| self.lines.indent(it))?;
        self.lines.key(key, inside, spec + 1, end)
    }

    fn images(&self, (first, end): Place) -> Vec<usize> {
        self.lines.all_keys("image", self.lines.entry_keys(first, end), first, end)
    }

    fn image_of(&self, place: Place) -> Option<String> {
        let text = |at: usize| {
            let end = self.lines.value_end(at, place.1).unwrap_or(at + 1);
            let rest = self.lines.all[at + 1..end].iter().map(|it| it.trim());
            [self.lines.value(at)].into_iter().chain(rest).collect::<Vec<_>>().join("\n")
        };
        let images: Vec<String> = self.images(place).into_iter().map(text).collect();
        (!images.is_empty()).then(|| images.join("\n"))
    }

    fn image_value(&self) -> String {
        format!("{{{{ $.Values.{} | quote }}}}", self.image)
    }

    fn include(&self, what: &str, keys: usize) -> String {
        format!("{{{{- include \"{}.{what}\" $ | nindent {keys} }}}}", self.name)
    }

    /// Gives a container the experiment's image wherever its own stands, and returns those lines.
    ///
    /// `None`, and nothing is changed, where one of them was not recognised.
    fn give_image(&mut self, place: Place) -> Option<Vec<usize>> {
        // `{{ if … }}image: …{{ end }}` on one line is no line of YAML.
        let is_odd = |it: &usize| {
            let line = self.lines.all[*it].trim_start();
            line.starts_with("{{") && line.split("}}").skip(1).any(|it| it.trim_start().starts_with("image:"))
        };
        if (place.0..place.1).any(|it| is_odd(&it)) {
            return None;
        }
        let images = self.images(place);
        let ends: Option<Vec<usize>> = images.iter().map(|it| self.lines.value_end(*it, place.1)).collect();
        for (at, end) in images.iter().zip(ends?) {
            let line = self.lines.with_value(*at, &self.image_value());
            self.edits.replace_all(*at, end, line);
        }
        (!images.is_empty()).then_some(images)
    }

    fn main_container(&mut self, place: Place) {
        let (first, end) = place;
        let keys = self.lines.entry_keys(first, end);
        let whole = self.include("command", keys);
        let (command, args) = (self.lines.key("command", keys, first, end), self.lines.key("args", keys, first, end));
        let Some(images) = self.give_image(place) else {
            let at = self.images(place).first().copied();
            let how = if at.is_some() { "is written in a way that was not recognised" } else { "was not found" };
            let remedy = format!("give it `image: {}`, and below it `{whole}`", self.image_value());
            return self.fault(at.unwrap_or(first), &format!("the container's image {how}"), remedy);
        };
        let mut added = Some("args");
        match (command, args) {
            (None, None) => added = Some("command"),
            (Some(at), _) if is_shell(&self.lines.text_of(at, end)) => {
                let what = "the container's own command is a shell's line, which loses the script and its arguments";
                let also = if args.is_some() { ", and in that of its `args`" } else { "" };
                self.fault(at, what, format!("put `{whole}` in its place{also}"));
                added = None;
            }
            (_, Some(args)) => {
                let needed = if command.is_some() { self.include("args", keys) } else { whole };
                self.fault(args, "the container has arguments of its own", format!("put `{needed}` in their place"));
                added = None;
            }
            (Some(at), None) if self.is_conditional(at, first) => {
                let what = "the container's own command stands under a condition: without it, nothing runs the script";
                self.fault(at, what, format!("put `{whole}` in its place"));
                added = None;
            }
            (Some(at), None) => {
                let what = "the container's own command gets the script and its arguments";
                self.leave(at, what, "check that it takes them");
            }
        }
        for at in images.into_iter().filter(|_| added.is_some()) {
            let line = format!("{:keys$}{}", "", self.include(added.unwrap_or_default(), keys));
            self.edits.insert_after(at, line);
        }
        self.repeated_container(place);
        let prints_keys = |it: &str| it.trim_start().starts_with("{{") && nindent(it) == Some(keys);
        if self.lines.all[first..end].iter().any(|it| prints_keys(it)) {
            let what = "an action prints more of the container: it may hold a command or arguments of its own";
            self.leave(first, what, "see that it holds none");
        }
    }

    /// Notes a container that a `range` makes more than once.
    fn repeated_container(&mut self, (first, _): Place) {
        let range = self.blocks.iter().rfind(|it| it.keyword == "range" && it.is_around(first)).map(|it| it.start);
        let list = (0..first).rev().find(|it| self.lines.all[*it].trim_start().starts_with("containers:"));
        if let Some(at) = range.filter(|it| list.is_some_and(|list| list < *it)) {
            let what = "the container that runs the experiment is made once for each item";
            self.leave(at, what, "take it out of the `range`, unless each pod is to run the script more than once");
        }
    }
}

/// Tells whether a command is a line for a shell: `sh -c "…"`.
fn is_shell(command: &str) -> bool {
    let words = || command.split(|c: char| c.is_whitespace() || "[],\"'".contains(c)).filter(|it| !it.is_empty());
    let is_shell = |it: &str| matches!(it.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "zsh" | "ksh"));
    let is_line = |it: &str| it.len() < 6 && !it.starts_with("--") && it.starts_with('-') && it.ends_with('c');
    words().any(is_shell) && words().any(is_line)
}

#[cfg(test)]
mod tests {
    use super::is_shell;

    #[test]
    fn shells_are_told_from_programs() {
        for (command, expected) in [
            ("command: [\"/bin/sh\", \"-c\", \"python main.py\"]", true),
            ("command:\n- bash\n- -ec\n- |\n  x", true),
            ("command: [sh, start.sh]", false),
            ("command: [python, -c, x]", false),
        ] {
            assert_eq!(is_shell(command), expected, "{command}");
        }
    }
}
