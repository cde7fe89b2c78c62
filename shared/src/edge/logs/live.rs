//! Logs as they are written: pods come, restart and go, and so do connections.

mod reading;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{Notify, Semaphore, mpsc};

use super::container::Container;
use super::floor::Floor;
use super::output::Output;
use super::reader::Listener;
use super::request::{Fault, Transport};
use super::{End, Life, LogsError, Notice, Options, Outcome, Stream};
use crate::logs::filter::Filter;
use crate::logs::prefix::Prefixes;

/// What the caller's watch has seen.
#[derive(Debug, Clone)]
pub enum Event {
    /// A container whose log is wanted, when it is first seen and again whenever it has changed. One with another uid
    /// takes the place of the one before.
    Seen {
        /// The container.
        stream: Stream,
        /// What it does.
        life: Life,
        /// How often it was restarted.
        restarts: u32,
    },
    /// The pod of this uid is gone.
    Gone {
        /// The pod's uid.
        uid: String,
    },
    /// No new container will be seen, and none that waits will begin.
    Finished,
}

/// Reads the logs of the containers that `events` tells of, and writes their lines as they come, until
/// [`Event::Finished`] came (or the channel was closed) and all of them have ended.
///
/// # Errors
///
/// Fails if the output breaks; logs that cannot be read are told in the outcome.
pub async fn follow(
    client: &dyn Transport,
    mut events: mpsc::UnboundedReceiver<Event>,
    options: &Options,
    writer: &mut dyn Write,
    listener: &dyn Fn(Notice<'_>),
) -> Result<Outcome, LogsError> {
    let output = Output::new(writer);
    let live = Live {
        client,
        options,
        output: &output,
        listener,
        filter: Arc::new(options.filter.clone()),
        floor: Floor::default(),
        seats: Semaphore::new(options.limit.unwrap_or(Semaphore::MAX_PERMITS).clamp(1, Semaphore::MAX_PERMITS)),
        was_queued: Cell::new(false),
        prefixes: RefCell::new(Prefixes::new(options.colors)),
        generation: Cell::new(0),
        is_finished: Cell::new(false),
        reading: Cell::new(0),
        has_read: Cell::new(false),
    };
    let mut seen = Seen::default();
    let mut ends: Vec<Option<End>> = Vec::new();
    let mut readers = FuturesUnordered::new();
    let mut is_deaf = false;
    poll_fn(|context| {
        loop {
            while !is_deaf && let Poll::Ready(event) = events.poll_recv(context) {
                is_deaf = event.is_none();
                if let Some((place, entry, before)) = live.hear(&mut seen, event) {
                    ends.push(None);
                    readers.push(live.one(place, entry, before));
                }
            }
            match readers.poll_next_unpin(context) {
                Poll::Ready(Some((place, end))) => {
                    live.judge(&seen, place, &end);
                    ends[place] = Some(end);
                }
                Poll::Ready(None) if live.is_finished.get() => {
                    let _ = output.flush();
                    return Poll::Ready(());
                }
                Poll::Ready(None) | Poll::Pending => {
                    return if output.flush().is_ok() { Poll::Pending } else { Poll::Ready(()) };
                }
            }
        }
    })
    .await;
    drop(readers);
    drop(live);
    let streams = seen.entries.iter().map(|it| it.stream.clone());
    let ends = streams.zip(ends.into_iter().map(|it| it.unwrap_or(End::Left))).collect();
    Ok(Outcome { is_closed: output.end()?, ends })
}

/// One container of one pod.
struct Entry {
    stream: Stream,
    container: Container,
    is_over: Cell<bool>,
    over: Notify,
}

#[derive(Default)]
struct Seen {
    entries: Vec<Rc<Entry>>,
    /// The newest entry of each container, by namespace, pod and container.
    newest: HashMap<[String; 3], usize>,
}

struct Live<'r, 'a> {
    client: &'r dyn Transport,
    options: &'r Options,
    output: &'r Output<'a>,
    listener: &'r Listener<'r>,
    filter: Arc<Filter>,
    floor: Floor,
    seats: Semaphore,
    was_queued: Cell<bool>,
    prefixes: RefCell<Prefixes>,
    /// Counts how often the prefixes became wider.
    generation: Cell<u32>,
    is_finished: Cell<bool>,
    /// How many logs are being read.
    reading: Cell<usize>,
    /// Whether any log could be read.
    has_read: Cell<bool>,
}

/// A container to begin with: its place, itself, and the one whose place it takes.
type Begun = (usize, Rc<Entry>, Option<Rc<Entry>>);

impl Live<'_, '_> {
    /// Takes news; returns a container that is new.
    fn hear(&self, seen: &mut Seen, event: Option<Event>) -> Option<Begun> {
        match event {
            Some(Event::Seen { stream, life, restarts }) => return self.hear_of(seen, stream, life, restarts),
            Some(Event::Gone { uid }) => {
                for entry in seen.entries.iter().filter(|it| it.stream.uid == uid) {
                    entry.container.set(Life::Gone, 0);
                }
            }
            Some(Event::Finished) => {
                self.is_finished.set(true);
                seen.entries.iter().for_each(|it| it.container.nudge());
            }
            None => {
                // Nobody will tell when they end.
                self.is_finished.set(true);
                for entry in &seen.entries {
                    entry.container.set(Life::Finished, entry.container.restarts());
                    entry.container.nudge();
                }
            }
        }
        None
    }

    fn hear_of(&self, seen: &mut Seen, stream: Stream, life: Life, restarts: u32) -> Option<Begun> {
        let key = [stream.namespace.clone(), stream.pod.clone(), stream.container.clone()];
        let before = seen.newest.get(&key).map(|it| Rc::clone(&seen.entries[*it]));
        if let Some(known) = before.as_ref().filter(|it| it.stream.uid == stream.uid) {
            let runs_anew = known.is_over.get() && restarts > known.container.restarts();
            known.container.set(life, restarts);
            if !runs_anew {
                return None;
            }
        } else if seen.entries.iter().any(|it| it.stream == stream) {
            // Late news of one whose place was taken.
            return None;
        } else if let Some(before) = &before {
            before.container.set(Life::Gone, 0);
        }
        if self.prefixes.borrow_mut().make_room(&stream.label) {
            self.generation.set(self.generation.get() + 1);
        }
        let container = Container::new(life, restarts);
        let entry = Rc::new(Entry { stream, container, is_over: Cell::new(false), over: Notify::new() });
        let place = seen.entries.len();
        seen.entries.push(Rc::clone(&entry));
        seen.newest.insert(key, place);
        Some((place, entry, before))
    }

    /// Tells of a log that may not be read. If none may, those to come may not be read either: nobody waits for them.
    fn judge(&self, seen: &Seen, place: usize, end: &End) {
        match end {
            End::Unavailable(fault @ Fault::Forbidden(_)) => {
                let _ = self.output.flush();
                (self.listener)(Notice::Refused(&seen.entries[place].stream, fault));
                if self.reading.get() == 0 && !self.has_read.get() {
                    self.is_finished.set(true);
                    seen.entries.iter().for_each(|it| it.container.nudge());
                }
            }
            End::Failed(fault) => {
                self.has_read.set(true);
                let _ = self.output.flush();
                (self.listener)(Notice::Lost(&seen.entries[place].stream, fault));
            }
            End::Read { .. } => self.has_read.set(true),
            End::Unavailable(_) | End::Left => {}
        }
    }
}
