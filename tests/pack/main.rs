#![allow(clippy::disallowed_methods, reason = "tests set up files and start programs")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot be set up fails, and says what it skips"
)]
//! `kubectl pack` as its users run it: real git repositories, a store of its own for each test.

mod atomic;
mod cases;
mod catalogue;
mod copying;
mod creating;
mod creating_charts;
mod differing;
mod git_logins;
mod git_zoos;
mod help;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod hostile_git;
mod http;
mod indexing;
mod installing;
mod keeping;
mod limits;
mod lint;
mod place;
mod remotes;
mod several;
mod shallow;
mod showing;
#[cfg(unix)]
mod ssh;
mod survival;
mod urls;
mod zoos;

use place::{Place, Ran};
use support::bare::{self, BareRepository};

/// The program under test.
const BIN: &str = env!("CARGO_BIN_EXE_kubectl-pack");

/// A sandbox and, in it, a git zoo called `main` that holds the pack `alpha`.
struct World {
    sandbox: Place,
    zoo: BareRepository,
}

impl World {
    /// Returns a world with `alpha` 0.1.0 in the zoo.
    fn new() -> Self {
        let world = Self::without_zoo();
        world.offer("alpha", "0.1.0");
        world.pack(["zoo", "add", "main", &world.zoo.url()]).success();
        world
    }

    /// Returns a world whose repository is empty, and not configured.
    fn without_zoo() -> Self {
        let sandbox = Place::new();
        let zoo = BareRepository::new(&sandbox.path("zoo.git"));
        Self { sandbox, zoo }
    }

    /// Commits a version of a pack to the zoo.
    fn offer(&self, name: &str, version: &str) -> String {
        self.zoo.commit(bare::borrowed(&bare::pack("", name, version))).to_string()
    }

    /// Puts a version of a pack into a folder.
    fn folder_pack(&self, folder: &str, name: &str, version: &str) {
        for (path, content) in bare::pack(&format!("{folder}/"), name, version) {
            self.sandbox.write(&path, content);
        }
    }

    /// Runs `kubectl pack` with nobody at a terminal.
    #[must_use = "check how it ended, with `success` or `failure`"]
    fn pack<const N: usize>(&self, args: [&str; N]) -> Ran {
        self.sandbox.run(BIN, args)
    }

    /// Runs `kubectl pack` for somebody who types `typed`.
    #[cfg(unix)]
    #[must_use = "check how it ended, with `success` or `failure`"]
    fn asked<const N: usize>(&self, args: [&str; N], typed: &str) -> Ran {
        self.sandbox.run_on_terminal(BIN, args, typed)
    }

    /// Returns the row of a pack in `list -o json`; null if there is none.
    fn row(&self, name: &str) -> serde_json::Value {
        let output = self.pack(["list", "-o", "json"]);
        output.json().as_array().unwrap().iter().find(|it| it["name"] == name).cloned().unwrap_or_default()
    }

    /// Returns the receipt of an installed pack.
    fn receipt(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.sandbox.read(&format!("store/packs/{name}/.nauta/receipt.json"))).unwrap()
    }
}
