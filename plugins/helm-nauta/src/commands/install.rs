//! `helm nauta install`

use shared::base::failure::CommandError;
use shared::helm::flags::Verb;
use shared::term::Terminal;

use super::wrap::{self, ParallelFlags};
use crate::helm_flags::{HelmFlags, Wrapped};
use crate::rendering::RenderFlags;
use crate::session::Session;

/// Start an experiment: helm install with its values
///
/// The release is called NAME. Output, prompts and exit code are Helm's. A sweep makes a release per run; one that
/// fails does not stop the others.
#[derive(Debug, clap::Args)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    render: RenderFlags,
    #[command(flatten)]
    sweep: ParallelFlags,
    #[command(flatten)]
    helm: HelmFlags<Install>,
}

/// `helm install`
#[derive(Debug, Clone, Copy)]
pub(crate) struct Install;

impl Wrapped for Install {
    const VERB: Verb = Verb::Install;
}

pub(crate) fn cmd_install(args: &InstallArgs, session: &Session, term: &mut Terminal) -> Result<(), CommandError> {
    wrap::cmd_wrap(&args.render, &args.helm, args.sweep.parallel, session, term)
}
