//! `kubectl tfjob`: tells what `TFJob`s of every API version are doing.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubectl_tfjob::run()
}
