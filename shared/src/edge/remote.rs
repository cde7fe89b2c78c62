//! A remote zoo: a git repository or an HTTP index, as looking tells.

use std::cell::OnceCell;
use std::rc::Rc;

use jiff::Timestamp;

use super::clock;
use super::git_access::{GitAccess, History};
use super::http_zoo::{HttpZoo, HttpZooError, RECENT};
use super::mirror::Mirror;
use super::zoo::{Access, Freshness, HttpAccess, Outside, Zoo, ZooError, open_git};
use crate::pack::source::{ZooEntry, without_user_info};

/// A zoo behind a network, of a kind that looking tells.
pub(super) struct Remote<'a> {
    pub(super) entry: &'a ZooEntry,
    pub(super) url: &'a str,
    pub(super) freshness: Freshness,
    pub(super) outside: &'a Outside,
}

impl Remote<'_> {
    /// Opens it as what it was when it was fetched last; one that was never fetched is asked for an index first.
    pub(super) fn open(&self) -> Result<Zoo, ZooError> {
        let mirror = Mirror::of(self.url, &self.outside.mirrors, &self.outside.caller.credentials);
        let http = if self.entry.is_surely_git() { None } else { HttpZoo::of(self.url, &self.outside.http) };
        let Some(http) = http else { return self.as_git(&mirror) };
        if mirror.fetched_at() > http.fetched_at() {
            return self.as_git(&mirror).or_else(|error| {
                // It may have become an HTTP zoo since.
                if self.freshness == Freshness::Offline { Err(error) } else { self.as_http(http).map_err(|_| error) }
            });
        }
        match self.as_http(http) {
            Err(ZooError::Index(error)) => self.instead(*error, &mirror),
            opened => opened,
        }
    }

    /// Opens a mirror; if nobody answers, an older one where that is enough.
    fn as_git(&self, mirror: &Mirror) -> Result<Zoo, ZooError> {
        let fetched_at = mirror.fetched_at();
        let fetch = || mirror.fetch(clock::now(), self.outside.caller.progress.as_ref());
        let stale = match self.wants(fetched_at)? {
            Wants::Copy => None,
            Wants::News if self.freshness == Freshness::Recent && fetched_at.is_some() => fetch().err(),
            Wants::News => fetch().map(|()| None)?,
        };
        let access = GitAccess {
            first: open_git(self.entry, mirror.folder())?,
            history: Some(History {
                mirror: mirror.clone(),
                entry: self.entry.clone(),
                is_forbidden: self.freshness == Freshness::Offline && self.outside.archives == Freshness::Offline,
                progress: Rc::clone(&self.outside.caller.progress),
            }),
            whole: OnceCell::new(),
        };
        let mut zoo = Zoo::with(self.entry, Access::Git(Box::new(access)));
        zoo.stale = stale.map(ZooError::from);
        zoo.updated_at = mirror.fetched_at();
        zoo.is_asked = zoo.stale.is_none() && zoo.updated_at != fetched_at;
        Ok(zoo)
    }

    /// Opens an index; if nobody answers, an older one where that is enough.
    fn as_http(&self, http: HttpZoo) -> Result<Zoo, ZooError> {
        let caller = self.outside.caller.clone();
        let kept = http.kept_index();
        let mut is_asked = false;
        let (index, stale) = match (self.wants(kept.as_ref().and(http.fetched_at()))?, kept) {
            (Wants::Copy, Some(kept)) => (kept, None),
            (_, kept) => match (http.fetch_index(&caller), kept) {
                (Ok(index), _) => {
                    is_asked = true;
                    (index, None)
                }
                (Err(error), Some(kept)) if self.freshness == Freshness::Recent => {
                    (kept, Some(ZooError::Index(error.into())))
                }
                (Err(error), _) => return Err(ZooError::Index(error.into())),
            },
        };
        let (skipped, updated_at) = (index.skipped.clone(), http.fetched_at());
        let access = Access::Http(Box::new(HttpAccess { zoo: http, index, archives: self.outside.archives, caller }));
        Ok(Zoo { stale, updated_at, is_asked, skipped, ..Zoo::with(self.entry, access) })
    }

    /// Tries git where there is no index; what to say if that is nothing either depends on both.
    fn instead(&self, error: HttpZooError, mirror: &Mirror) -> Result<Zoo, ZooError> {
        let is_answer = match &error {
            HttpZooError::Http(error) => error.is_answer(),
            HttpZooError::Index { .. } => true,
            _ => false,
        };
        if !is_answer && mirror.fetched_at().is_none() {
            return Err(ZooError::Index(error.into()));
        }
        match self.as_git(mirror) {
            Err(ZooError::Mirror(source)) if !source.wants_login() => match &error {
                HttpZooError::Http(it) if it.is_missing() => {
                    Err(ZooError::NoRepository { address: without_user_info(self.url), source: source.into() })
                }
                _ => Err(ZooError::Index(error.into())),
            },
            opened => opened,
        }
    }

    /// Tells whether a copy of that age is enough.
    fn wants(&self, fetched_at: Option<Timestamp>) -> Result<Wants, ZooError> {
        let is_recent = fetched_at.is_some_and(|it| clock::now().duration_since(it).abs() < RECENT);
        match (self.freshness, fetched_at) {
            (Freshness::Offline, None) => Err(ZooError::NeverFetched { zoo: self.entry.name.clone() }),
            (Freshness::Offline, Some(_)) => Ok(Wants::Copy),
            (Freshness::Recent, Some(_)) if is_recent => Ok(Wants::Copy),
            (Freshness::Recent | Freshness::Asked, _) => Ok(Wants::News),
        }
    }
}

/// What a zoo is opened with.
enum Wants {
    Copy,
    News,
}
