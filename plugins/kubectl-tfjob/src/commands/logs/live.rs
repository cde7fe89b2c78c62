//! The logs of a job as they are written: what its watches tell becomes events of the log engine.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::base::failure::CommandError;
use shared::edge::clock;
use shared::edge::cluster::{Change, Cluster, ClusterError, Query, Resource, Scope, Watch, WatchEvent};
use shared::edge::logs::{Event, Life, Next, Notice, Options, Outcome};
use shared::edge::streams;
use shared::term::Teller;
use shared::tfjob::job::Job;
use shared::tfjob::pod::Pod;
use shared::tfjob::select;

use super::choice::Choice;
use super::plan::{Plan, containers, has_no_log, label, life, list, no_log, planned};
use super::subject::Subject;
use super::tell;

/// For how long the pods of a job that has ended are still followed: operators delete those that are to go at once.
const FAREWELL: SignedDuration = SignedDuration::from_secs(5);
/// The same for pods that are being deleted: twice what they get as a rule to end in good order.
const LAST_WORDS: SignedDuration = SignedDuration::from_secs(60);

/// What was asked for, and what there is of it at first.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) subject: &'a Subject,
    pub(super) choice: &'a Choice,
    /// Has been announced: what it says of pods that wait is not said again.
    pub(super) plan: &'a Plan,
}

/// Follows until the job has ended and its logs have.
///
/// # Errors
///
/// Fails if pods or the job may not be watched, and with exit code 1 when it is interrupted.
pub(super) fn follow(
    cluster: &Cluster,
    asked: Asked<'_>,
    options: &Options,
    out: &mut dyn Write,
    teller: &RefCell<Teller<'_>>,
) -> Result<Outcome, CommandError> {
    let Asked { subject, choice, plan } = asked;
    let scope = Scope::Namespace(&subject.namespace);
    let query = Query { labels: selector(subject), ..Query::default() };
    let mut watches = vec![Watch { resource: Resource::pods(), scope, query }];
    if let Some(found) = &subject.found {
        let query = Query::fields(&format!("metadata.name={}", found.job.name));
        watches.push(Watch { resource: found.api.resource(), scope, query });
    }
    let mut hearing = Hearing {
        subject,
        choice,
        teller,
        first: Some(Vec::new()),
        listed: BTreeSet::new(),
        known: BTreeMap::new(),
        dismissed: BTreeSet::new(),
        told: plan.waiting.iter().cloned().collect(),
        is_finished: subject.is_finished(),
        is_job_listed: false,
        has_told_end: false,
        ended_at: subject.is_finished().then_some(Timestamp::UNIX_EPOCH),
        refusal: None,
        is_interrupted: false,
    };
    let listener = |notice: Notice<'_>| tell(&mut teller.borrow_mut(), &notice);
    let outcome =
        cluster.follow_logs(&watches, &mut |event, told| hearing.hear(event, told), options, out, &listener)?;
    if let Some(error) = hearing.refusal {
        return Err(error.into());
    }
    if hearing.is_interrupted { Err(CommandError::Exit(1)) } else { Ok(outcome) }
}

/// Returns the selector that finds the job's pods; none if that is not known yet.
fn selector(subject: &Subject) -> Option<String> {
    let selectors = match &subject.found {
        Some(found) => select::selectors(&found.job),
        None => select::gone_selectors(&subject.name),
    };
    let finds = |selector: &str, pod: &Pod| {
        selector.split_once('=').is_some_and(|(key, value)| pod.labels.get(key).is_some_and(|it| it == value))
    };
    selectors.into_iter().flatten().find(|it| subject.pods.iter().any(|pod| finds(it, pod)))
}

/// What the watches have told.
#[expect(clippy::struct_excessive_bools, reason = "each tells one independent fact")]
struct Hearing<'a, 't> {
    subject: &'a Subject,
    choice: &'a Choice,
    teller: &'a RefCell<Teller<'t>>,
    /// The pods of the first list, until it is whole: they are told of in their order.
    first: Option<Vec<Pod>>,
    /// The pods of the present list.
    listed: BTreeSet<String>,
    /// The pods that were told of, by their uids.
    known: BTreeMap<String, Pod>,
    /// Those that run on after the job's end, and whose lines nobody waits for any more.
    dismissed: BTreeSet<String>,
    /// What was said of pods that wait.
    told: BTreeSet<String>,
    is_finished: bool,
    is_job_listed: bool,
    has_told_end: bool,
    /// When the end of the job was heard of; long ago if it had ended before.
    ended_at: Option<Timestamp>,
    refusal: Option<ClusterError>,
    is_interrupted: bool,
}

impl Hearing<'_, '_> {
    fn hear(&mut self, event: WatchEvent, told: &mut Vec<Event>) -> Next {
        match event {
            WatchEvent::Interrupted => {
                self.is_interrupted = true;
                return Next::Stop;
            }
            WatchEvent::Of { kind: Change::Forbidden(error), .. } => {
                self.refusal = Some(error);
                return Next::Stop;
            }
            WatchEvent::Of { watch: 0, kind } => self.hear_of_pod(kind, told),
            WatchEvent::Of { kind, .. } => self.hear_of_job(kind),
            WatchEvent::Tick if streams::out_is_closed() => return Next::Close,
            WatchEvent::Tick => {}
        }
        if self.is_finished && self.first.is_none() {
            self.part(told);
        }
        Next::Watch
    }

    /// Waits no longer for what has not begun, and after a while not for what runs on either: parameter servers never
    /// end by themselves, and not every cleanPodPolicy deletes them.
    fn part(&mut self, told: &mut Vec<Event>) {
        if !self.has_told_end {
            self.has_told_end = true;
            told.push(Event::Finished);
        }
        let now = clock::now_exactly();
        let passed = now.duration_since(*self.ended_at.get_or_insert(now));
        let is_due = |pod: &Pod| passed >= if pod.is_terminating { LAST_WORDS } else { FAREWELL };
        let runs = |pod: &Pod| {
            let containers = containers(pod, self.choice).unwrap_or_default();
            containers.into_iter().any(|it| life(pod, it) == Life::Running)
        };
        let due = self.known.iter().filter(|(uid, pod)| !self.dismissed.contains(*uid) && is_due(pod) && runs(pod));
        let mut due: Vec<(String, Pod)> = due.map(|(uid, pod)| (uid.clone(), pod.clone())).collect();
        if due.is_empty() {
            return;
        }
        due.sort_by(|(_, a), (_, b)| (&a.replica_type, a.index).cmp(&(&b.replica_type, b.index)));
        let labels: Vec<String> = due.iter().map(|(_, pod)| label(pod)).collect();
        self.dismissed.extend(due.iter().map(|it| it.0.clone()));
        for (_, pod) in due {
            self.seen(&pod, told);
        }
        let labels = list(&labels);
        self.teller.borrow_mut().note(format!("the job has ended; not followed, though still running: {labels}"));
    }

    fn hear_of_job(&mut self, change: Change) {
        match change {
            Change::Restarted => self.is_job_listed = false,
            Change::Applied(object) => {
                let job = Job::read(&object).ok().filter(|it| it.uid == self.subject.uid);
                self.is_job_listed |= job.is_some();
                self.is_finished |= job.is_none_or(|it| it.is_finished());
            }
            Change::Deleted(_) => self.is_finished = true,
            Change::Synced => self.is_finished |= !self.is_job_listed,
            Change::Forbidden(_) => {}
        }
    }

    fn hear_of_pod(&mut self, change: Change, told: &mut Vec<Event>) {
        match change {
            Change::Restarted => self.listed.clear(),
            Change::Applied(object) => {
                let Some(pod) = self.own(&object) else { return };
                self.listed.extend(pod.uid.clone());
                match &mut self.first {
                    Some(first) => first.push(pod),
                    None => self.seen(&pod, told),
                }
            }
            Change::Synced => {
                for pod in self.in_order() {
                    self.seen(&pod, told);
                }
                let gone: Vec<String> = self.known.keys().filter(|it| !self.listed.contains(*it)).cloned().collect();
                for uid in gone {
                    self.gone(uid, told);
                }
            }
            Change::Deleted(object) => {
                if let Some(uid) = self.own(&object).and_then(|it| it.uid) {
                    self.listed.remove(&uid);
                    self.gone(uid, told);
                }
            }
            Change::Forbidden(_) => {}
        }
    }

    /// Returns the pods of the first list in their order.
    fn in_order(&mut self) -> Vec<Pod> {
        let first = self.first.take().unwrap_or_default();
        match &self.subject.found {
            Some(found) => select::own(&found.job, first, None).pods,
            None => select::of_gone(&self.subject.name, None, first).pods,
        }
    }

    /// Reads a pod if it is one of the job's, and wanted.
    fn own(&self, object: &Value) -> Option<Pod> {
        let pod = Pod::read(object)?;
        if !self.choice.wants_pod(&pod, self.subject) {
            return None;
        }
        match &self.subject.found {
            Some(found) => select::own(&found.job, vec![pod], None).pods.pop(),
            None => Some(pod).filter(|it| it.owner.as_ref().map(|it| &it.uid) == self.subject.uid.as_ref()),
        }
    }

    fn seen(&mut self, pod: &Pod, told: &mut Vec<Event>) {
        let Some(uid) = &pod.uid else { return };
        self.known.insert(uid.clone(), pod.clone());
        // A pod without the container that is wanted has no log for us.
        for container in containers(pod, self.choice).unwrap_or_default() {
            let planned = planned(pod, container, life(pod, container), self.choice);
            if planned.life == Life::Waiting && pod.trouble().is_some() && has_no_log(pod, container) {
                let text = no_log(pod, container, self.choice);
                if self.told.insert(text.clone()) {
                    self.teller.borrow_mut().note(text);
                }
            }
            let is_dismissed = planned.life == Life::Running && self.dismissed.contains(uid);
            let life = if is_dismissed { Life::Dismissed } else { planned.life };
            told.push(Event::Seen { stream: planned.stream, life, restarts: planned.restarts });
        }
    }

    fn gone(&mut self, uid: String, told: &mut Vec<Event>) {
        self.known.remove(&uid);
        told.push(Event::Gone { uid });
    }
}
