//! More nodes than the one that a bed has.

use super::Bed;

impl Bed {
    /// Makes another node whose kubelet is a server of the test ([`Bed::kubelet`] has one): HTTPS on this port of
    /// 127.0.0.1, with [`Bed::server_config`]. Pods with `test/node: NAME` go there, live as kwok plays it, and their
    /// logs are asked of that server. The scheduler sends no pod there.
    ///
    /// # Panics
    /// If the node cannot be made.
    pub fn add_node(&self, name: &str, kubelet: u16) {
        if let Some(egress) = &self.egress {
            egress.allow_kubelet(kubelet);
        }
        let node = format!(
            "\
apiVersion: v1
kind: Node
metadata:
  name: {name}
  annotations: {{kwok.x-k8s.io/node: fake}}
  labels: {{kubernetes.io/hostname: {name}, kubernetes.io/os: linux, kubernetes.io/arch: amd64}}
spec: {{unschedulable: true}}
status:
  allocatable: {{cpu: '64', memory: 256Gi, pods: '10000', nvidia.com/gpu: '8'}}
  capacity: {{cpu: '64', memory: 256Gi, pods: '10000', nvidia.com/gpu: '8'}}
  addresses: [{{type: Hostname, address: localhost}}, {{type: InternalIP, address: 127.0.0.1}}]
  daemonEndpoints: {{kubeletEndpoint: {{Port: {kubelet}}}}}
  conditions: [{{type: Ready, status: 'True', reason: Test, message: none}}]
"
        );
        self.create("/api/v1/nodes", &node).unwrap_or_else(|failure| panic!("{failure}"));
    }
}
