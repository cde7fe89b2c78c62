//! An HTTP server on this machine that answers by a function; it ends with the test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

/// Returns a file of the TLS fixtures.
pub(super) fn tls_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/tls").join(name)
}

/// A request that came.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    /// The path with its query.
    pub(super) path: String,
    /// The headers by their names in small letters.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
    /// How many requests came before it.
    pub(super) number: usize,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(super) fn is_watch(&self) -> bool {
        self.path.contains("watch=true")
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The connection closes after the body.
    Close,
    /// The body never ends.
    Open,
    /// The connection closes before anything was said.
    Reset,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.as_bytes().to_vec(), end: End::Close }
    }

    /// Returns a stream of events that ends in good order.
    pub(super) fn events(events: &[Value]) -> Self {
        let lines: Vec<String> = events.iter().map(|it| format!("{it}\n")).collect();
        Self::text(200, &lines.concat())
    }

    /// Leaves the connection open after the body.
    pub(super) fn open(self) -> Self {
        Self { end: End::Open, ..self }
    }

    /// Says nothing at all.
    pub(super) fn reset() -> Self {
        Self { end: End::Reset, ..Self::text(200, "") }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

pub(super) struct Server {
    scheme: &'static str,
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with("127.0.0.1:0".parse().unwrap(), None, handler)
    }

    /// Starts a server in the place of one that has ended.
    pub(super) fn start_at(address: SocketAddr, handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(address, None, handler)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts a server that speaks TLS, with a certificate for `localhost` and 127.0.0.1 of the authority in
    /// `tests/fixtures/tls/ca.pem`.
    pub(super) fn start_tls(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let chain = CertificateDer::pem_file_iter(tls_file("server.pem")).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(tls_file("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
        Self::start_with("127.0.0.1:0".parse().unwrap(), Some(Arc::new(config)), handler)
    }

    fn start_with(
        address: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let (all, end) = (Arc::clone(&requests), Arc::clone(&ended));
        let handler: Arc<Handler> = Arc::new(handler);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let (handler, all, end) = (Arc::clone(&handler), Arc::clone(&all), Arc::clone(&end));
                // A client that hangs up is its own affair.
                let tls = tls.clone();
                std::thread::spawn(move || match tls {
                    None => serve(&mut &stream, &*handler, &all, &end),
                    Some(tls) => {
                        let mut stream = StreamOwned::new(ServerConnection::new(tls).ok()?, stream);
                        serve(&mut stream, &*handler, &all, &end)?;
                        stream.conn.send_close_notify();
                        stream.flush().ok()
                    }
                });
            }
        });
        Self { scheme, address, requests, ended, thread: Some(thread) }
    }

    pub(super) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Returns the requests that came.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.requests().into_iter().map(|it| it.path).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn serve(
    stream: &mut (impl Read + Write),
    handler: &Handler,
    all: &Mutex<Vec<Request>>,
    ended: &AtomicBool,
) -> Option<()> {
    let Some(mut request) = read(stream) else {
        return stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").ok();
    };
    {
        let mut all = all.lock().unwrap();
        request.number = all.len();
        all.push(request.clone());
    }
    let reply = handler(&request);
    if reply.end == End::Reset {
        return Some(());
    }
    let mut head = format!("HTTP/1.1 {} -\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head = format!("{head}{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
    stream.write_all(&reply.body).ok()?;
    stream.flush().ok()?;
    while reply.end == End::Open && !ended.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(10));
    }
    Some(())
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = reader.by_ref().lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let lines = lines.map_while(Result::ok).take_while(|it| !it.is_empty());
    let header = |line: String| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in lines.filter_map(header) {
        headers.entry(name).and_modify(|it| *it = format!("{it},{value}")).or_insert(value);
    }
    let length = headers.get("content-length").and_then(|it| it.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body, number: 0 })
}
