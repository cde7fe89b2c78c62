//! Many lanes' lines in the order of their times, in bounded memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::form::Out;
use super::stamp::Stamp;

/// Some lines of one lane, as they are shown.
#[derive(Debug, Default)]
pub struct Block {
    bytes: Vec<u8>,
    /// The key of each line, and where it ends.
    ends: Vec<(Stamp, usize)>,
    /// Whether the last line goes on in the next block.
    is_open: bool,
}

impl Out for Block {
    fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    fn line_ends(&mut self, key: Stamp) {
        self.ends.push((key, self.bytes.len()));
    }
}

impl Block {
    /// Returns how many bytes there are.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Forgets all lines, but not the memory for them.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.is_open = false;
    }

    /// Makes the block whole: a line that goes on has `key`.
    pub fn seal(&mut self, key: Stamp) {
        if self.ends.last().map_or(0, |it| it.1) < self.bytes.len() {
            self.ends.push((key, self.bytes.len()));
            self.is_open = true;
        }
    }
}

/// What a merge waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The next block of this lane, or its end.
    Block(usize),
    /// That what it gave is taken away.
    Room,
    /// Nothing: all lanes have ended.
    Nothing,
}

/// Merges by time; lanes with equal times in their order. A line without a time stays behind the one before it.
#[derive(Debug)]
pub struct Merge {
    sources: Vec<Source>,
    heap: BinaryHeap<Reverse<(Stamp, usize)>>,
    /// The lane whose line has not ended: no other may come before its next block.
    open: Option<usize>,
}

#[derive(Debug, Default)]
struct Source {
    block: Block,
    /// The first line that was not given.
    next: usize,
    has_ended: bool,
}

impl Merge {
    /// Returns a merge of so many lanes.
    pub fn new(lanes: usize) -> Self {
        let sources = (0..lanes).map(|_| Source::default()).collect();
        Self { sources, heap: BinaryHeap::new(), open: None }
    }

    /// Takes the next block of a lane that needs one, or `None` for its end; returns the block before, to be used anew.
    pub fn give(&mut self, lane: usize, block: Option<Block>) -> Block {
        let source = &mut self.sources[lane];
        source.next = 0;
        source.has_ended = block.is_none();
        let old = std::mem::replace(&mut source.block, block.unwrap_or_default());
        match source.block.ends.first() {
            Some((key, _)) => {
                // What goes on comes before all else.
                let key = if self.open == Some(lane) { Stamp::MIN } else { *key };
                self.heap.push(Reverse((key, lane)));
            }
            None => self.open = self.open.filter(|it| *it != lane || !source.has_ended),
        }
        old
    }

    /// Appends lines to `out` for as long as it is clear which one is next and `out` is shorter than `limit`.
    pub fn run(&mut self, out: &mut Vec<u8>, limit: usize) -> Need {
        if let Some(lane) = self.missing() {
            return Need::Block(lane);
        }
        while let Some(Reverse((_, lane))) = self.heap.pop() {
            let rival = self.heap.peek().map(|it| it.0);
            let source = &mut self.sources[lane];
            let ends = &source.block.ends;
            let from = source.next.checked_sub(1).map_or(0, |it| ends[it].1);
            let mut next = source.next + 1;
            let mut to = ends[next - 1].1;
            while to - from < limit
                && let Some((key, end)) = ends.get(next)
                && rival.is_none_or(|it| (*key, lane) < it)
            {
                next += 1;
                to = *end;
            }
            out.extend_from_slice(&source.block.bytes[from..to]);
            source.next = next;
            let following = ends.get(next).map(|it| it.0);
            self.open = (following.is_none() && source.block.is_open).then_some(lane);
            match following {
                Some(key) => self.heap.push(Reverse((key, lane))),
                None => return Need::Block(lane),
            }
            if out.len() >= limit {
                return Need::Room;
            }
        }
        Need::Nothing
    }

    fn missing(&self) -> Option<usize> {
        self.sources.iter().position(|it| !it.has_ended && it.next == it.block.ends.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    fn stamp(time: i64) -> Stamp {
        Stamp::from_nanoseconds(time)
    }

    fn block(lines: &[(i64, String)]) -> Block {
        let mut block = Block::default();
        for (time, line) in lines {
            block.bytes().extend_from_slice(line.as_bytes());
            block.line_ends(stamp(*time));
        }
        block
    }

    proptest! {
        #[test]
        fn lines_come_by_time_then_by_lane(
            steps in vec(vec(0_i64..3, 0..30), 0..6),
            sizes in vec(1_usize..8, 40),
            limit in 1_usize..100,
        ) {
            let mut expected = Vec::new();
            let mut lanes: Vec<Vec<(i64, String)>> = Vec::new();
            for (lane, steps) in steps.iter().enumerate() {
                let mut time = 0;
                lanes.push(steps.iter().enumerate().map(|(number, step)| {
                    time += step;
                    expected.push((time, lane, number));
                    (time, format!("{time} {lane} {number}\n"))
                }).collect());
            }
            expected.sort_unstable();
            let line = |(time, lane, number): &(i64, usize, usize)| format!("{time} {lane} {number}\n");
            let expected = expected.iter().map(line).collect::<Vec<_>>().concat();
            let mut merge = Merge::new(lanes.len());
            let mut out = Vec::new();
            let mut whole = Vec::new();
            let mut sizes = sizes.into_iter().cycle();
            loop {
                let need = merge.run(&mut out, limit);
                match need {
                    Need::Nothing => break,
                    Need::Room => whole.append(&mut out),
                    Need::Block(lane) => {
                        let left = &mut lanes[lane];
                        let rest = left.split_off(left.len().min(sizes.next().unwrap()));
                        let lines = std::mem::replace(left, rest);
                        merge.give(lane, (!lines.is_empty()).then(|| block(&lines)));
                    }
                }
            }
            whole.append(&mut out);
            prop_assert_eq!(String::from_utf8(whole).unwrap(), expected);
        }

        #[test]
        fn a_line_that_goes_on_is_not_interrupted(parts in 2_usize..5, time in any::<bool>()) {
            let mut merge = Merge::new(2);
            let mut out = Vec::new();
            merge.give(0, Some(block(&[(5, "other\n".to_owned())])));
            for part in 0..parts {
                let mut open = Block::default();
                open.bytes().extend_from_slice(b"part ");
                if part + 1 == parts {
                    open.bytes().push(b'\n');
                    open.line_ends(stamp(4 + i64::from(time)));
                }
                open.seal(stamp(4));
                prop_assert_eq!(merge.run(&mut out, 1), Need::Block(1));
                merge.give(1, Some(open));
                let _ = merge.run(&mut out, 1000);
            }
            merge.give(1, None);
            while merge.run(&mut out, 1000) == Need::Block(0) {
                merge.give(0, None);
            }
            prop_assert_eq!(String::from_utf8(out).unwrap(), format!("{}\nother\n", "part ".repeat(parts)));
        }
    }
}
