//! Several zoos asked at the same time, so that a slow one keeps nobody waiting but itself.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread;

use jiff::Timestamp;

use super::http::Http;
use super::http_zoo::Caller;
use super::zoo::{Freshness, Outside, Zoo, ZooError};
use crate::base::progress::{Progress, Silent};
use crate::pack::credentials::Credentials;
use crate::pack::source::ZooEntry;

/// How many zoos are asked at the same time.
const AT_ONCE: usize = 8;

/// What zoos are reached with, and where copies of them are kept.
#[derive(Clone)]
pub struct Asking {
    /// Mirrors of git repositories.
    pub mirrors: PathBuf,
    /// Indexes and archives of HTTP zoos.
    pub cache: PathBuf,
    /// Makes the requests.
    pub http: Arc<Http>,
}

/// How a zoo answered; what it said is in the cache now.
#[derive(Debug)]
pub struct Answer {
    /// Why an older state of it must do, if so.
    pub stale: Option<ZooError>,
    /// When it was last fetched.
    pub updated_at: Option<Timestamp>,
    /// Whether it was asked, and not only looked up.
    pub is_asked: bool,
}

impl Asking {
    /// Asks zoos, each with what it may be shown, and returns their answers in the same order.
    pub fn all(
        &self,
        zoos: &[(ZooEntry, Credentials)],
        freshness: Freshness,
        progress: &dyn Progress,
    ) -> Vec<Result<Answer, ZooError>> {
        let total = zoos.len() as u64;
        progress.begin("Asking the zoos", Some(total));
        let mut answers = Vec::new();
        for some in zoos.chunks(AT_ONCE) {
            let (done, ends) = mpsc::channel();
            answers.extend(thread::scope(|scope| {
                let ask = |(entry, credentials): &(ZooEntry, Credentials)| {
                    let (entry, credentials, done) = (entry.clone(), credentials.clone(), done.clone());
                    scope.spawn(move || {
                        let answer = self.one(&entry, credentials, freshness);
                        let _ = done.send(());
                        answer
                    })
                };
                let running: Vec<_> = some.iter().map(ask).collect();
                drop(done);
                let before = answers.len() as u64;
                for (ended, ()) in (before + 1..).zip(ends.iter()) {
                    progress.advance(ended, Some(total));
                }
                let join =
                    |it: thread::ScopedJoinHandle<'_, _>| it.join().unwrap_or_else(|it| std::panic::resume_unwind(it));
                running.into_iter().map(join).collect::<Vec<_>>()
            }));
        }
        progress.end();
        answers
    }

    fn one(&self, entry: &ZooEntry, credentials: Credentials, freshness: Freshness) -> Result<Answer, ZooError> {
        let caller = Caller { http: Arc::clone(&self.http), credentials, progress: Rc::new(Silent) };
        let outside = self.outside(caller, freshness);
        let zoo = Zoo::open(entry, freshness, &outside)?;
        Ok(Answer { stale: zoo.stale, updated_at: zoo.updated_at, is_asked: zoo.is_asked })
    }

    /// Returns what `caller` reaches one zoo with; `archives` tells how fresh those must be.
    pub fn outside(&self, caller: Caller, archives: Freshness) -> Outside {
        let folder = |it: &Path| it.to_owned();
        Outside { mirrors: folder(&self.mirrors), http: folder(&self.cache), caller, archives }
    }
}
