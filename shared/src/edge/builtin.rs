//! The packs that ship inside the binary: the zoo `builtin`, always there, without a network.

use std::collections::BTreeSet;

use crate::pack::tree::PackTree;

/// Every file of every built-in pack: its path below `packs/`, and its bytes.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// Returns the names of the built-in packs, sorted.
pub fn names() -> BTreeSet<&'static str> {
    FILES.iter().filter_map(|(path, _)| path.split_once('/')).map(|(name, _)| name).collect()
}

/// Returns the files of a built-in pack; `None` if there is no such pack.
pub fn tree(name: &str) -> Option<PackTree> {
    let mut tree = PackTree::default();
    for (path, content) in FILES {
        let Some(below) = path.strip_prefix(name).and_then(|it| it.strip_prefix('/')) else { continue };
        let executable = content.starts_with(b"#!");
        tree.add(below.as_bytes(), content.to_vec(), executable).ok()?;
    }
    (!tree.is_empty()).then_some(tree)
}
