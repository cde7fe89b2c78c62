//! Reading on after a cut: what to ask for, and which lines of the answer were seen before.

use super::stamp::Stamp;

/// How many lines are remembered. Lines whose stamps are out of order (a container's two outputs are stamped apart)
/// are told from seen ones within as many lines.
const RECENT: usize = 256;

/// How much earlier than the oldest remembered line the answer is to begin, in seconds.
///
/// A line that the node keeps in parts may begin before the second that is asked for; then the answer begins with its
/// later parts, which look like a line. They must be older than what is remembered.
const MARGIN: i64 = 1;

/// What was seen of one container's log.
///
/// The API server takes whole seconds (`sinceTime`), so what it answers repeats lines. The lines seen are the first
/// ones of the log, and the log keeps its order: as soon as a line of the answer is not one of those seen, all lines
/// behind it are new.
#[derive(Debug, Clone)]
pub struct Resume {
    /// The stamps of the last lines, in a circle.
    recent: Vec<Stamp>,
    at: usize,
    /// The latest stamp that left the circle, and how many lines left it with that.
    left: (Stamp, usize),
    /// How many lines without a stamp came behind the last one with a stamp.
    unstamped: usize,
    /// The first line's stamp.
    first: Option<Stamp>,
    /// Whether the first line seen may have others before it.
    is_limited: bool,
    /// Lines before this are not wanted.
    floor: Stamp,
    /// The second to begin with where no line was seen.
    fallback: Option<i64>,
    skip: Option<Skip>,
}

/// The lines seen before that are still to come in an answer.
#[derive(Debug, Clone)]
struct Skip {
    /// Stamps, and how many lines have each; sorted.
    expected: Vec<(Stamp, usize)>,
    /// Until all of those have come, other lines with this stamp or an earlier one were seen too.
    low: Stamp,
    unstamped: usize,
}

impl Resume {
    /// Returns the state of a log of which nothing was seen.
    ///
    /// `is_limited` tells that the first request asks for a part of the log only; lines before `floor` are not wanted.
    pub fn new(is_limited: bool, floor: Option<Stamp>) -> Self {
        Self {
            recent: Vec::new(),
            at: 0,
            left: (Stamp::MIN, 0),
            unstamped: 0,
            first: None,
            is_limited,
            floor: floor.unwrap_or(Stamp::MIN),
            fallback: None,
            skip: None,
        }
    }

    /// Says at which second the server began to answer a request that leaves out all that was written before.
    pub fn begins_at(&mut self, second: i64) {
        self.fallback.get_or_insert(second);
    }

    /// Tells whether a line that arrived was not seen before. Lines are given in the order of their arrival.
    #[inline]
    pub fn is_new(&mut self, stamp: Option<Stamp>) -> bool {
        if self.skip.is_some() {
            return self.is_new_after_cut(stamp);
        }
        stamp.is_none_or(|it| it >= self.floor)
    }

    fn is_new_after_cut(&mut self, stamp: Option<Stamp>) -> bool {
        let Some(skip) = &mut self.skip else { return true };
        let Some(stamp) = stamp else {
            if skip.expected.is_empty() {
                skip.unstamped -= 1;
                self.settle();
            }
            return false;
        };
        if let Ok(at) = skip.expected.binary_search_by_key(&stamp, |it| it.0) {
            skip.expected[at].1 -= 1;
            if skip.expected[at].1 == 0 {
                skip.expected.remove(at);
            }
            self.settle();
            return false;
        }
        if stamp <= skip.low && !skip.expected.is_empty() {
            return false;
        }
        self.skip = None;
        stamp >= self.floor
    }

    /// Ends the skipping once all that was seen has come again.
    fn settle(&mut self) {
        if self.skip.as_ref().is_some_and(|it| it.expected.is_empty() && it.unstamped == 0) {
            self.skip = None;
        }
    }

    /// Notes that a new line was seen whole.
    #[inline]
    pub fn seen(&mut self, stamp: Option<Stamp>) {
        let Some(stamp) = stamp else {
            self.unstamped += 1;
            return;
        };
        self.unstamped = 0;
        if self.recent.len() < RECENT {
            self.first.get_or_insert(stamp);
            self.recent.push(stamp);
            return;
        }
        let old = std::mem::replace(&mut self.recent[self.at], stamp);
        self.at = (self.at + 1) % RECENT;
        if old > self.left.0 {
            self.left = (old, 0);
        }
        if old == self.left.0 {
            self.left.1 += 1;
        }
    }

    /// Tells whether all that was seen before a cut has come again.
    pub fn has_caught_up(&self) -> bool {
        self.skip.is_none()
    }

    /// Returns the last line's stamp.
    pub fn last(&self) -> Option<Stamp> {
        let newest = if self.recent.len() < RECENT { self.recent.len() } else { self.at + RECENT };
        newest.checked_sub(1).map(|it| self.recent[it % RECENT])
    }

    /// Returns the latest stamp of all remembered lines.
    pub fn latest(&self) -> Option<Stamp> {
        self.recent.iter().max().copied()
    }

    /// Tells whether any line was seen.
    pub fn is_empty(&self) -> bool {
        self.recent.is_empty() && self.unstamped == 0
    }

    /// Prepares for the answer to a new request, and returns the second since which it is to ask for lines; `None`
    /// means that the first request is to be made again.
    pub fn cut(&mut self) -> Option<i64> {
        if self.is_empty() {
            return self.fallback;
        }
        let mut sorted = self.recent.clone();
        sorted.sort_unstable();
        let mut expected: Vec<(Stamp, usize)> = Vec::new();
        for stamp in sorted {
            match expected.last_mut() {
                Some(last) if last.0 == stamp => last.1 += 1,
                _ => expected.push((stamp, 1)),
            }
        }
        let oldest = expected.first().map(|it| it.0);
        if let Ok(at) = expected.binary_search_by_key(&self.left.0, |it| it.0) {
            expected[at].1 += self.left.1;
        }
        let low = if self.left.1 > 0 {
            Some(self.left.0)
        } else if self.is_limited {
            // Others of its stamp may have come before it.
            self.first
        } else {
            None
        };
        self.skip = Some(Skip { expected, low: low.unwrap_or(Stamp::MIN), unstamped: self.unstamped });
        low.and(oldest).map(|it| it.seconds() - MARGIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "as lines have them")]
    fn at(seconds: i64, nanoseconds: i64) -> Option<Stamp> {
        Some(Stamp::from_nanoseconds(seconds * 1_000_000_000 + nanoseconds))
    }

    /// Gives `answer` and returns the places of the lines that are new.
    fn give(resume: &mut Resume, answer: &[Option<Stamp>]) -> Vec<usize> {
        let mut new = Vec::new();
        for (place, stamp) in answer.iter().enumerate() {
            if resume.is_new(*stamp) {
                resume.seen(*stamp);
                new.push(place);
            }
        }
        new
    }

    #[test]
    fn lines_that_share_a_stamp_are_counted() {
        let mut resume = Resume::new(false, None);
        assert_eq!(give(&mut resume, &[at(1, 0), at(1, 5), at(1, 5)]), [0, 1, 2]);
        resume.cut();
        assert_eq!(give(&mut resume, &[at(1, 0), at(1, 5), at(1, 5), at(1, 5), at(1, 5), at(1, 6)]), [3, 4, 5]);
    }

    #[test]
    fn a_long_run_of_one_stamp_is_counted_too() {
        let mut resume = Resume::new(false, None);
        let lines = vec![at(7, 7); 1000];
        assert_eq!(give(&mut resume, &lines[..700]).len(), 700);
        assert_eq!(resume.cut(), Some(6));
        assert_eq!(give(&mut resume, &lines), (700..1000).collect::<Vec<_>>());
    }

    #[test]
    fn a_stamp_out_of_order_is_not_lost() {
        let mut resume = Resume::new(false, None);
        assert_eq!(give(&mut resume, &[at(1, 3), at(2, 1)]), [0, 1]);
        resume.cut();
        assert_eq!(give(&mut resume, &[at(1, 3), at(2, 1), at(1, 999), at(2, 2)]), [2, 3]);
    }

    #[test]
    fn lines_that_are_gone_do_not_hide_new_ones() {
        let mut resume = Resume::new(false, None);
        let lines: Vec<_> = (0..1000).map(|it| at(it, 0)).collect();
        give(&mut resume, &lines[..500]);
        assert_eq!(resume.cut(), Some(500 - 256 - 1));
        assert_eq!(give(&mut resume, &lines[499..]), (1..501).collect::<Vec<_>>());
        resume.cut();
        assert_eq!(give(&mut resume, &[at(1000, 0), at(1001, 0)]), [0, 1], "rotated away");
    }

    #[test]
    fn lines_without_stamps_are_counted() {
        let mut resume = Resume::new(false, None);
        assert_eq!(give(&mut resume, &[None, None]), [0, 1]);
        assert_eq!(resume.cut(), None);
        assert_eq!(give(&mut resume, &[None, None, None]), [2]);
        assert_eq!(give(&mut resume, &[at(1, 0), None]), [0, 1]);
        resume.cut();
        assert_eq!(give(&mut resume, &[at(1, 0), None, None, at(2, 0)]), [2, 3]);
    }

    #[test]
    fn what_was_not_asked_for_at_first_is_not_shown_later() {
        let mut resume = Resume::new(true, None);
        assert_eq!(give(&mut resume, &[at(5, 5)]), [0]);
        assert_eq!(resume.cut(), Some(4));
        assert_eq!(give(&mut resume, &[at(4, 0), at(5, 4), at(5, 5), at(5, 6)]), [3]);
        let mut resume = Resume::new(true, at(5, 5));
        assert_eq!(give(&mut resume, &[at(5, 4), at(5, 5)]), [1]);
    }

    #[test]
    fn lines_of_the_first_ones_stamp_were_not_asked_for_either() {
        let mut resume = Resume::new(true, None);
        let (burst, last) = (at(5, 5), at(5, 9));
        // The last four of seven lines, the first of which were written at once.
        assert_eq!(give(&mut resume, &[burst, burst, burst, last]), [0, 1, 2, 3]);
        assert!(resume.has_caught_up());
        resume.cut();
        assert!(!resume.has_caught_up());
        assert_eq!(give(&mut resume, &[burst, burst, burst, burst, burst, burst, last, at(6, 0)]), [7]);
        assert!(resume.has_caught_up());
    }

    #[test]
    fn nothing_seen_is_asked_for_again() {
        let mut resume = Resume::new(true, None);
        assert_eq!(resume.cut(), None);
        resume.begins_at(77);
        resume.begins_at(99);
        assert_eq!(resume.cut(), Some(77));
        assert_eq!((resume.last(), resume.latest(), resume.is_empty()), (None, None, true));
        assert_eq!(give(&mut resume, &[at(77, 0), at(76, 0)]), [0, 1]);
        assert_eq!((resume.last(), resume.latest(), resume.is_empty()), (at(76, 0), at(77, 0), false));
    }
}
