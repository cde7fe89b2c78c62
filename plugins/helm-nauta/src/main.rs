//! `helm nauta`: experiments from template packs, deployed with the user's Helm.

use std::process::ExitCode;

fn main() -> ExitCode {
    helm_nauta::run()
}
