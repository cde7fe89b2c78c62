//! Several watches at once, the time, and signals: one event after the other.

use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::channel;
use tokio::time::{Interval, MissedTickBehavior};

use super::error::{ClusterCause, ClusterError};
use super::resource::Scope;
use super::session::Session;
use super::watch::{Watch, WatchEvent, Watcher};

/// How many changes may wait to be looked at.
const WAITING: usize = 256;

/// Follows several watches until the callback breaks off.
pub(crate) async fn follow(
    session: &Session,
    watches: &[Watch<'_>],
    tick: Option<Duration>,
    on_event: &mut dyn FnMut(WatchEvent) -> ControlFlow<()>,
) -> Result<(), ClusterError> {
    let (sender, mut changes) = channel(WAITING);
    let mut tasks = FuturesUnordered::new();
    for (watch, it) in watches.iter().enumerate() {
        let namespace = match it.scope {
            Scope::Namespace(namespace) => Some(namespace.to_owned()),
            Scope::All => None,
        };
        let (session, changes) = (session.clone(), sender.clone());
        let (resource, query) = (it.resource.clone(), it.query.clone());
        tasks.push(Watcher { session, resource, namespace, query, watch, changes }.run());
    }
    drop(sender);
    let mut signals = Interruptions::note()?;
    let mut ticks = tick.map(every);
    loop {
        let event = tokio::select! {
            biased;
            () = signals.next() => WatchEvent::Interrupted,
            Some(ended) = tasks.next() => {
                ended?;
                continue;
            }
            change = changes.recv() => match change {
                Some((watch, kind)) => WatchEvent::Of { watch, kind },
                None => return Ok(()),
            },
            () = next_tick(ticks.as_mut()) => WatchEvent::Tick,
        };
        if on_event(event).is_break() {
            return Ok(());
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

async fn next_tick(ticks: Option<&mut Interval>) {
    match ticks {
        Some(ticks) => {
            ticks.tick().await;
        }
        None => std::future::pending().await,
    }
}

/// Ctrl-C and SIGTERM.
pub(crate) struct Interruptions {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Interruptions {
    #[cfg(unix)]
    pub(crate) fn note() -> Result<Self, ClusterError> {
        use tokio::signal::unix::{SignalKind, signal};
        let of = |kind| signal(kind).map_err(|it| ClusterError::Setup(ClusterCause(it.to_string())));
        Ok(Self { interrupt: of(SignalKind::interrupt())?, terminate: of(SignalKind::terminate())? })
    }

    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn note() -> Result<Self, ClusterError> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
