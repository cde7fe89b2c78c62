//! What stands before each line to tell the streams apart.

/// The colours of the streams, in their order.
const COLORS: [u8; 6] = [36, 33, 32, 35, 34, 91];

/// Makes prefixes that are as wide as the widest of them.
///
/// ```
/// # use shared::logs::prefix::Prefixes;
/// let mut prefixes = Prefixes::new(false);
/// prefixes.make_room("worker-10");
/// assert_eq!(prefixes.of("worker-1", 0), b"worker-1  | ");
/// ```
#[derive(Debug, Clone)]
pub struct Prefixes {
    width: usize,
    colors: bool,
}

impl Prefixes {
    /// Returns a maker of prefixes, in colour or not.
    pub fn new(colors: bool) -> Self {
        Self { width: 0, colors }
    }

    /// Makes all further prefixes wide enough for `label`; tells whether they are wider than before.
    pub fn make_room(&mut self, label: &str) -> bool {
        let width = label.chars().count();
        let grows = width > self.width;
        self.width = self.width.max(width);
        grows
    }

    /// Returns the prefix of the stream `label`; `order` decides its colour.
    pub fn of(&self, label: &str, order: usize) -> Vec<u8> {
        let width = self.width;
        let text = if self.colors {
            // Whatever colour the line before left is ended first.
            format!("\x1b[0;{}m{label:width$} |\x1b[0m ", COLORS[order % COLORS.len()])
        } else {
            format!("{label:width$} | ")
        };
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_equally_wide() {
        let mut prefixes = Prefixes::new(false);
        let grew: Vec<_> = ["ps-0", "worker-1/sidecar", "worker-2"].iter().map(|it| prefixes.make_room(it)).collect();
        assert_eq!(grew, [true, true, false]);
        assert_eq!(prefixes.of("ps-0", 0), b"ps-0             | ");
        assert_eq!(prefixes.of("worker-1/sidecar", 1), b"worker-1/sidecar | ");
    }

    #[test]
    fn colours_follow_the_order() {
        let prefixes = Prefixes::new(true);
        assert_eq!(prefixes.of("a", 0), b"\x1b[0;36ma |\x1b[0m ");
        assert_eq!(prefixes.of("a", 1), b"\x1b[0;33ma |\x1b[0m ");
        assert_eq!(prefixes.of("a", 6), prefixes.of("a", 0));
    }
}
