use std::path::PathBuf;

use shared::base::failure::CommandError;
use shared::edge::site::{read_packs, write_archives, write_index};
use shared::pack::site::{check_site_url, site_packs};

use super::zoo::count;
use crate::session::Session;

/// Make a folder of packs into a zoo that any web server can serve
///
/// Writes index.json into the folder, with the name, version, description and archive URL of each pack as its
/// Chart.yaml has them. With --archives, writes NAME.tar.bz2 for each pack beside it, and the checksums into the index:
/// the same files always give the same bytes. If any pack has a fault, all faults are told and nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pack index ./packs --archives
  kubectl pack index ./packs --url https://example.org/packs")]
pub(crate) struct IndexArgs {
    /// The folder of packs
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Where the archives will be [default: beside the index]
    #[arg(long, value_name = "BASE")]
    url: Option<String>,
    /// Write the archives too
    #[arg(long)]
    archives: bool,
}

pub(super) fn cmd_index(args: &IndexArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    if let Some(url) = &args.url {
        check_site_url(url)?;
    }
    let folder = session.folder.join(&args.folder);
    let (packs, mut faults) = read_packs(&folder);
    let mut listed = site_packs(&packs, args.url.as_deref()).unwrap_or_else(|wrong| {
        faults.extend(wrong.into_iter().map(Into::into));
        Vec::new()
    });
    if let Some(error) = CommandError::all(faults) {
        return Err(error);
    }
    if args.archives {
        write_archives(&folder, &packs, &mut listed, &session.term.progress())?;
    }
    let file = write_index(&folder, &listed)?;
    let with = if args.archives { " with their archives beside it" } else { "" };
    session.term.text(&format!("{} indexed in `{}`{with}\n", count(listed.len()), file.display()))
}
