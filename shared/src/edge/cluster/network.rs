//! What a failed connection means, in kubectl's words.

use std::error::Error;
use std::io;

use kube::client::AuthError;

use super::error::{ClusterCause, ClusterError};
use super::texts;

/// Returns the error for one of kube's.
pub(super) fn of_kube(error: &kube::Error, host: &str, guessed: bool) -> ClusterError {
    let layers = layers(error);
    if let Some(error) = layers.iter().find_map(|it| it.downcast_ref::<AuthError>()) {
        return of_credentials(error);
    }
    if matches!(error, kube::Error::RustlsTls(_) | kube::Error::InferKubeconfig(_) | kube::Error::Auth(_)) {
        return ClusterError::Setup(ClusterCause(innermost(&layers)));
    }
    of_layers(&layers, host, guessed)
}

/// Returns an error and everything below it. Unlike `source`, it looks into what an I/O error carries.
fn layers<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut layers = vec![error];
    let mut current = error;
    loop {
        let carried = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let next: Option<&'a (dyn Error + 'static)> = match carried {
            Some(inner) => Some(inner),
            None => current.source(),
        };
        let Some(next) = next else { return layers };
        layers.push(next);
        current = next;
    }
}

/// Returns what the innermost layer says: the outer ones only say that something failed.
fn innermost(layers: &[&(dyn Error + 'static)]) -> String {
    layers.last().map(ToString::to_string).unwrap_or_default()
}

fn of_layers(layers: &[&(dyn Error + 'static)], host: &str, guessed: bool) -> ClusterError {
    use io::ErrorKind as Kind;
    if let Some(error) = layers.iter().find_map(|it| it.downcast_ref::<rustls::Error>()) {
        return of_tls(error, host);
    }
    let texts: Vec<String> = layers.iter().map(ToString::to_string).collect();
    let says = |part: &str| texts.iter().any(|it| it.contains(part));
    let kinds: Vec<Kind> = layers.iter().filter_map(|it| it.downcast_ref::<io::Error>()).map(io::Error::kind).collect();
    let is = |kind: Kind| kinds.contains(&kind);
    let unreachable = |message: String, passing: bool, hint: Option<&str>| ClusterError::Unreachable {
        message,
        passing,
        hint: hint.map(str::to_owned),
    };
    if is(Kind::ConnectionRefused) {
        return ClusterError::Refused { host: host.to_owned(), guessed };
    }
    if says("dns error") || says("failed to lookup address") {
        let name = host.rsplit_once(':').filter(|it| !it.0.contains(':')).map_or(host, |it| it.0);
        let hint = "check the server's name in the kubeconfig, and the network";
        return unreachable(format!("dial tcp: lookup {name}: no such host"), false, Some(hint));
    }
    if is(Kind::TimedOut) {
        let hint = "check the network, a VPN or a proxy on the way";
        return unreachable(format!("dial tcp {host}: i/o timeout"), false, Some(hint));
    }
    if is(Kind::ConnectionReset) || is(Kind::ConnectionAborted) || is(Kind::BrokenPipe) {
        return unreachable("connection reset by peer".to_owned(), true, None);
    }
    if is(Kind::UnexpectedEof) || says("connection closed before message completed") || says("unexpected EOF") {
        return unreachable("EOF".to_owned(), true, None);
    }
    unreachable(innermost(layers), false, None)
}

fn of_tls(error: &rustls::Error, host: &str) -> ClusterError {
    let (message, hint) = match error {
        rustls::Error::InvalidCertificate(error) => {
            let (text, hint) = texts::of_certificate(error, host);
            (text, Some(hint))
        }
        rustls::Error::InvalidMessage(_) => (
            "http: server gave HTTP response to HTTPS client".to_owned(),
            Some("the server speaks plain http: check --server".to_owned()),
        ),
        rustls::Error::AlertReceived(alert) => (
            format!("remote error: tls: {alert:?}"),
            Some("the server may want another client certificate: check the user of the context".to_owned()),
        ),
        other => (format!("tls: {other}"), None),
    };
    ClusterError::Unreachable { message, passing: false, hint }
}

fn of_credentials(error: &AuthError) -> ClusterError {
    let hint = Some("log in again, or check the user of the context: kubectl config view --minify".to_owned());
    let message = match error {
        AuthError::ReadTokenFile(error, path) => format!("read token file {}: {error}", path.display()),
        other => other.to_string(),
    };
    ClusterError::Credentials { message, hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_connections_read_as_kubectl_says_them() {
        let error = |kind| io::Error::new(kind, "low level");
        for (error, expected) in [
            (
                error(io::ErrorKind::ConnectionRefused),
                "The connection to the server h:1 was refused - did you specify the right host or port?",
            ),
            (error(io::ErrorKind::TimedOut), "Unable to connect to the server: dial tcp h:1: i/o timeout"),
            (error(io::ErrorKind::ConnectionReset), "Unable to connect to the server: connection reset by peer"),
            (error(io::ErrorKind::UnexpectedEof), "Unable to connect to the server: EOF"),
            (
                io::Error::other("failed to lookup address information: x"),
                "Unable to connect to the server: dial tcp: lookup h: no such host",
            ),
            (
                io::Error::other(rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer)),
                "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by \
                 unknown authority",
            ),
            (io::Error::other("something else"), "Unable to connect to the server: something else"),
        ] {
            let error = kube::Error::Service(Box::new(error));
            let text = of_kube(&error, "h:1", false);
            assert_eq!(text.to_string(), expected);
            assert!(text.source().is_none(), "said once");
        }
    }
}
