//! The client flags that every command of kubectl has.

use std::time::Duration;

use super::error::ClusterError;

/// kubectl's flags for reaching a cluster. An empty text means that the flag was not given.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Cluster flags")]
pub struct ClusterFlags {
    /// Path to the kubeconfig file to use
    #[arg(global = true, long, value_name = "FILE")]
    pub kubeconfig: Option<String>,
    /// Name of the kubeconfig context to use
    #[arg(global = true, long, value_name = "NAME")]
    pub context: Option<String>,
    /// Name of the kubeconfig cluster to use
    #[arg(global = true, long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Name of the kubeconfig user to use
    #[arg(global = true, long, value_name = "NAME")]
    pub user: Option<String>,
    /// Namespace to work in
    #[arg(global = true, short, long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Address and port of the Kubernetes API server
    #[arg(global = true, short, long, value_name = "URL")]
    pub server: Option<String>,
    /// Bearer token for the API server
    #[arg(global = true, long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// User to impersonate
    #[arg(global = true, long = "as", value_name = "USER")]
    pub impersonate: Option<String>,
    /// Group to impersonate; may be repeated
    #[arg(global = true, long, value_name = "GROUP")]
    pub as_group: Vec<String>,
    /// UID to impersonate
    #[arg(global = true, long, value_name = "UID")]
    pub as_uid: Option<String>,
    /// Extra of the user to impersonate; may be repeated
    #[arg(global = true, long, value_name = "KEY=VALUE")]
    pub as_user_extra: Vec<String>,
    /// Path to a certificate of the certificate authority
    #[arg(global = true, long, value_name = "FILE")]
    pub certificate_authority: Option<String>,
    /// Path to a client certificate for TLS
    #[arg(global = true, long, value_name = "FILE")]
    pub client_certificate: Option<String>,
    /// Path to a client key for TLS
    #[arg(global = true, long, value_name = "FILE")]
    pub client_key: Option<String>,
    /// Server name to check the server's certificate against
    #[arg(global = true, long, value_name = "NAME")]
    pub tls_server_name: Option<String>,
    /// Do not check the server's certificate: the connection is not secure
    #[arg(global = true, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub insecure_skip_tls_verify: Option<bool>,
    /// How long one request may take: 30, 1s, 2m, 3h; 0 for no limit
    #[arg(global = true, long, value_name = "DURATION")]
    pub request_timeout: Option<String>,
    /// Accepted as kubectl does; nothing is cached
    #[arg(global = true, long, value_name = "DIR")]
    pub cache_dir: Option<String>,
    /// Do not ask for compressed answers
    #[arg(global = true, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub disable_compression: Option<bool>,
    /// Log level: 6 shows requests, 8 their headers
    #[arg(global = true, short = 'v', long = "v", value_name = "N", default_value_t = 0)]
    pub verbosity: u8,
}

impl ClusterFlags {
    /// Returns how long one request may take; `None` without a limit.
    ///
    /// # Errors
    ///
    /// Fails with kubectl's words if the flag is no time.
    pub fn timeout(&self) -> Result<Option<Duration>, ClusterError> {
        let Some(text) = given(self.request_timeout.as_ref()) else { return Ok(None) };
        let seconds = text.parse::<u64>().ok().map(Duration::from_secs);
        let duration = seconds.or_else(|| go_duration(text)).ok_or(ClusterError::BadTimeout)?;
        Ok(Some(duration).filter(|it| !it.is_zero()))
    }
}

/// Returns a flag's text; `None` if it was not given, or is empty.
pub(super) fn given(flag: Option<&String>) -> Option<&str> {
    flag.map(String::as_str).filter(|it| !it.is_empty())
}

/// Reads a duration as Go does: numbers with units, one after the other (`1h30m`, `1.5s`).
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut whole = Duration::ZERO;
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|it: char| it.is_ascii_digit() || it == '.').unwrap_or(rest.len());
        let seconds = match &rest[..end] {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        whole = whole.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
        rest = &rest[end..];
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_kubectl_reads_them() {
        for (text, millis) in [
            ("", None),
            ("0", None),
            ("0s", None),
            ("30", Some(30_000)),
            ("1s", Some(1000)),
            ("2m", Some(120_000)),
            ("3h", Some(10_800_000)),
            ("1h30m", Some(5_400_000)),
            ("1.5s", Some(1500)),
            ("250ms", Some(250)),
        ] {
            let flags = ClusterFlags { request_timeout: Some(text.to_owned()), ..ClusterFlags::default() };
            assert_eq!(flags.timeout().unwrap(), millis.map(Duration::from_millis), "{text}");
        }
        for text in ["soon", "1x", "s", "-1", "1s2", "1 s", "."] {
            let flags = ClusterFlags { request_timeout: Some(text.to_owned()), ..ClusterFlags::default() };
            let error = flags.timeout().unwrap_err().to_string();
            assert!(error.starts_with("Invalid timeout value. Timeout must be a single integer"), "{text}: {error}");
        }
    }
}
