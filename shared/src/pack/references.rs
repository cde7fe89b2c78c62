//! Which values a chart's templates read.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::chart::Chart;
use super::gotemplate::{Segment, segments, templates, values_paths};
use super::tree::PackTree;

/// The values that a chart reads, by dotted path.
#[derive(Debug, Clone, Default)]
pub struct References {
    everything: bool,
    paths: BTreeSet<Vec<String>>,
}

impl References {
    /// Looks through the chart's own templates; what belongs to a subchart counts as read.
    pub fn of(tree: &PackTree, chart: &Chart) -> Self {
        let mut found = Self::default();
        for (_, template) in templates(tree) {
            for (_, segment) in segments(template) {
                let Segment::Action(action) = segment else { continue };
                for path in values_paths(action) {
                    found.everything |= path.first().is_none_or(|it| it == "AsMap");
                    found.paths.insert(path);
                }
            }
        }
        let subcharts = tree.files().filter_map(|(path, _)| path.strip_prefix("charts/charts/")?.split('/').next());
        let owned = subcharts.map(str::to_owned).chain(chart.dependencies.iter().cloned()).chain(["global".to_owned()]);
        found.paths.extend(owned.map(|it| vec![it]));
        found
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
