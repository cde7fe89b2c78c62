//! Whether somebody is behind a Service.

use std::ops::ControlFlow;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use shared::base::failure::CommandError;
use shared::base::progress::Progress as _;
use shared::edge::board;
use shared::edge::clock;
use shared::edge::cluster::{Change, Cluster, ClusterError, Query, Resource, Right, Scope, Watch, WatchEvent};
use shared::term::Terminal;
use shared::tfjob::board::is_rolled_out;
use shared::tfjob::endpoints::ready_endpoints;
use shared::tfjob::service::Found;

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

/// Returns how many endpoints are ready; waits for the first one until `deadline`.
///
/// # Errors
///
/// Fails if the server cannot be asked, or if the wait is interrupted. A missing right is only worth a word.
pub(super) fn await_endpoint(
    service: &Found,
    deadline: Option<Timestamp>,
    cluster: &Cluster,
    term: &mut Terminal,
) -> Result<Readiness, CommandError> {
    let port = service.port.clone()?;
    let Some(deadline) = deadline else {
        return match cluster.get(&Resource::endpoints(), &service.namespace, &service.name) {
            Ok(endpoints) => Ok(Readiness::Endpoints(ready_endpoints(&[endpoints], &port))),
            Err(error) if error.is_not_found() => Ok(Readiness::Endpoints(0)),
            Err(error) => unknown(error, term),
        };
    };
    let what = format!("a ready endpoint of service {}", service.name);
    let wait = Wait { resource: Resource::endpoints(), namespace: &service.namespace, name: &service.name, deadline };
    let mut count = 0;
    let mut look = |it: Option<&Value>| {
        count = it.map_or(0, |it| ready_endpoints(std::slice::from_ref(it), &port));
        count > 0
    };
    let seen = wait.until(&what, &mut look, cluster, term)?;
    // Who may list and not watch has been told how it stands.
    seen.forbidden.filter(|_| !seen.is_listed).map_or(Ok(Readiness::Endpoints(count)), |it| unknown(it, term))
}

/// Waits until `deadline` for the pod that a changed Deployment asks for, and tells whether it is there. Who may not
/// watch Deployments is told that it is: the endpoints have to do.
///
/// # Errors
///
/// Fails if the server cannot be asked, or if the wait is interrupted.
pub(super) fn await_rollout(
    deployment: &Value,
    deadline: Option<Timestamp>,
    cluster: &Cluster,
    term: &mut Terminal,
) -> Result<bool, CommandError> {
    let Some(deadline) = deadline else { return Ok(is_rolled_out(deployment)) };
    let text = |key: &str| deployment["metadata"][key].as_str().unwrap_or_default();
    let (namespace, name) = (text("namespace"), text("name"));
    let wait = Wait { resource: board::deployments(), namespace, name, deadline };
    let mut is_there = false;
    let mut look = |it: Option<&Value>| {
        is_there = it.is_some_and(is_rolled_out);
        is_there
    };
    let seen = wait.until(&format!("the new pod of deployment {name}"), &mut look, cluster, term)?;
    Ok(is_there || seen.forbidden.is_some())
}

/// A wait for one object.
struct Wait<'a> {
    resource: Resource,
    namespace: &'a str,
    name: &'a str,
    deadline: Timestamp,
}

/// What came of a wait.
#[derive(Default)]
struct Seen {
    /// Whether the object was looked for at all.
    is_listed: bool,
    /// Why no change of it can be seen.
    forbidden: Option<ClusterError>,
}

impl Wait<'_> {
    /// Shows the object to `look`, or that there is none, until that is content or the time is up.
    fn until(
        self,
        what: &str,
        look: &mut dyn FnMut(Option<&Value>) -> bool,
        cluster: &Cluster,
        term: &mut Terminal,
    ) -> Result<Seen, CommandError> {
        let (resource, scope) = (self.resource, Scope::Namespace(self.namespace));
        let query = Query::fields(&format!("metadata.name={}", self.name));
        let progress = term.progress();
        progress.begin(&format!("waiting for {what}"), None);
        let mut end = Ok(());
        let (mut is_content, mut seen) = (false, Seen::default());
        cluster.watch(&[Watch { resource, scope, query }], Some(TICK), &mut |event| {
            match event {
                WatchEvent::Of { kind: Change::Applied(object), .. } => is_content = look(Some(&object)),
                WatchEvent::Of { kind: Change::Restarted | Change::Deleted(_), .. } => is_content = look(None),
                WatchEvent::Of { kind: Change::Forbidden(error), .. } => seen.forbidden = Some(error),
                WatchEvent::Of { kind: Change::Synced, .. } => seen.is_listed = true,
                WatchEvent::Interrupted => end = Err(CommandError::Exit(1)),
                WatchEvent::Tick if clock::now_exactly() >= self.deadline => return ControlFlow::Break(()),
                WatchEvent::Tick => {}
            }
            let is_over = is_content || end.is_err() || seen.forbidden.is_some();
            if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        progress.end();
        end.map(|()| seen)
    }
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
