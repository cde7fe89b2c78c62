//! The rules by their ids. `docs/lint.md` says of each what breaks, and the safe form.

use super::Severity::{self, Error, Info, Warning};

/// A rule: its id never changes, since waivers and scripts name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The id.
    pub id: &'static str,
    /// How bad its findings are; some are worse or milder than usual.
    pub severity: Severity,
}

/// Defines the rules and the table of all of them.
macro_rules! rules {
    ($($name:ident $id:literal $severity:ident $about:literal)*) => {
        $(
            #[doc = $about]
            pub const $name: &Rule = &Rule { id: $id, severity: $severity };
        )*
        /// Every rule, in the order of the page in docs.
        pub const RULES: &[&Rule] = &[$($name),*];
    };
}

rules! {
    PACK_UNREADABLE "pack-unreadable" Error "The pack's files cannot be taken."
    TEXT_ENCODING "text-encoding" Error "A file that must be text is no UTF-8."
    TOO_LARGE "too-large" Warning "A file is too large to be checked."
    CHART_YAML "chart-yaml" Error "Chart.yaml is missing or no YAML mapping."
    CHART_NAME "chart-name" Error "The chart has no name, or another than its folder."
    CHART_VERSION "chart-version" Error "The version is missing or no semantic version."
    CHART_VERSION_UNQUOTED "chart-version-unquoted" Warning "YAML makes a number of the version."
    CHART_API_VERSION "chart-api-version" Error "The chart has no `apiVersion`."
    DUPLICATE_KEY "duplicate-key" Error "A mapping has a key twice."
    KEY_CHANGED "key-changed" Error "YAML reads a key as something else."
    VALUES_YAML "values-yaml" Error "The values are no YAML mapping."
    VALUES_JINJA "values-jinja" Error "The values cannot be rendered."
    UNKNOWN_PLACEHOLDER "unknown-placeholder" Error "A placeholder stands for nothing."
    POD_COUNT "pod-count" Error "The pods cannot be counted."
    COMMAND_LINE "command-line" Warning "The arguments get nowhere."
    IMAGE "image" Error "The experiment's image gets nowhere."
    NUMBER_EXPONENT "number-exponent" Warning "Helm prints a number as `1e+06`."
    TEMPLATE_SYNTAX "template-syntax" Error "A template's braces or blocks do not match."
    UNREAD_VALUE "unread-value" Warning "No template reads a value."
    UNDEFINED_VALUE "undefined-value" Warning "A template reads a value that is not there."
    BUILT_IN_NAME "built-in-name" Error "One of Helm's objects is misspelt."
    REBOUND_DOT "rebound-dot" Error "`.Values` inside `range` or `with`."
    ARGUMENT_QUOTING "argument-quoting" Error "Arguments are printed into a YAML scalar."
    ARGUMENT_SHELL "argument-shell" Error "Arguments are printed into a shell's command line."
    ARGUMENT_DOLLAR "argument-dollar" Warning "Kubernetes expands `$` in arguments."
    ENV_VALUE "env-value" Error "A variable's value is no text."
    TO_YAML_CONTROL "to-yaml-control" Info "`toYaml` of texts that users give."
    REMOVED_API "removed-api" Error "Kubernetes has the API no more."
    REMOVED_SCHEDULER "removed-scheduler" Error "A scheduler that is no more."
    UNKNOWN_FIELD "unknown-field" Error "A field that the object does not have."
    PRIVILEGED "privileged" Warning "A privileged container."
    GPU_RESOURCE "gpu-resource" Error "A GPU resource that no node has."
    RUN_NAME_LABEL "run-name-label" Error "Counted pods without the label `runName`."
    BARE_NAME "bare-name" Warning "A name is printed without quotes."
    SHARED_OUTPUT "shared-output" Warning "The runs of a sweep share a folder."
    SHADOWED_VARIABLE "shadowed-variable" Warning "A variable is declared again instead of set."
    DOCKERFILE_MISSING "dockerfile-missing" Error "There is no Dockerfile."
    DOCKERFILE_SCRIPT "dockerfile-script" Warning "The script does not get into the image."
    DOCKERFILE_BASE "dockerfile-base" Error "A `nauta/*` base image that nobody knows."
    DOCKERFILE_TAG "dockerfile-tag" Warning "A base image that changes by itself."
    DOCKERFILE_BLANK_LINE "dockerfile-blank-line" Info "A line that nctl would join with the one above."
    WAIVER_REASON "waiver-reason" Error "A waiver without a reason."
    WAIVER_RULE "waiver-rule" Error "A waiver for a rule that does not exist."
    WAIVER_UNUSED "waiver-unused" Warning "A waiver that allows nothing."
}
