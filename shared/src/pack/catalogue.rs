//! Installed and available packs in one list: one row per name.

use std::collections::{BTreeMap, BTreeSet};

use super::decision::{Standing, standing};

/// A pack that a zoo offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The zoo.
    pub zoo: String,
    /// The pack's name: that of its folder.
    pub name: String,
    /// The version as written; `None` if there is none, or it cannot be read.
    pub version: Option<String>,
    /// The description on one line.
    pub description: String,
    /// Whether the pack cannot be installed as it is.
    pub broken: bool,
}

/// A pack in the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installed {
    /// The name of its folder.
    pub name: String,
    /// The version of its receipt, else that of its Chart.yaml.
    pub version: Option<String>,
    /// The description on one line.
    pub description: String,
    /// The zoo of its receipt.
    pub zoo: Option<String>,
    /// The URL or path of its receipt.
    pub source: Option<String>,
    /// Whether there is a receipt.
    pub has_receipt: bool,
    /// Whether it differs from what was installed; a pack without a receipt always counts as edited.
    pub edited: bool,
    /// Whether it cannot be used.
    pub broken: bool,
}

/// How an installed pack and what the zoos offer stand to each other; the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It cannot be used.
    Broken,
    /// It has local edits, or no receipt though a zoo has its name.
    Edited,
    /// It is newer than what the zoo offers.
    Newer,
    /// The zoo offers a newer version.
    Upgradable,
    /// The versions cannot be compared.
    Unordered,
    /// It is what the zoo offers.
    UpToDate,
    /// No zoo has it.
    Local,
    /// It is available only.
    NotInstalled,
}

impl State {
    /// Returns the word that users and scripts see.
    pub fn word(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Edited => "edited",
            Self::Newer => "newer",
            Self::Upgradable => "upgradable",
            Self::Unordered => "unordered",
            Self::UpToDate => "up-to-date",
            Self::Local => "local",
            Self::NotInstalled => "not-installed",
        }
    }
}

/// One pack name, with all that is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name.
    pub name: String,
    /// On one line; the zoo's where both have one.
    pub description: String,
    /// The installed version; `None` if it is not installed, or has none.
    pub installed: Option<String>,
    /// Whether it is in the store.
    pub is_installed: bool,
    /// The version of the zoo that counts; `None` if no zoo has it, or it has none.
    pub available: Option<String>,
    /// Whether a zoo has it.
    pub is_available: bool,
    /// The zoo that counts, else the one it was installed from.
    pub zoo: Option<String>,
    /// The URL or path it was installed from.
    pub source: Option<String>,
    /// See [`State`].
    pub state: State,
    /// Whether it has local edits.
    pub edited: bool,
    /// The other zoos that have the name, with their versions.
    pub alternatives: Vec<(String, Option<String>)>,
}

/// Returns one row per name, sorted; `offers` come in the order of the zoos, the first one counts most.
pub fn rows(installed: &[Installed], offers: &[Offer]) -> Vec<Row> {
    let mut offers_by_name: BTreeMap<&str, Vec<&Offer>> = BTreeMap::new();
    for offer in offers {
        offers_by_name.entry(&offer.name).or_default().push(offer);
    }
    let installed_by_name: BTreeMap<&str, &Installed> = installed.iter().map(|it| (it.name.as_str(), it)).collect();
    let names: BTreeSet<&str> = offers_by_name.keys().chain(installed_by_name.keys()).copied().collect();
    let row_of = |name| {
        let offers = offers_by_name.get(name).map_or(&[][..], Vec::as_slice);
        row(name, installed_by_name.get(name).copied(), offers)
    };
    names.into_iter().map(row_of).collect()
}

/// Returns the rows of the packs whose name or description, in any zoo or installed, has `word` in it, in any case.
pub fn matches(word: &str, installed: &[Installed], offers: &[Offer]) -> Vec<Row> {
    let word = word.to_lowercase();
    let fits = |name: &str, description: &str| [name, description].iter().any(|it| it.to_lowercase().contains(&word));
    let offered = offers.iter().filter(|it| fits(&it.name, &it.description)).map(|it| it.name.as_str());
    let kept = installed.iter().filter(|it| fits(&it.name, &it.description)).map(|it| it.name.as_str());
    let names: BTreeSet<&str> = offered.chain(kept).collect();
    rows(installed, offers).into_iter().filter(|it| names.contains(it.name.as_str())).collect()
}

fn row(name: &str, installed: Option<&Installed>, offers: &[&Offer]) -> Row {
    let chosen = choose(offers, installed.and_then(|it| it.zoo.as_deref()));
    let others = offers.iter().filter(|it| chosen.is_none_or(|chosen| chosen.zoo != it.zoo));
    let descriptions = [chosen.map(|it| &it.description), installed.map(|it| &it.description)];
    Row {
        name: name.to_owned(),
        description: descriptions.into_iter().flatten().find(|it| !it.is_empty()).cloned().unwrap_or_default(),
        installed: installed.and_then(|it| it.version.clone()),
        is_installed: installed.is_some(),
        available: chosen.and_then(|it| it.version.clone()),
        is_available: chosen.is_some(),
        zoo: chosen.map(|it| it.zoo.clone()).or_else(|| installed.and_then(|it| it.zoo.clone())),
        source: installed.and_then(|it| it.source.clone()),
        state: state(installed, chosen),
        edited: installed.is_some_and(|it| it.edited),
        alternatives: others.map(|it| (it.zoo.clone(), it.version.clone())).collect(),
    }
}

/// Returns the offer that counts: the one of the zoo that the pack was installed from, else the first that works,
/// else the first.
pub fn choose<'o>(offers: &[&'o Offer], installed_from: Option<&str>) -> Option<&'o Offer> {
    let same_zoo = offers.iter().find(|it| Some(it.zoo.as_str()) == installed_from);
    same_zoo.or_else(|| offers.iter().find(|it| !it.broken)).or_else(|| offers.first()).copied()
}

fn state(installed: Option<&Installed>, offer: Option<&Offer>) -> State {
    let Some(installed) = installed else {
        return if offer.is_some_and(|it| it.broken) { State::Broken } else { State::NotInstalled };
    };
    if installed.broken {
        return State::Broken;
    }
    if installed.edited && (installed.has_receipt || offer.is_some()) {
        return State::Edited;
    }
    let Some(offer) = offer else { return State::Local };
    match standing(installed.version.as_deref(), offer.version.as_deref()) {
        Standing::Newer => State::Newer,
        Standing::Older => State::Upgradable,
        Standing::Equal => State::UpToDate,
        Standing::Unordered | Standing::Absent => State::Unordered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(zoo: &str, name: &str, version: &str) -> Offer {
        let version = (!version.is_empty()).then(|| version.to_owned());
        Offer { zoo: zoo.into(), name: name.into(), version, description: format!("from {zoo}"), broken: false }
    }

    fn installed(name: &str, version: &str, zoo: &str) -> Installed {
        Installed {
            name: name.into(),
            version: Some(version.into()),
            zoo: Some(zoo.into()),
            has_receipt: true,
            ..Installed::default()
        }
    }

    #[test]
    fn the_first_state_that_applies_is_shown() {
        let up_to_date = installed("p", "1.0", "a");
        let broken = Installed { broken: true, edited: true, ..up_to_date.clone() };
        let edited = Installed { edited: true, ..up_to_date.clone() };
        let by_hand = Installed { has_receipt: false, ..edited.clone() };
        for (pack, available, expected) in [
            (Some(&broken), Some("2"), State::Broken),
            (Some(&edited), Some("2"), State::Edited),
            (Some(&edited), None, State::Edited),
            (Some(&by_hand), Some("2"), State::Edited),
            (Some(&by_hand), None, State::Local),
            (Some(&up_to_date), Some("0.9"), State::Newer),
            (Some(&up_to_date), Some("1.1"), State::Upgradable),
            (Some(&up_to_date), Some("abc"), State::Unordered),
            (Some(&up_to_date), Some(""), State::Unordered),
            (Some(&up_to_date), Some("v1.0.0"), State::UpToDate),
            (Some(&up_to_date), None, State::Local),
            (None, Some("1"), State::NotInstalled),
        ] {
            let offers: Vec<Offer> = available.map(|it| offer("a", "p", it)).into_iter().collect();
            let packs: Vec<Installed> = pack.into_iter().cloned().collect();
            assert_eq!(rows(&packs, &offers)[0].state, expected, "{pack:?} {available:?}");
        }
    }

    #[test]
    fn a_word_is_found_in_names_and_descriptions_of_every_zoo() {
        let offers = [offer("a", "one", "1"), offer("ŻÓŁW", "one", "2"), offer("b", "TWO", "1")];
        let mine = Installed { description: "Serves models".into(), ..installed("three", "1", "gone") };
        for (word, expected) in [
            ("one", &["one"][..]),
            ("two", &["TWO"]),
            ("żółw", &["one"]),
            ("FROM", &["TWO", "one"]),
            ("serves M", &["three"]),
            ("", &["TWO", "one", "three"]),
            ("nothing", &[]),
        ] {
            let rows = matches(word, std::slice::from_ref(&mine), &offers);
            assert_eq!(rows.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), expected, "{word}");
        }
    }

    #[test]
    fn the_zoo_of_the_receipt_counts_then_the_first() {
        let offers = [offer("a", "p", "1"), offer("b", "p", "2"), offer("builtin", "p", "3"), offer("b", "q", "1")];
        let rows = rows(&[installed("p", "1.5", "b")], &offers);
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].zoo.as_deref(), rows[0].state), (Some("b"), State::Upgradable));
        assert_eq!(rows[0].alternatives, [("a".into(), Some("1".into())), ("builtin".into(), Some("3".into()))]);
        assert_eq!(rows[0].description, "from b");
        let refs: Vec<&Offer> = offers[..3].iter().collect();
        assert_eq!(choose(&refs, None).map(|it| it.zoo.as_str()), Some("a"));
        assert_eq!(choose(&refs, Some("gone")).map(|it| it.zoo.as_str()), Some("a"));
        let broken = Offer { broken: true, ..offers[0].clone() };
        assert_eq!(choose(&[&broken, &offers[1]], None).map(|it| it.zoo.as_str()), Some("b"));
    }
}
