//! One job as its watches tell it: the job, its pods, its events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared::edge::clock;
use shared::edge::cluster::{Change, ClusterError, Query, Resource, Right, Scope, Watch};
use shared::edge::jobs::{self, LiveJob, Pods};
use shared::tfjob::events::{EventRow, sort};
use shared::tfjob::job::Job;
use shared::tfjob::pod::Pod;
use shared::tfjob::select;
use shared::tfjob::service::{self, Found};

use crate::commands::status::gather;
use crate::commands::status::page::Page;

/// Up to so many pods have their events watched, with one watch each.
const MOST_WATCHED: usize = 8;

/// A job under watch.
pub(super) struct Live {
    pub(super) found: LiveJob,
    pub(super) is_deleted: bool,
    /// Whether something came since it was last drawn.
    pub(super) is_changed: bool,
    /// The Service of its TensorBoard.
    service: Option<Found>,
    /// The number of its first watch among all watches.
    first: usize,
    watched: Vec<Watched>,
}

/// What one watch has told.
struct Watched {
    kind: Kind,
    resource: Resource,
    query: Query,
    /// By uid; whether it was seen since the last list began.
    objects: BTreeMap<String, (bool, Value)>,
    is_complete: bool,
    refused: Option<Refused>,
}

/// A watch that is not allowed, and the right that would do.
#[derive(Debug, Clone)]
struct Refused(Option<Right>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Job,
    Pods,
    Events,
    Services,
}

impl Live {
    /// Returns a job of which nothing has been told yet; `first` is the number of its first watch.
    pub(super) fn new(found: LiveJob, first: usize, with_events: bool) -> Self {
        let job = &found.job;
        let named = Query::fields(&format!("metadata.name={}", job.name));
        let mut watched = vec![Watched::new(Kind::Job, found.api.resource(), named)];
        for labels in select::selectors(job) {
            watched.push(Watched::new(Kind::Pods, Resource::pods(), Query { labels, ..Query::default() }));
        }
        if with_events {
            for fields in jobs::event_fields(job, &few(jobs::pod_names(job))) {
                watched.push(Watched::new(Kind::Events, Resource::events(), Query::fields(&fields)));
            }
        }
        watched.push(Watched::new(Kind::Services, Resource::services(), Query::default()));
        Self { found, is_deleted: false, is_changed: false, service: None, first, watched }
    }

    /// Returns what is to be watched.
    pub(super) fn watches<'a>(&self, scope: Scope<'a>) -> Vec<Watch<'a>> {
        let watch = |it: &Watched| Watch { resource: it.resource.clone(), scope, query: it.query.clone() };
        self.watched.iter().map(watch).collect()
    }

    /// Tells whether the watch of this number is one of this job's.
    pub(super) fn has(&self, watch: usize) -> bool {
        (self.first..self.first + self.watched.len()).contains(&watch)
    }

    /// Tells whether every watch has told its list, or was refused.
    pub(super) fn is_complete(&self) -> bool {
        self.watched.iter().all(|it| it.is_complete)
    }

    /// Takes an event, if it is one of this job's watches.
    ///
    /// # Errors
    ///
    /// Fails if the job itself may not be watched.
    pub(super) fn take(&mut self, watch: usize, change: Change) -> Result<(), ClusterError> {
        let watched = &mut self.watched[watch - self.first];
        if watched.kind == Kind::Services {
            let is_whole = matches!(change, Change::Synced);
            // A namespace may have thousands: they are looked through once a list is whole, and then for news.
            if watched.take(change) && watched.is_complete || is_whole {
                self.choose_service();
            }
            return Ok(());
        }
        if let (Kind::Job, Change::Applied(object)) = (watched.kind, &change)
            && let Ok(job) = Job::read(object)
        {
            // A state that cannot be read leaves the last one standing.
            self.found.job = job;
        }
        match (watched.kind, change) {
            (Kind::Job, Change::Forbidden(error)) => return Err(error),
            (_, change) => self.is_changed |= watched.take(change),
        }
        self.is_deleted |= watched.kind == Kind::Job && watched.is_complete && watched.objects.is_empty();
        Ok(())
    }

    /// Looks for the job's TensorBoard; other Services of the namespace are none of its business.
    fn choose_service(&mut self) {
        let service = service::choose(&self.found.job, self.objects(Kind::Services), None);
        self.is_changed |= service != self.service;
        self.service = service;
    }

    /// Returns the page as it stands.
    pub(super) fn page(&self) -> Page {
        let refused = |kind| self.watched.iter().filter(move |it| it.kind == kind).find_map(|it| it.refused.clone());
        let pods = match refused(Kind::Pods) {
            Some(Refused(right)) => Pods::Forbidden(right),
            None => Pods::Known(self.own()),
        };
        let mut page = gather::page_of(&self.found, &pods, self.service.as_ref(), clock::now());
        let names: BTreeSet<String> = pods.all().iter().map(|it| it.name.clone()).collect();
        let mut events: Vec<EventRow> = self.objects(Kind::Events).filter_map(EventRow::read).collect();
        events.retain(|it| jobs::belongs(it, &self.found.job, &names));
        sort(&mut events);
        page.events = Some(events);
        for (kind, what) in [(Kind::Services, "TensorBoard"), (Kind::Events, "events")] {
            page.gaps.extend(refused(kind).map(|it| gather::gap(what, it.0.as_ref())));
        }
        page
    }

    /// Returns the job's pods, found by the first labels that find any.
    fn own(&self) -> select::Own {
        let mut pods = Vec::new();
        let mut own = select::Own::default();
        for watched in self.watched.iter().filter(|it| it.kind == Kind::Pods) {
            pods.extend(watched.objects.values().filter_map(|(_, it)| Pod::read(it)));
            own = select::own(&self.found.job, pods.clone(), None);
            if !own.pods.is_empty() {
                break;
            }
        }
        own
    }

    fn objects(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        self.watched.iter().filter(move |it| it.kind == kind).flat_map(|it| it.objects.values().map(|(_, it)| it))
    }
}

impl Watched {
    fn new(kind: Kind, resource: Resource, query: Query) -> Self {
        Self { kind, resource, query, objects: BTreeMap::new(), is_complete: false, refused: None }
    }

    /// Takes what the watch tells, and returns whether it is news.
    fn take(&mut self, change: Change) -> bool {
        match change {
            Change::Restarted => {
                self.objects.values_mut().for_each(|(is_seen, _)| *is_seen = false);
                false
            }
            Change::Applied(object) => self.put(object),
            Change::Deleted(object) => {
                self.objects.remove(&uid(&object));
                true
            }
            Change::Synced => {
                let before = self.objects.len();
                self.objects.retain(|_, (is_seen, _)| *is_seen);
                self.is_complete = true;
                self.objects.len() != before
            }
            Change::Forbidden(error) => {
                self.refused = Some(Refused(error.missing_right()));
                self.is_complete = true;
                false
            }
        }
    }

    /// Keeps an object, and tells whether it is news.
    fn put(&mut self, object: Value) -> bool {
        let version = |it: &Value| it.pointer("/metadata/resourceVersion").cloned();
        let new = version(&object);
        let old = self.objects.insert(uid(&object), (true, object));
        old.is_none_or(|(_, old)| version(&old) != new)
    }
}

/// Returns the names if they are few: the events of many pods are too much to be watched.
fn few(names: BTreeSet<String>) -> BTreeSet<String> {
    if names.len() > MOST_WATCHED { BTreeSet::new() } else { names }
}

fn uid(object: &Value) -> String {
    object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned()
}
