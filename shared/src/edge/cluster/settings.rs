//! What the kubeconfig and the flags come to: pure rules, those of client-go.

use std::collections::HashMap;

use kube::config::{AuthInfo, Cluster, Context, Kubeconfig};

use super::error::ClusterError;
use super::flags::{ClusterFlags, given};

/// Where kubectl looks when nobody tells it.
const NOWHERE: &str = "http://localhost:8080";

/// Where to go, and as whom.
#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    /// The cluster's name in the kubeconfig, for messages.
    pub(super) cluster_name: String,
    /// The user's name in the kubeconfig, for messages.
    pub(super) user_name: String,
    /// The cluster; its `server` is a URL.
    pub(super) cluster: Cluster,
    /// The user.
    pub(super) user: AuthInfo,
    /// The namespace to work in.
    pub(super) namespace: String,
    /// Whether nothing said where to go.
    pub(super) guessed: bool,
}

/// Returns where to go by a kubeconfig and the flags that override it.
pub(super) fn resolve(kubeconfig: &Kubeconfig, flags: &ClusterFlags) -> Result<Target, ClusterError> {
    let context = context(kubeconfig, flags)?;
    let (cluster_name, mut cluster) = cluster(kubeconfig, flags, &context)?;
    let (user_name, mut user) = user(kubeconfig, flags, &context)?;
    override_cluster(&mut cluster, flags);
    override_user(&mut user, flags)?;
    if user.impersonate.as_deref().is_none_or(str::is_empty) && impersonates_more(&user) {
        return Err(ClusterError::config(format!(
            "requesting uid, groups or user-extra for {user_name} without impersonating a user"
        )));
    }
    let server = cluster.server.take().filter(|it| !it.is_empty());
    let guessed = server.is_none();
    if guessed && given(flags.cluster.as_ref()).is_some() {
        return Err(ClusterError::config(format!("no server found for cluster \"{cluster_name}\"")));
    }
    cluster.server = Some(server_url(server.as_deref().unwrap_or(NOWHERE), &cluster, &user)?);
    let namespace = given(flags.namespace.as_ref()).map(str::to_owned);
    let namespace = namespace.or_else(|| context.namespace.filter(|it| !it.is_empty()));
    let namespace = namespace.unwrap_or_else(|| "default".to_owned());
    Ok(Target { cluster_name, user_name, cluster, user, namespace, guessed })
}

/// Returns the context of the flag, else the current one, else none of its own.
fn context(kubeconfig: &Kubeconfig, flags: &ClusterFlags) -> Result<Context, ClusterError> {
    let flag = given(flags.context.as_ref());
    let Some(name) = flag.or_else(|| given(kubeconfig.current_context.as_ref())) else { return Ok(Context::default()) };
    let found = kubeconfig.contexts.iter().find(|it| it.name == name);
    found.map(|it| it.context.clone().unwrap_or_default()).ok_or_else(|| ClusterError::Config {
        message: format!("context was not found for specified context: {name}"),
        source: None,
        hint: Some("see the contexts that there are: kubectl config get-contexts".to_owned()),
    })
}

fn cluster(
    kubeconfig: &Kubeconfig,
    flags: &ClusterFlags,
    context: &Context,
) -> Result<(String, Cluster), ClusterError> {
    let name = given(flags.cluster.as_ref()).unwrap_or(&context.cluster);
    let found = kubeconfig.clusters.iter().find(|it| it.name == name).and_then(|it| it.cluster.clone());
    let has_server = given(flags.server.as_ref()).is_some();
    match found {
        Some(cluster) => Ok((name.to_owned(), cluster)),
        None if name.is_empty() || has_server => Ok((name.to_owned(), Cluster::default())),
        None if given(flags.cluster.as_ref()).is_some() => {
            Err(ClusterError::config(format!("no server found for cluster \"{name}\"")))
        }
        None => Err(ClusterError::config(format!("cluster \"{name}\" was not found in the kubeconfig"))),
    }
}

fn user(kubeconfig: &Kubeconfig, flags: &ClusterFlags, context: &Context) -> Result<(String, AuthInfo), ClusterError> {
    let flag = given(flags.user.as_ref());
    let name = flag.or_else(|| given(context.user.as_ref())).unwrap_or_default();
    let found = kubeconfig.auth_infos.iter().find(|it| it.name == name).and_then(|it| it.auth_info.clone());
    if found.is_none() && flag.is_some() {
        return Err(ClusterError::config(format!("auth info \"{name}\" does not exist")));
    }
    Ok((name.to_owned(), found.unwrap_or_default()))
}

fn override_cluster(cluster: &mut Cluster, flags: &ClusterFlags) {
    let authority = given(flags.certificate_authority.as_ref());
    if authority.is_some() || flags.insecure_skip_tls_verify == Some(true) {
        cluster.insecure_skip_tls_verify = flags.insecure_skip_tls_verify;
        cluster.certificate_authority = authority.map(str::to_owned);
        cluster.certificate_authority_data = None;
    }
    let server = given(flags.server.as_ref());
    let name = given(flags.tls_server_name.as_ref());
    if server.is_some() || name.is_some() {
        // The name in the kubeconfig is that of the server in the kubeconfig.
        cluster.tls_server_name = name.map(str::to_owned);
    }
    if let Some(server) = server {
        cluster.server = Some(server.to_owned());
    }
    if let Some(disable) = flags.disable_compression {
        cluster.disable_compression = Some(disable);
    }
}

fn override_user(user: &mut AuthInfo, flags: &ClusterFlags) -> Result<(), ClusterError> {
    if let Some(token) = given(flags.token.as_ref()) {
        *user = AuthInfo {
            token: Some(token.to_owned().into()),
            token_file: None,
            username: None,
            password: None,
            exec: None,
            auth_provider: None,
            ..std::mem::take(user)
        };
    }
    if let Some(file) = given(flags.client_certificate.as_ref()) {
        user.client_certificate = Some(file.to_owned());
        user.client_certificate_data = None;
    }
    if let Some(file) = given(flags.client_key.as_ref()) {
        user.client_key = Some(file.to_owned());
        user.client_key_data = None;
    }
    if let Some(name) = given(flags.impersonate.as_ref()) {
        user.impersonate = Some(name.to_owned());
    }
    if let Some(uid) = given(flags.as_uid.as_ref()) {
        user.impersonate_uid = Some(uid.to_owned());
    }
    if !flags.as_group.is_empty() {
        user.impersonate_groups = Some(flags.as_group.clone());
    }
    if !flags.as_user_extra.is_empty() {
        user.impersonate_user_extra = Some(extra(&flags.as_user_extra)?);
    }
    Ok(())
}

fn extra(pairs: &[String]) -> Result<HashMap<String, Vec<String>>, ClusterError> {
    let mut extra: HashMap<String, Vec<String>> = HashMap::new();
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(ClusterError::config(format!("--as-user-extra `{pair}` is not of the form KEY=VALUE")));
        };
        extra.entry(key.to_owned()).or_default().push(value.to_owned());
    }
    Ok(extra)
}

fn impersonates_more(user: &AuthInfo) -> bool {
    user.impersonate_uid.as_ref().is_some_and(|it| !it.is_empty())
        || user.impersonate_groups.as_ref().is_some_and(|it| !it.is_empty())
        || user.impersonate_user_extra.as_ref().is_some_and(|it| !it.is_empty())
}

/// Returns the server as a URL: a host alone is https where anything speaks of TLS, else http.
fn server_url(server: &str, cluster: &Cluster, user: &AuthInfo) -> Result<String, ClusterError> {
    let bad = || ClusterError::config(format!("host must be a URL or a host:port pair: \"{server}\""));
    let has_tls = cluster.certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some()
        || cluster.insecure_skip_tls_verify == Some(true)
        || user.client_certificate.is_some()
        || user.client_certificate_data.is_some();
    let url = match server.split_once("://") {
        Some(("http" | "https", _)) => server.to_owned(),
        Some(_) => return Err(bad()),
        None if has_tls => format!("https://{server}"),
        None => format!("http://{server}"),
    };
    let url = url.trim_end_matches('/').to_owned();
    match url.parse::<http::Uri>() {
        Ok(uri) if uri.host().is_some_and(|it| !it.is_empty()) && uri.query().is_none() => Ok(url),
        _ => Err(bad()),
    }
}

/// Returns host and port of a server's URL, for messages.
pub(super) fn host(server: &str) -> String {
    let rest = server.split_once("://").map_or(server, |it| it.1);
    let rest = rest.split(['/', '?']).next().unwrap_or(rest);
    rest.rsplit_once('@').map_or(rest, |it| it.1).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
current-context: c
contexts:
- {name: c, context: {cluster: k, user: u, namespace: team}}
- {name: d, context: {cluster: gone, user: u}}
- {name: e, context: {cluster: k, user: gone}}
clusters:
- name: k
  cluster: {server: 'https://k:6443/', certificate-authority-data: QUJD, tls-server-name: inner, proxy-url: 'http://p:1'}
- {name: open, cluster: {server: 'http://o', insecure-skip-tls-verify: true}}
users:
- name: u
  user: {tokenFile: /t, client-certificate-data: QUJD, client-key-data: QUJD, as: boss, as-groups: [g]}
- {name: v, user: {exec: {command: login}}}
";

    fn target(change: impl FnOnce(&mut ClusterFlags)) -> Result<Target, String> {
        let mut flags = ClusterFlags::default();
        change(&mut flags);
        resolve(&Kubeconfig::from_yaml(CONFIG).unwrap(), &flags).map_err(|it| it.to_string())
    }

    #[expect(clippy::unnecessary_wraps, reason = "a flag's value")]
    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_context_decides_and_empty_flags_are_not_given() {
        let target = target(|it| {
            *it = ClusterFlags {
                context: text(""),
                server: text(""),
                token: text(""),
                namespace: text(""),
                ..ClusterFlags::default()
            }
        });
        let target = target.unwrap();
        assert_eq!(target.cluster.server.as_deref(), Some("https://k:6443"));
        assert_eq!(target.namespace, "team");
        assert_eq!(target.user.token_file.as_deref(), Some("/t"));
        assert_eq!(target.cluster.tls_server_name.as_deref(), Some("inner"));
    }

    #[test]
    fn flags_override_as_in_client_go() {
        let user = |change: fn(&mut ClusterFlags)| target(change).unwrap().user;
        let cluster = |change: fn(&mut ClusterFlags)| target(change).unwrap().cluster;
        let it = user(|it| it.token = text("s3cret"));
        assert!(it.token.is_some() && it.token_file.is_none() && it.client_certificate_data.is_some());
        let it = user(|it| it.client_certificate = text("/c"));
        assert!(it.client_certificate_data.is_none() && it.client_key_data.is_some());
        let it = user(|it| it.client_key = text("/k"));
        assert!(it.client_certificate_data.is_some() && it.client_key_data.is_none());
        let it = user(|it| it.as_group = vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(it.impersonate_groups.unwrap(), ["a", "b"]);
        assert_eq!(it.impersonate.as_deref(), Some("boss"));
        let it = cluster(|it| it.server = text("https://other"));
        assert!(it.tls_server_name.is_none() && it.certificate_authority_data.is_some() && it.proxy_url.is_some());
        let it = cluster(|it| it.certificate_authority = text("/ca"));
        assert!(it.certificate_authority_data.is_none() && it.certificate_authority.as_deref() == Some("/ca"));
        let it = cluster(|it| it.insecure_skip_tls_verify = Some(true));
        assert!(it.certificate_authority_data.is_none() && it.insecure_skip_tls_verify == Some(true));
        let it = cluster(|it| it.insecure_skip_tls_verify = Some(false));
        assert!(it.certificate_authority_data.is_some());
        let it = cluster(|it| {
            it.cluster = text("open");
            it.certificate_authority = text("/ca");
        });
        assert_eq!(it.insecure_skip_tls_verify, None);
        assert_eq!(target(|it| it.namespace = text("mine")).unwrap().namespace, "mine");
        assert!(user(|it| it.user = text("v")).exec.is_some());
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = |change: fn(&mut ClusterFlags)| target(change).unwrap_err();
        for (message, expected) in [
            (error(|it| it.context = text("nope")), "context was not found for specified context: nope"),
            (error(|it| it.cluster = text("zz")), "no server found for cluster \"zz\""),
            (error(|it| it.user = text("zz")), "auth info \"zz\" does not exist"),
            (error(|it| it.context = text("d")), "cluster \"gone\" was not found in the kubeconfig"),
            (error(|it| it.server = text("ftp://x")), "host must be a URL or a host:port pair: \"ftp://x\""),
            (error(|it| it.as_user_extra = vec!["x".to_owned()]), "--as-user-extra `x` is not of the form KEY=VALUE"),
            (
                error(|it| {
                    it.context = text("e");
                    it.as_uid = text("1");
                }),
                "requesting uid, groups or user-extra for gone without impersonating a user",
            ),
        ] {
            assert_eq!(message, expected);
        }
        assert!(target(|it| it.context = text("e")).unwrap().user.token_file.is_none());
    }

    #[test]
    fn without_a_kubeconfig_kubectls_guess_is_taken() {
        let target = resolve(&Kubeconfig::default(), &ClusterFlags::default()).unwrap();
        assert_eq!(target.cluster.server.as_deref(), Some(NOWHERE));
        assert!(target.guessed);
        assert_eq!(target.namespace, "default");
    }

    #[test]
    fn hosts_alone_become_urls() {
        for (server, secure, url) in [
            ("localhost:1", false, "http://localhost:1"),
            ("localhost:1", true, "https://localhost:1"),
            ("https://h/base/", false, "https://h/base"),
        ] {
            let cluster = Cluster { insecure_skip_tls_verify: Some(secure), ..Cluster::default() };
            assert_eq!(server_url(server, &cluster, &AuthInfo::default()).unwrap(), url);
        }
        assert_eq!(host("https://u:p@h:1/base?x"), "h:1");
    }
}
