//! Training jobs as YAML.

use std::fmt::{self, Write as _};

/// A `TFJob` or `PyTorchJob` of `kubeflow.org/v1`, built up, and written as YAML by `to_string`.
///
/// ```
/// let job = support::bed::Job::new("mnist").replica("Chief", 1).replica("Worker", 2);
/// let job = job.annotate("Worker", "test/exit-code", "0").policy("cleanPodPolicy", "None");
/// assert!(job.to_string().starts_with("apiVersion: kubeflow.org/v1\nkind: TFJob\n"));
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Job {
    kind: &'static str,
    name: String,
    labels: Vec<(String, String)>,
    policies: Vec<(String, String)>,
    replicas: Vec<Replica>,
}

#[derive(Debug, Clone)]
struct Replica {
    kind: String,
    count: u32,
    restart: String,
    annotations: Vec<(String, String)>,
    limits: Vec<(String, String)>,
    containers: Vec<String>,
    init_containers: Vec<String>,
}

impl Job {
    /// Returns a `TFJob` without replicas.
    pub fn new(name: &str) -> Self {
        let name = name.to_owned();
        Self { kind: "TFJob", name, labels: Vec::new(), policies: Vec::new(), replicas: Vec::new() }
    }

    /// Returns a `PyTorchJob` without replicas.
    pub fn pytorch(name: &str) -> Self {
        Self { kind: "PyTorchJob", ..Self::new(name) }
    }

    /// Adds replicas of a type, such as `Chief`, `PS`, `Worker` or `Evaluator`, with one container that the operator
    /// knows.
    pub fn replica(mut self, kind: &str, count: u32) -> Self {
        let main = if self.kind == "TFJob" { "tensorflow" } else { "pytorch" };
        self.replicas.push(Replica {
            kind: kind.to_owned(),
            count,
            restart: "Never".to_owned(),
            annotations: Vec::new(),
            limits: Vec::new(),
            containers: vec![main.to_owned()],
            init_containers: Vec::new(),
        });
        self
    }

    /// Annotates the pods of a type of replicas; the [module](super) says what steers them.
    ///
    /// # Panics
    /// If there are no replicas of the type, as the other methods here.
    pub fn annotate(self, kind: &str, key: &str, value: &str) -> Self {
        self.with(kind, |it| it.annotations.push((key.to_owned(), value.to_owned())))
    }

    /// Sets the restart policy of a type of replicas: `Never` (as without), `OnFailure`, `Always` or `ExitCode`.
    pub fn restart(self, kind: &str, policy: &str) -> Self {
        self.with(kind, |it| policy.clone_into(&mut it.restart))
    }

    /// Limits, and so requests, a resource for each replica of a type: `nvidia.com/gpu` and `4`.
    pub fn limit(self, kind: &str, resource: &str, amount: &str) -> Self {
        self.with(kind, |it| it.limits.push((resource.to_owned(), amount.to_owned())))
    }

    /// Adds a container to the replicas of a type.
    pub fn container(self, kind: &str, name: &str) -> Self {
        self.with(kind, |it| it.containers.push(name.to_owned()))
    }

    /// Adds an init container to the replicas of a type.
    pub fn init_container(self, kind: &str, name: &str) -> Self {
        self.with(kind, |it| it.init_containers.push(name.to_owned()))
    }

    /// Sets a field of the run policy: `cleanPodPolicy`, `ttlSecondsAfterFinished`, `backoffLimit`, `suspend` …
    pub fn policy(mut self, field: &str, value: &str) -> Self {
        self.policies.push((field.to_owned(), value.to_owned()));
        self
    }

    /// Labels the job.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.push((key.to_owned(), value.to_owned()));
        self
    }

    fn with(mut self, kind: &str, change: impl FnOnce(&mut Replica)) -> Self {
        let replica = self.replicas.iter_mut().find(|it| it.kind == kind);
        change(replica.unwrap_or_else(|| panic!("{} has no replicas of the type {kind}", self.name)));
        self
    }
}

impl fmt::Display for Job {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = (self.kind, &self.name);
        write!(out, "apiVersion: kubeflow.org/v1\nkind: {kind}\nmetadata:\n  name: {name}\n")?;
        writeln!(out, "  labels: {}", map(&self.labels))?;
        writeln!(out, "spec:")?;
        // Numbers and booleans are ones, and the rest is text.
        let policies = self.policies.iter().map(|(field, value)| {
            let is_bare = serde_json::from_str::<serde_json::Value>(value).is_ok();
            format!("{field}: {}", if is_bare { value.clone() } else { quoted(value) })
        });
        writeln!(out, "  runPolicy: {{{}}}", policies.collect::<Vec<_>>().join(", "))?;
        writeln!(out, "  {}:", if kind == "TFJob" { "tfReplicaSpecs" } else { "pytorchReplicaSpecs" })?;
        self.replicas.iter().try_for_each(|it| it.fmt(out))
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, count, restart, .. } = self;
        let limits = map(&self.limits);
        let mut containers = String::new();
        for (field, names) in [("initContainers", &self.init_containers), ("containers", &self.containers)] {
            writeln!(containers, "          {field}:")?;
            for name in names {
                writeln!(containers, "          - {{name: {name}, image: training, resources: {{limits: {limits}}}}}")?;
            }
        }
        write!(
            out,
            "    {kind}:
      replicas: {count}
      restartPolicy: {restart}
      template:
        metadata:
          annotations: {}
        spec:
{containers}",
            map(&self.annotations)
        )
    }
}

fn map(entries: &[(String, String)]) -> String {
    let entries = entries.iter().map(|(key, value)| format!("{}: {}", quoted(key), quoted(value)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
}

/// Text of JSON is text of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
