//! `kubectl pack`: finds, installs and looks after template packs.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubectl_pack::run()
}
