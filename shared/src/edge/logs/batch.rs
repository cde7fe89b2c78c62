//! Logs as they are at present: one after another in order, or merged by time.

use std::future::poll_fn;
use std::io::Write;
use std::sync::Arc;
use std::task::Poll;

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::container::Container;
use super::output::{Closed, FULL, InTurn, Merged, Output, Port, Slot, Turns};
use super::reader::{Listener, Reader};
use super::request::Transport;
use super::{End, Life, LogsError, Notice, Options, Outcome, Stream};
use crate::logs::filter::Filter;
use crate::logs::json::JsonHead;
use crate::logs::lane::Lane;
use crate::logs::merge::{Block, Merge, Need};
use crate::logs::prefix::Prefixes;
use crate::logs::resume::Resume;

/// How many logs are read at once if nobody says otherwise: enough that the next one is there when one has ended.
const PARALLEL: usize = 8;

/// Reads the logs of `streams` as they are at present, and writes them one after another in their order, or by time.
///
/// What a log says comes when its turn has come; those behind it are read ahead up to a bound each.
///
/// # Errors
///
/// Fails if the output breaks; logs that cannot be read are told in the outcome.
pub async fn read(
    client: &dyn Transport,
    streams: &[Stream],
    options: &Options,
    writer: &mut dyn Write,
    listener: &dyn Fn(Notice<'_>),
) -> Result<Outcome, LogsError> {
    let output = Output::new(writer);
    let container = Container::new(Life::Finished, 0);
    let batch = Batch { client, streams, options, output: &output, listener, container: &container };
    let ends = if options.merge { batch.merged().await } else { batch.in_turn().await };
    let ends = streams.iter().cloned().zip(ends.into_iter().map(|it| it.unwrap_or(End::Left))).collect();
    Ok(Outcome { is_closed: output.end()?, ends })
}

/// Returns the lane of a log of which nothing was read.
pub(super) fn lane(stream: &Stream, options: &Options, filter: &Arc<Filter>, prefix: Vec<u8>) -> Lane {
    let replica = stream.replica.as_ref().map(|(kind, index)| (kind.as_str(), *index));
    let json = JsonHead::new(&stream.pod, replica, &stream.container);
    let resume = Resume::new(options.window.is_limited(), options.window.floor());
    Lane::new(options.style, prefix, json, Arc::clone(filter), resume)
}

struct Batch<'r, 'a> {
    client: &'r dyn Transport,
    streams: &'r [Stream],
    options: &'r Options,
    output: &'r Output<'a>,
    listener: &'r Listener<'r>,
    container: &'r Container,
}

impl Batch<'_, '_> {
    fn lanes(&self) -> Vec<Lane> {
        let mut prefixes = Prefixes::new(self.options.colors);
        for stream in self.streams {
            prefixes.make_room(&stream.label);
        }
        let filter = Arc::new(self.options.filter.clone());
        let prefix = |place, stream: &Stream| {
            if self.options.prefix { prefixes.of(&stream.label, place) } else { Vec::new() }
        };
        let streams = self.streams.iter().enumerate();
        streams.map(|(place, stream)| lane(stream, self.options, &filter, prefix(place, stream))).collect()
    }

    async fn one<P: Port>(&self, place: usize, lane: Lane, port: P) -> (usize, End) {
        let reader = Reader {
            client: self.client,
            options: self.options,
            output: self.output,
            listener: self.listener,
            stream: &self.streams[place],
            container: self.container,
            follow: false,
            lane,
            port,
            refresh: &|_| {},
        };
        (place, reader.run().await.0)
    }

    async fn in_turn(&self) -> Vec<Option<End>> {
        let turns = Turns::default();
        let width = self.options.limit.unwrap_or(PARALLEL).max(1);
        let mut waiting = self.lanes().into_iter().enumerate();
        let mut readers = FuturesUnordered::new();
        let mut ends: Vec<Option<End>> = self.streams.iter().map(|_| None).collect();
        let mut begun = 0;
        poll_fn(|context| {
            loop {
                while begun < turns.current() + width
                    && let Some((place, lane)) = waiting.next()
                {
                    let port = InTurn { output: self.output, turns: &turns, place };
                    readers.push(self.one(place, lane, port));
                    begun += 1;
                }
                let over = match readers.poll_next_unpin(context) {
                    Poll::Ready(Some((place, end))) => {
                        ends[place] = Some(end);
                        self.advance(&turns, &ends)
                    }
                    Poll::Ready(None) => self.output.flush().and(Err(Closed)),
                    Poll::Pending if self.output.flush().is_ok() => return Poll::Pending,
                    Poll::Pending => Err(Closed),
                };
                if over.is_err() {
                    return Poll::Ready(());
                }
            }
        })
        .await;
        drop(readers);
        ends
    }

    /// Passes the turn on from those that have ended.
    fn advance(&self, turns: &Turns, ends: &[Option<End>]) -> Result<(), Closed> {
        while ends.get(turns.current()).is_some_and(Option::is_some) {
            turns.pass_to(turns.current() + 1, self.output)?;
        }
        Ok(())
    }

    async fn merged(&self) -> Vec<Option<End>> {
        let slots: Vec<Slot> = self.streams.iter().map(|_| Slot::default()).collect();
        let lanes = self.lanes().into_iter().enumerate();
        let mut readers: FuturesUnordered<_> = lanes
            .map(|(place, lane)| {
                self.one(place, lane, Merged { output: self.output, slot: &slots[place], block: Block::default() })
            })
            .collect();
        let mut ends: Vec<Option<End>> = self.streams.iter().map(|_| None).collect();
        let mut merge = Merge::new(slots.len());
        poll_fn(|context| {
            loop {
                let polled = readers.poll_next_unpin(context);
                let over = self.merge(&mut merge, &slots);
                match polled {
                    _ if over.is_err() => return Poll::Ready(()),
                    Poll::Ready(Some((place, end))) => ends[place] = Some(end),
                    Poll::Ready(None) => {
                        let _ = self.output.flush();
                        return Poll::Ready(());
                    }
                    Poll::Pending if self.output.flush().is_ok() => return Poll::Pending,
                    Poll::Pending => return Poll::Ready(()),
                }
            }
        })
        .await;
        drop(readers);
        ends
    }

    /// Merges what is ready.
    fn merge(&self, merge: &mut Merge, slots: &[Slot]) -> Result<(), Closed> {
        loop {
            let mut need = Need::Nothing;
            self.output.add(|bytes| need = merge.run(bytes, FULL))?;
            match need {
                Need::Room => {}
                Need::Nothing => return Ok(()),
                Need::Block(lane) => {
                    if let Some(block) = slots[lane].take() {
                        slots[lane].give_back(merge.give(lane, Some(block)));
                    } else if slots[lane].has_ended() {
                        merge.give(lane, None);
                    } else {
                        return Ok(());
                    }
                }
            }
        }
    }
}
