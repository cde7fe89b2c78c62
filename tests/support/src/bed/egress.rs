//! What the API server reaches pods and kubelets through: a proxy that lets addresses of pods lead to servers of a test.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The proxy; it listens as long as the process lives.
#[derive(Debug, Default)]
pub(super) struct Egress {
    routes: Arc<Mutex<Routes>>,
}

/// Where a connection may lead; it is refused elsewhere.
#[derive(Debug, Default)]
struct Routes {
    /// Ports of this machine by the addresses of pods, such as `10.99.0.77:6006`.
    pods: BTreeMap<String, u16>,
    /// Ports on which kubelets listen.
    kubelets: BTreeSet<u16>,
}

impl Egress {
    /// Listens on `egress.sock` in the folder, and writes the `egress.yaml` by which the API server finds it.
    pub(super) fn start(folder: &Path) -> io::Result<Self> {
        let socket = folder.join("egress.sock");
        let configuration = format!(
            "\
apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- {{name: cluster, connection: {{proxyProtocol: HTTPConnect, transport: {{uds: {{udsName: {}}}}}}}}}
- {{name: controlplane, connection: {{proxyProtocol: Direct}}}}
- {{name: etcd, connection: {{proxyProtocol: Direct}}}}
",
            socket.display()
        );
        std::fs::write(folder.join("egress.yaml"), configuration)?;
        let listener = UnixListener::bind(socket)?;
        let egress = Self::default();
        let routes = Arc::clone(&egress.routes);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let routes = Arc::clone(&routes);
                thread::spawn(move || serve(&stream, &routes));
            }
        });
        Ok(egress)
    }

    /// Lets connections to a kubelet on this port pass.
    pub(super) fn allow_kubelet(&self, port: u16) {
        lock(&self.routes).kubelets.insert(port);
    }

    /// Lets connections to the address of a pod lead to a port of this machine; to none, they are refused.
    pub(super) fn route(&self, address: &str, port: Option<u16>) {
        let mut routes = lock(&self.routes);
        match port {
            Some(port) => routes.pods.insert(address.to_owned(), port),
            None => routes.pods.remove(address),
        };
    }
}

fn lock(routes: &Mutex<Routes>) -> std::sync::MutexGuard<'_, Routes> {
    routes.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Routes {
    fn find(&self, address: &str) -> Option<u16> {
        let (host, port) = address.rsplit_once(':')?;
        let port = port.parse().ok()?;
        let is_kubelet = matches!(host, "localhost" | "127.0.0.1") && self.kubelets.contains(&port);
        self.pods.get(address).copied().or(is_kubelet.then_some(port))
    }
}

/// Answers one `CONNECT`. A connection that breaks is its two sides' affair.
fn serve(mut stream: &UnixStream, routes: &Mutex<Routes>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let address = line.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
    while line.trim_end() != "" {
        line.clear();
        reader.read_line(&mut line).ok()?;
    }
    let port = lock(routes).find(&address);
    let target = port.and_then(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
    let Some(target) = target else {
        let reply = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
        return stream.write_all(reply.as_bytes()).ok();
    };
    target.set_nodelay(true).ok()?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    // The client waits for the answer before it speaks: the reader holds nothing back.
    let back = (target.try_clone().ok()?, stream.try_clone().ok()?);
    let answers = thread::spawn(move || {
        let (mut target, mut stream) = back;
        copy(&mut target, &mut stream);
        stream.shutdown(Shutdown::Write)
    });
    copy(&mut stream, &mut &target);
    // Where the other side has gone already, there is nothing left to end.
    let _ = target.shutdown(Shutdown::Write);
    let _ = answers.join();
    Some(())
}

/// Passes on what comes, at once.
fn copy(from: &mut impl Read, to: &mut impl Write) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) if to.write_all(&buffer[..count]).is_err() => return,
            Ok(_) => {}
        }
    }
}
