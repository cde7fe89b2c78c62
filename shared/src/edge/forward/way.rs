//! The way to a pod behind a Service.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::Portforwarder;
use tokio::time::{sleep, timeout};

use super::{ForwardError, PAUSE, is_final};
use crate::edge::cluster::{Call, ClusterError, Page, Query, Resource, Right, Scope, Session, decoded, list};
use crate::tfjob::endpoints::{Backend, backends, selected};
use crate::tfjob::service::{Found, NoPort, ServicePort};

/// How long a connection waits for a pod that takes it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a pod is taken for ready without another look.
const FRESH: Duration = Duration::from_secs(5);

/// How to come to a pod behind the Service.
pub(super) struct Way {
    session: Session,
    namespace: String,
    service: String,
    selector: String,
    port: ServicePort,
    known: Mutex<Option<(Instant, Backend)>>,
    has_worked: AtomicBool,
}

impl Way {
    pub(super) fn to(service: &Found, session: Session) -> Result<Self, NoPort> {
        Ok(Self {
            session,
            namespace: service.namespace.clone(),
            service: service.name.clone(),
            selector: service.labels(),
            port: service.port.clone()?,
            known: Mutex::new(None),
            has_worked: AtomicBool::new(false),
        })
    }

    /// Opens a stream to a pod that is ready; waits for one while there is none.
    pub(super) async fn open(&self) -> Result<(Backend, Portforwarder), ForwardError> {
        let begun = Instant::now();
        let mut refused: Option<Instant> = None;
        loop {
            let error = match timeout(PATIENCE, self.attempt()).await {
                Ok(Ok(opened)) => {
                    self.has_worked.store(true, Ordering::Relaxed);
                    return Ok(opened);
                }
                Ok(Err(error)) => error,
                Err(_) => self.nobody(),
            };
            self.forget();
            refused = refused.or_else(|| Some(Instant::now())).filter(|_| is_final(&error));
            if refused.map_or(begun.elapsed() > PATIENCE, |since| self.is_refused(since)) {
                return Err(error);
            }
            sleep(PAUSE).await;
        }
    }

    /// Tells whether what has been forbidden since then stays so: a server that starts does not know its rules at once.
    fn is_refused(&self, since: Instant) -> bool {
        !self.has_worked.load(Ordering::Relaxed) || since.elapsed() > PATIENCE
    }

    async fn attempt(&self) -> Result<(Backend, Portforwarder), ForwardError> {
        let backend = self.backend().await?;
        let pods: Api<Pod> = Api::namespaced(self.session.client()?, &self.namespace);
        let opened = pods.portforward(&backend.pod, &[backend.port]).await;
        let tunnel =
            opened.map_err(|it| ForwardError::NoWay { pod: backend.pod.clone(), source: Box::new(self.error(it)) })?;
        Ok((backend, tunnel))
    }

    fn error(&self, error: kube::Error) -> ClusterError {
        match error {
            // A WebSocket begins with a GET, for which servers before 1.35 want no other right.
            kube::Error::Api(status) => {
                let verb = if status.message.contains("cannot get ") { "get" } else { "create" };
                ClusterError::Api { status, right: self.right(verb, "pods/portforward") }
            }
            other => self.session.network(&other),
        }
    }

    fn right(&self, verb: &str, resource: &str) -> Right {
        let namespace = Some(self.namespace.clone());
        Right { verb: verb.to_owned(), resource: resource.to_owned(), group: String::new(), namespace }
    }

    /// Returns a pod that is ready.
    async fn backend(&self) -> Result<Backend, ForwardError> {
        if let Some((_, backend)) = self.known().as_ref().filter(|it| it.0.elapsed() < FRESH) {
            return Ok(backend.clone());
        }
        let found = match self.by_endpoints().await {
            // As for kubectl, to read pods is enough.
            Err(error) if error.is_forbidden() && !self.selector.is_empty() => match self.by_selector().await {
                Err(also) if also.is_forbidden() => Err(error),
                answer => answer,
            },
            answer => answer,
        };
        let backend = found?.into_iter().next().ok_or_else(|| self.nobody())?;
        *self.known() = Some((Instant::now(), backend.clone()));
        Ok(backend)
    }

    async fn by_endpoints(&self) -> Result<Vec<Backend>, ClusterError> {
        let path = Resource::endpoints().object_path(&self.namespace, &self.service);
        let call = Call::get(path, self.right("get", "endpoints"));
        match self.session.fetch(&call).await {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            answer => Ok(backends(&decoded(&answer?, &call.path)?, &self.port)),
        }
    }

    async fn by_selector(&self) -> Result<Vec<Backend>, ClusterError> {
        let (scope, query) = (Scope::Namespace(&self.namespace), Query::labels(&self.selector));
        let mut pods = Vec::new();
        let mut collect = |page| match page {
            Page::Items(items) => pods.extend(items),
            Page::Restarted => pods.clear(),
        };
        list(&self.session, &Resource::pods(), scope, &query, &mut collect).await?;
        Ok(selected(&pods, &self.port))
    }

    fn nobody(&self) -> ForwardError {
        ForwardError::NoPod { service: self.service.clone(), namespace: self.namespace.clone() }
    }

    pub(super) fn forget(&self) {
        *self.known() = None;
    }

    fn known(&self) -> MutexGuard<'_, Option<(Instant, Backend)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
