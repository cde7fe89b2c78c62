//! `helm nauta`, as a process: by itself, as a plugin of real Helms, and with a recording stand-in for Helm.

mod help;
mod plugin;
mod sandbox;
mod words;
mod wrap;
