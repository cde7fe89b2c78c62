//! The way to a pod behind a Service.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::Portforwarder;
use tokio::time::{sleep, timeout};

use super::{ForwardError, PAUSE, is_final};
use crate::edge::cluster::{Call, ClusterError, Resource, Right, Session, decoded};
use crate::tfjob::endpoints::{Backend, backends};
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
    port: ServicePort,
    known: Mutex<Option<(Instant, Backend)>>,
}

impl Way {
    pub(super) fn to(service: &Found, session: Session) -> Result<Self, NoPort> {
        Ok(Self {
            session,
            namespace: service.namespace.clone(),
            service: service.name.clone(),
            port: service.port.clone()?,
            known: Mutex::new(None),
        })
    }

    /// Opens a stream to a pod that is ready; waits for one while there is none.
    pub(super) async fn open(&self) -> Result<(Backend, Portforwarder), ForwardError> {
        let begun = Instant::now();
        loop {
            let error = match timeout(PATIENCE, self.attempt()).await {
                Ok(Ok(opened)) => return Ok(opened),
                Ok(Err(error)) => error,
                Err(_) => self.nobody(),
            };
            self.forget();
            if is_final(&error) || begun.elapsed() > PATIENCE {
                return Err(error);
            }
            sleep(PAUSE).await;
        }
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
        let backend = self.by_endpoints().await?.into_iter().next().ok_or_else(|| self.nobody())?;
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
