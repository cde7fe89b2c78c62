//! The kubeconfig files that Helm would read, and the namespace that they, or a pod around us, ask for.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::files::{self, FileError};
use crate::helm::environment::Variables;
use crate::helm::global::{CONTEXT, KUBECONFIG};
use crate::helm::namespace::of_kubeconfigs;

/// Where a pod finds its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Returns the namespace that Helm would take with these variables, were `HELM_NAMESPACE` unset.
///
/// It is that of the context in the kubeconfig, else that of the pod that we run in, else `default`.
///
/// # Errors
///
/// Fails if a kubeconfig is there and cannot be read.
pub fn namespace(variables: &Variables) -> Result<String, FileError> {
    let texts = texts(variables)?;
    let context = text(variables, CONTEXT);
    if let Some(namespace) = of_kubeconfigs(&texts, context) {
        return Ok(namespace);
    }
    Ok(of_pod(variables).unwrap_or_else(|| "default".to_owned()))
}

/// Returns the texts of the kubeconfig files; files that are not there are left out, as kubectl does.
fn texts(variables: &Variables) -> Result<Vec<String>, FileError> {
    let files: Vec<PathBuf> = match variables.get(OsStr::new(KUBECONFIG)).filter(|it| !it.is_empty()) {
        Some(list) => std::env::split_paths(list).filter(|it| !it.as_os_str().is_empty()).collect(),
        None => home(variables).into_iter().map(|it| it.join(".kube/config")).collect(),
    };
    let texts: Result<Vec<_>, _> = files.iter().map(|it| files::read_text_if_any(it)).collect();
    Ok(texts?.into_iter().flatten().collect())
}

fn home(variables: &Variables) -> Option<PathBuf> {
    let names = if cfg!(windows) { ["USERPROFILE", "HOME"] } else { ["HOME", "USERPROFILE"] };
    names.iter().filter_map(|it| variables.get(OsStr::new(it))).find(|it| !it.is_empty()).map(PathBuf::from)
}

/// Returns the namespace of the pod that we run in; `None` outside a cluster.
fn of_pod(variables: &Variables) -> Option<String> {
    text(variables, "KUBERNETES_SERVICE_HOST").and(text(variables, "KUBERNETES_SERVICE_PORT"))?;
    let account = Path::new(SERVICE_ACCOUNT);
    if !account.join("token").is_file() {
        return None;
    }
    if let Some(namespace) = text(variables, "POD_NAMESPACE") {
        return Some(namespace.to_owned());
    }
    let namespace = files::read_text_if_any(&account.join("namespace")).ok()??;
    Some(namespace.trim().to_owned()).filter(|it| !it.is_empty())
}

fn text<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    variables.get(OsStr::new(name)).and_then(|it| it.to_str()).filter(|it| !it.is_empty())
}
