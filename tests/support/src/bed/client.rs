//! As much of an HTTP client as a bed needs to look after itself: one request a connection.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use super::credentials::Credentials;

const PATIENCE: Duration = Duration::from_secs(20);
/// What server-side apply is asked with; a body may be YAML or JSON.
const APPLY: &str = "application/apply-patch+yaml";
const YAML: &str = "application/yaml";

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Returns whether the request was granted.
    pub(super) fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns the body, null if it is no JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Returns what the server has to say, as text.
    pub(super) fn text(&self) -> String {
        format!("HTTP {}: {}", self.status, String::from_utf8_lossy(&self.body))
    }
}

/// Asks the API server as its administrator.
#[derive(Debug)]
pub(super) struct Client {
    port: u16,
    tls: Arc<ClientConfig>,
}

impl Client {
    /// Returns a client of the API server on this port.
    pub(super) fn new(port: u16, credentials: &Credentials) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("the certificates cannot be used: {error}");
        let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| failed(&error));
        let mut roots = RootCertStore::empty();
        roots.add(certificate(&credentials.authority)?).map_err(|error| failed(&error))?;
        let key = PrivateKeyDer::from_pem_slice(credentials.key.as_bytes()).map_err(|error| failed(&error))?;
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![certificate(&credentials.certificate)?], key)
            .map_err(|error| failed(&error))?;
        Ok(Self { port, tls: Arc::new(tls) })
    }

    /// Asks for a path.
    pub(super) fn get(&self, path: &str) -> io::Result<Answer> {
        self.request("GET", path, YAML, "")
    }

    /// Asks for a path that must be there, as JSON; null if it is not.
    pub(super) fn json(&self, path: &str) -> Value {
        self.get(path).map(|it| it.json()).unwrap_or_default()
    }

    /// Makes an object.
    pub(super) fn post(&self, path: &str, yaml: &str) -> io::Result<Answer> {
        self.request("POST", path, YAML, yaml)
    }

    /// Makes an object, or changes the one that is there.
    pub(super) fn apply(&self, path: &str, yaml: &str) -> io::Result<Answer> {
        self.request("PATCH", &format!("{path}?fieldManager=bed&force=true"), APPLY, yaml)
    }

    /// Removes an object, without waiting for its end.
    pub(super) fn delete(&self, path: &str) -> io::Result<Answer> {
        self.request("DELETE", path, YAML, "")
    }

    fn request(&self, method: &str, path: &str, kind: &str, body: &str) -> io::Result<Answer> {
        let name = ServerName::from(IpAddr::from(Ipv4Addr::LOCALHOST));
        let connection = ClientConnection::new(Arc::clone(&self.tls), name).map_err(io::Error::other)?;
        exchange(StreamOwned::new(connection, connect(self.port)?), method, path, kind, body)
    }
}

/// Asks a server on this machine that speaks plain HTTP.
pub(super) fn get_plain(port: u16, path: &str) -> io::Result<Answer> {
    exchange(connect(port)?, "GET", path, YAML, "")
}

fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// HTTP/1.0: the answer comes in one piece, and ends with the connection.
fn exchange(mut stream: impl Read + Write, method: &str, path: &str, kind: &str, body: &str) -> io::Result<Answer> {
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes())?;
    stream.flush()?;
    let mut text = Vec::new();
    match stream.read_to_end(&mut text) {
        // Some servers end a connection without a word of TLS.
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    let malformed = || io::Error::new(ErrorKind::InvalidData, "this is no answer of HTTP");
    let end = text.windows(4).position(|it| it == b"\r\n\r\n").ok_or_else(malformed)?;
    let status = std::str::from_utf8(&text[..end]).ok().and_then(|it| it.split(' ').nth(1)?.parse().ok());
    Ok(Answer { status: status.ok_or_else(malformed)?, body: text.split_off(end + 4) })
}
