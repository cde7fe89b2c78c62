//! The command line as clap sees it.

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use shared::term::flags::TermFlags;

use crate::commands::install::InstallArgs;
use crate::commands::render::RenderArgs;
use crate::commands::template::TemplateArgs;
use crate::commands::upgrade::UpgradeArgs;
use crate::helm_flags::GlobalFlags;
use crate::session::Caller;

/// What Helm does to arguments, told in the help of every command that takes them.
pub(crate) const ABOUT_ARGUMENTS: &str = "\
Arguments:
  Every word after `--` is the script's and reaches the container exactly as typed.

  Helm takes its own global flags (--debug, -n, --namespace, --kubeconfig, --kube-…, --registry-config, --repository-…)
  and empty words out of a plugin's command line, also after `--`. Started by Helm, this program therefore reads Helm's
  own command line from the system; where it cannot be sure of it, it refuses. Two spellings never pass through Helm's
  hands:
      --script-arg=WORD     one argument; may be repeated
      --args-file FILE      a JSON array of strings; `-` is standard input
  Calling `helm-nauta` directly loses nothing either.";

/// Run experiments from template packs with Helm
///
/// Renders a pack's values for one experiment and hands the chart to your own Helm 3 or Helm 4 (`$HELM_BIN`, else `helm`).
/// NAME is the experiment and the release; PACK is an installed pack, a path, or a built-in pack.
#[derive(Debug, Parser)]
#[command(name = "helm-nauta", version, no_binary_name = true, after_long_help = ABOUT_ARGUMENTS)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) term: TermFlags,
    #[command(flatten)]
    pub(crate) global: GlobalFlags,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done with a pack.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(after_long_help = ABOUT_ARGUMENTS)]
    Render(RenderArgs),
    #[command(after_long_help = ABOUT_ARGUMENTS)]
    Template(TemplateArgs),
    #[command(after_long_help = ABOUT_ARGUMENTS)]
    Install(InstallArgs),
    #[command(after_long_help = ABOUT_ARGUMENTS)]
    Upgrade(UpgradeArgs),
}

impl Cli {
    /// Reads `words`, which do not begin with the program's name.
    pub(crate) fn parse(caller: &Caller, words: &[String]) -> Result<Self, clap::Error> {
        let mut command = Self::command().bin_name(caller.program());
        let mut matches = command.try_get_matches_from_mut(words)?;
        Self::from_arg_matches_mut(&mut matches).map_err(|it| it.format(&mut command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_may_stand_before_and_behind_the_command() {
        let words = ["--qps", "5", "template", "-nfoo", "e", "p", "--debug=true", "--", "-n", "4"];
        let cli = Cli::parse(&Caller::Other, &words.map(str::to_owned)).unwrap();
        assert_eq!(cli.global.value("namespace"), Some("foo"));
        let mut handed_on = cli.global.words().to_vec();
        handed_on.sort();
        assert_eq!(handed_on, ["--debug=true", "--namespace", "--qps", "5", "foo"]);
    }
}
