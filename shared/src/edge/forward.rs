//! Connections to a port of this machine that go on to a pod behind a Service, as `kubectl port-forward` makes them.
//!
//! Each connection looks for a ready pod of its own, so that a pod that is replaced costs no more than the connections
//! it had.

use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::Portforwarder;
use serde_json::Value;
use tokio::io::{AsyncWriteExt as _, copy, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};

use super::cluster::{Call, Cluster, ClusterError, Interruptions, Resource, Right, Session, decoded};
use crate::base::failure::Failure;
use crate::tfjob::endpoints::{Backend, backends};
use crate::tfjob::service::{Found, NoPort, ServicePort};

/// How long a connection waits for a pod that takes it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long until it looks for one again.
const PAUSE: Duration = Duration::from_millis(300);
/// How long a pod is taken for ready without another look.
const FRESH: Duration = Duration::from_secs(5);
/// How long answers are passed on to a client that has no more to say.
const LINGER: Duration = Duration::from_secs(10);

/// Why nothing can be forwarded.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError {
    /// Somebody else listens there, or it is nobody's to take.
    #[error("port {port} of 127.0.0.1 cannot be listened on")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The Service has no port to forward to.
    #[error(transparent)]
    NoPort(#[from] NoPort),
    /// Nobody is behind the Service.
    #[error("service \"{service}\" has no pod that is ready")]
    NoPod {
        /// The Service.
        service: String,
        /// Its namespace.
        namespace: String,
    },
    /// The pod cannot be reached.
    #[error("pod \"{pod}\" cannot be reached")]
    NoWay {
        /// The pod.
        pod: String,
        /// Why.
        #[source]
        source: Box<ClusterError>,
    },
    /// The API server said no, or could not be reached.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Failure for ForwardError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Listen { .. } => Some("give another port, or none for a free one: --port-forward".to_owned()),
            Self::NoPod { service, namespace } => {
                Some(format!("`kubectl get endpoints {service} -n {namespace}` shows who is behind it"))
            }
            Self::NoPort(error) => error.hint(),
            Self::NoWay { source, .. } => source.hint(),
            Self::Cluster(error) => error.hint(),
        }
    }
}

/// What happens while connections are forwarded.
#[derive(Debug)]
pub enum ForwardEvent {
    /// A pod can be reached, and connections are taken.
    Listening {
        /// The port of 127.0.0.1.
        port: u16,
        /// The pod that takes them now.
        backend: Backend,
    },
    /// Connections go to another pod from now on.
    Moved(Backend),
    /// A connection was lost.
    Lost(String),
}

/// Forwards connections to `port` of 127.0.0.1, 0 for a free one, to the pods behind a Service, until Ctrl-C or SIGTERM,
/// or until the callback breaks off.
///
/// # Errors
///
/// Fails if the port cannot be listened on, or if no pod can be reached to begin with; later only if the right to do so
/// is lost.
pub fn forward(
    cluster: &Cluster,
    service: &Found,
    port: u16,
    on_event: &mut dyn FnMut(ForwardEvent) -> ControlFlow<()>,
) -> Result<(), ForwardError> {
    let way = Way {
        session: cluster.session(),
        namespace: service.namespace.clone(),
        service: service.name.clone(),
        port: service.port.clone()?,
        known: Mutex::new(None),
    };
    cluster.block_on(serve(&way, port, on_event))?
}

async fn serve(
    way: &Way,
    port: u16,
    on_event: &mut dyn FnMut(ForwardEvent) -> ControlFlow<()>,
) -> Result<(), ForwardError> {
    let listening = |source| ForwardError::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(listening)?;
    let port = listener.local_addr().map_err(listening)?.port();
    let mut signals = Interruptions::note()?;
    // A right that is missing is better said now than with the first connection.
    let (mut last, _) = tokio::select! {
        biased;
        () = signals.next() => return Ok(()),
        opened = way.open() => opened?,
    };
    if on_event(ForwardEvent::Listening { port, backend: last.clone() }).is_break() {
        return Ok(());
    }
    let (tell, mut told) = unbounded_channel();
    let mut connections = FuturesUnordered::new();
    loop {
        let event = tokio::select! {
            biased;
            () = signals.next() => return Ok(()),
            Some(ended) = connections.next() => match ended {
                Ok(()) => continue,
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => ForwardEvent::Lost(in_words(&error)),
            },
            Some(event) = told.recv() => event,
            accepted = listener.accept() => {
                match accepted {
                    Ok((client, _)) => connections.push(pass(way, client, tell.clone())),
                    // Too many files are open: some of them will be closed.
                    Err(_) => sleep(PAUSE).await,
                }
                continue;
            }
        };
        if let ForwardEvent::Moved(backend) = &event {
            if *backend == last {
                continue;
            }
            last = backend.clone();
        }
        if on_event(event).is_break() {
            return Ok(());
        }
    }
}

/// Tells whether no other connection will fare better.
fn is_final(error: &ForwardError) -> bool {
    match error {
        ForwardError::NoWay { source, .. } => source.is_forbidden(),
        ForwardError::Cluster(error) => error.is_forbidden(),
        _ => false,
    }
}

/// Returns an error with its causes in one line.
fn in_words(error: &ForwardError) -> String {
    let cause = std::error::Error::source(error).map_or_else(String::new, |it| format!(": {it}"));
    format!("{error}{cause}")
}

/// Passes one connection on, both ways, to its end.
async fn pass(way: &Way, mut client: TcpStream, tell: UnboundedSender<ForwardEvent>) -> Result<(), ForwardError> {
    // Delays would be all that comes of a failure.
    let _ = client.set_nodelay(true);
    let (backend, mut tunnel) = way.open().await?;
    let (Some(stream), Some(fault)) = (tunnel.take_stream(backend.port), tunnel.take_error(backend.port)) else {
        return Ok(());
    };
    let pod = backend.pod.clone();
    // Nobody listens any more only when all ends.
    let _ = tell.send(ForwardEvent::Moved(backend));
    let (mut from_pod, mut to_pod) = split(stream);
    let (mut from_client, mut to_client) = client.split();
    let up = async {
        let _ = copy(&mut from_client, &mut to_pod).await;
        // Closing the stream now would cut off the answer.
        sleep(LINGER).await;
    };
    let down = async {
        let _ = copy(&mut from_pod, &mut to_client).await;
        let _ = to_client.shutdown().await;
    };
    let fault = async {
        match fault.await {
            Some(text) => text,
            None => std::future::pending().await,
        }
    };
    // Either side may end a connection when it likes; only what the pod's node says about it is worth a word.
    tokio::select! {
        biased;
        text = fault => {
            way.forget();
            let _ = tell.send(ForwardEvent::Lost(format!("pod \"{pod}\": {}", text.trim())));
        }
        () = down => {}
        () = up => {}
    }
    tunnel.abort();
    Ok(())
}

/// How to come to a pod behind the Service.
struct Way {
    session: Session,
    namespace: String,
    service: String,
    port: ServicePort,
    known: Mutex<Option<(Instant, Backend)>>,
}

impl Way {
    /// Opens a stream to a pod that is ready; waits for one while there is none.
    async fn open(&self) -> Result<(Backend, Portforwarder), ForwardError> {
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
        let path = Resource::endpoints().object_path(&self.namespace, &self.service);
        let call = Call::get(path, self.right("get", "endpoints"));
        let bytes = match self.session.fetch(&call).await {
            Err(error) if error.is_not_found() => return Err(self.nobody()),
            answer => answer?,
        };
        let endpoints: Value = decoded(&bytes, &call.path)?;
        let backend = backends(&endpoints, &self.port).into_iter().next().ok_or_else(|| self.nobody())?;
        *self.known() = Some((Instant::now(), backend.clone()));
        Ok(backend)
    }

    fn nobody(&self) -> ForwardError {
        ForwardError::NoPod { service: self.service.clone(), namespace: self.namespace.clone() }
    }

    fn forget(&self) {
        *self.known() = None;
    }

    fn known(&self) -> MutexGuard<'_, Option<(Instant, Backend)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
