//! One job as its watches tell it: the job, its pods, its events.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::edge::clock;
use shared::edge::cluster::{ClusterError, Query, Resource, Scope, Watch, WatchEvent};
use shared::edge::jobs::{self, LiveJob, Pods};
use shared::tfjob::events::{EventRow, sort};
use shared::tfjob::job::Job;
use shared::tfjob::pod::Pod;
use shared::tfjob::select;
use shared::tfjob::service::Found;

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
    service: Option<Found>,
    /// The number of its first watch among all watches.
    first: usize,
    watched: Vec<Watched>,
}

/// What one watch has told.
struct Watched {
    kind: Kind,
    watch: Watch,
    /// By uid; whether it was seen since the last list began.
    objects: BTreeMap<String, (bool, Value)>,
    is_complete: bool,
    refused: Option<ClusterError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Job,
    Pods,
    Events,
}

impl Live {
    /// Returns a job of which nothing has been told yet; `first` is the number of its first watch.
    pub(super) fn new(found: LiveJob, service: Option<Found>, first: usize, with_events: bool) -> Self {
        let job = &found.job;
        let named = Query { fields: Some(format!("metadata.name={}", job.name)), ..Query::default() };
        let mut watched = vec![Watched::new(Kind::Job, found.api.resource(), &found, named)];
        for labels in select::selectors(job) {
            watched.push(Watched::new(Kind::Pods, Resource::pods(), &found, Query { labels, ..Query::default() }));
        }
        if with_events {
            for fields in jobs::event_fields(job, &few(jobs::pod_names(job))) {
                let query = Query { fields: Some(fields), ..Query::default() };
                watched.push(Watched::new(Kind::Events, Resource::events(), &found, query));
            }
        }
        Self { found, is_deleted: false, is_changed: false, service, first, watched }
    }

    /// Returns what is to be watched.
    pub(super) fn watches(&self) -> impl Iterator<Item = Watch> + '_ {
        self.watched.iter().map(|it| it.watch.clone())
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
    pub(super) fn take(&mut self, event: &WatchEvent) -> Result<(), ClusterError> {
        let Some(number) = event.watch().and_then(|it| it.checked_sub(self.first)) else { return Ok(()) };
        let Some(watched) = self.watched.get_mut(number) else { return Ok(()) };
        match event {
            WatchEvent::Restarted { .. } => watched.objects.values_mut().for_each(|(is_seen, _)| *is_seen = false),
            WatchEvent::Applied { object, .. } => {
                self.is_changed |= watched.put(object);
                if watched.kind == Kind::Job {
                    self.renew(object);
                }
            }
            WatchEvent::Deleted { object, .. } => {
                watched.objects.remove(&uid(object));
                self.is_changed = true;
                self.is_deleted |= watched.kind == Kind::Job;
            }
            WatchEvent::Synced { .. } => {
                let before = watched.objects.len();
                watched.objects.retain(|_, (is_seen, _)| *is_seen);
                watched.is_complete = true;
                self.is_changed |= watched.objects.len() != before;
                self.is_deleted |= watched.kind == Kind::Job && watched.objects.is_empty();
            }
            WatchEvent::Forbidden { error, .. } if watched.kind == Kind::Job => return Err(error.clone()),
            WatchEvent::Forbidden { error, .. } => {
                watched.refused = Some(error.clone());
                watched.is_complete = true;
            }
            WatchEvent::Tick | WatchEvent::Interrupted => {}
        }
        Ok(())
    }

    /// Takes the newest state of the job; one that cannot be read leaves the last one standing.
    fn renew(&mut self, object: &Value) {
        if let Ok(job) = Job::read(object) {
            self.found.job = job;
        }
    }

    /// Returns the page as it stands.
    pub(super) fn page(&self) -> Page {
        let refused = |kind| self.watched.iter().filter(move |it| it.kind == kind).find_map(|it| it.refused.clone());
        let pods = match refused(Kind::Pods) {
            Some(error) => Pods::Forbidden(error),
            None => Pods::Known(self.own()),
        };
        let mut page = gather::page_of(&self.found, &pods, self.service.as_ref(), clock::now());
        let names: Vec<String> = pods.all().iter().map(|it| it.name.clone()).collect();
        let mut events: Vec<EventRow> = self.objects(Kind::Events).filter_map(EventRow::read).collect();
        events.retain(|it| jobs::belongs(it, &self.found.job, &names));
        sort(&mut events);
        page.events = Some(events);
        page.gaps.extend(refused(Kind::Events).map(|it| gather::gap("events", &it)));
        page
    }

    /// Returns the job's pods, found by the first labels that find any.
    fn own(&self) -> select::Own {
        let mut found = select::Own::default();
        for watched in self.watched.iter().filter(|it| it.kind == Kind::Pods) {
            let pods = watched.objects.values().filter_map(|(_, it)| Pod::read(it)).collect();
            let own = select::own(&self.found.job, pods, None);
            let foreign = own.foreign.max(found.foreign);
            found = select::Own { foreign, ..own };
            if !found.pods.is_empty() {
                break;
            }
        }
        found
    }

    fn objects(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        self.watched.iter().filter(move |it| it.kind == kind).flat_map(|it| it.objects.values().map(|(_, it)| it))
    }
}

impl Watched {
    fn new(kind: Kind, resource: Resource, found: &LiveJob, query: Query) -> Self {
        let watch = Watch::new(resource, Scope::Namespace(found.namespace()), query);
        Self { kind, watch, objects: BTreeMap::new(), is_complete: false, refused: None }
    }

    /// Keeps an object, and tells whether it is news.
    fn put(&mut self, object: &Value) -> bool {
        let old = self.objects.insert(uid(object), (true, object.clone()));
        old.is_none_or(|(_, old)| old != *object)
    }
}

/// Returns the names if they are few: the events of many pods are too much to be watched.
fn few(names: Vec<String>) -> Vec<String> {
    if names.len() > MOST_WATCHED { Vec::new() } else { names }
}

fn uid(object: &Value) -> String {
    object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned()
}
