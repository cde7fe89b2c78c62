//! The way of one container's log: bytes in as they arrive, lines out as they are shown.

use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr};

use super::escape::append_visible;
use super::filter::Filter;
use super::form::{Form, Out, Style};
use super::json::JsonHead;
use super::resume::Resume;
use super::stamp::{Stamp, StampReader};

/// How long a line may be that is held until its end has come; of a longer one the parts are passed on. Filters see
/// only so much of a line.
pub const LONGEST_HELD: usize = 1 << 20;

/// How much memory is kept between lines.
const KEPT: usize = 64 << 10;

/// A line whose first part was passed on before its end had come.
#[derive(Debug)]
struct Open {
    stamp: Option<Stamp>,
    time: Vec<u8>,
    /// Whether it is new and wanted.
    passes: bool,
    /// How many of its bytes were passed on.
    written: usize,
    /// How many more bytes were passed on before a cut.
    skip: usize,
    /// Whether it was cut, and is to come again.
    is_cut: bool,
}

/// One container's log.
#[derive(Debug)]
pub struct Lane {
    style: Style,
    prefix: Vec<u8>,
    json: JsonHead,
    filter: Arc<Filter>,
    resume: Resume,
    stamps: StampReader,
    /// The beginning of a line whose end has not come.
    carry: Vec<u8>,
    open: Option<Open>,
    /// Whether the rest of the line that comes was seen before.
    is_dropping: bool,
    key: Stamp,
    lines: u64,
}

impl Lane {
    /// Returns the lane of a log. `prefix` stands before each line of a text.
    pub fn new(style: Style, prefix: Vec<u8>, json: JsonHead, filter: Arc<Filter>, resume: Resume) -> Self {
        Self {
            style,
            prefix,
            json,
            filter,
            resume,
            stamps: StampReader::default(),
            carry: Vec::new(),
            open: None,
            is_dropping: false,
            key: Stamp::MIN,
            lines: 0,
        }
    }

    /// Sets what stands before each further line.
    pub fn set_prefix(&mut self, prefix: Vec<u8>) {
        self.prefix = prefix;
    }

    /// Returns how many new lines came, wanted or not.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Returns what was seen.
    pub fn resume(&mut self) -> &mut Resume {
        &mut self.resume
    }

    /// Tells whether the last line given has not ended: no other lane may write before it has.
    pub fn is_open(&self) -> bool {
        self.open.as_ref().is_some_and(|it| it.passes && self.style.form != Form::Json)
    }

    /// Returns the beginning of a line whose end has not come.
    pub fn partial(&self) -> &[u8] {
        &self.carry
    }

    /// Returns the stamp of a line that came by another way.
    pub fn stamp_of(&self, line: &[u8]) -> Option<Stamp> {
        self.stamps.clone().read(line).map(|it| it.0)
    }

    /// Returns the key of the last line that was given.
    pub fn key(&self) -> Stamp {
        self.key
    }

    /// Takes bytes of the log, gives the lines that they end.
    pub fn take(&mut self, chunk: &[u8], out: &mut impl Out) {
        let mut rest = chunk;
        if !self.carry.is_empty() || self.is_inside() || self.is_dropping {
            let Some(at) = memchr(b'\n', rest) else { return self.keep(rest, out) };
            self.carry.extend_from_slice(&rest[..at]);
            let mut line = std::mem::take(&mut self.carry);
            self.line(&line, true, out);
            line.clear();
            line.shrink_to(KEPT);
            self.carry = line;
            rest = &rest[at + 1..];
        }
        let mut start = 0;
        for end in memchr_iter(b'\n', rest) {
            self.line(&rest[start..end], true, out);
            start = end + 1;
        }
        self.keep(&rest[start..], out);
    }

    /// Drops the line that was cut, and returns the second since which a new request is to ask for lines; `None` if
    /// it is to be the first request again.
    pub fn cut(&mut self) -> Option<i64> {
        self.carry.clear();
        self.is_dropping = false;
        self.open = self.open.take().filter(|it| it.passes);
        if let Some(open) = &mut self.open {
            open.is_cut = true;
        }
        self.resume.cut()
    }

    /// Gives what came of a last line that has no end.
    pub fn finish(&mut self, out: &mut impl Out) {
        let line = std::mem::take(&mut self.carry);
        if !line.is_empty() || self.is_inside() {
            self.line(&line, false, out);
        }
        self.end(true, out);
    }

    fn is_inside(&self) -> bool {
        self.open.as_ref().is_some_and(|it| !it.is_cut)
    }

    #[inline]
    fn line(&mut self, line: &[u8], has_end: bool, out: &mut impl Out) {
        if self.open.is_some() || self.is_dropping {
            return self.line_behind_open(line, has_end, out);
        }
        let (stamp, at) = self.stamps.read(line).map_or((None, 0), |(stamp, at)| (Some(stamp), at));
        if self.resume.is_new(stamp) {
            self.new_line(line, (stamp, at), has_end, out);
        }
    }

    #[inline]
    fn new_line(&mut self, line: &[u8], (stamp, at): (Option<Stamp>, usize), has_end: bool, out: &mut impl Out) {
        self.resume.seen(stamp);
        self.lines += 1;
        self.key = stamp.map_or(self.key, |it| it.max(self.key));
        if !self.filter.takes_all() && !self.filter.takes(&line[at..]) {
            return;
        }
        self.show(line, at, has_end, out.bytes());
        out.line_ends(self.key);
    }

    #[inline]
    fn show(&self, line: &[u8], at: usize, has_end: bool, out: &mut Vec<u8>) {
        let shown = if self.style.timestamps { line } else { &line[at..] };
        match self.style.form {
            Form::Text if self.style.terminal => {
                out.extend_from_slice(&self.prefix);
                append_visible(shown.strip_suffix(b"\r").unwrap_or(shown), out);
                out.push(b'\n');
            }
            Form::Text => {
                out.reserve(self.prefix.len() + shown.len() + 1);
                out.extend_from_slice(&self.prefix);
                out.extend_from_slice(shown);
                out.push(b'\n');
            }
            Form::Json => self.json.append(line[..at].trim_ascii_end(), &line[at..], out),
            Form::Raw => {
                out.extend_from_slice(shown);
                if has_end {
                    out.push(b'\n');
                }
            }
        }
    }

    /// Keeps the beginning of a line; passes some of it on if it is too long to be held.
    fn keep(&mut self, part: &[u8], out: &mut impl Out) {
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
            self.open = Some(Open { stamp, time, passes, written: 0, skip: 0, is_cut: false });
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
    fn line_behind_open(&mut self, line: &[u8], has_end: bool, out: &mut impl Out) {
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

    /// Ends the line that is open, if there is one.
    fn end(&mut self, has_end: bool, out: &mut impl Out) {
        let Some(open) = self.open.take() else { return };
        self.resume.seen(open.stamp);
        self.lines += 1;
        if open.passes && self.style.form != Form::Json {
            if has_end || self.style.form == Form::Text {
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

#[cfg(test)]
mod tests;
