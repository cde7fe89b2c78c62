//! The flags of commands that change the cluster.

use clap::{Args, ValueEnum};

/// What is printed for each object that was changed.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Printed {
    /// Print the names alone: `name`
    #[arg(short, long = "output", value_name = "FORMAT", hide_possible_values = true)]
    output: Option<Form>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Name,
}

impl Printed {
    /// Returns the line for an object that kubectl calls `spelling`: what was done to it, or its name alone.
    pub(crate) fn line(self, spelling: &str, done: &str) -> String {
        if self.output.is_some() { format!("{spelling}\n") } else { done.to_owned() }
    }
}

/// Whether anything is really changed.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct DryRun {
    /// Say what would be done: `client` asks the server for nothing, `server` lets it check the request
    #[arg(long, value_name = "WHERE", default_value = "none", hide_default_value = true)]
    dry_run: Where,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Where {
    #[default]
    None,
    Client,
    Server,
}

impl DryRun {
    /// Tells whether all changes are real.
    pub(crate) fn is_off(self) -> bool {
        self.dry_run == Where::None
    }

    /// Tells whether no change is to be sent.
    pub(crate) fn is_client(self) -> bool {
        self.dry_run == Where::Client
    }

    /// Tells whether the server is only to check the change.
    pub(crate) fn is_server(self) -> bool {
        self.dry_run == Where::Server
    }

    /// Returns what kubectl puts behind its message.
    pub(crate) fn remark(self) -> &'static str {
        match self.dry_run {
            Where::None => "",
            Where::Client => " (dry run)",
            Where::Server => " (server dry run)",
        }
    }
}
