//! What may be asked for, and where the API has it.

use std::fmt::Write as _;

/// A kind of object that the API serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The API group; empty for the core.
    pub group: String,
    /// The version, as `v1`.
    pub version: String,
    /// The kind, as `Pod`.
    pub kind: String,
    /// The name in paths, as `pods`.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl Resource {
    /// Returns a resource whose objects live in namespaces.
    pub fn new(group: &str, version: &str, kind: &str, plural: &str) -> Self {
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            namespaced: true,
        }
    }

    /// Returns `pods`.
    pub fn pods() -> Self {
        Self::new("", "v1", "Pod", "pods")
    }

    /// Returns `services`.
    pub fn services() -> Self {
        Self::new("", "v1", "Service", "services")
    }

    /// Returns `events` of the core.
    pub fn events() -> Self {
        Self::new("", "v1", "Event", "events")
    }

    /// Returns `endpoints`.
    pub fn endpoints() -> Self {
        Self::new("", "v1", "Endpoints", "endpoints")
    }

    /// Returns `jobs` of `batch/v1`.
    pub fn jobs() -> Self {
        Self::new("batch", "v1", "Job", "jobs")
    }

    /// Returns `namespaces`.
    pub fn namespaces() -> Self {
        Self { namespaced: false, ..Self::new("", "v1", "Namespace", "namespaces") }
    }

    /// Returns `v1`, or `kubeflow.org/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Returns the path of all objects in a scope.
    pub fn path(&self, scope: Scope<'_>) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let mut path = format!("{root}/{}", self.api_version());
        if let Scope::Namespace(namespace) = scope
            && self.namespaced
        {
            let _ = write!(path, "/namespaces/{}", encoded(namespace));
        }
        let _ = write!(path, "/{}", self.plural);
        path
    }

    /// Returns the path of one object.
    pub fn object_path(&self, namespace: &str, name: &str) -> String {
        format!("{}/{}", self.path(Scope::Namespace(namespace)), encoded(name))
    }
}

/// A group and version that serves `tfjobs`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobApi {
    /// The API group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind, `TFJob` or as old servers spell it.
    pub kind: String,
}

impl JobApi {
    /// Returns the resource that it serves.
    pub fn resource(&self) -> Resource {
        Resource::new(&self.group, &self.version, &self.kind, "tfjobs")
    }
}

/// Where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// In one namespace.
    Namespace(&'a str),
    /// In the whole cluster.
    All,
}

/// Which objects of a scope are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// A label selector.
    pub labels: Option<String>,
    /// A field selector.
    pub fields: Option<String>,
    /// How many objects come at once; 0 for all.
    pub chunk: u32,
}

impl Default for Query {
    fn default() -> Self {
        Self { labels: None, fields: None, chunk: 500 }
    }
}

impl Query {
    /// Returns a query by labels.
    pub fn labels(selector: &str) -> Self {
        Self { labels: Some(selector.to_owned()), ..Self::default() }
    }

    /// Returns a query by fields.
    pub fn fields(selector: &str) -> Self {
        Self { fields: Some(selector.to_owned()), ..Self::default() }
    }

    pub(super) fn selectors(&self) -> Vec<(&'static str, String)> {
        let given = |it: &Option<String>| it.clone().filter(|it| !it.is_empty());
        let selectors = [("labelSelector", given(&self.labels)), ("fieldSelector", given(&self.fields))];
        selectors.into_iter().filter_map(|(name, value)| value.map(|it| (name, it))).collect()
    }
}

/// Returns a path with its parameters.
pub(super) fn with_parameters(path: &str, parameters: &[(&str, String)]) -> String {
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Returns a text as it may stand in a URL.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_api() {
        let jobs = JobApi { group: "kubeflow.org".to_owned(), version: "v1".to_owned(), kind: "TFJob".to_owned() };
        assert_eq!(Resource::pods().path(Scope::All), "/api/v1/pods");
        assert_eq!(Resource::pods().object_path("a", "b/c"), "/api/v1/namespaces/a/pods/b%2Fc");
        assert_eq!(jobs.resource().path(Scope::Namespace("a")), "/apis/kubeflow.org/v1/namespaces/a/tfjobs");
        assert_eq!(Resource::namespaces().object_path("ignored", "x"), "/api/v1/namespaces/x");
    }

    #[test]
    fn selectors_arrive_as_they_are() {
        let query = Query::labels("a in (b, c),!d=é");
        let path = with_parameters("/x", &query.selectors());
        assert_eq!(path, "/x?labelSelector=a%20in%20%28b%2C%20c%29%2C%21d%3D%C3%A9");
        assert_eq!(with_parameters("/x", &Query::default().selectors()), "/x");
    }
}
