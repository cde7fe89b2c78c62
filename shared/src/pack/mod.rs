//! Template packs: a Dockerfile and a Helm chart whose values file holds `NAUTA.*` placeholders.

pub mod arguments;
pub mod catalogue;
pub mod chart;
pub mod copy;
pub mod create;
pub mod credentials;
pub mod decision;
pub mod describe;
pub mod diff;
pub mod env;
mod expression;
mod functions;
pub mod gotemplate;
mod helmignore;
pub mod index;
mod inline;
pub mod lint;
pub mod literal;
pub mod merge;
pub mod nctl;
mod outline;
pub mod params;
pub mod placeholder;
pub mod pod_count;
pub mod printing;
pub mod receipt;
pub mod references;
mod shell;
pub mod site;
pub mod source;
pub mod stage;
pub mod tree;
#[cfg(feature = "http")]
pub mod unpack;
#[cfg(feature = "http")]
mod unzip;
pub mod values;
mod words;
