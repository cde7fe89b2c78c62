//! Whether somebody is behind a Service.

use std::ops::ControlFlow;
use std::time::Duration;

use shared::base::failure::CommandError;
use shared::base::progress::Progress as _;
use shared::edge::clock;
use shared::edge::cluster::{Change, Cluster, ClusterError, Query, Resource, Right, Scope, Watch, WatchEvent};
use shared::term::Terminal;
use shared::tfjob::endpoints::ready_endpoints;
use shared::tfjob::service::Found;

use crate::duration::Patience;

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(100);

/// What is known of a Service's endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
    /// So many are ready.
    Endpoints(usize),
    /// They may not be read.
    Unknown,
}

impl Readiness {
    pub(super) fn count(self) -> Option<usize> {
        match self {
            Self::Endpoints(count) => Some(count),
            Self::Unknown => None,
        }
    }
}

/// Returns how many endpoints are ready; waits for the first one as long as `patience` lasts.
///
/// # Errors
///
/// Fails if the server cannot be asked, or if the wait is interrupted. A missing right is only worth a word.
pub(super) fn await_endpoint(
    service: &Found,
    patience: Option<Patience>,
    cluster: &Cluster,
    term: &mut Terminal,
) -> Result<Readiness, CommandError> {
    let port = service.port.clone()?;
    let Some(patience) = patience else {
        return match cluster.get(&Resource::endpoints(), &service.namespace, &service.name) {
            Ok(endpoints) => Ok(Readiness::Endpoints(ready_endpoints(&[endpoints], &port))),
            Err(error) if error.is_not_found() => Ok(Readiness::Endpoints(0)),
            Err(error) => unknown(error, term),
        };
    };
    let deadline = patience.after(clock::now_exactly());
    let (resource, scope) = (Resource::endpoints(), Scope::Namespace(&service.namespace));
    let query = Query::fields(&format!("metadata.name={}", service.name));
    let progress = term.progress();
    progress.begin(&format!("waiting for a ready endpoint of service {}", service.name), None);
    let mut count = 0;
    let mut end = Ok(());
    let (mut is_listed, mut forbidden) = (false, None);
    cluster.watch(&[Watch { resource, scope, query }], Some(TICK), &mut |event| {
        match event {
            WatchEvent::Of { kind: Change::Applied(object), .. } => count = ready_endpoints(&[object], &port),
            WatchEvent::Of { kind: Change::Restarted | Change::Deleted(_), .. } => count = 0,
            WatchEvent::Of { kind: Change::Forbidden(error), .. } => forbidden = Some(error),
            WatchEvent::Of { kind: Change::Synced, .. } => is_listed = true,
            WatchEvent::Interrupted => end = Err(CommandError::Exit(1)),
            WatchEvent::Tick if clock::now_exactly() >= deadline => return ControlFlow::Break(()),
            WatchEvent::Tick => {}
        }
        let is_over = count > 0 || end.is_err() || forbidden.is_some();
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    progress.end();
    end?;
    // Who may list and not watch has been told how it stands.
    forbidden.filter(|_| !is_listed).map_or(Ok(Readiness::Endpoints(count)), |it| unknown(it, term))
}

/// Says that nobody can tell.
fn unknown(error: ClusterError, term: &mut Terminal) -> Result<Readiness, CommandError> {
    if !error.is_forbidden() {
        return Err(error.into());
    }
    let right = error.missing_right().as_ref().map(Right::to_string).unwrap_or_default();
    term.warn(format!("whether it is ready is not known: endpoints are forbidden ({right})"));
    Ok(Readiness::Unknown)
}
