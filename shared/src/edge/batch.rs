//! Several calls of Helm side by side, each with its output kept for itself.

use std::io::{self, Read};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use super::helm::{Helm, HelmError, after_signal, exit_code};
use super::signals::{Children, Signals};
use super::staging::StagedChart;
use crate::base::failure::CommandError;
use crate::helm::call::Call;

/// How one of the calls ended.
#[derive(Debug)]
pub enum Ended {
    /// Helm ran.
    Ran(Output),
    /// The chart could not be made.
    NotPrepared(CommandError),
}

/// What a call left behind.
#[derive(Debug)]
pub struct Output {
    /// Helm's exit code.
    pub code: u8,
    /// What it printed.
    pub out: Vec<u8>,
    /// What it said.
    pub err: Vec<u8>,
}

/// How the calls ended as a whole.
#[derive(Debug, Default)]
pub struct Batch {
    /// The exit code of a program that the signal that came ends; calls that had not begun then never do.
    pub signal: Option<u8>,
    /// Why Helm does not start at all; no further call is tried then.
    pub fatal: Option<HelmError>,
}

impl Helm {
    /// Runs the calls from 0 to `count`, `parallel` of them at a time, and hands each end over in their order.
    ///
    /// `prepare` makes a call and its chart just before it begins; the chart is gone when it has ended. None of them
    /// gets an input.
    pub fn run_each(
        &self,
        count: usize,
        parallel: usize,
        mut signals: Signals,
        prepare: impl Fn(usize) -> Result<(Call, StagedChart), CommandError> + Sync,
        ended: impl FnMut(usize, Ended),
    ) -> Batch {
        if let Some(signal) = signals.noted() {
            return Batch { signal: Some(after_signal(signal)), fatal: None };
        }
        let children = Children::default();
        let fatal = Mutex::new(None);
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        let work = |sender: mpsc::Sender<(usize, Ended)>| {
            while let Some(index) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|it| *it < count) {
                let end = match prepare(index) {
                    Err(error) => Ok(Some(Ended::NotPrepared(error))),
                    Ok((call, _chart)) => self.run_apart(&call, &children).map(|it| it.map(Ended::Ran)),
                };
                match end {
                    Ok(Some(end)) => sender.send((index, end)).unwrap_or(()),
                    Ok(None) => next.store(count, Ordering::Relaxed),
                    Err(error) => {
                        next.store(count, Ordering::Relaxed);
                        fatal.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                }
            }
        };
        signals.during(
            |signal| children.pass_on(signal),
            || {
                thread::scope(|scope| {
                    for _ in 0..parallel.clamp(1, count.max(1)) {
                        let sender = sender.clone();
                        scope.spawn(|| work(sender));
                    }
                    drop(sender);
                    in_order(&receiver, ended);
                });
            },
        );
        let fatal = fatal.into_inner().unwrap_or_else(PoisonError::into_inner);
        Batch { signal: children.signal().map(after_signal), fatal }
    }

    /// Runs one call with its output caught; `None` if a signal came before it began.
    fn run_apart(&self, call: &Call, children: &Children) -> Result<Option<Output>, HelmError> {
        let mut command = self.command(&call.args());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let Some(mut child) = children.start(&mut command).map_err(|source| self.not_started(source))? else {
            return Ok(None);
        };
        let (out, err) = drained(&mut child);
        let status: io::Result<ExitStatus> = children.wait(&mut child);
        let code = exit_code(status.map_err(|source| self.not_waited(source))?);
        Ok(Some(Output { code, out, err }))
    }
}

/// Reads what a child prints and says, both at once, so that neither pipe fills up.
fn drained(child: &mut Child) -> (Vec<u8>, Vec<u8>) {
    fn read(pipe: Option<impl Read>) -> Vec<u8> {
        let mut bytes = Vec::new();
        // What was read before a pipe broke is all that there is.
        let _ = pipe.map(|mut it| it.read_to_end(&mut bytes));
        bytes
    }
    let (out, err) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let err = scope.spawn(|| read(err));
        (read(out), err.join().unwrap_or_default())
    })
}

/// Hands what arrives over in the order of its numbers; what never arrives is left out at the end.
fn in_order(arriving: &mpsc::Receiver<(usize, Ended)>, mut ended: impl FnMut(usize, Ended)) {
    let mut waiting = std::collections::BTreeMap::new();
    let mut next = 0;
    for (index, end) in arriving {
        waiting.insert(index, end);
        while let Some(end) = waiting.remove(&next) {
            ended(next, end);
            next += 1;
        }
    }
    for (index, end) in waiting {
        ended(index, end);
    }
}
