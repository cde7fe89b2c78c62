//! What every command works with: the terminal, and the cluster once it is asked.

use shared::edge::cluster::{Cluster, ClusterError, ClusterFlags};
use shared::edge::environment::Environment;
use shared::edge::streams;
use shared::term::Terminal;

/// The name by which the API server knows us.
const PLUGIN: &str = env!("CARGO_PKG_NAME");

/// One run of a command.
pub(crate) struct Session<'t> {
    pub(crate) term: &'t mut Terminal,
    pub(crate) environment: &'t Environment,
    flags: &'t ClusterFlags,
    cluster: Option<Cluster>,
}

impl<'t> Session<'t> {
    pub(crate) fn new(flags: &'t ClusterFlags, environment: &'t Environment, term: &'t mut Terminal) -> Self {
        Self { term, environment, flags, cluster: None }
    }

    /// Returns the cluster, to which nothing was sent yet, and the terminal.
    ///
    /// # Errors
    ///
    /// Fails if the flags or the kubeconfig name no cluster.
    pub(crate) fn open(&mut self) -> Result<(&Cluster, &mut Terminal), ClusterError> {
        let cluster = if let Some(cluster) = self.cluster.take() {
            cluster
        } else {
            let cluster = Cluster::connect(self.flags, self.environment, PLUGIN)?;
            cluster.set_log(Box::new(streams::say));
            cluster
        };
        Ok((self.cluster.insert(cluster), self.term))
    }
}
