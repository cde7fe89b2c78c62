//! Watches: what there is, then every change, through whatever happens to the server.

use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use kube::client::Body;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use super::error::{ClusterCause, ClusterError};
use super::list::{Page, complete, list, right};
use super::resource::{Query, Resource, Scope, with_parameters};
use super::session::{Call, Session, status};

/// How long the server shall keep a watch open.
const OPEN_SECONDS: u64 = 290;
/// How much longer than that nothing may come before the connection counts as dead.
const GRACE: Duration = Duration::from_secs(30);
/// The first wait after a failure; each one is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How often a watch that once worked may be forbidden: a server that starts does not know its rules at once.
const MOST_REFUSALS: u32 = 5;

/// What is to be watched.
#[derive(Debug, Clone)]
pub struct Watch<'a> {
    /// The kind of object.
    pub resource: Resource,
    /// Where.
    pub scope: Scope<'a>,
    /// Which of them.
    pub query: Query,
}

/// What a watch tells.
#[derive(Debug)]
pub enum WatchEvent {
    /// Something about one of the watches.
    Of {
        /// Which one, by its place.
        watch: usize,
        /// What happened.
        kind: Change,
    },
    /// The time that was asked for has passed again.
    Tick,
    /// Ctrl-C, or SIGTERM.
    Interrupted,
}

/// What happened in a watch.
#[derive(Debug)]
pub enum Change {
    /// The list begins anew: whatever was known is to be forgotten.
    Restarted,
    /// An object is there, or is as it is now.
    Applied(Value),
    /// An object is gone; this is how it was last.
    Deleted(Value),
    /// All that is there has been told.
    Synced,
    /// One is not allowed to watch this; nothing more comes.
    Forbidden(ClusterError),
}

/// One watch with all that it needs, and where its changes go.
pub(super) struct Watcher {
    pub(super) session: Session,
    pub(super) resource: Resource,
    pub(super) namespace: Option<String>,
    pub(super) query: Query,
    pub(super) watch: usize,
    pub(super) changes: Sender<(usize, Change)>,
}

/// Why a stream ended.
enum End {
    /// In good order, or with its connection: it goes on from the last version.
    Closed,
    /// Nobody listens any more.
    Unheard,
    Failed(ClusterError),
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    object: Value,
}

impl Watcher {
    /// Watches until nobody listens, or it is forbidden, or the first list fails.
    pub(super) async fn run(self) -> Result<(), ClusterError> {
        let mut version = match self.relist().await {
            Ok(Some(version)) => version,
            Ok(None) => return Ok(()),
            Err(error) => return self.give_up(error).await,
        };
        let (mut wait, mut refusals, mut worked) = (FIRST_WAIT, 0, false);
        loop {
            let begun = Instant::now();
            let end = self.stream(&mut version, &mut worked).await;
            let lasted = begun.elapsed() > Duration::from_secs(1);
            let mut error = match end {
                End::Unheard => return Ok(()),
                End::Closed if lasted => {
                    (wait, refusals) = (FIRST_WAIT, 0);
                    continue;
                }
                End::Closed => None,
                End::Failed(error) => Some(error),
            };
            if error.as_ref().is_some_and(ClusterError::is_gone) {
                match self.relist().await {
                    Ok(Some(it)) => {
                        version = it;
                        error = None;
                    }
                    Ok(None) => return Ok(()),
                    Err(it) => error = Some(it),
                }
            }
            if let Some(error) = error {
                refusals = if error.is_forbidden() { refusals + 1 } else { 0 };
                if error.is_forbidden() && (!worked || refusals > MOST_REFUSALS) {
                    return self.give_up(error).await;
                }
                if error.is_unauthorized() {
                    // What cannot be read now may be there after the next wait.
                    let _ = self.session.reload();
                }
            }
            if lasted {
                wait = FIRST_WAIT;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn give_up(&self, error: ClusterError) -> Result<(), ClusterError> {
        if !error.is_forbidden() {
            return Err(error);
        }
        self.tell(Change::Forbidden(error)).await;
        Ok(())
    }

    /// Sends a change; false when nobody listens.
    async fn tell(&self, change: Change) -> bool {
        self.changes.send((self.watch, change)).await.is_ok()
    }

    fn scope(&self) -> Scope<'_> {
        self.namespace.as_deref().map_or(Scope::All, Scope::Namespace)
    }

    /// Tells everything that is there; `None` when nobody listens.
    async fn relist(&self) -> Result<Option<String>, ClusterError> {
        let mut objects = Vec::new();
        let mut collect = |page| match page {
            Page::Items(items) => objects.extend(items),
            Page::Restarted => objects.clear(),
        };
        let version = list(&self.session, &self.resource, self.scope(), &self.query, &mut collect).await?;
        if !self.tell(Change::Restarted).await {
            return Ok(None);
        }
        for object in objects {
            if !self.tell(Change::Applied(object)).await {
                return Ok(None);
            }
        }
        Ok(self.tell(Change::Synced).await.then_some(version))
    }

    /// Follows changes from `version` on, and keeps it up to date.
    async fn stream(&self, version: &mut String, worked: &mut bool) -> End {
        let mut parameters = self.query.selectors();
        parameters.push(("watch", "true".to_owned()));
        parameters.push(("allowWatchBookmarks", "true".to_owned()));
        parameters.push(("resourceVersion", version.clone()));
        parameters.push(("timeoutSeconds", OPEN_SECONDS.to_string()));
        let path = with_parameters(&self.resource.path(self.scope()), &parameters);
        let right = right("watch", &self.resource, self.scope());
        let call = Call { streamed: true, ..Call::get(path, right) };
        let answer = tokio::time::timeout(GRACE, self.session.send(&call)).await;
        let mut body: Body = match answer {
            Ok(Ok(response)) => response.into_body(),
            Ok(Err(error)) => return End::Failed(error),
            Err(_) => return End::Closed,
        };
        *worked = true;
        let mut pending = Vec::new();
        loop {
            let patience = Duration::from_secs(OPEN_SECONDS) + GRACE;
            let Ok(Some(Ok(frame))) = tokio::time::timeout(patience, body.frame()).await else { return End::Closed };
            if let Some(data) = frame.data_ref() {
                pending.extend_from_slice(data);
            }
            let Some(last) = pending.iter().rposition(|it| *it == b'\n') else { continue };
            let rest = pending.split_off(last + 1);
            let lines = std::mem::replace(&mut pending, rest);
            for line in lines.split(|it| *it == b'\n').filter(|it| !it.trim_ascii().is_empty()) {
                if let Err(end) = self.line(line, version).await {
                    return end;
                }
            }
        }
    }

    async fn line(&self, line: &[u8], version: &mut String) -> Result<(), End> {
        let event: Event = serde_json::from_slice(line).map_err(|it| {
            let path = self.resource.path(self.scope());
            End::Failed(ClusterError::Answer { path, source: ClusterCause(it.to_string()) })
        })?;
        if event.kind == "ERROR" {
            let code = event.object["code"].as_u64().and_then(|it| u16::try_from(it).ok()).unwrap_or(500);
            let status = Box::new(status(code, event.object.to_string().as_bytes()));
            let right = right("watch", &self.resource, self.scope());
            return Err(End::Failed(ClusterError::Api { status, right }));
        }
        if let Some(newer) = event.object["metadata"]["resourceVersion"].as_str() {
            newer.clone_into(version);
        }
        let object = complete(event.object, &self.resource);
        let heard = match event.kind.as_str() {
            "ADDED" | "MODIFIED" => self.tell(Change::Applied(object)).await,
            "DELETED" => self.tell(Change::Deleted(object)).await,
            _ => true,
        };
        if heard { Ok(()) } else { Err(End::Unheard) }
    }
}
