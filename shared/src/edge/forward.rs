//! Connections to a port of this machine that go on to a pod behind a Service, as `kubectl port-forward` makes them.
//!
//! Each connection looks for a ready pod of its own, so that a pod that is replaced costs no more than the connections
//! it had.

mod shuttle;
mod way;

use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};

use super::cluster::{Cluster, ClusterError, Interruptions};
use crate::base::failure::Failure;
use crate::tfjob::endpoints::Backend;
use crate::tfjob::service::{Found, NoPort};
use shuttle::shuttle;
use way::Way;

/// How long until something is tried again.
const PAUSE: Duration = Duration::from_millis(300);

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
    let way = Way::to(service, cluster.session())?;
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
    let mut rest: Option<Instant> = None;
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
            () = sleep_until(rest.unwrap_or_else(Instant::now)), if rest.is_some() => {
                rest = None;
                continue;
            }
            accepted = listener.accept(), if rest.is_none() => {
                match accepted {
                    Ok((client, _)) => connections.push(pass(way, client, tell.clone())),
                    // Too many files are open: some of them will be closed by the connections that go on.
                    Err(_) => rest = Some(Instant::now() + PAUSE),
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
async fn pass(way: &Way, client: TcpStream, tell: UnboundedSender<ForwardEvent>) -> Result<(), ForwardError> {
    // Delays would be all that comes of a failure.
    let _ = client.set_nodelay(true);
    let (backend, mut tunnel) = way.open().await?;
    let (Some(stream), Some(fault)) = (tunnel.take_stream(backend.port), tunnel.take_error(backend.port)) else {
        return Ok(());
    };
    let pod = backend.pod.clone();
    // Nobody listens any more only when all ends.
    let _ = tell.send(ForwardEvent::Moved(backend));
    // Either side may end a connection when it likes; only what the pod's node says about it is worth a word.
    if let Some(text) = shuttle(client, stream, fault).await {
        way.forget();
        let _ = tell.send(ForwardEvent::Lost(format!("pod \"{pod}\": {}", text.trim())));
    }
    tunnel.abort();
    Ok(())
}
