//! What `template`, `install` and `upgrade` have in common: render, stage, hand over to Helm, clean up.

use shared::base::failure::CommandError;
use shared::edge::helm::HelmError;
use shared::edge::signals::Signals;
use shared::edge::staging::StagedChart;
use shared::experiment::name;
use shared::helm::call::Call;
use shared::pack::stage::{self, StageError};
use shared::term::Terminal;

use crate::helm_flags::{HelmFlags, Wrapped};
use crate::rendering::{self, RenderFlags, Rendered};
use crate::session::Session;

/// Runs the wrapped command on the rendered pack; the staged chart is gone when this returns.
pub(super) fn cmd_wrap<W: Wrapped>(
    render: &RenderFlags,
    flags: &HelmFlags<W>,
    session: &Session,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let rendered = rendering::render(render, session, term)?;
    let mut call = Call {
        verb: W::VERB,
        release: rendered.experiment.clone(),
        chart: std::path::PathBuf::new(),
        flags: session.global_words().iter().chain(flags.words()).cloned().collect(),
    };
    check_dependencies(&rendered, &call)?;
    warn_of_misread_name(&rendered, term);
    let files = stage::staged_chart(&rendered.pack.tree, &rendered.values)?;
    // From here on no signal ends us before the staged chart is gone.
    let signals = Signals::note().map_err(HelmError::Signals)?;
    let staged = StagedChart::write(&rendered.pack.chart.name, &files)?;
    staged.path().clone_into(&mut call.chart);
    let code = session.helm().run(&call, signals)?;
    drop(staged);
    if code == 0 { Ok(()) } else { Err(CommandError::Exit(code)) }
}

fn check_dependencies(rendered: &Rendered, call: &Call) -> Result<(), StageError> {
    let pack = &rendered.pack;
    let charts = stage::missing_dependencies(&pack.chart, &pack.tree);
    if charts.is_empty() || call.has_switch("dependency-update") {
        return Ok(());
    }
    let remedy = pack.folder.as_ref().map(|it| format!("helm dependency update {}", it.join("charts").display()));
    Err(StageError::MissingDependencies { pack: pack.name.clone(), charts, remedy })
}

fn warn_of_misread_name(rendered: &Rendered, term: &mut Terminal) {
    let experiment = &rendered.experiment;
    if !name::is_misread_bare(experiment) {
        return;
    }
    if let Some(template) = stage::bare_release_name(&rendered.pack.tree) {
        term.warn(format_args!(
            "the chart prints the name `{experiment}` bare, and Kubernetes reads that as no text ({template}): \
             choose another name"
        ));
    }
}
