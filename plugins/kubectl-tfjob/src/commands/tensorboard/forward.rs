//! A port of this machine that leads to TensorBoard.

use std::ops::ControlFlow;

use shared::base::failure::CommandError;
use shared::edge::browser;
use shared::edge::cluster::Cluster;
use shared::edge::environment::Environment;
use shared::edge::forward::{ForwardEvent, forward};
use shared::term::Terminal;
use shared::tfjob::service::Found;

use super::TensorboardArgs;
use super::shown::Shown;

/// Prints the URL of a port that leads to TensorBoard, and passes connections on until Ctrl-C.
pub(super) fn run(
    args: &TensorboardArgs,
    mut shown: Shown,
    service: &Found,
    environment: &Environment,
    cluster: &Cluster,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let mut end = Ok(());
    forward(cluster, service, args.port_forward.unwrap_or(0), &mut |event| {
        match event {
            ForwardEvent::Listening { port, backend } => {
                let url = shown.forwarded(port);
                end = term.print(&args.output.format, &shown);
                term.status(format!("forwarding to pod {}, port {}; Ctrl-C ends it", backend.pod, backend.port));
                if args.open && end.is_ok() {
                    show_page(&url, environment, term);
                }
            }
            ForwardEvent::Moved(backend) => term.status(format!("forwarding to pod {} from now on", backend.pod)),
            ForwardEvent::Lost(why) => term.warn(format!("a connection was lost: {why}")),
        }
        if end.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    end
}

/// Opens the browser; without one, the URL that is printed has to do.
pub(super) fn show_page(url: &str, environment: &Environment, term: &mut Terminal) {
    if let Err(error) = browser::open(url, environment) {
        term.warn(format!("{error}; open {url} yourself"));
    }
}
