//! Local edits carried over to a new version of a pack: `upgrade --keep-edits`.

use shared::base::failure::{CommandError, Failure};
use shared::edge::base::read_base;
use shared::edge::installed::InstalledPack;
use shared::pack::chart::{CHART_FILE, Chart};
use shared::pack::merge::{Conflict, merge};
use shared::pack::tree::PackTree;

use crate::placing::Candidate;
use crate::session::with_causes;

/// Why edits were not carried over.
#[derive(Debug, thiserror::Error)]
enum KeepError {
    /// The pack cannot be read as it is now.
    #[error("the edits of pack `{name}` cannot be read: {reason}")]
    Unreadable { name: String, reason: String },
    /// One of the places where the edits and the new version disagree.
    #[error("pack `{name}`: {conflict}")]
    Conflict { name: String, conflict: Conflict, is_last: bool },
    /// The merged Chart.yaml says something wrong.
    #[error("pack `{name}`: {CHART_FILE} cannot be used once your edits are merged into it: {reason}")]
    Chart { name: String, reason: String },
}

impl Failure for KeepError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => {
                Some("`--overwrite` replaces it and keeps the edited pack as a backup".to_owned())
            }
            Self::Conflict { is_last: false, .. } => None,
            Self::Conflict { name, .. } => Some(format!(
                "nothing was changed; make these places as `kubectl pack diff {name} --available` shows them and try \
                 again, or `--overwrite` replaces the pack and keeps yours as a backup"
            )),
            Self::Chart { .. } => Some(format!("nothing was changed; mend {CHART_FILE} and try again")),
        }
    }
}

/// Returns the files of `candidate` with the local edits of the installed pack in them.
///
/// # Errors
///
/// Fails with all conflicts if there are any, and if nobody can tell what was edited.
pub(crate) fn merged(installed: &InstalledPack, candidate: &Candidate) -> Result<PackTree, CommandError> {
    let name = || candidate.name.clone();
    let base = read_base(installed)?;
    let ours = installed.tree.as_ref();
    let ours = ours.map_err(|it| KeepError::Unreadable { name: name(), reason: with_causes(it) })?;
    match merge(&base, ours, &candidate.taken.tree) {
        Ok(merged) => {
            let chart = Chart::read(&candidate.name, merged.text(CHART_FILE).unwrap_or_default());
            chart
                .and_then(|it| it.check_identity(&candidate.name))
                .map_err(|it| KeepError::Chart { name: name(), reason: with_causes(&it) })?;
            Ok(merged)
        }
        Err(conflicts) => {
            let last = conflicts.len() - 1;
            let fault = |(index, conflict)| KeepError::Conflict { name: name(), conflict, is_last: index == last };
            Err(CommandError::Failed(
                conflicts.into_iter().enumerate().map(|it| Box::new(fault(it)) as Box<dyn Failure>).collect(),
            ))
        }
    }
}
