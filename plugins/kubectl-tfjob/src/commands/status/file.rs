//! `status -f`: the summaries of objects in a file, without a cluster.

use shared::base::failure::{CommandError, Failure};
use shared::edge::clock;
use shared::edge::files::{self, FileError};
use shared::term::Format;
use shared::tfjob::documents::{self, BrokenDocument};
use shared::tfjob::summary::{PodsSeen, Summary};

use super::Pages;
use super::page::Page;
use crate::session::Session;

/// A part of the file is not shown.
#[derive(Debug, thiserror::Error)]
#[error("a part of `{path}` is left out")]
struct LeftOut {
    path: String,
    source: BrokenDocument,
}

impl Failure for LeftOut {
    fn hint(&self) -> Option<String> {
        self.source.hint()
    }
}

/// The file is empty.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` holds no objects")]
struct Nothing {
    path: String,
}

impl Failure for Nothing {}

pub(super) fn status_of_file(path: &str, format: &Format, session: &mut Session<'_>) -> Result<(), CommandError> {
    let text = read(path, session)?;
    let documents = documents::read(&text);
    if documents.count == 0 {
        return Err(Nothing { path: path.to_owned() }.into());
    }
    let now = clock::now();
    let mut failed = false;
    let mut pages = Vec::new();
    for job in documents.jobs() {
        match job {
            Ok(job) => pages.push(Page::offline(Summary::of(&job, &PodsSeen::NotAsked, now), now)),
            Err(source) => {
                session.term.fault(&LeftOut { path: path.to_owned(), source });
                failed = true;
            }
        }
    }
    if documents.is_single && pages.is_empty() {
        return Err(CommandError::Exit(1));
    }
    session.term.print(format, &Pages { pages, is_single: documents.is_single })?;
    if failed { Err(CommandError::Exit(1)) } else { Ok(()) }
}

/// Returns the text of a file, or of standard input for `-`; bytes that are no UTF-8 become U+FFFD.
fn read(path: &str, session: &Session<'_>) -> Result<String, FileError> {
    let bytes = if path == "-" { files::read_stdin() } else { files::read(&session.environment.folder().join(path)) };
    bytes.map(|it| String::from_utf8_lossy(&it).into_owned())
}
