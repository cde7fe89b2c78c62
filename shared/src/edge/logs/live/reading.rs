//! One container's log among those that are followed, through all its runs.

use std::cell::Cell;
use std::rc::Rc;

use super::{Entry, Live};
use crate::edge::logs::batch::lane;
use crate::edge::logs::floor::AtOnce;
use crate::edge::logs::reader::Reader;
use crate::edge::logs::request::Fault;
use crate::edge::logs::{End, Life, Notice};
use crate::logs::form::Form;
use crate::logs::lane::Lane;

impl Live<'_, '_> {
    /// Reads the log of a container that is new, once the one before it has been read.
    pub(super) async fn one(&self, place: usize, entry: Rc<Entry>, before: Option<Rc<Entry>>) -> (usize, End) {
        let mut is_new_run = before.is_some();
        if let Some(before) = before {
            while !before.is_over.get() {
                before.over.notified().await;
            }
            let _ = self.output.flush();
            let notice = if before.stream.uid == entry.stream.uid { Notice::Restarted } else { Notice::Recreated };
            (self.listener)(notice(&entry.stream));
        }
        let mut end = End::Left;
        loop {
            let (next, restarts) = self.read(place, &entry, is_new_run).await;
            end = match (end, next) {
                (it @ End::Failed(_), _) | (it, End::Left) | (it @ End::Read { .. }, End::Unavailable(_)) => it,
                (_, next) => next,
            };
            // It may have begun anew while the last words of the run before were read.
            if entry.container.life() == Life::Gone || entry.container.restarts() == restarts || self.output.is_closed()
            {
                break;
            }
            let _ = self.output.flush();
            (self.listener)(Notice::Restarted(&entry.stream));
            is_new_run = true;
        }
        entry.is_over.set(true);
        entry.over.notify_waiters();
        (place, end)
    }

    /// Reads a log, and returns with its end how often the container had been restarted by then. Of a run that begins
    /// before our eyes all lines are wanted.
    async fn read(&self, place: usize, entry: &Entry, mut is_new_run: bool) -> (End, u32) {
        let gone = || (End::Unavailable(Fault::Gone("the pod was deleted".to_owned())), entry.container.restarts());
        loop {
            match entry.container.life() {
                Life::Waiting if self.is_finished.get() => return (End::Left, entry.container.restarts()),
                Life::Waiting => {
                    is_new_run = true;
                    entry.container.news().await;
                }
                Life::Gone => return gone(),
                Life::Running | Life::Dismissed | Life::Finished => break,
            }
        }
        let Some(_seat) = self.seat().await else { return (End::Left, entry.container.restarts()) };
        // The wait for the seat may have been long.
        if entry.container.life() == Life::Gone {
            return gone();
        }
        let mut options = self.options.clone();
        if is_new_run {
            options.window.tail = None;
        }
        let may_part = options.style.form == Form::Text;
        let color = place;
        let generation = Cell::new(self.generation.get());
        let prefix =
            || if self.options.prefix { self.prefixes.borrow().of(&entry.stream.label, color) } else { Vec::new() };
        let refresh = |lane: &mut Lane| {
            if generation.replace(self.generation.get()) != self.generation.get() {
                lane.set_prefix(prefix());
            }
        };
        let reader = Reader {
            client: self.client,
            options: &options,
            output: self.output,
            listener: self.listener,
            stream: &entry.stream,
            container: &entry.container,
            follow: true,
            lane: lane(&entry.stream, &options, &self.filter, prefix()),
            port: AtOnce { output: self.output, floor: &self.floor, place, may_part },
            refresh: &refresh,
        };
        self.reading.set(self.reading.get() + 1);
        let end = reader.run().await;
        self.reading.set(self.reading.get() - 1);
        end
    }

    /// Waits until one more log may be read.
    async fn seat(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        if self.seats.available_permits() == 0 && !self.was_queued.replace(true) {
            (self.listener)(Notice::Queued(self.options.limit.unwrap_or(0)));
        }
        self.seats.acquire().await.ok()
    }
}
