//! From files and environment to what kube needs: the kubeconfig, the pod's own account, certificates.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use http::HeaderValue;
use http::header::USER_AGENT;
use jiff::{SignedDuration, Timestamp};
use kube::Config;
use kube::config::{
    AuthInfo, Cluster, Context, ExecAuthCluster, Kubeconfig, KubeconfigError, NamedAuthInfo, NamedCluster, NamedContext,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::error::{ClusterCause, ClusterError};
use super::flags::{ClusterFlags, given};
use super::settings::{Target, resolve};
use super::{exec, proxy};
use crate::edge::clock;
use crate::edge::environment::Environment;

/// How long a token out of a file is good without another look.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_secs(60);
/// Where a pod finds its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Returns where to go, by the flags, the kubeconfig files, and the pod around us.
pub(super) fn target(flags: &ClusterFlags, environment: &Environment) -> Result<Target, ClusterError> {
    let mut kubeconfig = kubeconfig(flags, environment)?;
    let is_empty = kubeconfig.clusters.is_empty() && kubeconfig.contexts.is_empty();
    if is_empty && let Some(account) = service_account(environment, Path::new(SERVICE_ACCOUNT)) {
        kubeconfig = account;
    }
    resolve(&kubeconfig, flags)
}

fn kubeconfig(flags: &ClusterFlags, environment: &Environment) -> Result<Kubeconfig, ClusterError> {
    if let Some(file) = given(flags.kubeconfig.as_ref()) {
        let path = Path::new(file);
        if let Err(error) = std::fs::metadata(path) {
            return Err(ClusterError::config(format!("stat {file}: {}", system(&error))));
        }
        return read(path);
    }
    let files: Vec<PathBuf> = match environment.path("KUBECONFIG") {
        Some(list) => std::env::split_paths(&list).filter(|it| !it.as_os_str().is_empty()).collect(),
        None => home(environment).into_iter().map(|it| it.join(".kube/config")).collect(),
    };
    let mut whole = Kubeconfig::default();
    for file in files.iter().filter(|it| it.exists()) {
        whole = whole.merge(read(file)?).map_err(|it| broken(file, &it))?;
    }
    Ok(whole)
}

fn home(environment: &Environment) -> Option<PathBuf> {
    let names = if cfg!(windows) { ["USERPROFILE", "HOME"] } else { ["HOME", "USERPROFILE"] };
    names.iter().find_map(|it| environment.path(it))
}

fn read(path: &Path) -> Result<Kubeconfig, ClusterError> {
    let mut kubeconfig = Kubeconfig::read_from(path).map_err(|it| broken(path, &it))?;
    // A later file's current context counts where an earlier one says "".
    kubeconfig.current_context = kubeconfig.current_context.filter(|it| !it.is_empty());
    Ok(kubeconfig)
}

fn broken(path: &Path, error: &KubeconfigError) -> ClusterError {
    let cause = match error {
        KubeconfigError::ReadConfig(error, _) => system(error),
        KubeconfigError::Parse(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            first.strip_prefix("error: ").unwrap_or(first).to_owned()
        }
        other => other.to_string(),
    };
    ClusterError::Config {
        message: format!("error loading config file \"{}\"", path.display()),
        source: Some(ClusterCause(cause)),
        hint: None,
    }
}

/// Returns what the system says, as Go spells it.
fn system(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => error.to_string(),
    }
}

/// Returns the kubeconfig that a pod would write for its own account; `None` outside a cluster.
fn service_account(environment: &Environment, folder: &Path) -> Option<Kubeconfig> {
    let host = environment.get("KUBERNETES_SERVICE_HOST")?;
    let port = environment.get("KUBERNETES_SERVICE_PORT")?;
    let file = |name: &str| Some(folder.join(name)).filter(|it| it.is_file())?.to_str().map(str::to_owned);
    let token_file = file("token")?;
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let namespace = environment.get("POD_NAMESPACE").map(str::to_owned).or_else(|| {
        let text = std::fs::read_to_string(file("namespace")?).ok()?;
        Some(text.trim().to_owned())
    });
    let cluster = Cluster {
        server: Some(format!("https://{host}:{port}")),
        certificate_authority: file("ca.crt"),
        ..Cluster::default()
    };
    let user = AuthInfo { token_file: Some(token_file), ..AuthInfo::default() };
    let name = "in-cluster".to_owned();
    let context = Context { cluster: name.clone(), user: Some(name.clone()), namespace, ..Context::default() };
    Some(Kubeconfig {
        clusters: vec![NamedCluster { name: name.clone(), cluster: Some(cluster), ..NamedCluster::default() }],
        auth_infos: vec![NamedAuthInfo { name: name.clone(), auth_info: Some(user), ..NamedAuthInfo::default() }],
        contexts: vec![NamedContext { name: name.clone(), context: Some(context), ..NamedContext::default() }],
        current_context: Some(name),
        ..Kubeconfig::default()
    })
}

/// Returns what kube needs to go there, and until when the credentials are good, if that is known.
pub(super) fn config(
    target: &Target,
    environment: &Environment,
    agent: &str,
) -> Result<(Config, Option<Timestamp>), ClusterError> {
    let Target { cluster, user, cluster_name, user_name, .. } = target;
    let server = cluster.server.clone().unwrap_or_default();
    let bad_server = |_| ClusterError::config(format!("host must be a URL or a host:port pair: \"{server}\""));
    let url: http::Uri = server.parse().map_err(bad_server)?;
    let mut config = Config::new(url.clone());
    config.root_cert = authority(cluster, cluster_name)?;
    check_identity(user, user_name)?;
    config.default_namespace.clone_from(&target.namespace);
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    config.tls_server_name = cluster.tls_server_name.clone().filter(|it| !it.is_empty());
    let proxy = cluster.proxy_url.clone().filter(|it| !it.is_empty());
    if let Some(proxy) = proxy.or_else(|| proxy::of(environment, &url)) {
        let bad = |_| ClusterError::config("the proxy's address is no URL".to_owned());
        config.proxy_url = Some(proxy.parse().map_err(bad)?);
    }
    config.auth_info = user.clone();
    let provides = config.auth_info.exec.as_ref().is_some_and(|it| it.provide_cluster_info);
    let described = provides.then(|| ExecAuthCluster::try_from(cluster)).transpose();
    let described = described.map_err(|it| ClusterError::config(it.to_string()))?;
    let until = exec::log_in(&mut config.auth_info, described, std::io::stdin().is_terminal())?;
    let until = until.or(trim_token(&mut config.auth_info));
    config.headers.push((USER_AGENT, HeaderValue::from_str(agent).unwrap_or(HeaderValue::from_static("kubectl"))));
    // Whether and when to ask again is decided by the session.
    config.default_retry = false;
    Ok((config, until))
}

/// Takes the token out of its file where that holds more than the token, as a line's end, which kube would send along.
/// Returns when to read it anew.
fn trim_token(user: &mut AuthInfo) -> Option<Timestamp> {
    let file = user.token_file.as_deref().filter(|_| user.token.is_none())?;
    let text = std::fs::read_to_string(file).ok()?;
    if text.trim() == text {
        return None;
    }
    user.token = Some(text.trim().to_owned().into());
    user.token_file = None;
    Some(clock::now() + TOKEN_LIFE)
}

/// Returns the certificates of the cluster's authority; `None` for those that the system trusts.
fn authority(cluster: &Cluster, name: &str) -> Result<Option<Vec<Vec<u8>>>, ClusterError> {
    let data = cluster.certificate_authority_data.as_deref().filter(|it| !it.is_empty());
    let file = given(cluster.certificate_authority.as_ref());
    if cluster.insecure_skip_tls_verify == Some(true) && (data.is_some() || file.is_some()) {
        return Err(ClusterError::config("specifying a root certificates file with the insecure flag is not allowed"));
    }
    let pem = match (data, file) {
        (Some(data), _) => BASE64.decode(data.trim().as_bytes()).map_err(|it| ClusterError::Config {
            message: format!("certificate-authority-data of {name} is not base64"),
            source: Some(ClusterCause(it.to_string())),
            hint: None,
        })?,
        (None, Some(file)) => readable("certificate-authority", file, name)?,
        (None, None) => return Ok(None),
    };
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.unwrap_or_default();
    if certificates.is_empty() {
        return Err(ClusterError::config(
            "unable to load root certificates: unable to parse bytes as PEM block".to_owned(),
        ));
    }
    Ok(Some(certificates.into_iter().map(|it| it.to_vec()).collect()))
}

/// Checks that a certificate comes with its key, and that both can be read.
fn check_identity(user: &AuthInfo, name: &str) -> Result<(), ClusterError> {
    let certificate = given(user.client_certificate.as_ref());
    let key = given(user.client_key.as_ref());
    let has_certificate = certificate.is_some() || user.client_certificate_data.is_some();
    let has_key = key.is_some() || user.client_key_data.is_some();
    if has_certificate && !has_key {
        return Err(ClusterError::config(format!(
            "client-key-data or client-key must be specified for {name} to use the clientCert authentication method."
        )));
    }
    if has_key && !has_certificate {
        return Err(ClusterError::config(format!(
            "client-cert-data or client-cert must be specified for {name} to use the clientCert authentication method."
        )));
    }
    if let Some(file) = certificate.filter(|_| user.client_certificate_data.is_none()) {
        readable("client-cert", file, name)?;
    }
    if let Some(file) = key.filter(|_| user.client_key_data.is_none()) {
        readable("client-key", file, name)?;
    }
    Ok(())
}

fn readable(what: &str, file: &str, name: &str) -> Result<Vec<u8>, ClusterError> {
    std::fs::read(file).map_err(|it| {
        ClusterError::config(format!("unable to read {what} {file} for {name} due to open {file}: {}", system(&it)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_goes_to_its_own_cluster_as_its_own_account() {
        let folder = tempfile::tempdir().unwrap();
        let variables = [("KUBERNETES_SERVICE_HOST", "fd00::1"), ("KUBERNETES_SERVICE_PORT", "443")];
        let inside = Environment::of_variables(variables);
        assert!(service_account(&inside, folder.path()).is_none(), "no account");
        for (name, text) in [("token", "t"), ("ca.crt", "c"), ("namespace", "team\n")] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        assert!(service_account(&Environment::default(), folder.path()).is_none(), "no cluster around us");
        let kubeconfig = service_account(&inside, folder.path()).unwrap();
        let target = resolve(&kubeconfig, &ClusterFlags::default()).unwrap();
        assert_eq!(target.cluster.server.as_deref(), Some("https://[fd00::1]:443"));
        assert_eq!(target.namespace, "team");
        assert!(target.user.token_file.unwrap().ends_with("token"));
        assert!(target.cluster.certificate_authority.unwrap().ends_with("ca.crt"));
        let flags = ClusterFlags { token: Some("other".to_owned()), ..ClusterFlags::default() };
        assert!(resolve(&kubeconfig, &flags).unwrap().user.token_file.is_none(), "flags override here too");
    }
}
