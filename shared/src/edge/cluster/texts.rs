//! kubectl's words for what servers and networks say.

use std::collections::BTreeSet;

use kube::core::Status;

use super::error::Right;

/// Returns kubectl's words for a status, without its `Error from server (…): `.
pub(super) fn of_status(status: &Status) -> String {
    let message = if status.message.is_empty() { of_code(status.code) } else { status.message.clone() };
    match status.code {
        401 => format!("You must be logged in to the server ({message})"),
        422 if status.reason == "Invalid" => invalid(status, &message),
        _ => message,
    }
}

/// Returns what client-go makes of an answer that says nothing itself.
fn of_code(code: u16) -> String {
    match code {
        400 => "the server rejected our request for an unknown reason",
        401 => "the server has asked for the client to provide credentials",
        403 => "the server does not allow this",
        404 => "the server could not find the requested resource",
        405 => "the server does not allow this method on the requested resource",
        409 => "the server reported a conflict",
        410 => "the server no longer has what was asked for",
        429 => "the server has received too many requests and has asked us to try again later",
        503 => "the server is currently unable to handle the request",
        504 => {
            "the server was unable to return a response in the time allotted, but may still be processing the request"
        }
        500.. => "an error on the server has prevented the request from succeeding",
        _ => "the server responded with an unknown status",
    }
    .to_owned()
}

/// Returns the text for an object that the server does not accept: one line, or one for each fault.
fn invalid(status: &Status, message: &str) -> String {
    let Some(details) = &status.details else { return format!("The request is invalid: {message}") };
    let named = !details.kind.is_empty() || !details.name.is_empty();
    let head = if named {
        format!("The {} \"{}\" is invalid", details.kind, details.name)
    } else {
        "The request is invalid".to_owned()
    };
    let mut seen = BTreeSet::new();
    let faults: Vec<String> = details
        .causes
        .iter()
        .map(|it| if it.field.is_empty() { it.message.clone() } else { format!("{}: {}", it.field, it.message) })
        .filter(|it| seen.insert(it.clone()))
        .collect();
    match faults.as_slice() {
        [] if named => head,
        [] => format!("{head}: {message}"),
        [one] => format!("{head}: {one}"),
        all => all.iter().fold(format!("{head}: "), |text, fault| format!("{text}\n* {fault}")),
    }
}

/// Returns what to do about a status.
pub(super) fn hint_of_status(status: &Status, right: &Right) -> Option<String> {
    Some(match status.code {
        401 => "log in again, or check the user of the context: kubectl config view --minify".to_owned(),
        403 => {
            let namespace = right.namespace.as_ref();
            let place = namespace.map_or_else(|| " --all-namespaces".to_owned(), |it| format!(" -n {it}"));
            let group = if right.group.is_empty() { String::new() } else { format!(".{}", right.group) };
            let ask = format!("kubectl auth can-i {} {}{group}{place}", right.verb, right.resource);
            if namespace.is_none() && matches!(right.verb.as_str(), "list" | "watch") {
                format!("{right}; one namespace may be allowed: give -n NAMESPACE instead of -A, or ask: {ask}")
            } else {
                format!("{right}; ask: {ask}")
            }
        }
        429 | 503 | 504 => "the API server is busy or starting: try again".to_owned(),
        _ => return None,
    })
}

/// Returns Go's words for a certificate that is not trusted, and what to do.
pub(super) fn of_certificate(error: &rustls::CertificateError, host: &str) -> (String, String) {
    use rustls::CertificateError as E;
    let text = match error {
        E::UnknownIssuer => "x509: certificate signed by unknown authority".to_owned(),
        E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
            "x509: certificate has expired or is not yet valid".to_owned()
        }
        E::NotValidForName => format!("x509: certificate is not valid for {host}"),
        E::NotValidForNameContext { expected, presented } => {
            let expected = expected.to_str();
            // They come as `DnsName("kubernetes")` and `IpAddress(10.0.0.1)`.
            let name = |it: &String| {
                let inner = it.split_once('(').and_then(|it| it.1.strip_suffix(')')).unwrap_or(it);
                inner.trim_matches('"').to_owned()
            };
            let presented = presented.iter().map(name).collect::<Vec<_>>().join(", ");
            format!("x509: certificate is valid for {presented}, not {expected}")
        }
        other => format!("x509: {other}"),
    };
    let hint = match error {
        E::UnknownIssuer => "give the cluster's authority with --certificate-authority",
        E::NotValidForName | E::NotValidForNameContext { .. } => "give the name in the certificate: --tls-server-name",
        _ => "check the server's certificate and this machine's clock",
    };
    (format!("tls: failed to verify certificate: {text}"), hint.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn right(verb: &str, namespace: Option<&str>) -> Right {
        Right {
            verb: verb.to_owned(),
            resource: "pods".to_owned(),
            group: String::new(),
            namespace: namespace.map(str::to_owned),
        }
    }

    #[test]
    fn statuses_read_as_kubectl_says_them() {
        let cause = |field: &str| json!({"field": field, "message": "Required value", "reason": "FieldValueRequired"});
        let details = |causes| json!({"kind": "TFJob", "name": "x", "causes": causes});
        for (status, expected) in [
            (
                json!({"code": 404, "reason": "NotFound", "message": "tfjobs.kubeflow.org \"x\" not found"}),
                "tfjobs.kubeflow.org \"x\" not found",
            ),
            (json!({"code": 404}), "the server could not find the requested resource"),
            (json!({"code": 401, "message": "Unauthorized"}), "You must be logged in to the server (Unauthorized)"),
            (
                json!({"code": 401}),
                "You must be logged in to the server (the server has asked for the client to provide credentials)",
            ),
            (json!({"code": 502}), "an error on the server has prevented the request from succeeding"),
            (json!({"code": 422, "reason": "Invalid", "message": "m"}), "The request is invalid: m"),
            (
                json!({"code": 422, "reason": "Invalid", "details": details(json!([cause("spec.a")]))}),
                "The TFJob \"x\" is invalid: spec.a: Required value",
            ),
            (
                json!({"code": 422, "reason": "Invalid", "details": details(json!([cause("a"), cause("b"), cause("a")]))}),
                "The TFJob \"x\" is invalid: \n* a: Required value\n* b: Required value",
            ),
        ] {
            let status: Status = serde_json::from_value(status).unwrap();
            assert_eq!(of_status(&status), expected);
        }
    }

    #[test]
    fn what_is_forbidden_names_the_right() {
        let status: Status = serde_json::from_value(json!({"code": 403})).unwrap();
        assert_eq!(right("list", Some("x")).to_string(), "need list pods in namespace x");
        let hint = hint_of_status(&status, &right("list", Some("x"))).unwrap();
        assert_eq!(hint, "need list pods in namespace x; ask: kubectl auth can-i list pods -n x");
        let hint = hint_of_status(&status, &right("list", None)).unwrap();
        assert!(hint.contains("give -n NAMESPACE"), "{hint}");
    }

    #[test]
    fn certificates_are_refused_in_gos_words() {
        let (text, hint) = of_certificate(&rustls::CertificateError::UnknownIssuer, "h");
        assert_eq!(text, "tls: failed to verify certificate: x509: certificate signed by unknown authority");
        assert!(hint.contains("--certificate-authority"));
    }
}
