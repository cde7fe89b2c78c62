//! The programs of a bed, and what each of them is told.

use std::path::Path;

use super::BedOptions;
use super::credentials::Files;
use super::ports::Ports;

/// A program that runs as long as the bed does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Etcd,
    ApiServer,
    ControllerManager,
    Scheduler,
    Kwok,
    Operator,
}

/// Those that make pods, services and accounts live and go; none that looks after real machines.
const CONTROLLERS: [&str; 9] = [
    "garbage-collector-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "root-ca-certificate-publisher-controller",
    "job-controller",
    "deployment-controller",
    "replicaset-controller",
    "endpointslice-controller",
    "endpoints-controller",
];

/// What the arguments are made of.
pub(super) struct Setting<'s> {
    pub(super) folder: &'s Path,
    pub(super) ports: &'s Ports,
    pub(super) files: &'s Files,
    pub(super) options: &'s BedOptions,
}

impl Part {
    /// Returns the name of the program.
    pub(super) fn program(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kwok => "kwok",
            Self::Operator => "training-operator.v1",
        }
    }

    /// Returns its arguments. One of them names the bed's folder always, by which the guard knows the process.
    pub(super) fn arguments(self, setting: &Setting<'_>) -> Vec<String> {
        match self {
            Self::Etcd => setting.etcd(),
            Self::ApiServer => setting.api_server(),
            Self::ControllerManager => setting.controller_manager(),
            Self::Scheduler => setting.component(setting.ports.scheduler),
            Self::Kwok => setting.kwok(),
            Self::Operator => setting.operator(),
        }
    }
}

impl Setting<'_> {
    fn below(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn etcd(&self) -> Vec<String> {
        let clients = format!("http://127.0.0.1:{}", self.ports.etcd);
        let peers = format!("http://127.0.0.1:{}", self.ports.etcd_peer);
        vec![
            "--name=bed".to_owned(),
            format!("--data-dir={}", self.below("etcd")),
            format!("--listen-client-urls={clients}"),
            format!("--advertise-client-urls={clients}"),
            format!("--listen-peer-urls={peers}"),
            format!("--initial-advertise-peer-urls={peers}"),
            format!("--initial-cluster=bed={peers}"),
            "--unsafe-no-fsync".to_owned(),
            "--log-level=warn".to_owned(),
        ]
    }

    fn api_server(&self) -> Vec<String> {
        let mut arguments = vec![
            format!("--etcd-servers=http://127.0.0.1:{}", self.ports.etcd),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--secure-port={}", self.ports.api),
            "--advertise-address=127.0.0.1".to_owned(),
            "--endpoint-reconciler-type=none".to_owned(),
            "--allow-privileged=true".to_owned(),
            "--authorization-mode=RBAC".to_owned(),
            format!("--token-auth-file={}", self.files.tokens.display()),
            format!("--tls-cert-file={}", self.files.certificate.display()),
            format!("--tls-private-key-file={}", self.files.key.display()),
            format!("--client-ca-file={}", self.files.authority.display()),
            format!("--cert-dir={}", self.below("pki")),
            format!("--service-account-key-file={}", self.files.public_key.display()),
            format!("--service-account-signing-key-file={}", self.files.key.display()),
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
            "--service-cluster-ip-range=10.0.0.0/16".to_owned(),
            "--enable-priority-and-fairness=false".to_owned(),
            "--max-requests-inflight=0".to_owned(),
            "--max-mutating-requests-inflight=0".to_owned(),
            "--feature-gates=MutatingAdmissionPolicy=true".to_owned(),
            "--runtime-config=admissionregistration.k8s.io/v1beta1=true".to_owned(),
            // Nobody would take the taint off again: the controller that looks after nodes does not run.
            "--disable-admission-plugins=TaintNodesByCondition".to_owned(),
        ];
        if self.options.egress {
            arguments.push(format!("--egress-selector-config-file={}", self.below("egress.yaml")));
        }
        arguments
    }

    /// What the controller manager and the scheduler have in common.
    fn component(&self, port: u16) -> Vec<String> {
        vec![
            format!("--kubeconfig={}", self.files.admin.display()),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--secure-port={port}"),
            format!("--cert-dir={}", self.below("pki")),
            "--leader-elect=false".to_owned(),
        ]
    }

    fn controller_manager(&self) -> Vec<String> {
        let mut arguments = self.component(self.ports.controller_manager);
        arguments.push(format!("--root-ca-file={}", self.files.authority.display()));
        arguments.push(format!("--service-account-private-key-file={}", self.files.key.display()));
        arguments.push(format!("--controllers={}", CONTROLLERS.join(",")));
        arguments
    }

    fn kwok(&self) -> Vec<String> {
        vec![
            format!("--kubeconfig={}", self.files.admin.display()),
            format!("--config={}", self.below("stages.yaml")),
            "--manage-all-nodes=true".to_owned(),
            "--enable-crds=Logs,ClusterLogs,PortForward,ClusterPortForward".to_owned(),
            format!("--tls-cert-file={}", self.files.certificate.display()),
            format!("--tls-private-key-file={}", self.files.key.display()),
            "--node-ip=127.0.0.1".to_owned(),
            "--node-name=localhost".to_owned(),
            format!("--node-port={}", self.ports.kwok),
            format!("--server-address=127.0.0.1:{}", self.ports.kwok),
            "--node-lease-duration-seconds=200".to_owned(),
            "--cidr=10.99.0.1/16".to_owned(),
        ]
    }

    fn operator(&self) -> Vec<String> {
        let mut arguments = vec![
            format!("--kubeconfig={}", self.files.admin.display()),
            "--enable-scheme=tfjob".to_owned(),
            format!("--metrics-bind-address=127.0.0.1:{}", self.ports.operator_metrics),
            format!("--health-probe-bind-address=127.0.0.1:{}", self.ports.operator_health),
            "--controller-threads=4".to_owned(),
        ];
        if self.options.pytorch {
            arguments.push("--enable-scheme=pytorchjob".to_owned());
        }
        arguments
    }
}
