//! Who is behind a Service.

use serde_json::Value;

use super::json;
use super::service::ServicePort;

/// A pod that is ready, and the port on which it serves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backend {
    /// The pod's name.
    pub pod: String,
    /// Its port.
    pub port: u16,
}

/// Returns the ready pods behind a port of a Service, in the order of their names. `endpoints` are the Service's.
pub fn backends(endpoints: &Value, port: &ServicePort) -> Vec<Backend> {
    let mut found = Vec::new();
    for subset in json::list(endpoints, &["subsets"]) {
        let ports = json::list(subset, &["ports"]);
        let own = ports.iter().find(|it| json::text(it, &["name"]) == port.name);
        let number = match (own, ports) {
            (Some(own), _) | (None, [own]) => json::whole(own, &["port"]).and_then(|it| u16::try_from(it).ok()),
            // A Service without an address of its own need not name ports.
            (None, []) => Some(port.target.as_ref().and_then(|it| it.parse().ok()).unwrap_or(port.number)),
            (None, _) => None,
        };
        let pods = json::list(subset, &["addresses"]).iter().filter_map(|it| {
            let is_pod = json::text(it, &["targetRef", "kind"]).as_deref() == Some("Pod");
            json::text(it, &["targetRef", "name"]).filter(|_| is_pod)
        });
        found.extend(number.into_iter().flat_map(|port| pods.clone().map(move |pod| Backend { pod, port })));
    }
    found.sort();
    found
}

/// Returns the number of ready addresses in a Service's `Endpoints`, or in its `EndpointSlice`s.
pub fn ready_endpoints(objects: &[Value]) -> usize {
    let of_endpoints = |it: &Value| -> usize {
        json::list(it, &["subsets"]).iter().map(|it| json::list(it, &["addresses"]).len()).sum()
    };
    let is_ready = |it: &&Value| json::at(it, &["conditions", "ready"]) != Some(&Value::Bool(false));
    let of_slice = |it: &Value| -> usize {
        let ready = json::list(it, &["endpoints"]).iter().filter(is_ready);
        ready.map(|it| json::list(it, &["addresses"]).len()).sum()
    };
    objects.iter().map(|it| of_endpoints(it) + of_slice(it)).sum()
}
