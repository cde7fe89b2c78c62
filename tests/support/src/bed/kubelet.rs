//! A kubelet whose answers are the test's: for logs that end, break or stall.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use url::form_urlencoded;

use super::Bed;

type Stream = StreamOwned<ServerConnection, TcpStream>;

/// A log that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRequest {
    /// The namespace of the pod.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// What is asked for in particular: `follow`, `sinceTime`, `tailLines`, `timestamps` …
    pub query: BTreeMap<String, String>,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogEnd {
    /// As when the container ends.
    Orderly,
    /// The connection breaks.
    Cut,
}

/// An answer that is under way.
#[derive(Debug)]
pub struct LogAnswer<'s> {
    stream: &'s mut Stream,
    has_begun: bool,
}

impl LogAnswer<'_> {
    /// Sends text as one piece; it arrives at once.
    ///
    /// # Errors
    /// If the client has gone.
    pub fn send(&mut self, text: &str) -> io::Result<()> {
        self.begin()?;
        write!(self.stream, "{:x}\r\n{text}\r\n", text.len())?;
        self.stream.flush()
    }

    /// Answers that it does not work: `fail(500, "boom")`. Nothing can be sent then.
    ///
    /// # Errors
    /// If the client has gone.
    pub fn fail(&mut self, status: u16, message: &str) -> io::Result<LogEnd> {
        let length = message.len();
        write!(self.stream, "HTTP/1.1 {status} -\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{message}")?;
        self.stream.flush()?;
        Ok(LogEnd::Cut)
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.has_begun {
            return Ok(());
        }
        self.has_begun = true;
        let kind = "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close";
        write!(self.stream, "HTTP/1.1 200 OK\r\n{kind}\r\n\r\n")
    }
}

impl Bed {
    /// Makes a node whose kubelet is `answer`, called for each log that is asked for, in a thread of its own. Pods with
    /// `test/node: NAME` go to that node.
    ///
    /// # Panics
    /// If the node cannot be made.
    pub fn kubelet<A>(&self, name: &str, answer: A)
    where
        A: Fn(&LogRequest, &mut LogAnswer<'_>) -> io::Result<LogEnd> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (config, answer) = (Arc::new(self.server_config()), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, answer) = (Arc::clone(&config), Arc::clone(&answer));
                // What breaks here is seen by the client, and so by the test.
                thread::spawn(move || serve(stream, config, &*answer).is_ok());
            }
        });
        self.add_node(name, port);
    }

    /// Returns what a server needs whose clients take it for a kubelet, or for the API server.
    ///
    /// # Panics
    /// If the bed's certificates were damaged.
    pub fn server_config(&self) -> ServerConfig {
        let certificate = CertificateDer::from_pem_slice(self.credentials.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.credentials.key.as_bytes()).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        builder.with_single_cert(vec![certificate], key).unwrap()
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    answer: &dyn Fn(&LogRequest, &mut LogAnswer<'_>) -> io::Result<LogEnd>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let mut reader = BufReader::new(&mut stream);
    let (mut first, mut line) = (String::new(), String::from("-"));
    reader.read_line(&mut first)?;
    while !line.trim_end().is_empty() {
        line.clear();
        reader.read_line(&mut line)?;
    }
    let target = first.split(' ').nth(1).unwrap_or_default();
    let mut reply = LogAnswer { stream: &mut stream, has_begun: false };
    let Some(request) = parse(target) else {
        return reply.fail(404, "this kubelet has logs only").map(drop);
    };
    if answer(&request, &mut reply)? == LogEnd::Orderly {
        reply.begin()?;
        stream.write_all(b"0\r\n\r\n")?;
        stream.conn.send_close_notify();
        stream.flush()?;
    }
    Ok(())
}

fn parse(target: &str) -> Option<LogRequest> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parts = path.strip_prefix("/containerLogs/")?.split('/').map(str::to_owned);
    Some(LogRequest {
        namespace: parts.next()?,
        pod: parts.next()?,
        container: parts.next()?,
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
    })
}
