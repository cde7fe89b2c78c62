//! The engine for callers that block: over a cluster, fed by its watches.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::ops::ControlFlow;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, select};
use http::{Request, Response};
use kube::client::Body;
use tokio::sync::mpsc::unbounded_channel;

use super::request::{Fault, Transport};
use super::{Event, LogsError, Notice, Options, Outcome, Stream, follow, read};
use crate::edge::cluster::{self, Cluster, ClusterError, Session, Watch, WatchEvent};

/// How often whoever hears may look at the clock.
const TICK: Duration = Duration::from_secs(1);

/// What is to be done after something that a watch told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Go on.
    Watch,
    /// Watch no longer: what is known to run is read to its end.
    Finish,
    /// End at once.
    Stop,
    /// The same: nobody reads the output any more.
    Close,
}

impl Transport for Session {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, Fault>> {
        Box::pin(async {
            let no_credentials = |it: ClusterError| Fault::Connection(it.to_string());
            let client = self.client().map_err(no_credentials)?;
            self.exchange(&client, request).await.map_err(|it| Fault::broken(&it))
        })
    }

    fn renew(&self) {
        // What cannot be read now may be there next time.
        let _ = self.is_fresh() || self.reload().is_ok();
    }
}

impl Cluster {
    /// Reads the logs of `streams` as they are at present: [`read()`] over this cluster.
    ///
    /// # Errors
    ///
    /// Fails if the output breaks, or if the cluster cannot be spoken to at all.
    pub fn read_logs(
        &self,
        streams: &[Stream],
        options: &Options,
        writer: &mut dyn Write,
        listener: &dyn Fn(Notice<'_>),
    ) -> Result<Outcome, LogsError> {
        // Says what is wrong with the credentials, if anything is.
        self.client()?;
        let session = self.session();
        self.block_on(read(&session, streams, options, writer, listener))?
    }

    /// Follows the logs of the containers that `watches` lead to: [`follow()`] over this cluster.
    ///
    /// `hear` makes events of what the watches tell; a [`WatchEvent::Tick`] a second lets it look at the clock.
    ///
    /// # Errors
    ///
    /// Fails if the output breaks, or a first list of the watches fails.
    pub fn follow_logs(
        &self,
        watches: &[Watch<'_>],
        hear: &mut dyn FnMut(WatchEvent, &mut Vec<Event>) -> Next,
        options: &Options,
        writer: &mut dyn Write,
        listener: &dyn Fn(Notice<'_>),
    ) -> Result<Outcome, LogsError> {
        self.client()?;
        let session = self.session();
        self.block_on(async {
            let (sender, events) = unbounded_channel();
            let sender = RefCell::new(Some(sender));
            let next = Cell::new(Next::Watch);
            let mut on_event = |event| {
                let mut told = Vec::new();
                next.set(hear(event, &mut told));
                for event in told {
                    // The engine may have ended; then nobody listens.
                    let _ = sender.borrow().as_ref().is_some_and(|it| it.send(event).is_ok());
                }
                if next.get() == Next::Watch { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            let reading = pin!(follow(&session, events, options, writer, listener));
            let watching = pin!(cluster::follow(&session, watches, Some(TICK), &mut on_event));
            match select(reading, watching).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right((Err(error), _)) => Err(error.into()),
                Either::Right((Ok(()), _)) if matches!(next.get(), Next::Stop | Next::Close) => {
                    Ok(Outcome { is_closed: next.get() == Next::Close, ..Outcome::default() })
                }
                Either::Right((Ok(()), reading)) => {
                    sender.take();
                    reading.await
                }
            }
        })?
    }
}
