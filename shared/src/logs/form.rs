//! What lines look like, and where they go.

use super::stamp::Stamp;

/// What lines look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// With a prefix.
    #[default]
    Text,
    /// As JSON objects. A line over [`LONGEST_HELD`](super::lane::LONGEST_HELD) is several.
    Json,
    /// The container's bytes, and nothing else.
    Raw,
}

/// How lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// What lines look like.
    pub form: Form,
    /// Whether each line shows its timestamp.
    pub timestamps: bool,
    /// Whether a terminal shows them, so that control characters of a text must be made harmless.
    pub terminal: bool,
}

/// Takes the lines that a lane gives.
pub trait Out {
    /// Returns the bytes, to be added to.
    fn bytes(&mut self) -> &mut Vec<u8>;
    /// Notes that a line ends here. `key` is its stamp, or a later one of a line before it.
    fn line_ends(&mut self, key: Stamp);
}

impl Out for Vec<u8> {
    fn bytes(&mut self) -> &mut Vec<u8> {
        self
    }

    fn line_ends(&mut self, _key: Stamp) {}
}
