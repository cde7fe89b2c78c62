//! Credential plugins: a program of the kubeconfig that prints a token or a certificate.
//!
//! It is run once for a client; kube alone would run it three times.

use std::io;
use std::process::{Command, Output, Stdio};

use data_encoding::BASE64;
use jiff::Timestamp;
use kube::config::{AuthInfo, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;

use super::error::ClusterError;

#[derive(Debug, Deserialize)]
struct Printed {
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
    status: Option<Status>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Runs the user's plugin, if there is one, and puts what it prints in its place. Returns until when that is good.
pub(super) fn log_in(
    user: &mut AuthInfo,
    cluster: Option<ExecAuthCluster>,
    is_terminal: bool,
) -> Result<Option<Timestamp>, ClusterError> {
    // As in client-go, a token or a certificate at hand is enough.
    if user.token.is_some() || user.token_file.is_some() {
        user.exec = None;
    }
    let Some(exec) = user.exec.take() else { return Ok(None) };
    let output = run(&exec, cluster, is_terminal)?;
    let status = read(&exec, &output.stdout)?;
    if let (Some(certificate), Some(key)) = (&status.client_certificate_data, &status.client_key_data) {
        user.client_certificate_data = Some(BASE64.encode(certificate.as_bytes()));
        user.client_key_data = Some(BASE64.encode(key.as_bytes()).into());
    }
    user.token = status.token.map(Into::into);
    let until = status.expiration_timestamp.filter(|it| !it.is_empty());
    until.map(|it| it.parse()).transpose().map_err(|_| failed("exec: the expiration is no time".to_owned(), None))
}

fn failed(message: String, hint: Option<&str>) -> ClusterError {
    let hint = hint.filter(|it| !it.trim().is_empty());
    let other = "log in again, or check the user of the context: kubectl config view --minify";
    ClusterError::Credentials { message, hint: Some(hint.unwrap_or(other).trim().to_owned()) }
}

fn run(exec: &ExecConfig, cluster: Option<ExecAuthCluster>, is_terminal: bool) -> Result<Output, ClusterError> {
    let program = exec.command.as_deref().unwrap_or_default();
    if program.is_empty() {
        return Err(failed("exec: no command is given for the credential plugin".to_owned(), None));
    }
    let mode = exec.interactive_mode.as_ref();
    if mode == Some(&ExecInteractiveMode::Always) && !is_terminal {
        let message = format!("exec: executable {program} needs a terminal, and standard input is none");
        return Err(failed(message, None));
    }
    let is_interactive = is_terminal && mode != Some(&ExecInteractiveMode::Never);
    let mut spec = json!({"interactive": is_interactive});
    if let Some(cluster) = cluster.filter(|_| exec.provide_cluster_info) {
        spec["cluster"] = serde_json::to_value(cluster).unwrap_or_default();
    }
    let info = json!({"kind": "ExecCredential", "apiVersion": exec.api_version, "spec": spec});
    let mut command = Command::new(program);
    command.args(exec.args.iter().flatten()).env("KUBERNETES_EXEC_INFO", info.to_string());
    let pairs = exec.env.iter().flatten().filter_map(|it| it.get("name").zip(it.get("value")));
    command.envs(pairs).stderr(Stdio::inherit());
    command.stdin(if is_interactive { Stdio::inherit() } else { Stdio::null() });
    let output = command.output().map_err(|it| match it.kind() {
        io::ErrorKind::NotFound => {
            failed(format!("exec: executable {program} not found"), exec.install_hint.as_deref())
        }
        _ => failed(format!("exec: executable {program} cannot be started: {it}"), None),
    })?;
    if output.status.success() {
        return Ok(output);
    }
    let how = output.status.code().map_or_else(|| "a signal".to_owned(), |it| format!("exit code {it}"));
    Err(failed(format!("exec: executable {program} failed with {how}"), None))
}

fn read(exec: &ExecConfig, output: &[u8]) -> Result<Status, ClusterError> {
    let printed: Printed = serde_json::from_slice(output)
        .map_err(|_| failed("exec: what the credential plugin prints is no ExecCredential".to_owned(), None))?;
    let (wanted, version) = (exec.api_version.as_deref(), printed.api_version.as_deref());
    if let (Some(wanted), Some(version)) = (wanted, version)
        && wanted != version
    {
        let message =
            format!("exec plugin is configured to use API version {wanted}, plugin returned version {version}");
        return Err(failed(message, None));
    }
    let status = printed.status.unwrap_or_default();
    let has_token = status.token.as_ref().is_some_and(|it| !it.is_empty());
    match (has_token, status.client_certificate_data.is_some(), status.client_key_data.is_some()) {
        (_, true, false) | (_, false, true) => {
            Err(failed("exec plugin returned only certificate or key, not both".to_owned(), None))
        }
        (false, false, false) => Err(failed("exec plugin didn't return a token or cert/key pair".to_owned(), None)),
        _ => Ok(status),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use kube::config::Kubeconfig;

    use super::*;

    fn tried(exec: &str) -> Result<(AuthInfo, Option<Timestamp>), (String, Option<String>)> {
        use crate::base::failure::Failure as _;
        let text = format!("users: [{{name: u, user: {{exec: {exec}}}}}]");
        let mut user = Kubeconfig::from_yaml(&text).unwrap().auth_infos.remove(0).auth_info.unwrap();
        let until = log_in(&mut user, None, false).map_err(|it| (it.to_string(), it.hint()))?;
        Ok((user, until))
    }

    fn printing(text: &str) -> String {
        format!("{{command: printf, args: ['%s', '{text}'], apiVersion: v1}}")
    }

    #[test]
    fn what_a_plugin_prints_is_used() {
        let (user, until) = tried(&printing(
            r#"{"apiVersion":"v1","status":{"token":"t","expirationTimestamp":"2030-01-01T00:00:00Z"}}"#,
        ))
        .unwrap();
        assert!(user.token.is_some() && user.exec.is_none());
        assert_eq!(until.unwrap().to_string(), "2030-01-01T00:00:00Z");
        let (user, until) =
            tried(&printing(r#"{"status":{"clientCertificateData":"abc","clientKeyData":"def"}}"#)).unwrap();
        assert_eq!((user.client_certificate_data.as_deref(), until), (Some("YWJj"), None));
        let command = r#"{command: sh, env: [{name: T, value: tok}], args: ["-c", "echo \"{\\\"status\\\":{\\\"token\\\":\\\"$T$KUBERNETES_NO\\\"}}\""]}"#;
        assert!(tried(command).unwrap().0.token.is_some());
    }

    #[test]
    fn a_plugin_that_fails_is_named() {
        for (exec, expected, hint) in [
            ("{command: /no/such, installHint: 'get it'}", "exec: executable /no/such not found", "get it"),
            ("{command: 'false'}", "exec: executable false failed with exit code 1", "log in again"),
            ("{command: echo}", "exec: what the credential plugin prints is no ExecCredential", "log in again"),
            (&printing("{}"), "exec plugin didn't return a token or cert/key pair", "log in again"),
            (
                &printing(r#"{"apiVersion":"v2","status":{"token":"t"}}"#),
                "exec plugin is configured to use API version v1, plugin returned version v2",
                "log in again",
            ),
            (
                "{command: 'true', interactiveMode: Always}",
                "exec: executable true needs a terminal, and standard input is none",
                "log in again",
            ),
        ] {
            let (message, said) = tried(exec).unwrap_err();
            assert_eq!(message, format!("Unable to connect to the server: getting credentials: {expected}"));
            assert!(said.unwrap().starts_with(hint));
        }
    }
}
