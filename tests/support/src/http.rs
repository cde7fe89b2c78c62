//! A real HTTP server on this machine that answers as a test wants, well or badly; it ends with the test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A request that came.
#[derive(Debug, Clone)]
pub struct Request {
    /// The path with its query.
    pub path: String,
    /// The headers by their names in small letters.
    pub headers: BTreeMap<String, String>,
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
    ended: AtomicBool,
}

/// A server; ends when dropped.
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that answers 404 to everything.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A client that hangs up is its own affair.
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers a path with these replies, one after the other, and with the last one for ever.
    pub fn answer(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        self.state.replies.lock().unwrap().insert(path.to_owned(), replies.into_iter().collect());
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

fn serve(stream: &TcpStream, state: &State) -> Option<()> {
    let request = read(stream)?;
    let reply = {
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

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let lines = lines.map_while(Result::ok).take_while(|it| !it.is_empty());
    let header = |line: String| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Some(Request { path, headers: lines.filter_map(header).collect() })
}

fn write(mut stream: &TcpStream, reply: &Reply, asked: Option<&str>, state: &State) -> std::io::Result<()> {
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
