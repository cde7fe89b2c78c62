//! `helm nauta upgrade`

use shared::base::failure::CommandError;
use shared::helm::flags::Verb;
use shared::term::Terminal;

use super::wrap::{self, ParallelFlags};
use crate::helm_flags::{HelmFlags, Wrapped};
use crate::rendering::RenderFlags;
use crate::session::Session;

/// Change an experiment: helm upgrade with its values
///
/// With --install, an experiment that is not there yet is started. Output, prompts and exit code are Helm's.
#[derive(Debug, clap::Args)]
pub(crate) struct UpgradeArgs {
    #[command(flatten)]
    render: RenderFlags,
    #[command(flatten)]
    sweep: ParallelFlags,
    #[command(flatten)]
    helm: HelmFlags<Upgrade>,
}

/// `helm upgrade`
#[derive(Debug, Clone, Copy)]
pub(crate) struct Upgrade;

impl Wrapped for Upgrade {
    const VERB: Verb = Verb::Upgrade;
}

pub(crate) fn cmd_upgrade(args: &UpgradeArgs, session: &Session, term: &mut Terminal) -> Result<(), CommandError> {
    wrap::cmd_wrap(&args.render, &args.helm, args.sweep.parallel, session, term)
}
