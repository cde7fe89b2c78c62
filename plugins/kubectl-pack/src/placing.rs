//! A pack put into the store, as `install` and `upgrade` do it: questions are asked without the lock, the
//! decision is carried out under it.

use shared::base::failure::{CommandError, Failure};
use shared::edge::clock;
use shared::edge::installed::InstalledPack;
use shared::edge::store::{Change, Store};
use shared::edge::zoo::Taken;
use shared::pack::decision::{Command, Consent, Decision, Standing, decide, standing};
use shared::pack::receipt::{Edit, Receipt, edits, executables, hashes, states};
use shared::pack::tree::PackTree;
use shared::term::{Terminal, or_dash};

use crate::keeping::merged;
use crate::session::{Session, origin, waiting};

/// Why a pack was not put into the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlaceError {
    /// The installed one is newer.
    #[error("version {installed} of pack `{name}` is installed, which is newer than {available}")]
    Newer { name: String, installed: String, available: String },
    /// Local edits would be lost.
    #[error("pack `{name}` has local edits: {edits}")]
    Edited { name: String, edits: String, command: Command, can_merge: bool },
}

impl Failure for PlaceError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Newer { .. } => "`--force` replaces it all the same".to_owned(),
            Self::Edited { command: Command::Install, .. } => {
                "`--force` replaces it and keeps the edited pack as a backup".to_owned()
            }
            Self::Edited { command: Command::Upgrade, can_merge: false, .. } => {
                "`--overwrite` replaces it and keeps the present pack as a backup".to_owned()
            }
            Self::Edited { command: Command::Upgrade, .. } => {
                "`--keep-edits` merges them into the new version; `--overwrite` replaces the pack; both keep the \
                 edited pack as a backup"
                    .to_owned()
            }
        })
    }
}

/// A pack on its way into the store.
pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) taken: Taken,
    /// The zoo; `None` for a path.
    pub(crate) zoo: Option<String>,
    /// The zoo's URL without user info, or the path.
    pub(crate) source: String,
}

impl Candidate {
    fn receipt(&self) -> Receipt {
        Receipt {
            name: self.name.clone(),
            version: self.taken.version.clone(),
            zoo: self.zoo.clone(),
            source: self.source.clone(),
            reference: self.taken.reference.clone(),
            commit: self.taken.commit.clone(),
            digest: self.taken.digest.clone(),
            installed_at: clock::now(),
            files: hashes(&self.taken.tree),
            executables: Some(executables(&self.taken.tree)),
            fitted: None,
        }
    }

    pub(crate) fn shown_version(&self) -> &str {
        self.taken.version.as_deref().unwrap_or("-")
    }
}

/// Puts `candidate` into the store if the rules of `pack::decision` and the user's consent allow it.
pub(crate) fn place(
    candidate: &Candidate,
    command: Command,
    consent: Consent,
    session: &mut Session<'_>,
) -> Result<(), CommandError> {
    let Session { paths, term, .. } = session;
    if let (Some(chart), Some(version)) = (&candidate.taken.chart.version, &candidate.taken.version)
        && chart != version
    {
        let zoo = if candidate.taken.digest.is_some() { "index" } else { "tag" };
        term.warn(format!("the {zoo} of `{}` says {version}, its Chart.yaml {chart}", candidate.name));
    }
    let store = Store::open(paths)?;
    // Nobody is kept from the store while a question waits for its answer, so the answer is to that very question.
    let mut agreed = None;
    loop {
        let question = open_question(candidate, command, consent, &store);
        if question.is_some() && question != agreed {
            if !term.confirm(question.as_deref().unwrap_or_default(), "--yes")? {
                return Ok(());
            }
            agreed = question;
        }
        let change = store.change(|| waiting(term, paths))?;
        let question = open_question(candidate, command, consent, &store);
        if question.is_none() || question == agreed {
            let consent = Consent { yes: consent.yes || question.is_some(), ..consent };
            return carry_out(candidate, command, consent, &change, term);
        }
    }
}

/// Returns what must be asked before the candidate takes the place of the pack that is there now.
fn open_question(candidate: &Candidate, command: Command, consent: Consent, store: &Store<'_>) -> Option<String> {
    let installed = store.pack(&candidate.name)?;
    let standing = standing(installed.version().as_deref(), candidate.taken.version.as_deref());
    let decision = decide(command, standing, installed.is_edited(), consent);
    (decision == Decision::Ask).then(|| question(&installed, candidate))
}

/// Does what the rules say, with nobody else in the store.
fn carry_out(
    candidate: &Candidate,
    command: Command,
    consent: Consent,
    change: &Change<'_>,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let Some(installed) = change.store().pack(&candidate.name) else {
        put(candidate, &candidate.taken.tree, change, term)?;
        let from = origin(candidate.zoo.as_deref(), &candidate.source);
        return term.text(&format!("{} {} installed from {from}\n", candidate.name, candidate.shown_version()));
    };
    let standing = standing(installed.version().as_deref(), candidate.taken.version.as_deref());
    let decision = decide(command, standing, installed.is_edited(), consent);
    match decision {
        Decision::UpToDate => up_to_date(&installed, candidate, command, term),
        Decision::RefuseNewer | Decision::RefuseEdited => Err(refused(decision, candidate, &installed, command).into()),
        Decision::Merge => {
            let merged = merged(&installed, candidate)?;
            replace(candidate, &merged, &installed, change, term)?;
            let kept = edits(&states(&candidate.taken.tree), &states(&merged));
            if !kept.is_empty() {
                term.note(format!("`{}` keeps its local edits: {}", candidate.name, in_one_line(&kept)));
            }
            Ok(())
        }
        Decision::Install | Decision::Replace | Decision::Ask => {
            replace(candidate, &candidate.taken.tree, &installed, change, term)
        }
    }
}

/// Returns why the decision is a refusal.
pub(crate) fn refused(
    decision: Decision,
    candidate: &Candidate,
    installed: &InstalledPack,
    command: Command,
) -> PlaceError {
    let name = candidate.name.clone();
    if decision == Decision::RefuseEdited {
        return PlaceError::Edited {
            name,
            edits: edits_of(installed),
            command,
            can_merge: installed.edits().is_some(),
        };
    }
    let available = candidate.shown_version().to_owned();
    PlaceError::Newer { name, installed: installed.version().unwrap_or_default(), available }
}

/// Returns nctl's question, word for word.
fn question(installed: &InstalledPack, candidate: &Candidate) -> String {
    let local = or_dash(installed.version());
    let (name, remote) = (&candidate.name, candidate.shown_version());
    format!(
        "Local version '{local}' of a '{name}' template is already installed. \
         Continue with replacing it with remote version '{remote}'?"
    )
}

fn replace(
    candidate: &Candidate,
    tree: &PackTree,
    installed: &InstalledPack,
    change: &Change<'_>,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    if installed.holds_own_work() {
        back_up(&candidate.name, change, term)?;
    }
    put(candidate, tree, change, term)?;
    let (name, version) = (&candidate.name, candidate.shown_version());
    let before = or_dash(installed.version());
    let done = done_word(standing(installed.version().as_deref(), candidate.taken.version.as_deref()));
    let from = origin(candidate.zoo.as_deref(), &candidate.source);
    term.text(&format!("{name} {done}: {before} -> {version}, from {from}\n"))
}

/// Returns the word for what replacing a pack is.
pub(crate) fn done_word(standing: Standing) -> &'static str {
    if standing == Standing::Older { "upgraded" } else { "replaced" }
}

/// Keeps the pack as it is now as a backup, and says where.
pub(crate) fn back_up(name: &str, change: &Change<'_>, term: &mut Terminal) -> Result<(), CommandError> {
    let folder = change.backup(name, clock::now())?;
    term.note(format!("the edited pack `{name}` is kept in `{}`", folder.display()));
    Ok(())
}

/// Puts `tree` into the store; the receipt and the base are those of the zoo's files.
fn put(candidate: &Candidate, tree: &PackTree, change: &Change<'_>, term: &Terminal) -> Result<(), CommandError> {
    let receipt = candidate.receipt();
    Ok(change.put_edited(&candidate.name, tree, Some((&receipt, &candidate.taken.tree)), &term.progress())?)
}

/// Says that nothing is to be done, and what is unusual about that.
pub(crate) fn up_to_date(
    installed: &InstalledPack,
    candidate: &Candidate,
    command: Command,
    term: &mut Terminal,
) -> Result<(), CommandError> {
    let name = &candidate.name;
    let now = hashes(&candidate.taken.tree);
    let as_installed = installed.receipt().map(|it| it.files.clone());
    let as_installed = as_installed.or_else(|| installed.tree.as_ref().ok().map(hashes));
    if as_installed.is_some_and(|it| it != now) {
        let from = origin(candidate.zoo.as_deref(), &candidate.source);
        let again = if candidate.zoo.is_some() { name.as_str() } else { candidate.source.as_str() };
        term.warn(format!(
            "{from} has other files under the same version of `{name}`: `kubectl pack install {again} --force` takes them"
        ));
    } else if command == Command::Upgrade && installed.edits().is_some_and(|it| !it.is_empty()) {
        term.note(format!("`{name}` keeps its local edits: {}", edits_of(installed)));
    }
    term.text(&format!("{name} {} is up to date\n", or_dash(installed.version())))
}

/// Returns the local edits in one line.
fn edits_of(installed: &InstalledPack) -> String {
    match installed.edits() {
        Some(edits) => in_one_line(&edits),
        None if installed.tree.is_err() => "its files cannot be read".to_owned(),
        None => "it has no receipt that tells what was installed, so every file counts".to_owned(),
    }
}

fn in_one_line(edits: &[Edit]) -> String {
    edits.iter().map(Edit::to_string).collect::<Vec<_>>().join(", ")
}
