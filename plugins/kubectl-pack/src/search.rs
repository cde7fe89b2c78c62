//! The zoo that a wanted pack is taken from.

use shared::base::failure::Failure;
use shared::base::suggest::nearest;
use shared::edge::zoo::{Freshness, Taken, Zoo, ZooError};
use shared::pack::catalogue::{Offer, choose};
use shared::pack::source::{Wanted, ZooEntry};

use crate::session::{Session, with_causes};

/// Why no zoo gave the pack.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SearchError {
    /// No zoo has the name.
    #[error("Remote template {name} has not been found.")]
    NotFound { name: String, nearest: Option<String> },
    /// Zoos have the name, but not that version.
    #[error("Remote template {name}@{version} has not been found.")]
    NoVersion { name: String, version: String, offered: Option<String> },
    /// A zoo could not be read.
    #[error("Failed to load template {name}.")]
    Load {
        name: String,
        #[source]
        source: Box<ZooError>,
    },
    /// The zoo has the pack, but cannot give it.
    #[error("Failed to install template {name} from repository {address}.")]
    Take {
        name: String,
        address: String,
        #[source]
        source: Box<ZooError>,
    },
}

impl Failure for SearchError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::NotFound { .. } => Some("`kubectl pack list` shows what the zoos have".to_owned()),
            Self::NoVersion { offered, .. } => offered.clone(),
            Self::Load { source, .. } | Self::Take { source, .. } => source.hint(),
        }
    }
}

/// What is looked for, and where.
pub(crate) struct Search<'a> {
    pub(crate) wanted: &'a Wanted,
    /// `--zoo`: look there only.
    pub(crate) zoo: Option<&'a str>,
    /// The zoo that the installed pack came from: it counts first.
    pub(crate) installed_from: Option<&'a str>,
    /// How fresh the zoo that the pack is taken from must be.
    pub(crate) freshness: Freshness,
}

/// A pack taken from a zoo.
pub(crate) struct Found {
    pub(crate) zoo: Zoo,
    pub(crate) taken: Taken,
    /// The other zoos that have the pack.
    pub(crate) others: Vec<Offer>,
}

/// What the zoos have of the wanted pack.
#[derive(Default)]
struct Survey {
    offers: Vec<Offer>,
    names: Vec<String>,
    /// What the zoos offer of the name in other versions.
    other_versions: Vec<String>,
    /// What went wrong, and with which zoo.
    failures: Vec<(String, ZooError)>,
}

impl Search<'_> {
    /// Returns the pack from the zoo that counts, which is asked for its present state.
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<Found, SearchError> {
        let zoos = match self.zoo {
            Some(name) => session.zoos().into_iter().filter(|it| it.name == name).collect(),
            None => session.zoos(),
        };
        let offline = self.freshness == Freshness::Offline;
        let mut survey = self.survey(&zoos, if offline { Freshness::Offline } else { Freshness::Recent }, session);
        let mut found = self.pick(&zoos, &survey, session)?;
        if found.is_none() && !offline {
            // Somebody may have something else by now; who did not answer a moment ago is not asked again.
            survey = self.survey(&zoos, Freshness::Asked, session);
            found = self.pick(&zoos, &survey, session)?;
        }
        found.ok_or_else(|| self.not_found(survey))
    }

    /// Takes the pack from the zoo that counts among those that offered it; `None` where none did, or where it has gone
    /// from there since.
    fn pick(
        &self,
        zoos: &[ZooEntry],
        survey: &Survey,
        session: &mut Session<'_>,
    ) -> Result<Option<Found>, SearchError> {
        let offers: Vec<&Offer> = survey.offers.iter().collect();
        let chosen = choose(&offers, self.installed_from).map(|it| it.zoo.clone());
        let Some(entry) = chosen.and_then(|name| zoos.iter().find(|it| it.name == name)) else { return Ok(None) };
        let Some((zoo, taken)) = self.take(entry, session)? else { return Ok(None) };
        for (_, failure) in &survey.failures {
            session.term.warn(with_causes(failure));
        }
        let others = survey.offers.iter().filter(|it| it.zoo != entry.name).cloned().collect();
        Ok(Some(Found { zoo, taken, others }))
    }

    fn survey(&self, zoos: &[ZooEntry], freshness: Freshness, session: &mut Session<'_>) -> Survey {
        let mut survey = Survey::default();
        session.ask(zoos, freshness);
        for entry in zoos {
            let looked = session.open(entry, freshness).and_then(|zoo| self.look(&zoo, &mut survey));
            survey.failures.extend(looked.err().map(|it| (entry.name.clone(), it)));
        }
        survey
    }

    /// Notes what one zoo has of the wanted pack.
    fn look(&self, zoo: &Zoo, survey: &mut Survey) -> Result<(), ZooError> {
        let packs = zoo.packs()?;
        let listed = packs.iter().map(|it| &it.offer).find(|it| it.name == self.wanted.name).cloned();
        survey.names.extend(packs.into_iter().map(|it| it.offer.name));
        match &self.wanted.version {
            None => survey.offers.extend(listed),
            Some(version) => {
                let (zoo_name, name) = (zoo.entry.name.clone(), self.wanted.name.clone());
                if let Some(Taken { version, chart, .. }) = zoo.take(&name, Some(version))? {
                    let description = chart.description;
                    survey.offers.push(Offer { zoo: zoo_name, name, version, description, broken: false });
                } else if let Some(other) = listed.and_then(|it| it.version) {
                    survey.other_versions.push(format!("zoo `{zoo_name}` offers {other}"));
                }
            }
        }
        Ok(())
    }

    fn not_found(&self, survey: Survey) -> SearchError {
        let name = self.wanted.name.clone();
        if let Some(source) = survey.failures.into_iter().next().map(|it| Box::new(it.1)) {
            return SearchError::Load { name, source };
        }
        match &self.wanted.version {
            Some(version) if !survey.other_versions.is_empty() => SearchError::NoVersion {
                name,
                version: version.clone(),
                offered: Some(survey.other_versions.join("; ")),
            },
            _ => {
                let nearest = nearest(&name, survey.names.iter().map(String::as_str)).map(str::to_owned);
                SearchError::NotFound { name, nearest: nearest.filter(|it| *it != self.wanted.name) }
            }
        }
    }

    fn take(&self, entry: &ZooEntry, session: &mut Session<'_>) -> Result<Option<(Zoo, Taken)>, SearchError> {
        let name = || self.wanted.name.clone();
        let zoo = session
            .open(entry, self.freshness)
            .map_err(|source| SearchError::Load { name: name(), source: Box::new(source) })?;
        let taken = zoo.take(&self.wanted.name, self.wanted.version.as_deref());
        let taken = taken.map_err(|source| SearchError::Take {
            name: name(),
            address: zoo.shown_url(),
            source: Box::new(source),
        })?;
        Ok(taken.map(|it| (zoo, it)))
    }
}
