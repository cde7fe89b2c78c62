//! A folder that is there for one call of Helm, and gone afterwards however that call ends.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

use tempfile::TempDir;

use super::files::{At as _, FileError};
use super::folder;
use crate::pack::tree::PackTree;

/// A chart on disk; dropping it removes it.
#[derive(Debug)]
pub struct StagedChart {
    chart: PathBuf,
    folder: TempDir,
}

/// The folders to remove should the program panic: a release build aborts then, and drops nothing.
static IN_USE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

impl StagedChart {
    /// Writes the files of a chart into a fresh folder that only its owner can read, and that is called `name`.
    pub fn write(name: &str, files: &PackTree) -> Result<Self, FileError> {
        let above = temporary_folder();
        let folder = tempfile::Builder::new().prefix("nauta-").tempdir_in(&above).at("create a folder in", &above)?;
        remove_on_panic(folder.path());
        let chart = folder.path().join(name);
        folder::write_pack(files, &chart)?;
        Ok(Self { chart, folder })
    }

    /// Returns the chart's folder, an absolute path.
    pub fn path(&self) -> &Path {
        &self.chart
    }
}

impl Drop for StagedChart {
    fn drop(&mut self) {
        IN_USE.lock().unwrap_or_else(PoisonError::into_inner).retain(|it| it != self.folder.path());
    }
}

/// Returns the system's temporary folder; another one if that has a comma in its path, at which Helm splits `-f`.
fn temporary_folder() -> PathBuf {
    let own = std::path::absolute(std::env::temp_dir()).unwrap_or_else(|_| std::env::temp_dir());
    let others = ["/tmp", "/var/tmp"].map(PathBuf::from);
    let has_comma = |it: &Path| it.as_os_str().as_encoded_bytes().contains(&b',');
    if !has_comma(&own) {
        return own;
    }
    others.into_iter().find(|it| it.is_dir()).unwrap_or(own)
}

fn remove_on_panic(folder: &Path) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            for folder in IN_USE.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
                // Nobody is left to be told.
                let _ = std::fs::remove_dir_all(folder);
            }
            before(panic);
        }));
    });
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner).push(folder.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staged_chart_is_gone_when_it_is_dropped_and_when_the_program_panics() {
        let mut files = PackTree::default();
        files.add(b"templates/a.yaml", b"x".to_vec(), false).unwrap();
        let staged = StagedChart::write("p", &files).unwrap();
        let folder = staged.path().parent().unwrap().to_owned();
        assert_eq!(std::fs::read(staged.path().join("templates/a.yaml")).unwrap(), b"x");
        assert!(staged.path().ends_with("p") && staged.path().is_absolute());
        drop(staged);
        assert!(!folder.is_dir());

        let kept = std::mem::ManuallyDrop::new(StagedChart::write("p", &files).unwrap());
        let folder = kept.path().parent().unwrap().to_owned();
        std::panic::catch_unwind(|| panic!("on purpose")).unwrap_err();
        assert!(!folder.is_dir());
    }
}
