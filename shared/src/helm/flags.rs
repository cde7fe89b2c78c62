//! The usual flags of `helm template`, `install` and `upgrade`, in Helm 3.21 and 4.2: one table.
//!
//! A flag that only one of the two knows is handed on all the same: the other says so itself. Left out are the flags
//! that name another chart or release than ours (`--version`, `--repo`, `--devel`, `--generate-name`,
//! `--name-template`); `--helm-arg` reaches even those.

/// A command of Helm that we wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `helm template`
    Template,
    /// `helm install`
    Install,
    /// `helm upgrade`
    Upgrade,
}

impl Verb {
    /// Returns the command's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Install => "install",
            Self::Upgrade => "upgrade",
        }
    }
}

/// What may stand behind a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A value, in the next word or behind `=`; called so in help texts.
    Value(&'static str),
    /// Nothing, or a value behind `=`.
    Optional(&'static str),
}

/// A flag of one or more of Helm's commands.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// The name behind `--`.
    pub long: &'static str,
    /// The letter behind `-`.
    pub short: Option<char>,
    /// What may stand behind it.
    pub takes: Takes,
    /// The commands that know it.
    pub verbs: &'static [Verb],
    /// One line of help.
    pub help: &'static str,
}

use Verb::{Install, Template, Upgrade};

const ALL: &[Verb] = &[Template, Install, Upgrade];
const RENDERING: &[Verb] = &[Template];
const NEW: &[Verb] = &[Template, Install];
const CHANGING: &[Verb] = &[Install, Upgrade];
const UPGRADING: &[Verb] = &[Upgrade];

const fn value(long: &'static str, name: &'static str, verbs: &'static [Verb], help: &'static str) -> Flag {
    Flag { long, short: None, takes: Takes::Value(name), verbs, help }
}

const fn switch(long: &'static str, verbs: &'static [Verb], help: &'static str) -> Flag {
    Flag { long, short: None, takes: Takes::Optional("BOOL"), verbs, help }
}

const fn optional(long: &'static str, name: &'static str, verbs: &'static [Verb], help: &'static str) -> Flag {
    Flag { long, short: None, takes: Takes::Optional(name), verbs, help }
}

impl Flag {
    const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }
}

/// Returns the flags of `verb`, in the order of the table.
pub fn of(verb: Verb) -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().filter(move |it| it.verbs.contains(&verb))
}

/// Every flag, by subject.
static FLAGS: &[Flag] = &[
    value("values", "FILE", ALL, "Values file or URL on top of the rendered values").short('f'),
    value("set", "KEY=VALUE", ALL, "Set a value"),
    value("set-string", "KEY=VALUE", ALL, "Set a value that stays a string"),
    value("set-json", "KEY=JSON", ALL, "Set a value in JSON"),
    value("set-file", "KEY=FILE", ALL, "Set a value to the content of a file"),
    value("set-literal", "KEY=VALUE", ALL, "Set a value, with no character special"),
    value("show-only", "TEMPLATE", RENDERING, "Show the manifests of this template only").short('s'),
    value("output-dir", "DIR", RENDERING, "Write the manifests to files below this folder"),
    value("api-versions", "VERSIONS", RENDERING, "API versions for Capabilities").short('a'),
    value("kube-version", "VERSION", RENDERING, "Kubernetes version for Capabilities"),
    switch("include-crds", RENDERING, "Include CRDs in the output"),
    switch("is-upgrade", RENDERING, "Render as for an upgrade"),
    switch("release-name", RENDERING, "Use the release name in the --output-dir path"),
    switch("skip-tests", RENDERING, "Leave tests out of the output"),
    switch("validate", RENDERING, "Validate the manifests against the cluster"),
    switch("install", UPGRADING, "Install the release if there is none").short('i'),
    value("output", "FORMAT", CHANGING, "Helm's output format: table, json or yaml").short('o'),
    optional("dry-run", "STRATEGY", ALL, "Simulate; none, client or server"),
    switch("create-namespace", ALL, "Create the namespace of the release"),
    optional("wait", "STRATEGY", ALL, "Wait until resources are ready; Helm 4: watcher, hookOnly or legacy"),
    switch("wait-for-jobs", ALL, "With --wait, wait for Jobs too"),
    value("timeout", "DURATION", ALL, "Time to wait for any single operation"),
    switch("atomic", ALL, "Undo on failure (Helm 3)"),
    switch("rollback-on-failure", ALL, "Undo on failure (Helm 4)"),
    switch("cleanup-on-fail", UPGRADING, "Delete new resources when the upgrade fails"),
    switch("force", ALL, "Replace resources (Helm 3)"),
    switch("force-replace", ALL, "Replace resources (Helm 4)"),
    switch("force-conflicts", ALL, "Override conflicts of server-side apply (Helm 4)"),
    switch("server-side", NEW, "Apply in the server (Helm 4)"),
    value("server-side", "true|false|auto", UPGRADING, "Apply in the server (Helm 4)"),
    switch("replace", NEW, "Use a name again that a deleted release left"),
    switch("take-ownership", ALL, "Take over resources that other releases own"),
    value("history-max", "NUMBER", UPGRADING, "Revisions to keep per release"),
    switch("reset-values", UPGRADING, "Forget the values of the last release"),
    switch("reuse-values", UPGRADING, "Merge into the values of the last release"),
    switch("reset-then-reuse-values", UPGRADING, "The chart's values, then those of the last release"),
    value("description", "TEXT", ALL, "Description of the revision"),
    value("labels", "KEY=VALUE", ALL, "Labels for the release's record").short('l'),
    switch("hide-notes", ALL, "Do not show the chart's notes"),
    switch("hide-secret", CHANGING, "Hide Secrets in a dry run"),
    switch("render-subchart-notes", ALL, "Show the notes of subcharts too"),
    switch("no-hooks", ALL, "Do not run hooks"),
    switch("skip-crds", ALL, "Do not install CRDs"),
    switch("skip-schema-validation", ALL, "Do not check values against the chart's schema"),
    switch("disable-openapi-validation", ALL, "Do not check manifests against the cluster's schema"),
    switch("enable-dns", ALL, "Let templates look up host names"),
    value("post-renderer", "PROGRAM", ALL, "Program (Helm 3) or plugin (Helm 4) that changes the manifests"),
    value("post-renderer-args", "ARG", ALL, "Argument of the post-renderer"),
    switch("dependency-update", ALL, "Get missing charts that the chart depends on"),
    switch("verify", ALL, "Verify charts that are downloaded"),
    value("keyring", "FILE", ALL, "Public keys for --verify"),
    value("username", "NAME", ALL, "User name for the chart repository"),
    value("password", "TEXT", ALL, "Password for the chart repository"),
    switch("pass-credentials", ALL, "Pass the credentials to all domains"),
    value("ca-file", "FILE", ALL, "Certificate authority of the chart repository"),
    value("cert-file", "FILE", ALL, "Client certificate for the chart repository"),
    value("key-file", "FILE", ALL, "Client key for the chart repository"),
    switch("insecure-skip-tls-verify", ALL, "Do not check the chart repository's certificate"),
    switch("plain-http", ALL, "Use plain HTTP for downloads of charts"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_command_has_a_flag_twice() {
        for verb in ALL {
            let mut seen = BTreeSet::new();
            let mut letters = BTreeSet::new();
            for flag in of(*verb) {
                assert!(seen.insert(flag.long), "--{} of {}", flag.long, verb.word());
                assert!(flag.short.is_none_or(|it| letters.insert(it)), "-{:?} of {}", flag.short, verb.word());
            }
        }
    }
}
