//! Template packs: a Dockerfile and a Helm chart whose values file holds `NAUTA.*` placeholders.

pub mod chart;
pub mod tree;
