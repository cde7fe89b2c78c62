//! The Kubernetes API: as kubectl finds it, with kubectl's flags and kubectl's words.
//!
//! | module | what it holds |
//! |---|---|
//! | `flags`, `settings`, `proxy`, `texts` | pure rules: flags over kubeconfig, proxies, messages |
//! | `load`, `exec` | kubeconfig files, the pod's account, certificates, credential plugins |
//! | `session`, `network` | requests: sent, timed, tried again, logged; what a failed one means |
//! | `discovery`, `list`, `watch`, `follow`, `change` | what is asked for |
//!
//! Everything blocks; the runtime, the client and the first connection are made when they are needed.

mod change;
mod discovery;
mod error;
mod exec;
mod flags;
mod follow;
mod list;
mod load;
mod network;
mod proxy;
mod resource;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod texts;
mod watch;

use std::cell::OnceCell;
use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use http::Method;
use serde_json::Value;
use tokio::runtime::Runtime;

pub use change::{DeleteOptions, Propagation};
pub use error::{ClusterCause, ClusterError, Right};
pub use flags::ClusterFlags;
pub(crate) use follow::{Interruptions, follow};
pub use list::Page;
pub use resource::{JobApi, Query, Resource, Scope};
pub use session::Log;
pub(crate) use session::{Call, Session};
pub use watch::{Change, Watch, WatchEvent};

use super::environment::Environment;
use list::{complete, right};
pub(crate) use list::{decoded, list};
use resource::with_parameters;

/// A cluster, as one user.
pub struct Cluster {
    session: Session,
    plugin: String,
    namespace: String,
    runtime: OnceCell<Runtime>,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Cluster");
        shown.field("server", &self.server()).field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl Cluster {
    /// Finds out where to go, and as whom; nothing is sent yet. `plugin` is the program's name, as `kubectl-tfjob`.
    ///
    /// # Errors
    ///
    /// Fails if the flags or the kubeconfig are not what they should be.
    pub fn connect(flags: &ClusterFlags, environment: &Environment, plugin: &str) -> Result<Self, ClusterError> {
        let target = load::target(flags, environment)?;
        let agent = format!("{plugin}/{} ({})", env!("CARGO_PKG_VERSION"), platform());
        let session = Session::new(flags, environment, agent, &target)?;
        Ok(Self { session, plugin: plugin.to_owned(), namespace: target.namespace, runtime: OnceCell::new() })
    }

    /// Says where the lines of `-v 6` and above go; without it they go nowhere.
    pub fn set_log(&self, log: Log) {
        self.session.set_log(log);
    }

    /// Returns the namespace to work in: that of `-n`, else the context's, else the pod's own, else `default`.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Returns the server's URL, for messages.
    pub fn server(&self) -> String {
        self.session.server()
    }

    /// Returns the APIs that serve `tfjobs`, at most one per group, in the order of the groups; none if there is none.
    pub fn job_apis(&self) -> Result<Vec<JobApi>, ClusterError> {
        self.block_on(discovery::job_apis(&self.session))?
    }

    /// Tells whether the cluster serves an API group.
    pub fn has_group(&self, group: &str) -> Result<bool, ClusterError> {
        self.block_on(discovery::has_group(&self.session, group))?
    }

    /// Returns one object.
    pub fn get(&self, resource: &Resource, namespace: &str, name: &str) -> Result<Value, ClusterError> {
        let right = right("get", resource, Scope::Namespace(namespace));
        let call = Call::get(resource.object_path(namespace, name), right);
        let bytes = self.block_on(self.session.fetch(&call))??;
        Ok(complete(decoded(&bytes, &call.path)?, resource))
    }

    /// Reads a list page by page, and returns its version.
    ///
    /// A list whose token expires on the way begins anew once, which the callback is told.
    pub fn list(
        &self,
        resource: &Resource,
        scope: Scope<'_>,
        query: &Query,
        on_page: &mut dyn FnMut(Page),
    ) -> Result<String, ClusterError> {
        self.block_on(list::list(&self.session, resource, scope, query, on_page))?
    }

    /// Watches until the callback breaks off, and through whatever happens to the server after the first lists.
    ///
    /// Also ends when every watch has turned out to be forbidden. From here on, Ctrl-C and SIGTERM are events.
    ///
    /// # Errors
    ///
    /// Fails if a first list fails, other than by a missing right.
    pub fn watch(
        &self,
        watches: &[Watch<'_>],
        tick: Option<Duration>,
        on_event: &mut dyn FnMut(WatchEvent) -> ControlFlow<()>,
    ) -> Result<(), ClusterError> {
        self.block_on(follow::follow(&self.session, watches, tick, on_event))?
    }

    /// Changes an object by a merge patch, and returns it as it is then.
    pub fn patch(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        merge_patch: &Value,
        dry_run: bool,
    ) -> Result<Value, ClusterError> {
        let parameters = change::parameters(&self.plugin, dry_run);
        let path = with_parameters(&resource.object_path(namespace, name), &parameters);
        let call = (Method::PATCH, path, "application/merge-patch+json");
        self.block_on(change::send(&self.session, resource, call, merge_patch, ("patch", namespace)))?
    }

    /// Makes an object what `object` says of it (server-side apply), and returns it as it is then.
    ///
    /// With `force`, fields of other managers are taken over.
    pub fn apply(
        &self,
        resource: &Resource,
        namespace: &str,
        object: &Value,
        force: bool,
        dry_run: bool,
    ) -> Result<Value, ClusterError> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let mut parameters = change::parameters(&self.plugin, dry_run);
        parameters.push(("force", force.to_string()));
        let path = with_parameters(&resource.object_path(namespace, name), &parameters);
        let call = (Method::PATCH, path, "application/apply-patch+yaml");
        self.block_on(change::send(&self.session, resource, call, object, ("patch", namespace)))?
    }

    /// Deletes an object.
    pub fn delete(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<(), ClusterError> {
        self.block_on(change::delete(&self.session, resource, namespace, name, options))?
    }

    /// Returns what the server answers to a GET of a path.
    pub fn raw_get(&self, path: &str) -> Result<Value, ClusterError> {
        let right = Right { verb: "get".to_owned(), resource: path.to_owned(), group: String::new(), namespace: None };
        let bytes = self.block_on(self.session.fetch(&Call::get(path, right)))??;
        decoded(&bytes, path)
    }

    /// Returns what makes the requests, for those who need the answer's stream.
    pub(crate) fn session(&self) -> Session {
        self.session.clone()
    }

    /// Returns kube's own client.
    pub(crate) fn client(&self) -> Result<kube::Client, ClusterError> {
        self.block_on(async { self.session.client() })?
    }

    /// Runs a future to its end in the cluster's runtime.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> Result<F::Output, ClusterError> {
        let runtime = if let Some(runtime) = self.runtime.get() {
            runtime
        } else {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|it| ClusterError::Setup(ClusterCause(it.to_string())))?;
            self.runtime.get_or_init(|| runtime)
        };
        Ok(runtime.block_on(future))
    }
}

/// Returns system and processor in Go's words, as kubectl names itself: `linux/amd64`.
fn platform() -> String {
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}/{arch}")
}
