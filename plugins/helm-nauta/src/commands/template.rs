//! `helm nauta template`

use shared::base::failure::CommandError;
use shared::helm::flags::Verb;
use shared::term::Terminal;

use super::wrap;
use crate::helm_flags::{HelmFlags, Wrapped};
use crate::rendering::RenderFlags;
use crate::session::Session;

/// Show the manifests of an experiment: helm template with its values
///
/// No cluster is asked. Output and exit code are Helm's. The runs of a sweep come one after the other.
#[derive(Debug, clap::Args)]
pub(crate) struct TemplateArgs {
    #[command(flatten)]
    render: RenderFlags,
    #[command(flatten)]
    helm: HelmFlags<Template>,
}

/// `helm template`
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template;

impl Wrapped for Template {
    const VERB: Verb = Verb::Template;
}

pub(crate) fn cmd_template(args: &TemplateArgs, session: &Session, term: &mut Terminal) -> Result<(), CommandError> {
    wrap::cmd_wrap(&args.render, &args.helm, wrap::USUAL_PARALLEL, session, term)
}
