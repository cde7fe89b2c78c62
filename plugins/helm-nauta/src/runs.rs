//! The runs of an experiment: each one rendered, and what is worth saying about them, said once.

use std::collections::HashMap;

use serde_json::{Map, Value};
use shared::base::failure::{CommandError, Failure as _};
use shared::base::progress::Progress;
use shared::edge::locate::LocatedPack;
use shared::edge::sandbox;
use shared::experiment::sweep::Run;
use shared::jinja::inspect::{self, Inspection};
use shared::pack::chart::VALUES_FILE;
use shared::pack::placeholder::Placeholders;
use shared::pack::values::{self, Overrides, RenderedPack, Warning};
use shared::term::Terminal;

use crate::rendering::RenderError;

/// An experiment, rendered.
#[derive(Debug)]
pub(crate) struct Experiment {
    /// The pack that was rendered.
    pub(crate) pack: LocatedPack,
    /// Whether the runs are those of a sweep, be it one of a single run.
    pub(crate) is_sweep: bool,
    /// The runs, in order.
    pub(crate) runs: Vec<RenderedRun>,
}

/// One run, rendered.
#[derive(Debug)]
pub(crate) struct RenderedRun {
    /// Its number in the sweep, from 1.
    pub(crate) number: usize,
    /// Its name, which is the release's.
    pub(crate) name: String,
    /// What goes into the chart's values.yaml.
    pub(crate) values: Value,
}

/// A pack and all that its runs have in common.
pub(crate) struct Template {
    pack: LocatedPack,
    source: String,
    inspection: Inspection,
    placeholders: Placeholders,
    overrides: Overrides,
}

impl Template {
    pub(crate) fn new(
        pack: LocatedPack,
        placeholders: Placeholders,
        overrides: Overrides,
    ) -> Result<Self, RenderError> {
        let source = pack.tree.text(VALUES_FILE).ok_or_else(|| RenderError::NoValues(pack.name.clone()))?.to_owned();
        let inspection = inspect::inspect(&source);
        Ok(Self { pack, source, inspection, placeholders, overrides })
    }

    pub(crate) fn into_pack(self) -> LocatedPack {
        self.pack
    }

    /// Renders the runs with their numbers; the first fault ends it.
    pub(crate) fn render_all(
        &self,
        runs: &[(usize, Run)],
        progress: &dyn Progress,
    ) -> Result<(Vec<RenderedRun>, Told), CommandError> {
        let total = u64::try_from(runs.len()).ok();
        let mut told = Told::default();
        let mut rendered = Vec::with_capacity(runs.len());
        progress.begin("rendering the runs", total);
        for ((number, run), done) in runs.iter().zip(1..) {
            let result = self.render(run);
            if result.is_err() {
                progress.end();
            }
            let (values, warnings) = result?;
            told.note(&run.name, warnings);
            rendered.push(RenderedRun { number: *number, name: run.name.clone(), values: Value::Object(values) });
            progress.advance(done, total);
        }
        progress.end();
        Ok((rendered, told))
    }

    /// Renders the values text for one run and completes the values.
    fn render(&self, run: &Run) -> Result<(Map<String, Value>, Vec<Warning>), CommandError> {
        let Self { pack, source, inspection, overrides, .. } = self;
        let mut placeholders = self.placeholders.clone();
        placeholders.command_line.extend(run.args.iter().cloned());
        let rendered = sandbox::render(VALUES_FILE, source, placeholders.context(), inspection)?;
        let mut values = values::parse(&pack.name, &rendered.text, |it| rendered.tokens.restore_map(it))?;
        let described = RenderedPack { name: &pack.name, tree: &pack.tree, chart: &pack.chart };
        let names = inspection.names.iter().map(|it| (it.parts.as_slice(), it.line, it.column));
        let mut warnings = values::unknown_placeholders(names);
        warnings.extend(values::complete(described, &mut values, overrides)?);
        let takes_arguments =
            inspection.names.iter().any(|it| it.parts.get(1).is_some_and(|name| name == "CommandLine"));
        warnings.extend(values::argument_warnings(described, takes_arguments, &values, &placeholders.command_line));
        Ok((values, warnings))
    }
}

/// The warnings of all runs, each different one once.
#[derive(Debug, Default)]
pub(crate) struct Told {
    warnings: Vec<Noted>,
    places: HashMap<String, usize>,
}

#[derive(Debug)]
struct Noted {
    warning: Warning,
    first_run: String,
    runs: usize,
}

impl Told {
    fn note(&mut self, run: &str, mut warnings: Vec<Warning>) {
        warnings.dedup();
        for warning in warnings {
            let next = self.warnings.len();
            let place = *self.places.entry(warning.to_string()).or_insert(next);
            match self.warnings.get_mut(place) {
                Some(noted) => noted.runs += 1,
                None => self.warnings.push(Noted { warning, first_run: run.to_owned(), runs: 1 }),
            }
        }
    }

    /// Says the warnings, naming the runs where they are not all; with `strict` each is an error.
    pub(crate) fn settle(self, runs: usize, strict: bool, terminal: &mut Terminal) -> Result<(), CommandError> {
        if strict && !self.warnings.is_empty() {
            return CommandError::all(self.warnings.into_iter().map(|it| it.warning).collect()).map_or(Ok(()), Err);
        }
        for Noted { warning, first_run, runs: with_it } in self.warnings {
            match with_it {
                all if all == runs => terminal.warn(&warning),
                1 => terminal.warn(format_args!("{first_run}: {warning}")),
                some => terminal.warn(format_args!("{first_run} and {} more runs: {warning}", some - 1)),
            }
            if let Some(hint) = warning.hint() {
                terminal.note(hint);
            }
        }
        Ok(())
    }
}
