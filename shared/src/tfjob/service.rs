//! TensorBoard beside a job: which Service is its own, which port, and the URLs that lead there.

use serde_json::Value;

use super::job::Job;
use super::json;
use super::pod::{Owner, replica_of_service};
use super::replica::ReplicaType;
use crate::base::failure::Failure;

/// The names of ports that lead to TensorBoard, the surest first.
const PORT_NAMES: [&str; 4] = ["tb-port", "tensorboard", "web", "http"];
/// The port that TensorBoard itself listens on.
const TENSORBOARD_PORT: i64 = 6006;
/// Where `kubectl proxy` listens by default.
pub const DEFAULT_PROXY: &str = "http://127.0.0.1:8001";

/// A Service that leads to TensorBoard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The Service's name.
    pub name: String,
    /// Its namespace; the job's where the Service does not say.
    pub namespace: String,
    /// The port to use, or why there is none.
    pub port: Result<ServicePort, NoPort>,
    /// `spec.type`, `ClusterIP` where it does not say.
    pub service_type: String,
    /// The address of its load balancer, a host name or an IP; `None` = it has none (yet).
    pub load_balancer: Option<String>,
    /// The path below which this TensorBoard answers, without slashes at its ends; empty for the root.
    pub path: String,
    /// The replica whose own Service it is, and whose container says that it has TensorBoard's port; whether anything
    /// listens there is not known. `None` = a Service of TensorBoard's own.
    pub replica: Option<(ReplicaType, u64)>,
    /// `spec.selector`, to find its pods by.
    pub selector: Vec<(String, String)>,
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// Its number, as in `spec.ports[].port`.
    pub number: u16,
    /// Its name; `None` if it has none.
    pub name: Option<String>,
    /// The port of the pod, a number or a name; `None` = the same number.
    pub target: Option<String>,
    /// Whether it speaks TLS.
    pub is_tls: bool,
}

/// Why no port of a Service can be taken for TensorBoard's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPort {
    /// The Service has no port.
    #[error("service `{0}` has no port")]
    None(String),
    /// It has several, and none that tells.
    #[error("service `{service}` has several ports, and none is TensorBoard's by its name or number: {ports}")]
    Several {
        /// The Service.
        service: String,
        /// Its ports, `name 80, 8080`.
        ports: String,
    },
}

impl Failure for NoPort {
    fn hint(&self) -> Option<String> {
        Some(format!("name the port of TensorBoard `tensorboard`, or give it the number {TENSORBOARD_PORT}"))
    }
}

/// Returns the Service of a job's TensorBoard among `services`, those of its namespace; with `wanted`, the Service of
/// that name, whatever it is. `None` = there is none.
///
/// The order of the search: the names of the operators of 2017, the newer one first; the labels of arena; the names
/// `JOB-tensorboard` (arena, ours) and `JOB-tensorboard-0` (KubeDL); any Service that belongs to the job by its uid
/// and has a port of TensorBoard's, those of the job's replicas last and the chief's first among them. One that belongs
/// to another job of the same name, of another group or an earlier one, is none of this job's.
pub fn choose<'v>(job: &Job, services: impl IntoIterator<Item = &'v Value>, wanted: Option<&str>) -> Option<Found> {
    let namespace = job.namespace.as_deref().unwrap_or_default();
    let is_here = |it: &&Value| json::text(it, &["metadata", "namespace"]).is_none_or(|it| it == namespace);
    let services: Vec<&Value> = services.into_iter().filter(|it| namespace.is_empty() || is_here(it)).collect();
    let has_name = |it: &&&Value, name: &str| json::text(it, &["metadata", "name"]).as_deref() == Some(name);
    let named = |name: &str| services.iter().filter(|it| !is_of_another(job, it)).find(|it| has_name(it, name));
    let service = match wanted {
        Some(name) => services.iter().find(|it| has_name(it, name)),
        None => names_of_2017(job)
            .iter()
            .find_map(|it| named(it))
            .or_else(|| services.iter().find(|it| is_of_arena(job, it)))
            .or_else(|| named(&format!("{}-tensorboard", job.name)))
            .or_else(|| named(&format!("{}-tensorboard-0", job.name)))
            .or_else(|| services.iter().filter(|it| is_owned(job, it)).min_by_key(|it| replica_of_service(it))),
    };
    service.and_then(|it| Found::read(job, it))
}

/// Returns the names under which the operators of 2017 made the Service. The first 40 characters of a job's name and
/// its `RuntimeId` in small letters; before November 2017 the `RuntimeId` alone.
fn names_of_2017(job: &Job) -> Vec<String> {
    let Some(runtime_id) = &job.runtime_id else { return Vec::new() };
    let start: String = job.name.chars().take(40).collect();
    let small = runtime_id.to_lowercase();
    vec![format!("{start}-tensorboard-{small}"), format!("tensorboard-{runtime_id}"), format!("tensorboard-{small}")]
}

fn is_of_arena(job: &Job, service: &Value) -> bool {
    let label = |key: &str| json::text(service, &["metadata", "labels", key]);
    label("role").as_deref() == Some("tensorboard") && label("release").as_ref() == Some(&job.name)
}

/// Tells whether a TFJob has a Service, and another one than this.
fn is_of_another(job: &Job, service: &Value) -> bool {
    let owner = Owner::of(service).filter(|it| it.kind.eq_ignore_ascii_case("tfjob"));
    owner.is_some_and(|it| job.uid.as_ref().is_some_and(|uid| *uid != it.uid))
}

fn is_owned(job: &Job, service: &Value) -> bool {
    let is_ours = job.uid.is_some() && Owner::of(service).map(|it| it.uid) == job.uid;
    is_ours && json::list(service, &["spec", "ports"]).iter().any(leads_to_tensorboard)
}

fn leads_to_tensorboard(port: &Value) -> bool {
    let name = json::text(port, &["name"]);
    let is_named = name.is_some_and(|it| PORT_NAMES[..2].contains(&it.as_str()));
    is_named || ["port", "targetPort"].iter().any(|it| json::whole(port, &[it]) == Some(TENSORBOARD_PORT))
}

impl Found {
    fn read(job: &Job, service: &Value) -> Option<Self> {
        let name = json::text(service, &["metadata", "name"])?;
        let ingress = json::list(service, &["status", "loadBalancer", "ingress"]);
        let host = |it: &Value| json::text(it, &["hostname"]).or_else(|| json::text(it, &["ip"]));
        let namespace = json::text(service, &["metadata", "namespace"]).or_else(|| job.namespace.clone());
        let selector = json::mapping(service, &["spec", "selector"]).into_iter().flatten();
        let port = choose_port(&name, json::list(service, &["spec", "ports"]));
        Some(Self {
            path: path(job, &name, port.as_ref().ok()),
            namespace: namespace.unwrap_or_else(|| "default".to_owned()),
            service_type: json::text(service, &["spec", "type"]).unwrap_or_else(|| "ClusterIP".to_owned()),
            replica: replica_of_service(service),
            load_balancer: ingress.iter().find_map(host),
            selector: selector.filter_map(|(key, it)| Some((key.clone(), it.as_str()?.to_owned()))).collect(),
            port,
            name,
        })
    }

    /// Returns its selector as a query for pods has it: `app=board,tier=web`; empty if it selects none.
    pub fn labels(&self) -> String {
        self.selector.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
    }

    /// Returns the URL through a `kubectl proxy` at `base`.
    ///
    /// # Errors
    ///
    /// Fails if no port of the Service can be taken for TensorBoard's.
    pub fn proxy_url(&self, base: &str, legacy: bool) -> Result<String, NoPort> {
        let root = proxy_url(base, &self.namespace, &self.name, self.port.as_ref().map_err(Clone::clone)?, legacy);
        Ok(if self.path.is_empty() { root } else { format!("{root}{}/", self.path) })
    }

    /// Returns the URL at the Service's own load balancer; `None` if it has none, or it is not ready.
    pub fn load_balancer_url(&self) -> Option<String> {
        let host = self.load_balancer.as_deref().filter(|_| self.service_type == "LoadBalancer")?;
        let port = self.port.as_ref().ok()?;
        let scheme = if port.is_tls { "https" } else { "http" };
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let path = if self.path.is_empty() { String::new() } else { format!("{}/", self.path) };
        Some(format!("{scheme}://{host}:{}/{path}", port.number))
    }
}

/// Returns the URL of a Service through a `kubectl proxy` at `base`, joined with single slashes.
///
/// The port is always there, as a number: without one only an unnamed port would match. The slash at the end is needed,
/// since TensorBoard's own links are relative. `legacy` is the form that Kubernetes 1.10 removed.
pub fn proxy_url(base: &str, namespace: &str, name: &str, port: &ServicePort, legacy: bool) -> String {
    let base = base.trim_end_matches('/');
    let scheme = if port.is_tls { "https:" } else { "" };
    let service = format!("{scheme}{name}:{}", port.number);
    if legacy {
        format!("{base}/api/v1/proxy/namespaces/{namespace}/services/{service}/")
    } else {
        format!("{base}/api/v1/namespaces/{namespace}/services/{service}/proxy/")
    }
}

/// Returns the port of a Service that leads to TensorBoard: by its name, else number 6006, else the only one.
///
/// # Errors
///
/// Fails if the Service has no port, or several of which none tells; the error lists them.
pub fn choose_port(service: &str, ports: &[Value]) -> Result<ServicePort, NoPort> {
    let ports: Vec<ServicePort> = ports.iter().filter_map(ServicePort::read).collect();
    let named = |name: &&str| ports.iter().find(|it| it.name.as_deref() == Some(name));
    let numbered = || ports.iter().find(|it| i64::from(it.number) == TENSORBOARD_PORT);
    if let Some(port) = PORT_NAMES.iter().find_map(named).or_else(numbered) {
        return Ok(port.clone());
    }
    match ports.as_slice() {
        [] => Err(NoPort::None(service.to_owned())),
        [port] => Ok(port.clone()),
        several => {
            let text = |it: &ServicePort| match &it.name {
                Some(name) => format!("{name} {}", it.number),
                None => it.number.to_string(),
            };
            let ports = several.iter().map(text).collect::<Vec<_>>().join(", ");
            Err(NoPort::Several { service: service.to_owned(), ports })
        }
    }
}

impl ServicePort {
    fn read(value: &Value) -> Option<Self> {
        let number = u16::try_from(json::whole(value, &["port"])?).ok()?;
        let name = json::text(value, &["name"]);
        let protocol = json::text(value, &["appProtocol"]).unwrap_or_default();
        let is_https = name.as_deref().is_some_and(|it| it.starts_with("https"));
        Some(Self {
            number,
            is_tls: number == 443 || is_https || protocol.eq_ignore_ascii_case("https"),
            target: json::at(value, &["targetPort"]).and_then(json::word),
            name,
        })
    }
}

/// Returns the path that a maker gave its TensorBoard: KubeDL's is in an annotation, Nauta's in the Service's name.
fn path(job: &Job, service: &str, port: Option<&ServicePort>) -> String {
    if service == format!("{}-tensorboard-0", job.name) {
        return kubedl_path(job).unwrap_or_default();
    }
    let is_web = port.is_some_and(|it| it.name.as_deref() == Some("web"));
    match service.strip_prefix("tensorboard-").filter(|it| is_web && is_uuid(it)) {
        Some(uuid) => format!("tb/{uuid}"),
        None => String::new(),
    }
}

fn kubedl_path(job: &Job) -> Option<String> {
    let config: Value = serde_json::from_str(job.annotations.get("kubedl.io/tensorboard-config")?).ok()?;
    let ingress = json::any_case(&config, "ingressSpec")?;
    let prefix = json::any_case(ingress, "pathPrefix").and_then(json::word).unwrap_or_default();
    let namespace = job.namespace.as_deref().unwrap_or("default");
    let parts = [prefix.trim_matches('/'), namespace, &job.name];
    Some(parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("/"))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|it| it == b'-' || it.is_ascii_hexdigit())
}

/// Tells whether a server is older than 1.10, by its answer to `/version`: its proxy has the legacy form of URLs only.
pub fn is_before_1_10(version: &Value) -> bool {
    let number = |key: &str| -> Option<u32> {
        let text = json::text(version, &[key])?;
        text.trim_end_matches(|it: char| !it.is_ascii_digit()).parse().ok()
    };
    matches!((number("major"), number("minor")), (Some(1), Some(minor)) if minor < 10)
}
