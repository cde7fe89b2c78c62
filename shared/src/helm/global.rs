//! Helm's global flags: one table for what Helm eats, what it lets through, and the variables it makes of them.

use std::ffi::OsStr;

/// One of Helm's global flags.
#[derive(Debug)]
pub struct GlobalFlag {
    /// The name behind `--`.
    pub long: &'static str,
    /// The letter behind `-`.
    pub short: Option<char>,
    /// What the value is called in help texts; `None` for a switch, which takes a value only as `--flag=true`.
    pub value: Option<&'static str>,
    /// The variable by which Helm hands the flag over to a plugin, and reads it from its own environment.
    pub variable: &'static str,
    /// Whether Helm takes the flag out of a plugin's words.
    pub eaten: bool,
    /// One line of help.
    pub help: &'static str,
}

/// The variable of the namespace.
pub const NAMESPACE: &str = "HELM_NAMESPACE";
/// The variable of the context of the kubeconfig.
pub const CONTEXT: &str = "HELM_KUBECONTEXT";
/// The variable of the groups to act as, a comma between two.
pub const GROUPS: &str = "HELM_KUBEASGROUPS";
/// The variable of the kubeconfig files.
pub const KUBECONFIG: &str = "KUBECONFIG";

const fn eaten(
    long: &'static str,
    value: Option<&'static str>,
    variable: &'static str,
    help: &'static str,
) -> GlobalFlag {
    GlobalFlag { long, short: None, value, variable, eaten: true, help }
}

const fn let_through(
    long: &'static str,
    value: &'static str,
    variable: &'static str,
    help: &'static str,
) -> GlobalFlag {
    GlobalFlag { long, short: None, value: Some(value), variable, eaten: false, help }
}

/// The global flags of Helm 3.21 and 4.2; `--color` is ours.
pub static GLOBAL_FLAGS: [GlobalFlag; 17] = [
    GlobalFlag { short: Some('n'), ..eaten("namespace", Some("NAMESPACE"), NAMESPACE, "Namespace of the release") },
    eaten("kube-context", Some("NAME"), CONTEXT, "Context of the kubeconfig to use"),
    eaten("kubeconfig", Some("FILE"), KUBECONFIG, "Path to the kubeconfig file"),
    eaten("debug", None, "HELM_DEBUG", "Let Helm tell more"),
    eaten("kube-apiserver", Some("URL"), "HELM_KUBEAPISERVER", "Address of the Kubernetes API server"),
    eaten("kube-token", Some("TOKEN"), "HELM_KUBETOKEN", "Bearer token for the API server"),
    eaten("kube-as-user", Some("USER"), "HELM_KUBEASUSER", "User to act as"),
    eaten("kube-as-group", Some("GROUP"), GROUPS, "Group to act as; may be repeated"),
    eaten("kube-ca-file", Some("FILE"), "HELM_KUBECAFILE", "Certificate authority of the API server"),
    eaten("kube-tls-server-name", Some("NAME"), "HELM_KUBETLS_SERVER_NAME", "Name in the API server's certificate"),
    eaten(
        "kube-insecure-skip-tls-verify",
        None,
        "HELM_KUBEINSECURE_SKIP_TLS_VERIFY",
        "Do not check the API server's certificate",
    ),
    eaten("registry-config", Some("FILE"), "HELM_REGISTRY_CONFIG", "Helm's registry configuration"),
    eaten("repository-config", Some("FILE"), "HELM_REPOSITORY_CONFIG", "Helm's list of repositories"),
    eaten("repository-cache", Some("FOLDER"), "HELM_REPOSITORY_CACHE", "Helm's cached repository indexes"),
    let_through("qps", "NUMBER", "HELM_QPS", "Queries per second to the API server"),
    let_through("burst-limit", "NUMBER", "HELM_BURST_LIMIT", "Limit of bursts of queries"),
    let_through("content-cache", "FOLDER", "HELM_CONTENT_CACHE", "Helm 4's cached content"),
];

/// How Helm takes one of its own flags out of a plugin's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Eaten {
    /// The word alone: `--debug`, `--namespace=x`.
    Alone,
    /// The word and the next one, whatever it is: `-n x`.
    WithNext,
}

/// Returns how Helm eats `word`; `None` if it lets it through.
pub(super) fn eaten_as(word: &OsStr) -> Option<Eaten> {
    let (flag, value) = flag_of(word)?;
    match (flag.long, value) {
        // `--debug=true` is seen by Helm, but stays among the plugin's words.
        ("debug", Some(_)) => None,
        ("debug", None) | (_, Some(_)) => Some(Eaten::Alone),
        // Also the other switch: Helm's own table says that it has a value.
        (_, None) => Some(Eaten::WithNext),
    }
}

/// Returns the variable that `word` sets if Helm reads it as a flag, in whatever form.
pub(super) fn variable_of(word: &OsStr) -> Option<&'static str> {
    match word.as_encoded_bytes() {
        [b'-', b'-', long @ ..] => {
            let name = long.split(|it| *it == b'=').next()?;
            GLOBAL_FLAGS.iter().find(|it| it.long.as_bytes() == name).map(|it| it.variable)
        }
        // Letters may stand together, and any of them may be the one.
        [b'-', letters @ ..] => letters.contains(&b'n').then_some(NAMESPACE),
        _ => None,
    }
}

/// Returns the flag that Helm would eat and that `word` is, and its value if it stands in the same word.
pub(super) fn flag_of(word: &OsStr) -> Option<(&'static GlobalFlag, Option<&[u8]>)> {
    let bytes = word.as_encoded_bytes();
    let (name, value) = match bytes.iter().position(|it| *it == b'=') {
        Some(end) => (&bytes[..end], Some(&bytes[end + 1..])),
        None => (bytes, None),
    };
    let is = |flag: &&GlobalFlag| match name {
        [b'-', b'-', long @ ..] => long == flag.long.as_bytes(),
        [b'-', short] => flag.short.is_some_and(|it| it as u32 == u32::from(*short)),
        _ => false,
    };
    GLOBAL_FLAGS.iter().filter(|it| it.eaten).find(is).map(|flag| (flag, value))
}
