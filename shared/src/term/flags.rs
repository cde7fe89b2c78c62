//! The flags about printing, defined once and flattened into every command that has them.

use super::Format;

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Flags of every command.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TermFlags {
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true, display_order = 900)]
    pub color: ColorChoice,
}

/// Flags of every command that prints a list or an object.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct OutputFlags {
    /// Output format: table, wide, json, yaml, name or template=TEXT (Handlebars)
    #[arg(short = 'o', long = "output", value_name = "FORMAT", default_value = "table", hide_default_value = true)]
    pub format: Format,
}
