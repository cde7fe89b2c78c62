//! The command line as a whole; each command's own arguments stand beside its code.

use shared::term::flags::TermFlags;

use crate::commands::Command;

/// Find, install and look after template packs for machine learning on Kubernetes
///
/// A pack is a Helm chart whose values hold placeholders for an experiment's name, image and command line. Packs come
/// from zoos: git repositories, HTTP sites, folders, and the zoo that is built in. `helm nauta` deploys them.
#[derive(Debug, clap::Parser)]
#[command(name = "kubectl-pack", version, propagate_version = false, arg_required_else_help = true)]
#[command(after_help = "Examples:
  kubectl pack zoo add team https://git.example.org/team/packs.git
  kubectl pack list
  kubectl pack install tf-training-single
  kubectl pack upgrade --all")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
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
