//! Template packs: a Dockerfile and a Helm chart whose values file holds `NAUTA.*` placeholders.

pub mod arguments;
pub mod catalogue;
pub mod chart;
pub mod copy;
pub mod create;
pub mod decision;
pub mod describe;
pub mod env;
pub mod gotemplate;
pub mod literal;
pub mod params;
pub mod placeholder;
pub mod pod_count;
pub mod receipt;
pub mod references;
pub mod source;
pub mod stage;
pub mod tree;
pub mod values;
