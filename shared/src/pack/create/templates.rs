//! The templates of a chart as a pack has them: counted pods with the tracking label, and one container of each that
//! runs the experiment.

use serde_json::{Map, Value};

use super::blocks::{self, Block};
use super::count::Pods;
use super::text::{Edits, Lines};
use super::workload::{File, Workload, is_own_image};
use super::{Names, OpenPoint, elsewhere};
use crate::pack::gotemplate;
use crate::pack::tree::PackTree;

/// How many templates may call each other; those that call themselves have no end.
const DEEPEST: usize = 8;

/// What became of the templates.
#[derive(Default)]
pub(super) struct Converted {
    /// The files that changed.
    pub(super) texts: Vec<(String, String)>,
    /// How many pods there are to count.
    pub(super) pods: Pods,
}

/// Changes the templates of the chart below `charts/` and notes what must be left to their author.
pub(super) fn convert(
    names: &Names<'_>,
    pack: &PackTree,
    values: &Map<String, Value>,
    open: &mut Vec<OpenPoint>,
) -> Converted {
    let files = || pack.files().map(|(path, _)| path).filter(|it| is_template(it, "charts/templates/"));
    let mut workloads: Vec<Workload> =
        files().flat_map(|path| workloads(path, pack.text(path).unwrap_or_default(), pack)).collect();
    if !workloads.iter().any(|it| it.is_main)
        && let Some(first) = workloads.first_mut()
    {
        first.is_main = true;
    }
    let mut converted = Converted::default();
    let mut edited = Vec::new();
    let mut points = Vec::new();
    for path in files() {
        let text = pack.text(path).unwrap_or_default();
        let (lines, blocks) = (Lines::of(text), blocks::of(text));
        let (name, image, edits) = (names.pack, names.image, Edits::default());
        let mut file = File { name, image, path, lines, blocks, edits, open: &mut points };
        for workload in workloads.iter().filter(|it| it.file == path) {
            converted.pods.add(file.convert(workload, values));
        }
        if !file.edits.is_empty() {
            converted.texts.push((path.to_owned(), file.edits.applied(text)));
            edited.push((path, file.edits));
        }
    }
    converted.pods.add(elsewhere::note(names, pack, &workloads, values, &mut points));
    // The author has the pack before them, not the chart.
    for point in &mut points {
        if let Some((_, edits)) = edited.iter().find(|it| it.0 == point.file) {
            point.line = edits.moved(point.line - 1) + 1;
        }
    }
    open.append(&mut points);
    converted.pods.number = converted.pods.number.max(1);
    converted
}

/// Tells whether a file in the folder `below` holds objects.
pub(super) fn is_template(path: &str, below: &str) -> bool {
    let below = path.strip_prefix(below).unwrap_or_default();
    let is_yaml = [".yaml", ".yml", ".tpl"].iter().any(|it| below.ends_with(it));
    is_yaml && !below.starts_with("tests/")
}

/// Returns the places of a file where pods are described: `template:` with `spec:` below it, and bare pods.
pub(super) fn workloads(path: &str, text: &str, pack: &PackTree) -> Vec<Workload> {
    let (lines, blocks) = (Lines::of(text), blocks::of(text));
    let all = lines.all.len();
    let workload = |start: usize, at: usize, end: usize, indent: usize| {
        let image = lines.all[start..end].iter().filter(|it| it.trim_start_matches([' ', '-']).starts_with("image:"));
        let is_main = image.into_iter().any(|it| is_own_image(it));
        let foreign = foreign(at, &blocks, pack, 0);
        Workload { file: path.to_owned(), start, at, end, indent, is_main, foreign }
    };
    let mut found = Vec::new();
    for at in (0..all).filter(|it| lines.is_yaml(*it)) {
        let line = lines.all[at].split(" #").next().unwrap_or_default().trim_end();
        if line.trim_start() == "template:" {
            let end = lines.block_end(at, all);
            let child = lines.next_yaml(at, end).map(|it| lines.indent(it));
            let child = child.filter(|it| lines.key("spec", *it, at, end).is_some());
            found.extend(child.map(|it| workload(at, at, end, it)));
        } else if line == "kind: Pod" {
            let is_break = |it: &usize| lines.all[*it].starts_with("---");
            let start = (0..at).rev().find(is_break).map_or(0, |it| it + 1);
            found.push(workload(start, at, (at..all).find(is_break).unwrap_or(all), 0));
        }
    }
    found
}

/// Returns the name of the template that a line belongs to, if that is called with anything but the chart's own scope:
/// its `$` is no root.
fn foreign(line: usize, blocks: &[Block<'_>], pack: &PackTree, depth: usize) -> Option<String> {
    let define = blocks.iter().rfind(|it| it.keyword == "define" && it.is_around(line))?;
    let name = blocks::name(define.guard)?;
    let is_root = |(_, text): (&str, &str)| {
        let callers = blocks::of(text);
        blocks::calls(text, name).into_iter().all(|(line, argument)| {
            let is_item = callers.iter().any(|it| matches!(it.keyword, "range" | "with") && it.is_around(line));
            let is_scope = argument == "$" || (argument == "." && !is_item);
            is_scope && depth < DEEPEST && foreign(line, &callers, pack, depth + 1).is_none()
        })
    };
    (!gotemplate::templates(pack).all(is_root)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
