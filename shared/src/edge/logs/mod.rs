//! The log engine: the logs of any set of pods as one stream of bytes.
//!
//! [`read()`] reads what there is and ends; [`follow()`] reads on until its caller's watch says that nothing more comes.
//! Both run on the caller's current-thread runtime and write big buffers to the writer they are given. That write may
//! block: then nothing is read, so a slow reader slows the streams and fills no memory.
//!
//! No line is lost or repeated when connections break. The API server turns a kubelet's broken connection into an end
//! in good order, so no end is believed: the log's last line is asked for, and if it is another one, the log is read
//! on. While a container runs, its log is read on anyway.
//!
//! | module | what it does |
//! |---|---|
//! | `request` | one request, and what its failure means |
//! | `reader`, `after`, `watch` | one container's log from its beginning to its end, over as many requests as it takes |
//! | `container` | what is known of a container meanwhile |
//! | `output`, `floor` | who may write when; buffers and their bounds |
//! | `batch` | [`read()`]: one after another in order, or merged by time |
//! | `live` | [`follow()`]: pods come, restart and go |
//! | `front` | both for callers that block, fed by a cluster's watches |

mod after;
mod batch;
mod container;
mod floor;
mod front;
mod live;
mod output;
mod reader;
mod request;
mod watch;

use std::fmt;
use std::io;
use std::time::Duration;

pub use batch::read;
pub use front::Next;
pub use live::{Event, follow};
pub use request::{Fault, Transport};

use super::cluster::ClusterError;
use crate::base::failure::Failure;
use crate::logs::filter::Filter;
use crate::logs::form::Style;
use crate::logs::window::Window;

/// A container whose log is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stream {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The pod's uid. Logs are read by name: this tells a pod from the next one of its name. Empty: not known.
    pub uid: String,
    /// The container.
    pub container: String,
    /// What tells it from the others in a prefix: `worker-1`, or `worker-1/sidecar`.
    pub label: String,
    /// The replica's type and index, for `-o json`.
    pub replica: Option<(String, Option<u64>)>,
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pod, self.container)
    }
}

/// What a container does, as its pod's status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It has not begun, or is between two runs: there may be no log yet.
    Waiting,
    /// It runs.
    Running,
    /// It runs on, but only what it has written by now is wanted.
    Dismissed,
    /// It has ended, and will not begin again.
    Finished,
    /// Its pod is gone.
    Gone,
}

/// What is read, and how it is shown.
#[derive(Debug, Clone)]
pub struct Options {
    /// How lines are shown.
    pub style: Style,
    /// Which part of each log is wanted.
    pub window: Window,
    /// Which lines are wanted.
    pub filter: Filter,
    /// Whether each line of a text begins with its stream's label.
    pub prefix: bool,
    /// Whether prefixes are in colour.
    pub colors: bool,
    /// Whether lines are in the order of their times, of [`read()`] only: all streams are read at once then.
    pub merge: bool,
    /// How many logs are read at once at most; the others wait. `None`: as many as is good.
    pub limit: Option<usize>,
    /// How long to wait for what.
    pub pace: Pace,
}

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Before a broken connection is made again; each wait is twice the one before.
    pub first_wait: Duration,
    /// The longest such wait.
    pub longest_wait: Duration,
    /// How long nothing but failures may come before a log is given up (never while its container runs).
    pub patience: Duration,
    /// How long a log may send nothing before it is asked whether there is more.
    pub silence: Duration,
    /// How long a log may send nothing once its container has ended.
    pub grace: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(3),
            patience: Duration::from_secs(30),
            silence: Duration::from_secs(30),
            grace: Duration::from_secs(1),
        }
    }
}

/// Something that happens while logs are read, worth a line on stderr.
#[derive(Debug)]
pub enum Notice<'a> {
    /// The container runs anew in the same pod.
    Restarted(&'a Stream),
    /// A new pod took the place of one that is gone.
    Recreated(&'a Stream),
    /// The log cannot be read at present; it is tried again.
    Retrying(&'a Stream, &'a Fault),
    /// The log may not be read, while others are followed.
    Refused(&'a Stream, &'a Fault),
    /// The log broke for good, while others are followed.
    Lost(&'a Stream, &'a Fault),
    /// There are more logs than are read at once; the others wait until one ends.
    Queued(usize),
}

/// How a log came to its end.
#[derive(Debug)]
pub enum End {
    /// It was read, to its end or until its pod was gone.
    Read {
        /// How many lines it has, wanted or not.
        lines: u64,
    },
    /// There is no log.
    Unavailable(Fault),
    /// It broke, and what is missing could not be read.
    Failed(Fault),
    /// Nobody wants it any more: the output is closed, or the job ended before the container began.
    Left,
}

/// What came of it all.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Whether the output was closed by its reader: a quiet end.
    pub is_closed: bool,
    /// How each log ended, in the order of the streams.
    pub ends: Vec<(Stream, End)>,
}

/// Why logs could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The output broke for another reason than that its reader is gone.
    #[error("cannot write the output")]
    Write(#[source] io::Error),
    /// The cluster could not be spoken to.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Failure for LogsError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Write(_) => None,
            Self::Cluster(error) => error.hint(),
        }
    }
}
