//! What an upgrade would do, told without doing it: nothing is written, nobody is kept waiting.

use shared::base::failure::CommandError;
use shared::edge::installed::InstalledPack;
use shared::edge::store::Store;
use shared::pack::decision::{Command, Consent, Decision, decide, standing};
use shared::pack::receipt::{edits, states};
use shared::pack::tree::PackTree;
use shared::term::{Terminal, or_dash};

use crate::keeping::merged;
use crate::placing::{Candidate, done_word, refused, up_to_date};
use crate::session::{Session, origin};

/// Tells what [`crate::placing::place`] would do with `candidate`, and which files of the pack would change.
///
/// # Errors
///
/// Fails as the upgrade itself would.
pub(crate) fn foresee(candidate: &Candidate, consent: Consent, session: &mut Session<'_>) -> Result<(), CommandError> {
    let Session { paths, term, .. } = session;
    let store = Store::open(paths)?;
    let Some(installed) = store.pack(&candidate.name) else {
        return tell("installed", None, &candidate.taken.tree, candidate, term);
    };
    let standing = standing(installed.version().as_deref(), candidate.taken.version.as_deref());
    let decided = |consent| decide(Command::Upgrade, standing, installed.is_edited(), consent);
    let (decision, word) = match decided(consent) {
        Decision::Ask => (decided(Consent { yes: true, ..consent }), "replaced, if you say yes"),
        decision => (decision, done_word(standing)),
    };
    match decision {
        Decision::UpToDate => up_to_date(&installed, candidate, Command::Upgrade, term),
        Decision::RefuseNewer | Decision::RefuseEdited => {
            Err(refused(decision, candidate, &installed, Command::Upgrade).into())
        }
        Decision::Merge => {
            let word = format!("{word}, with your edits kept");
            tell(&word, Some(&installed), &merged(&installed, candidate)?, candidate, term)
        }
        Decision::Install | Decision::Replace | Decision::Ask => {
            tell(word, Some(&installed), &candidate.taken.tree, candidate, term)
        }
    }
}

fn tell(
    word: &str,
    installed: Option<&InstalledPack>,
    tree: &PackTree,
    candidate: &Candidate,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let before = or_dash(installed.and_then(InstalledPack::version));
    let (name, version) = (&candidate.name, candidate.shown_version());
    let from = origin(candidate.zoo.as_deref(), &candidate.source);
    let mut text = format!("{name} would be {word}: {before} -> {version}, from {from}\n");
    let files = |it: &InstalledPack| match (&it.tree, it.receipt()) {
        (Ok(tree), _) => states(tree),
        (Err(_), receipt) => receipt.map(|it| it.states(true)).unwrap_or_default(),
    };
    for edit in edits(&installed.map(files).unwrap_or_default(), &states(tree)) {
        text.extend(["  ", &edit.to_string(), "\n"]);
    }
    if installed.is_some_and(InstalledPack::holds_own_work) {
        term.note(format!("the edited pack `{name}` would be kept as a backup"));
    }
    term.text(&text)
}
