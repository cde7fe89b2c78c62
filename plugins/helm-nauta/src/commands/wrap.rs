//! What `template`, `install` and `upgrade` have in common: render, stage, hand over to Helm, clean up.

use std::path::PathBuf;

use shared::base::failure::CommandError;
use shared::edge::helm::HelmError;
use shared::edge::signals::Signals;
use shared::edge::staging::StagedChart;
use shared::experiment::name;
use shared::helm::call::Call;
use shared::pack::stage::{self, StageError};
use shared::term::Terminal;

use super::sweep;
use crate::helm_flags::{HelmFlags, Wrapped};
use crate::rendering::{self, RenderFlags};
use crate::runs::{Experiment, RenderedRun};
use crate::session::Session;

/// How many releases of a sweep are made at the same time.
pub(super) const USUAL_PARALLEL: u16 = 4;

/// The flags about the runs of a sweep.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ParallelFlags {
    /// Runs of a sweep that Helm works on at the same time
    #[arg(
        long,
        value_name = "N",
        default_value_t = USUAL_PARALLEL,
        value_parser = clap::value_parser!(u16).range(1..=256),
        help_heading = "Render flags"
    )]
    pub(crate) parallel: u16,
}

/// Runs the wrapped command on each run of the rendered pack; the staged charts are gone when this returns.
pub(super) fn cmd_wrap<W: Wrapped>(
    render: &RenderFlags,
    flags: &HelmFlags<W>,
    parallel: u16,
    session: &Session,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let experiment = rendering::render(render, session, term)?;
    let call = Call {
        verb: W::VERB,
        release: String::new(),
        chart: PathBuf::new(),
        flags: session.global_words().iter().chain(flags.words()).cloned().collect(),
    };
    check_dependencies(&experiment, &call)?;
    for run in &experiment.runs {
        warn_of_misread_name(&experiment, run, term);
    }
    match experiment.runs.as_slice() {
        [run] => one(&experiment, run, call, session),
        _ => sweep::several(&experiment, &call, usize::from(parallel), session, term),
    }
}

/// Runs Helm on our own streams.
fn one(experiment: &Experiment, run: &RenderedRun, call: Call, session: &Session) -> Result<(), CommandError> {
    // From here on no signal ends us before the staged chart is gone.
    let signals = Signals::note().map_err(HelmError::Signals)?;
    let (call, _chart) = staged(experiment, run, call)?;
    let code = session.helm().run(&call, signals)?;
    if code == 0 { Ok(()) } else { Err(CommandError::Exit(code)) }
}

/// Returns the call for one run, with its chart on disk for as long as the second value lives.
pub(super) fn staged(
    experiment: &Experiment,
    run: &RenderedRun,
    mut call: Call,
) -> Result<(Call, StagedChart), CommandError> {
    let files = stage::staged_chart(&experiment.pack.tree, &run.values)?;
    let chart = StagedChart::write(&experiment.pack.chart.name, &files)?;
    run.name.clone_into(&mut call.release);
    chart.path().clone_into(&mut call.chart);
    Ok((call, chart))
}

fn check_dependencies(experiment: &Experiment, call: &Call) -> Result<(), StageError> {
    let pack = &experiment.pack;
    let charts = stage::missing_dependencies(&pack.chart, &pack.tree);
    if charts.is_empty() || call.has_switch("dependency-update") {
        return Ok(());
    }
    let remedy = pack.folder.as_ref().map(|it| format!("helm dependency update {}", it.join("charts").display()));
    Err(StageError::MissingDependencies { pack: pack.name.clone(), charts, remedy })
}

fn warn_of_misread_name(experiment: &Experiment, run: &RenderedRun, term: &mut Terminal) {
    if !name::is_misread_bare(&run.name) {
        return;
    }
    if let Some(template) = stage::bare_release_name(&experiment.pack.tree) {
        term.warn(format_args!(
            "the chart prints the name `{}` bare, and Kubernetes reads that as no text ({template}): \
             choose another name",
            run.name
        ));
    }
}
