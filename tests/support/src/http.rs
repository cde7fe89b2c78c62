//! A real HTTP server on this machine that answers as a test wants, well or badly; it ends with the test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request that came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, or another method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers by their names in small letters.
    pub headers: BTreeMap<String, String>,
    /// What came with it.
    pub body: Vec<u8>,
}

/// Git repositories behind a server.
#[derive(Debug, Clone)]
struct Git {
    folder: PathBuf,
    authorization: Option<String>,
    parts: Parts,
}

/// What a server of git repositories does when it is asked for a part of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// It sends that part.
    Sent,
    /// It has said before that it cannot.
    Unknown,
    /// It fails.
    Failing,
}

/// How a body goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Whole,
    /// Half of it, then the connection ends.
    CutOff,
    /// Half of it, then nothing until the server ends.
    Stalled,
    /// Not even a status line: the connection ends at once.
    Reset,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    manner: Manner,
}

impl Reply {
    /// Returns 200 with a body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into(), manner: Manner::Whole }
    }

    /// Returns another status.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::ok("a page that says so") }
    }

    /// Returns a redirection.
    pub fn redirect(to: &str) -> Self {
        Self::status(302).with("Location", to)
    }

    /// Adds a header; with an `ETag`, a request that names it is answered 304.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends the body in another manner.
    #[must_use]
    pub fn going(mut self, manner: Manner) -> Self {
        self.manner = manner;
        self
    }
}

#[derive(Default)]
struct State {
    replies: Mutex<BTreeMap<String, Vec<Reply>>>,
    requests: Mutex<Vec<Request>>,
    git: Mutex<Option<Git>>,
    ended: AtomicBool,
}

/// A server; ends when dropped.
pub struct Server {
    scheme: &'static str,
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that answers 404 to everything.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// Starts a server that speaks TLS, with a certificate of the authority in `tests/fixtures/tls/ca.pem`.
    pub fn start_tls() -> Self {
        let file = |name: &str| crate::sandbox::repository().join("tests/fixtures/tls").join(name);
        let chain = CertificateDer::pem_file_iter(file("server.pem")).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Self::start_with(Some(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())))
    }

    fn start_with(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A client that hangs up is its own affair.
                let tls = tls.clone();
                std::thread::spawn(move || match tls {
                    None => serve(&mut &stream, &shared),
                    Some(tls) => serve_tls(stream, tls, &shared),
                });
            }
        });
        Self { scheme, address, state, thread: Some(thread) }
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// Answers a path with these replies, one after the other, and with the last one for ever.
    pub fn answer(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        self.state.replies.lock().unwrap().insert(path.to_owned(), replies.into_iter().collect());
    }

    /// Serves the git repositories in a folder below `/git/`, to those who send this header if one is given.
    pub fn serve_git(&self, folder: &Path, authorization: Option<&str>) {
        let git =
            Git { folder: folder.to_owned(), authorization: authorization.map(str::to_owned), parts: Parts::Sent };
        *self.state.git.lock().unwrap() = Some(git);
    }

    /// Serves the git repositories in a folder below `/git/` to everybody.
    pub fn serve_git_in(&self, folder: &Path, parts: Parts) {
        *self.state.git.lock().unwrap() = Some(Git { folder: folder.to_owned(), authorization: None, parts });
    }

    /// Returns the requests that came since the last call.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.requests.lock().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn serve_tls(stream: TcpStream, tls: Arc<ServerConfig>, state: &State) -> Option<()> {
    let mut stream = StreamOwned::new(ServerConnection::new(tls).ok()?, stream);
    serve(&mut stream, state)?;
    stream.conn.send_close_notify();
    stream.flush().ok()
}

fn serve(stream: &mut (impl Read + Write), state: &State) -> Option<()> {
    let request = read(stream)?;
    let git = state.git.lock().ok()?.clone();
    let reply = if let Some((git, below)) = git.as_ref().zip(request.path.strip_prefix("/git")) {
        git_reply(git, below, &request)?
    } else {
        let mut replies = state.replies.lock().ok()?;
        let path = request.path.split('?').next().unwrap_or_default();
        match replies.get_mut(path) {
            Some(replies) if replies.len() > 1 => replies.remove(0),
            Some(replies) => replies.first().cloned().unwrap_or_else(|| Reply::status(404)),
            None => Reply::status(404),
        }
    };
    let asked = request.headers.get("if-none-match").cloned();
    state.requests.lock().ok()?.push(request);
    write(stream, &reply, asked.as_deref(), state).ok()
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = reader.by_ref().lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let lines = lines.map_while(Result::ok).take_while(|it| !it.is_empty());
    let header = |line: String| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: BTreeMap<String, String> = lines.filter_map(header).collect();
    let length = headers.get("content-length").and_then(|it| it.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}

/// Answers as git's own server program does.
fn git_reply(git: &Git, below: &str, request: &Request) -> Option<Reply> {
    if git.authorization.is_some() && git.authorization.as_ref() != request.headers.get("authorization") {
        return Some(Reply::status(401).with("WWW-Authenticate", "Basic realm=\"git\""));
    }
    if git.parts == Parts::Failing && request.body.windows(7).any(|it| it == b"deepen ") {
        return Some(Reply::status(500));
    }
    let (path, query) = below.split_once('?').unwrap_or((below, ""));
    let mut command = Command::new("git");
    command.arg("http-backend").env("GIT_PROJECT_ROOT", &git.folder).env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("PATH_INFO", path).env("QUERY_STRING", query).env("REQUEST_METHOD", &request.method);
    command.env("CONTENT_TYPE", request.headers.get("content-type").cloned().unwrap_or_default());
    command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "safe.directory").env("GIT_CONFIG_VALUE_0", "*");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    child.stdin.take()?.write_all(&request.body).ok()?;
    let mut output = child.wait_with_output().ok()?.stdout;
    if git.parts == Parts::Unknown
        && request.method == "GET"
        && let Some(at) = output.windows(9).position(|it| it == b" shallow ")
    {
        output[at + 1..at + 8].copy_from_slice(b"unknown");
    }
    let end = output.windows(4).position(|it| it == b"\r\n\r\n")?;
    let mut reply = Reply::ok(&output[end + 4..]);
    for (name, value) in String::from_utf8_lossy(&output[..end]).lines().filter_map(|it| it.split_once(": ")) {
        match name {
            "Status" => reply.status = value.get(..3)?.parse().ok()?,
            _ => reply = reply.with(name, value),
        }
    }
    Some(reply)
}

fn write(stream: &mut impl Write, reply: &Reply, asked: Option<&str>, state: &State) -> std::io::Result<()> {
    if reply.manner == Manner::Reset {
        return Ok(());
    }
    let is_copy = asked.is_some() && reply.headers.iter().any(|it| it.0 == "ETag" && Some(it.1.as_str()) == asked);
    let (status, body) = if is_copy { (304, &[][..]) } else { (reply.status, reply.body.as_slice()) };
    write!(stream, "HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n", body.len())?;
    for (name, value) in &reply.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    let sent = if reply.manner == Manner::Whole { body } else { &body[..body.len() / 2] };
    stream.write_all(sent)?;
    stream.flush()?;
    while reply.manner == Manner::Stalled && !state.ended.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
