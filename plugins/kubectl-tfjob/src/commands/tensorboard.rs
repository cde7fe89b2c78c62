mod create;
mod forward;
mod ready;
mod shown;

use clap::Args;
use shared::base::failure::{CommandError, Failure};
use shared::edge::board;
use shared::edge::clock;
use shared::edge::cluster::Cluster;
use shared::edge::jobs::LiveJob;
use shared::term::flags::OutputFlags;
use shared::term::{Format, Terminal};
use shared::tfjob::service::{DEFAULT_PROXY, Found, is_before_1_10};

use crate::duration::Patience;
use crate::naming::{JobName, find};
use crate::session::Session;
use create::{CreateArgs, Ensured};
use ready::Readiness;
use shown::Shown;

/// Show the URL of a TFJob's TensorBoard, reach it, or start one
///
/// Finds the Service of the job's TensorBoard, whoever made it (the operator of 2017, arena, KubeDL, --create), waits
/// until somebody is behind it, and prints its URL through `kubectl proxy`, that of its load balancer first. With
/// --port-forward no proxy is needed: this command passes connections on until Ctrl-C, also to a pod that takes the
/// place of another. Exit codes: 0 the URL is printed and its endpoint is ready; 1 there is no TensorBoard, or nobody
/// is behind it.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = "Examples:
  kubectl tfjob tensorboard mnist
  kubectl tfjob tensorboard mnist --port-forward 6006
  kubectl tfjob tensorboard mnist --open
  kubectl tfjob tensorboard mnist --create --logdir /data/logs
  kubectl tfjob tensorboard mnist --create --logdir train=/data/train --logdir eval=gs://bucket/eval
  curl $(kubectl tfjob tensorboard mnist --url-only)")]
pub(crate) struct TensorboardArgs {
    #[command(flatten)]
    job: JobName,
    /// Print the proxy URL alone
    #[arg(long, conflicts_with_all = ["port_forward", "open"])]
    url_only: bool,
    /// Print the form of URL that servers before 1.10 have; without it, the server's version decides
    #[arg(long)]
    legacy: bool,
    /// Where `kubectl proxy` listens, with its --api-prefix [default: port 8001 of 127.0.0.1]
    #[arg(long, value_name = "URL")]
    proxy_url: Option<ProxyUrl>,
    /// Take this Service, whoever made it
    #[arg(long, value_name = "NAME", value_parser = service_name, conflicts_with = "create")]
    service: Option<String>,
    /// Do not wait for a ready endpoint, and do not fail without one
    #[arg(long)]
    no_wait: bool,
    /// How long to wait for a ready endpoint, such as 90s or 2m; 0 looks once
    #[arg(long, value_name = "TIME", default_value = "30s", allow_hyphen_values = true)]
    timeout: Patience,
    /// Pass connections to this port of 127.0.0.1 on to TensorBoard until Ctrl-C; without a number, a free port
    #[arg(long, value_name = "PORT", value_parser = local_port, num_args = 0..=1, default_missing_value = "0")]
    port_forward: Option<u16>,
    /// Open the browser, on a forwarded port; with --proxy-url, on the proxy
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    create: CreateArgs,
    #[command(flatten)]
    output: OutputFlags,
}

/// The address of a `kubectl proxy`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ProxyUrl(String);

impl std::str::FromStr for ProxyUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((scheme @ ("http" | "https"), rest)) = text.split_once("://") else {
            return Err("write it as http://HOST:PORT, with the proxy's --api-prefix behind it".to_owned());
        };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = host.rsplit_once('@').map_or(host, |it| it.1);
        if host.is_empty() || path.contains(['?', '#']) {
            return Err("it has no host, or more than a path behind it".to_owned());
        }
        let parts = std::iter::once(host).chain(path.split('/').filter(|it| !it.is_empty()));
        Ok(Self(format!("{scheme}://{}", parts.collect::<Vec<_>>().join("/"))))
    }
}

/// Returns the name of a Service, written as `NAME` or, as kubectl prints it, as `service/NAME`.
fn service_name(text: &str) -> Result<String, String> {
    match text.split_once('/') {
        None => Ok(text.to_owned()),
        Some(("service" | "services" | "svc", name)) => Ok(name.to_owned()),
        Some((kind, _)) => Err(format!("`{kind}` is no Service; write `NAME` or `service/NAME`")),
    }
}

fn local_port(text: &str) -> Result<u16, String> {
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let (range, place) =
        ("ports go from 1 to 65535; 0 takes a free one", "it is no port; write the job's name before --port-forward");
    text.parse().map_err(|_| if is_number { range } else { place }.to_owned())
}

/// Why there is no URL that works.
#[derive(Debug, thiserror::Error)]
enum BoardError {
    #[error("tfjob \"{name}\" has no TensorBoard")]
    None { name: String, namespace: String },
    #[error("TensorBoard of tfjob \"{name}\" is not ready: 0 endpoints")]
    NotReady { name: String, place: String },
    #[error("--dry-run goes with --create")]
    DryRunOfNothing,
}

impl Failure for BoardError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::None { name, namespace } => Some(format!(
                "`kubectl tfjob tensorboard {name} -n {namespace} --create --logdir DIR` starts one; --service NAME takes \
                 any Service"
            )),
            Self::NotReady { place, .. } => Some(format!("`kubectl get pods {place}` shows who should be behind it")),
            Self::DryRunOfNothing => None,
        }
    }

    fn exit_code(&self) -> u8 {
        if matches!(self, Self::DryRunOfNothing) { 2 } else { 1 }
    }
}

pub(super) fn cmd_tensorboard(args: &TensorboardArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    if !args.create.create && !args.create.dry_run.is_off() {
        return Err(BoardError::DryRunOfNothing.into());
    }
    let job = find(session, &args.job.name)?;
    let environment = session.environment;
    let (cluster, term) = session.open()?;
    if args.create.create && !args.create.dry_run.is_off() {
        return create::show(&args.create, &args.output.format, &job, cluster, term);
    }
    let Ensured { existing, replaced } = ensured(args, &job, cluster, term)?;
    let none = || BoardError::None { name: job.job.name.clone(), namespace: job.namespace().to_owned() };
    let service = existing.ok_or_else(none)?.found;
    // Before the wait, after which Ctrl-C would not end a request.
    let is_legacy = args.is_legacy(cluster);
    let deadline = args.patience().map(|it| it.after(clock::now_exactly()));
    let replaced = replaced.filter(|_| !args.no_wait);
    let readiness = match replaced.map(|it| ready::await_rollout(&it, deadline, cluster, term)).transpose()? {
        // The endpoint of a pod that goes is none.
        Some(false) => Readiness::Endpoints(0),
        _ => ready::await_endpoint(&service, deadline, cluster, term)?,
    };
    let shown = Shown::of(&job, &service, readiness, &args.base(), is_legacy)?;
    let is_ready = !matches!(readiness, Readiness::Endpoints(0));
    if args.forwards() && (is_ready || args.no_wait) {
        return forward::run(args, shown, &service, environment, cluster, term);
    }
    print(args, &shown, term)?;
    if args.open && is_ready {
        forward::show_page(&shown.url, environment, term);
    }
    if is_ready || args.no_wait { Ok(()) } else { Err(not_ready(&job, &service).into()) }
}

impl TensorboardArgs {
    /// Returns how long to wait; `None` = not at all.
    fn patience(&self) -> Option<Patience> {
        Some(self.timeout).filter(|it| !self.no_wait && !it.is_one_look())
    }

    fn base(&self) -> String {
        self.proxy_url.as_ref().map_or_else(|| DEFAULT_PROXY.to_owned(), |it| it.0.clone())
    }

    /// Tells whether a port is to be forwarded: a browser needs one, unless it can go through a proxy.
    fn forwards(&self) -> bool {
        self.port_forward.is_some() || (self.open && self.proxy_url.is_none())
    }

    /// A server that does not tell its version is taken for one of today.
    fn is_legacy(&self, cluster: &Cluster) -> bool {
        self.legacy || cluster.raw_get("/version").is_ok_and(|it| is_before_1_10(&it))
    }

    fn is_for_people(&self) -> bool {
        matches!(self.output.format, Format::Table | Format::Wide) && !self.url_only
    }
}

/// Finds the Service of the job's TensorBoard; makes one if that is wanted, and there is none.
fn ensured(
    args: &TensorboardArgs,
    job: &LiveJob,
    cluster: &Cluster,
    term: &mut Terminal,
) -> Result<Ensured, CommandError> {
    let existing = board::look(cluster, job, args.service.as_deref())?;
    if args.create.create {
        return create::ensure(&args.create, job, existing, cluster, term);
    }
    Ok(Ensured { existing, replaced: None })
}

/// Prints the URL, and says on stderr what else there is to know.
fn print(args: &TensorboardArgs, shown: &Shown, term: &mut Terminal) -> Result<(), CommandError> {
    if args.url_only {
        return term.text(&format!("{}\n", shown.url));
    }
    term.print(&args.output.format, shown)?;
    if args.is_for_people() {
        if let Some((kind, index)) = shown.replica() {
            let replica = format!("{}-{index}", kind.lower());
            term.note(format!(
                "{replica} says that it has TensorBoard's port; where nothing answers, --create starts one"
            ));
        }
        if args.proxy_url.is_none() {
            term.note("the URL works while `kubectl proxy` runs");
        }
        term.status(format!("also: {}", shown.command()));
    }
    if args.no_wait && shown.readiness == Readiness::Endpoints(0) {
        term.note("not ready: 0 endpoints");
    }
    Ok(())
}

fn not_ready(job: &LiveJob, service: &Found) -> BoardError {
    let labels = if service.selector.is_empty() { String::new() } else { format!(" -l {}", service.labels()) };
    BoardError::NotReady { name: job.job.name.clone(), place: format!("-n {}{labels}", service.namespace) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_as_kubectl_writes_them() {
        for (text, expected) in
            [("board", Some("board")), ("service/b", Some("b")), ("svc/b", Some("b")), ("pod/b", None)]
        {
            assert_eq!(service_name(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_port_is_a_number() {
        for (text, expected) in [("0", Ok(0)), ("6006", Ok(6006)), ("70000", Err("65535")), ("mnist", Err("before"))] {
            let port = local_port(text);
            assert!(
                port == expected.map_err(str::to_owned) || expected.is_err_and(|it| port.unwrap_err().contains(it))
            );
        }
    }

    #[test]
    fn proxies_are_joined_with_single_slashes() {
        for (text, expected) in [
            ("http://127.0.0.1:8001", Some("http://127.0.0.1:8001")),
            ("http://127.0.0.1:8001/", Some("http://127.0.0.1:8001")),
            ("http://localhost:9000/k8s/", Some("http://localhost:9000/k8s")),
            ("http://localhost:9000//k8s//x/", Some("http://localhost:9000/k8s/x")),
            ("https://me:secret@h/", Some("https://h")),
            ("ftp://h", None),
            ("127.0.0.1:8001", None),
            ("http://", None),
            ("http://h/?q", None),
        ] {
            assert_eq!(text.parse::<ProxyUrl>().ok().map(|it| it.0).as_deref(), expected, "71: {text}");
        }
    }
}
