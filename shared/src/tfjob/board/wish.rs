//! What a user may decide about a `TensorBoard`, and what was decided before.

use serde_json::Value;

use super::folder::{self, LogFolder};
use super::{CONTAINER, IMAGE};
use crate::tfjob::json;

/// What a user may decide.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// Where the logs are; empty = where the job's own spec says.
    pub folders: Vec<LogFolder>,
    /// The image; `None` = [`IMAGE`].
    pub image: Option<String>,
    /// The type of the Service; `None` = `ClusterIP`.
    pub service_type: Option<String>,
}

impl Wish {
    /// Tells whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Leaves what is not decided as it was when these two were made.
    #[must_use]
    pub fn or_as_made(self, deployment: Option<&Value>, service: Option<&Value>) -> Self {
        let containers = deployment.map_or(&[][..], |it| json::list(it, &["spec", "template", "spec", "containers"]));
        let container = containers.iter().find(|it| json::text(it, &["name"]).as_deref() == Some(CONTAINER));
        let image = container.and_then(|it| json::text(it, &["image"]));
        let words = container.map_or(&[][..], |it| json::list(it, &["command"]));
        let folders = if self.folders.is_empty() {
            folder::told(words, image.as_deref().unwrap_or_default())
        } else {
            self.folders
        };
        let service_type = || json::text(service?, &["spec", "type"]);
        Self { folders, image: self.image.or(image), service_type: self.service_type.or_else(service_type) }
    }

    /// Returns the image.
    pub(super) fn image(&self) -> &str {
        self.image.as_deref().unwrap_or(IMAGE)
    }
}
