//! An API server that has logs only, and whose faults are the test's.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request for a log.
#[derive(Debug, Clone)]
pub(crate) struct LogRequest {
    pub(crate) pod: String,
    pub(crate) query: HashMap<String, String>,
    /// How many requests for this pod's log came before.
    pub(crate) before: usize,
}

impl LogRequest {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.query.contains_key(key)
    }

    /// Returns the second of `sinceTime`.
    pub(crate) fn since(&self) -> Option<i64> {
        self.query.get("sinceTime").map(|it| it.parse::<jiff::Timestamp>().unwrap().as_second())
    }
}

/// An answer under way.
pub(crate) struct Answer(TcpStream);

impl Answer {
    pub(crate) fn begin(&mut self) -> io::Result<()> {
        self.0
            .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: Sat, 21 Nov 2026 20:00:05 GMT\r\n\r\n")
    }

    pub(crate) fn send(&mut self, text: &[u8]) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        write!(self.0, "{:x}\r\n", text.len())?;
        self.0.write_all(text)?;
        self.0.write_all(b"\r\n")
    }

    /// Ends in good order.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.0.write_all(b"0\r\n\r\n")
    }

    /// Answers with something else than a log.
    pub(crate) fn say(&mut self, status: u16, headers: &str, body: &str) -> io::Result<()> {
        let length = body.len();
        write!(self.0, "HTTP/1.1 {status} -\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
    }
}

/// Answers a request; an error breaks the connection.
pub(crate) type Manners = dyn Fn(&LogRequest, &mut Answer) -> io::Result<()> + Send + Sync;

/// Begins to serve; each pod's uid is its name with `-uid`, unless `uids` has another one.
pub(crate) fn serve(manners: Arc<Manners>, uids: Arc<HashMap<String, String>>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let counts: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (manners, uids, counts) = (Arc::clone(&manners), Arc::clone(&uids), Arc::clone(&counts));
            // What breaks here is seen by the client, and so by the test.
            thread::spawn(move || connection(stream, &*manners, &uids, &counts).is_ok());
        }
    });
    address
}

fn connection(
    stream: TcpStream,
    manners: &Manners,
    uids: &HashMap<String, String>,
    counts: &Mutex<HashMap<String, usize>>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut answer = Answer(stream.try_clone()?);
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut line) = (String::new(), String::from("-"));
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        while !line.trim_end().is_empty() {
            line.clear();
            reader.read_line(&mut line)?;
        }
        let target = first.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut parts = path.split('/').skip(6);
        let pod = parts.next().unwrap_or_default().to_owned();
        if parts.next() != Some("log") {
            let uid = uids.get(&pod).cloned().unwrap_or_else(|| format!("{pod}-uid"));
            answer.say(200, "", &format!(r#"{{"metadata":{{"uid":"{uid}"}}}}"#))?;
            continue;
        }
        let query =
            query.split('&').filter_map(|it| it.split_once('=')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        let mut request = LogRequest { pod, query, before: 0 };
        if !request.has("tailLines") {
            let mut counts = counts.lock().unwrap();
            let count = counts.entry(request.pod.clone()).or_default();
            request.before = *count;
            *count += 1;
        }
        manners(&request, &mut answer)?;
    }
}
