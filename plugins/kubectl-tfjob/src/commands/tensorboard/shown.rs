//! What is printed about a TensorBoard.

use std::io::{self, Write};

use serde_json::{Value, json};
use shared::edge::jobs::LiveJob;
use shared::term::{Render, Table};
use shared::tfjob::replica::ReplicaType;
use shared::tfjob::service::{Found, NoPort, ServicePort};

use super::ready::Readiness;

/// A TensorBoard, and the ways to it.
pub(super) struct Shown {
    /// Through a `kubectl proxy`.
    pub(super) url: String,
    pub(super) readiness: Readiness,
    /// At the Service's own load balancer.
    load_balancer: Option<String>,
    /// Through a port that is forwarded.
    local: Option<String>,
    job: String,
    service: Found,
    port: ServicePort,
}

impl Shown {
    pub(super) fn of(
        job: &LiveJob,
        service: &Found,
        readiness: Readiness,
        base: &str,
        legacy: bool,
    ) -> Result<Self, NoPort> {
        Ok(Self {
            url: service.proxy_url(base, legacy)?,
            load_balancer: service.load_balancer_url(),
            local: None,
            readiness,
            job: job.job.name.clone(),
            service: service.clone(),
            port: service.port.clone()?,
        })
    }

    /// Sets the port of this machine that is forwarded, and returns the URL there.
    pub(super) fn forwarded(&mut self, port: u16) -> String {
        let scheme = if self.port.is_tls { "https" } else { "http" };
        let path = if self.service.path.is_empty() { String::new() } else { format!("{}/", self.service.path) };
        self.local.insert(format!("{scheme}://127.0.0.1:{port}/{path}")).clone()
    }

    /// Returns the replica whose own Service it is.
    pub(super) fn replica(&self) -> Option<&(ReplicaType, u64)> {
        self.service.replica.as_ref()
    }

    /// Returns kubectl's own way to it.
    pub(super) fn command(&self) -> String {
        let Found { name, namespace, .. } = &self.service;
        let number = self.port.number;
        // Ports below 1024 are not everybody's to take.
        let local = if number < 1024 { 6006 } else { number };
        format!("kubectl port-forward service/{name} {local}:{number} -n {namespace}")
    }

    /// Returns the URLs, the best one first.
    fn urls(&self) -> Vec<&str> {
        match &self.local {
            Some(local) => vec![local],
            None => self.load_balancer.iter().chain([&self.url]).map(String::as_str).collect(),
        }
    }
}

impl Render for Shown {
    fn table(&self, _: bool) -> Table {
        let mut table = Table::new(["URL"]);
        for url in self.urls() {
            table.row([url.to_owned()]);
        }
        table
    }

    fn json(&self) -> Value {
        json!({
            "name": self.job,
            "namespace": self.service.namespace,
            "service": self.service.name,
            "serviceType": self.service.service_type,
            "port": self.port.number,
            "url": self.url,
            "loadBalancerUrl": self.load_balancer,
            "localUrl": self.local,
            "readyEndpoints": self.readiness.count(),
        })
    }

    fn names(&self) -> Vec<String> {
        vec![format!("service/{}", self.service.name)]
    }

    /// URLs alone, to be taken up by mouse or script.
    fn write_table(&self, _: bool, out: &mut dyn Write) -> io::Result<()> {
        self.urls().iter().try_for_each(|it| writeln!(out, "{it}"))
    }
}
