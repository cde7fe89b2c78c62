//! Who is behind a Service.

use serde_json::Value;

use super::json;
use super::pod::Pod;
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
        let number = match own(ports, port) {
            Some(own) => json::whole(own, &["port"]).and_then(|it| u16::try_from(it).ok()),
            // A Service without an address of its own need not name ports.
            None if ports.is_empty() => {
                Some(port.target.as_ref().and_then(|it| it.parse().ok()).unwrap_or(port.number))
            }
            None => None,
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

/// Returns the ready pods behind a port of a Service, in the order of their names, where nobody tells its endpoints.
/// `pods` are those that it selects.
pub fn selected(pods: &[Value], port: &ServicePort) -> Vec<Backend> {
    let is_ready = |it: &&Pod| it.ready && !it.is_terminating;
    let backend = |value| {
        let pod = Pod::read(value)?;
        Some(pod).filter(|it| is_ready(&it)).and_then(|it| Some(Backend { pod: it.name, port: number(value, port)? }))
    };
    let mut found: Vec<Backend> = pods.iter().filter_map(backend).collect();
    found.sort();
    found
}

/// Returns the number of a pod's port that a Service's leads to: a name is that of a container's.
fn number(pod: &Value, port: &ServicePort) -> Option<u16> {
    let Some(target) = port.target.as_ref() else { return Some(port.number) };
    let is_it = |it: &&Value| json::text(it, &["name"]).as_ref() == Some(target);
    let named = || {
        // Init containers may run on beside the others.
        let containers = [["spec", "containers"], ["spec", "initContainers"]].map(|it| json::list(pod, &it));
        let found = containers.into_iter().flatten().flat_map(|it| json::list(it, &["ports"])).find(is_it);
        found.and_then(|it| json::whole(it, &["containerPort"])).and_then(|it| u16::try_from(it).ok())
    };
    target.parse().ok().or_else(named)
}

/// Returns the port of a list that is behind a Service's: the one of the same name, as the API server's proxy has it.
fn own<'v>(ports: &'v [Value], port: &ServicePort) -> Option<&'v Value> {
    let name = |it: &Value| json::text(it, &["name"]).filter(|it| !it.is_empty());
    ports.iter().find(|it| name(it) == port.name)
}

/// Returns the number of ready addresses behind a port in a Service's `Endpoints`, or in its `EndpointSlice`s.
pub fn ready_endpoints(objects: &[Value], port: &ServicePort) -> usize {
    let serves = |ports: &[Value]| ports.is_empty() || own(ports, port).is_some();
    let of_endpoints = |it: &Value| -> usize {
        let subsets = json::list(it, &["subsets"]).iter().filter(|it| serves(json::list(it, &["ports"])));
        subsets.map(|it| json::list(it, &["addresses"]).len()).sum()
    };
    let is_ready = |it: &&Value| json::at(it, &["conditions", "ready"]) != Some(&Value::Bool(false));
    let of_slice = |it: &Value| -> usize {
        let ready = json::list(it, &["endpoints"]).iter().filter(is_ready);
        let count = ready.map(|it| json::list(it, &["addresses"]).len()).sum();
        if serves(json::list(it, &["ports"])) { count } else { 0 }
    };
    objects.iter().map(|it| of_endpoints(it) + of_slice(it)).sum()
}
