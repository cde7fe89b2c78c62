//! One value, every format.

use std::io::{self, Write};

use serde_json::Value;

use super::Table;
use super::template::{Template, TemplateError};
use crate::yaml;

/// How a list or an object is printed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// Columns for people, with more of them.
    Wide,
    /// JSON, indented by four as kubectl does.
    Json,
    /// YAML that no reader can misread.
    Yaml,
    /// Names only, one a line.
    Name,
    /// A Handlebars text for each item.
    Template(Template),
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(template) = text.strip_prefix("template=") {
            return Template::read(template).map(Self::Template);
        }
        Ok(match text.to_ascii_lowercase().as_str() {
            "table" | "" => Self::Table,
            "wide" => Self::Wide,
            "json" => Self::Json,
            "yaml" => Self::Yaml,
            "name" => Self::Name,
            _ => return Err("allowed formats are: json,name,table,template=TEXT,wide,yaml".to_owned()),
        })
    }
}

/// A result that can be shown in every format.
pub trait Render {
    /// Returns the rows for people; `wide` asks for all columns.
    fn table(&self, wide: bool) -> Table;
    /// Returns the value that scripts rely on: an array for a list, an object for one thing.
    fn json(&self) -> Value;
    /// Returns the names, in the order of the rows.
    fn names(&self) -> Vec<String>;

    /// Writes what `-o table` prints; overridden where an object reads better as a page than as a row.
    fn write_table(&self, wide: bool, out: &mut dyn Write) -> io::Result<()> {
        self.table(wide).write(out)
    }
}

/// Writes `value` in `format`.
///
/// # Errors
///
/// Fails if the output breaks, or if a template names what the value lacks.
pub fn write(value: &dyn Render, format: &Format, out: &mut dyn Write) -> Result<(), TemplateError> {
    let written = match format {
        Format::Table => value.write_table(false, out),
        Format::Wide => value.write_table(true, out),
        Format::Json => write_json(&value.json(), out),
        Format::Yaml => out.write_all(yaml::write::to_string(&value.json()).as_bytes()),
        Format::Name => value.names().iter().try_for_each(|name| writeln!(out, "{name}")),
        Format::Template(template) => return template.write(&value.json(), out),
    };
    written.map_err(TemplateError::Write)
}

/// Writes `value` as JSON, indented by four, with a newline at the end.
pub fn write_json(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, formatter);
    serde::Serialize::serialize(value, &mut serializer)?;
    writeln!(out)
}
