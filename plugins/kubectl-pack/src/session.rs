//! What every command works with: the user's folders, configuration, zoos and terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use shared::base::failure::{CommandError, Failure};
use shared::base::suggest::nearest;
use shared::edge::asking::{Answer, Asking};
use shared::edge::config::Config;
use shared::edge::environment::Environment;
use shared::edge::files::FileError;
use shared::edge::http::Http;
use shared::edge::http_zoo::Caller;
use shared::edge::paths::Paths;
use shared::edge::secrets;
use shared::edge::store::Store;
use shared::edge::zoo::{Freshness, Zoo, ZooError};
use shared::pack::credentials::{Secrets, TOKEN_VARIABLE, token_variable};
use shared::pack::source::{BUILTIN, Location, ZooEntry, check_zoo_name, without_user_info};
use shared::term::{Batch, Terminal};

/// One run of a command.
pub(crate) struct Session<'t> {
    pub(crate) paths: Paths,
    pub(crate) folder: PathBuf,
    pub(crate) config: Config,
    pub(crate) term: &'t mut Terminal,
    /// The zoos that answered already; nobody is asked twice.
    answered: BTreeSet<String>,
    /// The zoos that did not answer, and what went wrong.
    silent: BTreeMap<String, Arc<ZooError>>,
    /// Those of them whose cache is used.
    stale: BTreeSet<String>,
    /// What was said already about a zoo; nothing is said twice.
    said: BTreeSet<String>,
    /// How zoos answered that were asked together, until somebody opens them.
    answers: BTreeMap<String, Result<Answer, ZooError>>,
    secrets: Secrets,
    asking: Asking,
}

/// How many entries of an index that cannot be used are named one by one.
const MOST_SKIPPED: usize = 5;

/// No zoo is called that.
#[derive(Debug, thiserror::Error)]
#[error("there is no zoo `{name}`")]
pub(crate) struct UnknownZoo {
    name: String,
    nearest: Option<String>,
}

impl Failure for UnknownZoo {
    fn hint(&self) -> Option<String> {
        Some(match &self.nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`kubectl pack zoo list` shows the zoos that there are".to_owned(),
        })
    }
}

impl<'t> Session<'t> {
    pub(crate) fn new(paths: Paths, environment: &Environment, config: Config, term: &'t mut Terminal) -> Self {
        let http = Arc::new(Http::of(environment));
        Self {
            asking: Asking { mirrors: paths.mirrors(), cache: paths.http_cache(), http },
            answers: BTreeMap::new(),
            paths,
            folder: environment.folder().to_owned(),
            config,
            term,
            answered: BTreeSet::new(),
            silent: BTreeMap::new(),
            stale: BTreeSet::new(),
            said: BTreeSet::new(),
            secrets: secrets::of(environment),
        }
    }

    /// Returns the zoos in the order in which they count: as configured, the built-in one last.
    pub(crate) fn zoos(&self) -> Vec<ZooEntry> {
        self.config.zoos.iter().cloned().chain([ZooEntry::builtin()]).collect()
    }

    /// Returns the zoo called `name`.
    pub(crate) fn zoo(&self, name: &str) -> Result<ZooEntry, UnknownZoo> {
        let zoos = self.zoos();
        zoos.iter().find(|it| it.name == name).cloned().ok_or_else(|| UnknownZoo {
            name: name.to_owned(),
            nearest: nearest(name, zoos.iter().map(|it| it.name.as_str())).map(str::to_owned),
        })
    }

    /// Asks all of these zoos that are remote, at the same time; each tells when it is opened what came of it.
    pub(crate) fn ask(&mut self, zoos: &[ZooEntry], freshness: Freshness) {
        let is_open =
            |it: &&ZooEntry| is_remote(it) && !self.answered.contains(&it.name) && !self.silent.contains_key(&it.name);
        let zoos: Vec<ZooEntry> = zoos.iter().filter(is_open).cloned().collect();
        // One alone shows for itself how it goes.
        if zoos.len() < 2 || freshness == Freshness::Offline {
            return;
        }
        let questions: Vec<_> = zoos.iter().map(|it| (it.clone(), self.caller(it, freshness).credentials)).collect();
        let answers = self.asking.all(&questions, freshness, &self.term.progress());
        self.answers.extend(zoos.into_iter().map(|it| it.name).zip(answers));
    }

    /// Opens a zoo; what is older than was asked for is warned about, once. A zoo that did not answer is not asked again.
    pub(crate) fn open(&mut self, entry: &ZooEntry, freshness: Freshness) -> Result<Zoo, ZooError> {
        let is_stale = freshness == Freshness::Recent && self.stale.contains(&entry.name);
        if let Some(error) = self.silent.get(&entry.name).filter(|_| freshness != Freshness::Offline && !is_stale) {
            return Err(ZooError::Silent(Arc::clone(error)));
        }
        match self.open_anew(entry, freshness, is_stale) {
            Err(error) if error.is_of_network() => {
                let error = Arc::new(error);
                self.silent.insert(entry.name.clone(), Arc::clone(&error));
                Err(ZooError::Silent(error))
            }
            opened => opened,
        }
    }

    fn open_anew(&mut self, entry: &ZooEntry, freshness: Freshness, is_stale: bool) -> Result<Zoo, ZooError> {
        let archives = freshness;
        let is_answered = self.answered.contains(&entry.name);
        let answer = self.answers.remove(&entry.name).transpose()?;
        let freshness = if is_answered || is_stale || answer.is_some() { Freshness::Offline } else { freshness };
        let caller = self.caller(entry, freshness);
        let mut zoo = Zoo::open(entry, freshness, &self.asking.outside(caller, archives))?;
        if let Some(Answer { stale, is_asked, .. }) = answer {
            (zoo.stale, zoo.is_asked) = (stale, is_asked);
        }
        self.tell_skipped(&zoo);
        if let Some(error) = zoo.stale.take() {
            let since = zoo.updated_at.map_or_else(String::new, |it| format!(" of {it}"));
            self.term.warn(format!("{}; zoo `{}` is shown from the cache{since}", with_causes(&error), entry.name));
            self.stale.insert(entry.name.clone());
            self.silent.insert(entry.name.clone(), Arc::new(error));
        }
        if freshness == Freshness::Asked || zoo.is_asked {
            self.answered.insert(entry.name.clone());
        }
        Ok(zoo)
    }

    /// Returns who asks a zoo: with what it may be shown, and nothing else.
    pub(crate) fn caller(&mut self, entry: &ZooEntry, freshness: Freshness) -> Caller {
        let others = self.config.zoos.iter().filter(|it| it.name != entry.name && is_remote(it)).count();
        // A URL given to `install` is no zoo of the user's.
        let name = check_zoo_name(&entry.name).is_ok().then_some(entry.name.as_str());
        let chosen = self.secrets.choose(name, &entry.url, others + 1);
        if chosen.is_withheld && is_remote(entry) && freshness != Freshness::Offline {
            let instead = name.map_or_else(String::new, |it| format!(": set {}", token_variable(it)));
            let why = if name.is_some() { "there are several remote zoos" } else { "a URL is no zoo of yours" };
            self.say(format!(
                "{TOKEN_VARIABLE} is not sent to `{}`, since {why}{instead}",
                without_user_info(&entry.url)
            ));
        }
        let http = Arc::clone(&self.asking.http);
        Caller { http, credentials: chosen.credentials, progress: Rc::new(self.term.progress()) }
    }

    fn tell_skipped(&mut self, zoo: &Zoo) {
        for bad in zoo.skipped.iter().take(MOST_SKIPPED) {
            self.say(format!("zoo `{}`: {bad}; it is skipped", zoo.entry.name));
        }
        if zoo.skipped.len() > MOST_SKIPPED {
            let more = zoo.skipped.len() - MOST_SKIPPED;
            self.say(format!("zoo `{}`: {more} more entries are skipped", zoo.entry.name));
        }
    }

    fn say(&mut self, warning: String) {
        if self.said.insert(warning.clone()) {
            self.term.warn(warning);
        }
    }

    /// Opens the store.
    pub(crate) fn store(&self) -> Result<Store<'_>, FileError> {
        Store::open(&self.paths)
    }
}

fn is_remote(entry: &ZooEntry) -> bool {
    matches!(entry.location(), Location::Remote(_))
}

/// Says that somebody else is changing the store.
pub(crate) fn waiting(term: &mut Terminal, paths: &Paths) {
    term.note(format!("waiting for another `kubectl pack` that changes `{}`", paths.store().display()));
}

/// Returns an error's message and those of its causes in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |it| it.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Returns where a pack comes from, for people: its zoo, or the path where no zoo was involved.
pub(crate) fn origin(zoo: Option<&str>, source: &str) -> String {
    match zoo {
        Some(BUILTIN) => "the built-in zoo".to_owned(),
        Some(zoo) => format!("zoo `{zoo}`"),
        None => format!("`{source}`"),
    }
}

/// Runs `work` for each of `items`; a failure is reported and does not stop the others.
///
/// # Errors
///
/// With one item, its error; with several, exit code 1 at the end if any failed, all of them reported already.
pub(crate) fn each<'t, T>(
    items: &[T],
    session: &mut Session<'t>,
    mut work: impl FnMut(&T, &mut Session<'t>) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let mut batch = Batch::of(items.len());
    for item in items {
        let result = work(item, session);
        batch.take(result, session.term)?;
    }
    batch.end()
}

/// Returns `path` in full, without needless parts.
pub(crate) fn absolute(folder: &Path, path: &str) -> PathBuf {
    let joined = folder.join(path);
    std::path::absolute(&joined).unwrap_or(joined)
}
