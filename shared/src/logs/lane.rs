//! The way of one container's log: bytes in as they arrive, lines out as they are shown.

mod long;

use std::sync::Arc;

use memchr::{memchr, memchr_iter};

use super::escape::append_visible;
use super::filter::Filter;
use super::form::{Form, Out, Style};
use super::json::JsonHead;
use super::resume::Resume;
use super::stamp::{Stamp, StampReader};
use long::Open;

/// How long a line may be that is held until its end has come; of a longer one the parts are passed on. Filters see
/// only so much of a line.
pub const LONGEST_HELD: usize = 1 << 20;

/// How much memory is kept between lines.
const KEPT: usize = 64 << 10;

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
        self.open.as_ref().is_some_and(|it| it.passes && !it.is_parted && self.style.form != Form::Json)
    }

    /// Returns the beginning of a line whose end has not come.
    pub fn partial(&self) -> &[u8] {
        &self.carry
    }

    /// Returns how long the line is whose end has not come, in bytes; 0 = there is none.
    pub fn unended(&self) -> u64 {
        let passed_on = self.open.as_ref().filter(|it| !it.is_cut).map_or(0, Open::len);
        (passed_on + self.carry.len()) as u64
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
}

#[cfg(test)]
mod tests;
