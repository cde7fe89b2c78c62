//! What holds for every input. Each function panics if it does not.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use serde_json::{Map, Value};
use shared::experiment::sweep::Sweep;
use shared::helm::global::GLOBAL_FLAGS;
use shared::helm::words;
use shared::jinja::engine::{self, Job};
use shared::jinja::inspect;
use shared::logs::filter::Filter;
use shared::logs::form::{Form, Style};
use shared::logs::json::JsonHead;
use shared::logs::lane::Lane;
use shared::logs::resume::Resume;
use shared::logs::stamp::StampReader;
use shared::pack::chart::Chart;
use shared::pack::index::Index;
use shared::pack::placeholder::Placeholders;
use shared::pack::tree::PackTree;
#[cfg(feature = "http")]
use shared::pack::unpack::unpack;
use shared::pack::{create, lint, literal, params};
use shared::yaml::{edit, read, write};

/// A Chart.yaml is read or refused; one that is given another name keeps all else.
pub fn chart(text: &str) {
    let Ok(chart) = Chart::read("p", text) else { return };
    assert!(!chart.name.is_empty());
    assert!(!chart.description.contains(['\n', '\t']));
    if let Ok(edited) = edit::set_texts(text, &[("name", "no")]) {
        let read = Chart::read("p", &edited).expect("an edited Chart.yaml can be read");
        assert_eq!((read.name.as_str(), read.version), ("no", chart.version));
    }
}

/// Values are inspected, rendered and read without a panic; what was read is written so that it reads the same.
pub fn values(text: &str) {
    let inspection = inspect::inspect(text);
    if inspection.is_plain && text.len() < 4096 {
        let placeholders = Placeholders {
            experiment: "exp".to_owned(),
            command_line: vec!["t.py".to_owned(), "a: b\n- c".to_owned(), String::new()],
            image: "r:5000/u/e:latest".to_owned(),
            registry_port: 5000,
        };
        let job = Job {
            file: "values.yaml".to_owned(),
            source: text.to_owned(),
            context: placeholders.context(),
            seeds: ("Qxkvjwzmqphtrbnlgdfs".to_owned(), "Vqzjxkwphmtbrnlgdfscqjzxkvw".to_owned()),
            captures: inspection.captures,
        };
        if let Ok(rendered) = engine::render(&job)
            && let Ok(values) = read::mapping(&rendered.text)
        {
            round_trip(&rendered.tokens.restore_map(values));
        }
    }
    if let Ok(values) = read::mapping(text) {
        round_trip(&values);
    }
}

fn round_trip(values: &Map<String, Value>) {
    let written = write::to_string(&Value::Object(values.clone()));
    match read::mapping(&written) {
        Ok(again) => assert_eq!(&again, values, "{written}"),
        // An empty mapping has nothing to read.
        Err(error) => assert!(values.is_empty(), "{error}: {written}"),
    }
}

/// Pack parameters, a key and a value on two lines each, are set or refused; what comes of them can be written.
pub fn parameters(text: &str) {
    let lines: Vec<&str> = text.split('\n').collect();
    let pairs: Vec<(String, String)> = lines.chunks_exact(2).map(|it| (it[0].to_owned(), it[1].to_owned())).collect();
    let Ok(params) = params::parse(&pairs) else { return };
    let mut values = Map::new();
    for param in &params {
        // A key may have no place; that is a fault of its user.
        let _ = params::set(&mut values, param);
    }
    round_trip(&values);
}

/// A Python literal is read or refused; what was read is JSON that can be read again.
pub fn python(text: &str) {
    if let Ok(value) = literal::parse(text) {
        assert!(literal::parse(&value.to_string()).is_ok(), "{value}");
    }
}

/// A sweep, a range on each line and sets behind a blank one, is read or refused, and has the runs that it says.
pub fn sweep(text: &str) {
    let (ranges, sets) = text.split_once("\n\n").unwrap_or((text, ""));
    let ranges: Vec<_> = ranges.lines().map(|it| ("x".repeat(it.len() % 7), it.to_owned())).collect();
    let sets: Vec<_> = sets.lines().map(str::to_owned).collect();
    if let Ok(Some(sweep)) = Sweep::parse(&ranges, &sets) {
        let runs: Vec<_> = sweep.runs("e").collect();
        assert_eq!(runs.len(), sweep.count());
        assert!(runs.last().is_none_or(|it| it.name == format!("e-{}", sweep.count())));
    }
}

/// A template of a chart becomes a pack's, or is left, without a panic; its values say the same as before.
pub fn conversion(text: &str) {
    let (values, template) = text.split_once("\n---\n").unwrap_or(("", text));
    let mut chart = PackTree::default();
    let files = [("Chart.yaml", "name: c\nversion: 1.0.0\n"), ("values.yaml", values), ("templates/a.yaml", template)];
    for (path, content) in files {
        chart.add(path.as_bytes(), content.as_bytes().to_vec(), false).expect("a small chart is no hostile one");
    }
    if let Ok(made) = create::from_chart("p", &chart) {
        assert!(made.open.iter().all(|it| it.line > 0));
    }
}

/// A template, and one that it may include before a line `---`, are looked at without a panic; each fault has its place.
pub fn templates(text: &str) {
    let (helper, template) = text.split_once("\n---\n").unwrap_or(("", text));
    let values = "podCount: 1\nc:\n  args: {{ NAUTA.CommandLine }}\n";
    let mut pack = PackTree::default();
    let files = [
        ("charts/Chart.yaml", "name: p\nversion: 1.0.0\n"),
        ("charts/values.yaml", values),
        ("charts/templates/_h.tpl", helper),
        ("charts/templates/a.yaml", template),
    ];
    for (path, content) in files {
        pack.add(path.as_bytes(), content.as_bytes().to_vec(), false).expect("a small pack is no hostile one");
    }
    let job = Job {
        file: "values.yaml".to_owned(),
        source: values.to_owned(),
        context: lint::placeholders().context(),
        seeds: ("Qxkvjwzmqphtrbnlgdfs".to_owned(), "Vqzjxkwphmtbrnlgdfscqjzxkvw".to_owned()),
        captures: false,
    };
    let rendered = engine::render(&job).expect("plain values are rendered");
    for finding in lint::lint("p", &pack, Ok(rendered)) {
        let lines = pack.text(&finding.file).map_or(0, |it| it.lines().count());
        assert!(finding.line.is_none_or(|it| (1..=lines + 1).contains(&it)), "{finding:?}");
    }
}

/// Whatever stands behind `--` is recovered as it was typed, although Helm takes words away. A NUL ends each word.
pub fn recovery(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let typed: Vec<OsString> = text.split('\0').map(OsString::from).collect();
    let parent: Vec<OsString> = ["helm", "nauta"].map(OsString::from).into_iter().chain(typed.clone()).collect();
    let arrived = left_by_helm(&typed);
    let found = words::recover("nauta", Some(&parent), &arrived).expect("words that fit are recovered");
    let typed: Vec<&OsStr> = typed.iter().map(OsString::as_os_str).collect();
    let found: Vec<&OsStr> = found.words.iter().map(OsStr::new).collect();
    if let Some(at) = found.iter().position(|it| *it == "--") {
        assert!(typed.ends_with(&found[at..]), "{typed:?} {found:?}");
    }
    let first = typed.iter().position(|it| *it == "--");
    if first.is_some_and(|at| typed[..at].iter().all(|it| !it.is_empty() && !it.as_encoded_bytes().starts_with(b"-"))) {
        assert_eq!(found, typed);
    }
}

/// What Helm's `manuallyProcessArgs` leaves of a plugin's words.
fn left_by_helm(typed: &[OsString]) -> Vec<OsString> {
    let mut left = Vec::new();
    let mut words = typed.iter();
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        let (name, has_value) = text.split_once('=').map_or((&*text, false), |(name, _)| (name, true));
        let is_helms = name == "-n"
            || GLOBAL_FLAGS.iter().any(|it| it.eaten && name.strip_prefix("--").is_some_and(|long| long == it.long));
        match (is_helms, has_value) {
            _ if text.is_empty() => drop(words.next()),
            (true, true) if name == "--debug" => left.push(word.clone()),
            (true, true) => {}
            (true, false) if name == "--debug" => {}
            (true, false) => drop(words.next()),
            (false, _) => left.push(word.clone()),
        }
    }
    left
}

/// An index.json is read or refused; each of its entries is found by its name.
pub fn index(text: &[u8]) {
    let Ok(index) = Index::read(text) else { return };
    assert!(index.entries.is_sorted_by(|a, b| a.name < b.name));
    for entry in &index.entries {
        assert_eq!(index.entry(&entry.name), Some(entry));
    }
}

/// An archive is unpacked or refused; what comes out of it stays in one folder.
#[cfg(feature = "http")]
pub fn archive(bytes: &[u8]) {
    let Ok(unpacked) = unpack(bytes, None) else { return };
    assert!(!unpacked.name.is_empty() && !unpacked.name.contains('/'));
    for (path, _) in unpacked.tree.files() {
        assert!(path.split('/').all(|it| !matches!(it, "" | "." | "..")), "{path}");
    }
}

/// A log that comes in pieces, is cut anywhere and read on, gives each line once.
///
/// The first byte says what the server is like, the next ones where it cuts; the rest is the log, whose lines' first
/// bytes say how much later than the one before they were written.
pub fn log(bytes: &[u8]) {
    let _ = StampReader::default().read(bytes);
    let Some((manners, bytes)) = bytes.split_first() else { return };
    let (cuts, text) = bytes.split_at(bytes.len().min(16));
    let mut second = 1_000_000_000 * 100;
    let lines: Vec<(i64, &[u8])> = text
        .split(|it| *it == b'\n')
        .map(|line| {
            second += [1, 0, 300_000_000, 1_500_000_000][usize::from(line.first().map_or(0, |it| it % 4))];
            (second, line)
        })
        .collect();
    let mut lane = Lane::new(
        Style { form: Form::Raw, ..Style::default() },
        Vec::new(),
        JsonHead::new("p", None, "c"),
        Arc::new(Filter::default()),
        Resume::new(false, None),
    );
    let mut out = Vec::new();
    let mut since = None;
    for cut in cuts {
        let answer = answer(&lines, since.filter(|_| manners & 1 == 0));
        let end = answer.len() * usize::from(*cut) / 255;
        for piece in answer[..end].chunks(1 + usize::from(manners >> 1)) {
            lane.take(piece, &mut out);
        }
        since = lane.cut();
    }
    lane.take(&answer(&lines, since), &mut out);
    lane.finish(&mut out);
    let whole: Vec<u8> = lines.iter().flat_map(|(_, line)| [*line, b"\n"].concat()).collect();
    assert!(out == whole, "{} lines: {:?}", lines.len(), String::from_utf8_lossy(&out));
    assert_eq!(lane.lines(), lines.len() as u64);
}

/// What a server answers that is asked for the lines since a second.
fn answer(lines: &[(i64, &[u8])], since: Option<i64>) -> Vec<u8> {
    let mut answer = Vec::new();
    for (stamp, line) in lines.iter().filter(|it| since.is_none_or(|since| it.0 >= since * 1_000_000_000)) {
        let (seconds, nanoseconds) = (stamp / 1_000_000_000, stamp % 1_000_000_000);
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        let (hours, minutes) = (minutes / 60, minutes % 60);
        let text =
            format!("1970-01-{:02}T{:02}:{minutes:02}:{seconds:02}.{nanoseconds:09}Z ", hours / 24 + 1, hours % 24);
        answer.extend_from_slice(text.as_bytes());
        answer.extend_from_slice(line);
        answer.push(b'\n');
    }
    answer
}
