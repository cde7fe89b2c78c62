//! Environment variables of a run: `-e`, `--env-secret`, and the computed `OMP_NUM_THREADS`.

use serde_json::{Map, Value, json};

use crate::base::failure::Failure;

/// One variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvItem {
    /// The variable's name.
    pub name: String,
    /// Where its value comes from.
    pub source: EnvSource,
}

/// Where a variable's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvSource {
    /// This text.
    Value(String),
    /// A key of a Secret.
    Secret {
        /// The Secret's name.
        secret: String,
        /// The key in it.
        key: String,
    },
}

/// Why variables cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// No `=`, or nothing before it.
    #[error("-e/--env option must be in <KEY>=<VALUE> format.")]
    Format,
    /// Not `NAME=SECRET:KEY`.
    #[error("--env-secret option must be in <NAME>=<SECRET>:<KEY> format.")]
    SecretFormat,
    /// The values hold something else than a list.
    #[error("`{list}` in the pack's values is {found}, variables need a list")]
    NoList {
        /// Which of the lists.
        list: &'static str,
        /// What is there.
        found: &'static str,
    },
}

impl Failure for EnvError {
    fn exit_code(&self) -> u8 {
        if matches!(self, Self::NoList { .. }) { 1 } else { 2 }
    }
}

impl EnvItem {
    /// Returns the variable of a `-e NAME=VALUE`; VALUE may hold `=` and may be empty.
    pub fn of_value(text: &str) -> Result<Self, EnvError> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                Ok(Self { name: name.to_owned(), source: EnvSource::Value(value.to_owned()) })
            }
            _ => Err(EnvError::Format),
        }
    }

    /// Returns the variable of an `--env-secret NAME=SECRET:KEY`.
    pub fn of_secret(text: &str) -> Result<Self, EnvError> {
        let parts = text.split_once('=').and_then(|(name, rest)| Some((name, rest.split_once(':')?)));
        match parts {
            Some((name, (secret, key))) if ![name, secret, key].contains(&"") => Ok(Self {
                name: name.to_owned(),
                source: EnvSource::Secret { secret: secret.to_owned(), key: key.to_owned() },
            }),
            _ => Err(EnvError::SecretFormat),
        }
    }

    fn entry(&self) -> Value {
        match &self.source {
            EnvSource::Value(value) => json!({"name": self.name, "value": value}),
            EnvSource::Secret { secret, key } => {
                json!({"name": self.name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}})
            }
        }
    }
}

/// Where the variables went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvOutcome {
    /// Into the lists that the values hold, or there was nothing to set.
    Set,
    /// Nowhere: neither the values nor the templates have a place for them.
    NoPlace,
}

/// The lists that a pack may hold: a key, or a key below another.
const LISTS: [(&str, Option<&str>, &str); 3] =
    [("env", None, "env"), ("master", Some("env"), "master.env"), ("worker", Some("env"), "worker.env")];

/// The variable that tells OpenMP how many threads to start.
const THREADS: &str = "OMP_NUM_THREADS";

/// Puts `items` into every list of variables that the values hold, and the computed `OMP_NUM_THREADS` behind them.
///
/// Without any list, `env` is created for the items if `template_reads_env`.
///
/// # Errors
///
/// Fails if one of the lists is neither a list nor null.
pub fn apply(
    values: &mut Map<String, Value>,
    items: &[EnvItem],
    template_reads_env: bool,
) -> Result<EnvOutcome, EnvError> {
    let threads = threads(values);
    let mut lists = 0;
    for (first, second, name) in LISTS {
        let slot = match second {
            None => values.get_mut(first),
            Some(second) => values.get_mut(first).and_then(|it| it.get_mut(second)),
        };
        if let Some(slot) = slot {
            lists += 1;
            extend(slot, items, threads, name)?;
        }
    }
    if lists > 0 || items.is_empty() {
        return Ok(EnvOutcome::Set);
    }
    if !template_reads_env {
        return Ok(EnvOutcome::NoPlace);
    }
    let mut list = Value::Array(Vec::new());
    extend(&mut list, items, None, "env")?;
    values.insert("env".to_owned(), list);
    Ok(EnvOutcome::Set)
}

fn extend(slot: &mut Value, items: &[EnvItem], threads: Option<u64>, list: &'static str) -> Result<(), EnvError> {
    if slot.is_null() {
        *slot = Value::Array(Vec::new());
    }
    let found = match slot {
        Value::Array(entries) => {
            for item in items {
                put(entries, item);
            }
            if let Some(threads) = threads.filter(|_| position(entries, THREADS).is_none()) {
                entries.push(json!({"name": THREADS, "value": threads.to_string()}));
            }
            return Ok(());
        }
        Value::Object(_) => "a map",
        _ => "a single value",
    };
    Err(EnvError::NoList { list, found })
}

/// Replaces the entry of the item's name where it stands, and drops further ones; else appends it.
fn put(entries: &mut Vec<Value>, item: &EnvItem) {
    match position(entries, &item.name) {
        None => entries.push(item.entry()),
        Some(at) => {
            entries[at] = item.entry();
            let mut index = 0;
            entries.retain(|it| {
                index += 1;
                index <= at + 1 || name(it) != Some(&item.name)
            });
        }
    }
}

fn position(entries: &[Value], wanted: &str) -> Option<usize> {
    entries.iter().position(|it| name(it) == Some(wanted))
}

fn name(entry: &Value) -> Option<&str> {
    entry.get("name").and_then(Value::as_str)
}

/// Returns the number of threads for the CPUs that the values ask for; `None` if they ask for none, or unreadably.
fn threads(values: &Map<String, Value>) -> Option<u64> {
    let get = |path: &[&str]| -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        let value = rest.iter().try_fold(values.get(*first)?, |value, part| value.get(part))?;
        (!value.is_null() && value != "null").then_some(value)
    };
    let worker_cpu = values.contains_key("worker_resources").then(|| get(&["worker_cpu"])).flatten();
    let cpu = worker_cpu
        .or_else(|| get(&["cpu"]))
        .or_else(|| get(&["resources", "limits", "cpu"]))
        .or_else(|| get(&["worker_resources", "limits", "cpu"]))?;
    Some(whole_cpus(cpu)?.max(1))
}

/// Returns the whole CPUs in a quantity: `2750m` is 2, `0.5` is 0.
fn whole_cpus(cpu: &Value) -> Option<u64> {
    let text = match cpu {
        Value::Number(it) => it.to_string(),
        Value::String(it) => it.clone(),
        _ => return None,
    };
    let is_digits = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit());
    if let Some(thousandths) = text.strip_suffix('m') {
        return is_digits(thousandths).then(|| thousandths.parse::<u64>().ok()).flatten().map(|it| it / 1000);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    (is_digits(whole) && is_digits(fraction)).then(|| whole.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
