//! Template packs: a Dockerfile and a Helm chart whose values file holds `NAUTA.*` placeholders.

pub mod arguments;
pub mod chart;
pub mod env;
pub mod gotemplate;
pub mod literal;
pub mod params;
pub mod placeholder;
pub mod pod_count;
pub mod references;
pub mod stage;
pub mod tree;
pub mod values;
