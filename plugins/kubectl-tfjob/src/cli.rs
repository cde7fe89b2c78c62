//! The command line as a whole; each command's own arguments stand beside its code.

use shared::edge::cluster::ClusterFlags;
use shared::term::flags::TermFlags;

use crate::commands::Command;

/// Tell what TFJobs are doing, of every API version, on any cluster
///
/// One model over all shapes that TFJobs ever had: mlkube.io, tensorflow.org, kubeflow.org from v1alpha1 to v1, and
/// KubeDL's. A job is written NAME, tfjob/NAME, or tfjobs.GROUP/NAME where two API groups hold the same name.
#[derive(Debug, clap::Parser)]
#[command(name = "kubectl-tfjob", version, propagate_version = false, arg_required_else_help = true)]
#[command(after_help = "Examples:
  kubectl tfjob list -A
  kubectl tfjob status mnist
  kubectl tfjob wait mnist --for succeeded --timeout 30m
  kubectl tfjob status -f job.yaml")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) cluster: ClusterFlags,
    #[command(flatten)]
    pub(crate) term: TermFlags,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
