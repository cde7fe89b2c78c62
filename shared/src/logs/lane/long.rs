//! Lines that are too long to be held until their end has come: they are passed on in parts.

use memchr::memrchr;

use super::{KEPT, LONGEST_HELD, Lane};
use crate::logs::escape::append_visible;
use crate::logs::form::{Form, Out};
use crate::logs::stamp::Stamp;

/// A line whose first part was passed on before its end had come.
#[derive(Debug)]
pub(super) struct Open {
    stamp: Option<Stamp>,
    time: Vec<u8>,
    /// Whether it is new and wanted.
    pub(super) passes: bool,
    /// How many of its bytes were passed on.
    written: usize,
    /// How many more bytes were passed on before a cut.
    skip: usize,
    /// Whether it was cut, and is to come again.
    pub(super) is_cut: bool,
    /// Whether other lanes have written since: the next part begins a line of its own.
    pub(super) is_parted: bool,
}

impl Open {
    /// Returns how many bytes of it have come since the last cut.
    pub(super) fn len(&self) -> usize {
        self.written.saturating_sub(self.skip)
    }
}

impl Lane {
    /// Keeps the beginning of a line; passes some of it on if it is too long to be held.
    pub(super) fn keep(&mut self, part: &[u8], out: &mut impl Out) {
        self.carry.extend_from_slice(part);
        if self.carry.len() <= LONGEST_HELD {
            return;
        }
        let mut held = std::mem::take(&mut self.carry);
        let end = safe_end(&held);
        if self.is_dropping {
            held.clear();
            return;
        }
        if self.is_inside() {
            self.part(&held[..end], out);
        } else {
            self.begin(&held[..end], out);
        }
        held.drain(..end);
        held.shrink_to(KEPT);
        self.carry = held;
    }

    /// Begins a line that is too long to be held.
    #[cold]
    fn begin(&mut self, head: &[u8], out: &mut impl Out) {
        let (stamp, at) = self.stamps.read(head).map_or((None, 0), |(stamp, at)| (Some(stamp), at));
        if !self.resume.is_new(stamp) {
            self.is_dropping = true;
            return;
        }
        if !self.opens_again(stamp, out) {
            self.key = stamp.map_or(self.key, |it| it.max(self.key));
            let passes = self.filter.takes(&head[at..]);
            if passes && self.style.form == Form::Text {
                out.bytes().extend_from_slice(&self.prefix);
            }
            if passes && self.style.form != Form::Json && self.style.timestamps {
                out.bytes().extend_from_slice(&head[..at]);
            }
            let time = head[..at].trim_ascii_end().to_vec();
            self.open = Some(Open { stamp, time, passes, written: 0, skip: 0, is_cut: false, is_parted: false });
        }
        self.part(&head[at..], out);
    }

    /// Goes on with the line that was cut if it has this stamp; else ends it, since it will not come again.
    fn opens_again(&mut self, stamp: Option<Stamp>, out: &mut impl Out) -> bool {
        if let Some(open) = self.open.as_mut().filter(|it| it.stamp == stamp) {
            open.is_cut = false;
            open.skip = open.written;
            return true;
        }
        self.end(true, out);
        false
    }

    /// Passes on a part of a line that is too long to be held.
    fn part(&mut self, part: &[u8], out: &mut impl Out) {
        let Some(open) = &mut self.open else { return };
        let skipped = open.skip.min(part.len());
        open.skip -= skipped;
        let part = &part[skipped..];
        open.written += part.len();
        if !open.passes || part.is_empty() {
            return;
        }
        if std::mem::take(&mut open.is_parted) {
            out.bytes().extend_from_slice(&self.prefix);
        }
        match self.style.form {
            Form::Json => {
                self.json.append(&open.time, part, out.bytes());
                out.line_ends(self.key);
            }
            Form::Text if self.style.terminal => append_visible(part, out.bytes()),
            Form::Text | Form::Raw => out.bytes().extend_from_slice(part),
        }
    }

    /// Takes a line, or its rest, behind one whose end has not come.
    #[cold]
    pub(super) fn line_behind_open(&mut self, line: &[u8], has_end: bool, out: &mut impl Out) {
        if std::mem::take(&mut self.is_dropping) {
            return;
        }
        let mut rest = line;
        if !self.is_inside() {
            let (stamp, at) = self.stamps.read(line).map_or((None, 0), |(stamp, at)| (Some(stamp), at));
            if !self.resume.is_new(stamp) {
                return;
            }
            if !self.opens_again(stamp, out) {
                return self.new_line(line, (stamp, at), has_end, out);
            }
            rest = &line[at..];
        }
        self.part(if self.style.terminal { rest.strip_suffix(b"\r").unwrap_or(rest) } else { rest }, out);
        self.end(has_end, out);
    }

    /// Lets the line that is open go on as one of its own: its end was written by somebody else.
    pub fn part_line(&mut self) {
        if let Some(open) = &mut self.open {
            open.is_parted = true;
        }
    }

    /// Ends the line that is open, if there is one.
    pub(super) fn end(&mut self, has_end: bool, out: &mut impl Out) {
        let Some(open) = self.open.take() else { return };
        self.resume.seen(open.stamp);
        self.lines += 1;
        if open.passes && self.style.form != Form::Json {
            if (has_end || self.style.form == Form::Text) && !open.is_parted {
                out.bytes().push(b'\n');
            }
            out.line_ends(self.key);
        }
    }
}

/// Returns where the parts of a long line may be taken apart: not inside a character or a colour sequence.
fn safe_end(text: &[u8]) -> usize {
    let mut end = text.len();
    let last = text.iter().rev().take(3).position(|it| it & 0b1100_0000 != 0b1000_0000).unwrap_or(0);
    if text[end - 1 - last] >= 0b1100_0000 {
        end -= last + 1;
    }
    if text[end - 1] == b'\r' {
        end -= 1;
    }
    match memrchr(b'\x1b', &text[end.saturating_sub(32)..end]) {
        Some(at) => end.saturating_sub(32) + at,
        None => end,
    }
}
