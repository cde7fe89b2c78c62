//! Archives that want to do harm: each is refused with one clear error, soon, in little memory, and writes nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use support::archive::{self, Entry, bz2, gz, tar};
use support::bare;
use support::http::Reply;
use tar::EntryType;

use crate::http::Web;
use crate::place::Ran;

/// What no command may take longer for.
const SOON: Duration = Duration::from_secs(10);
/// The memory that a command may take, in KiB.
const MEMORY: &str = "524288";

/// A good pack, and something more.
fn good_and(more: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    let mut entries = archive::entries(&bare::pack("", "alpha", "0.1.0"));
    entries.extend(more);
    tar(&entries)
}

fn named(name: &str) -> Vec<u8> {
    good_and([Entry::file(name, "evil")])
}

fn other(kind: EntryType, link: &str) -> Vec<u8> {
    good_and([Entry::other("alpha/evil", kind, link)])
}

/// Returns everything of the user's that an archive could have changed.
fn outside(web: &Web) -> BTreeMap<PathBuf, Vec<u8>> {
    let root = web.world.sandbox.path("");
    let ours = |path: &PathBuf| path.starts_with(root.join("store/cache")) || path.ends_with("store/.lock");
    web.world.sandbox.files("").into_iter().filter(|(path, _)| !ours(path)).collect()
}

/// Installs `alpha` from an archive, in little memory.
fn install(web: &Web, archive: Vec<u8>) -> Ran {
    web.server.answer("/zoo/alpha.tar.bz2", [Reply::ok(archive)]);
    let script = format!("ulimit -v {MEMORY} && exec \"$0\" \"$@\"");
    web.world.sandbox.run("sh", ["-c", &script, crate::BIN, "install", "alpha", "--force"])
}

fn refused(web: &Web, case: &str, archive: Vec<u8>, expected: &str) {
    let before = outside(web);
    let begun = Instant::now();
    let ran = install(web, archive).failure(1);
    assert!(begun.elapsed() < SOON, "{case} took {:?}", begun.elapsed());
    let address = web.server.url("/zoo");
    let first = format!("error: Failed to install template alpha from repository {address}.\n");
    assert!(ran.stderr.starts_with(&first), "{case}: {}", ran.stderr);
    assert_eq!(ran.stderr.matches("error: ").count(), 1, "{case}: {}", ran.stderr);
    assert!(ran.stderr.contains(expected), "{case}: {}", ran.stderr);
    assert!(!ran.stderr.chars().any(|it| it.is_control() && it != '\n'), "{case}: {:?}", ran.stderr);
    assert_eq!(outside(web), before, "{case}");
}

#[test]
fn tars_that_want_out_are_refused() {
    let web = Web::new();
    let cases = [
        ("parent", named("alpha/../../evil"), "it leaves the pack"),
        ("parent first", named("../alpha/evil"), "it leaves the pack"),
        ("absolute", named("/tmp/evil"), "it is an absolute path"),
        ("another top", named("beta/evil"), "`beta/evil` is outside the folder `alpha`"),
        ("beside the top", named("evil"), "`evil` is outside the folder `alpha`"),
        ("the top itself", tar(&[Entry::file("alpha", "evil")]), "`alpha` is outside the folder `alpha`"),
        ("symbolic link", other(EntryType::Symlink, "/etc/passwd"), "`alpha/evil` is a symbolic link"),
        ("hard link", other(EntryType::Link, "../../config.yaml"), "`alpha/evil` is a hard link"),
        ("device", other(EntryType::Char, ""), "`alpha/evil` is a device"),
        ("disk", other(EntryType::Block, ""), "`alpha/evil` is a device"),
        ("pipe", other(EntryType::Fifo, ""), "`alpha/evil` is a device"),
        ("sparse", other(EntryType::GNUSparse, ""), "`alpha/evil` is a sparse file"),
        ("unknown", other(EntryType::new(b'Z'), ""), "is a thing of an unknown kind"),
        ("twice", named("alpha/Dockerfile"), "holds `Dockerfile` twice"),
        ("folded", named("alpha/DOCKERFILE"), "cannot both be files of a pack"),
        ("file as folder", named("alpha/Dockerfile/x"), "cannot both be files of a pack"),
        ("newline", named("alpha/a\nb"), "it holds a control character"),
        ("escape", named("alpha/a\x1b[31mb"), "it holds a control character"),
        ("NUL", named(&format!("alpha/{}\0/../../evil", "x".repeat(100))), "it holds a control character"),
        ("reserved", named("alpha/nul.txt"), "Windows reserves that name"),
        ("backslash", named("alpha\\..\\evil"), "Windows has no such names"),
        ("drive", named("alpha/c:evil"), "Windows has no such names"),
        ("deep", named(&format!("alpha/{}x", "a/".repeat(10_000))), "over 16 MiB of names"),
        ("endless name", named(&format!("alpha/{}", "x".repeat(100_000))), "a name that is longer than any file's"),
        (
            "link through",
            good_and([Entry::other("alpha/dir", EntryType::Symlink, "/tmp"), Entry::file("alpha/dir/evil", "evil")]),
            "`alpha/dir` is a symbolic link",
        ),
        ("empty", tar(&[]), "the archive is empty"),
        (
            "other chart",
            tar(&archive::entries(&[(
                "alpha/charts/Chart.yaml".to_owned(),
                "name: other\nversion: 1.0.0\n".to_owned(),
            )])),
            "Definition of the alpha pack is incorrect",
        ),
    ];
    for (case, archive, expected) in cases {
        refused(&web, case, bz2(&archive), expected);
    }
    install(&web, bz2(&good_and([]))).success();
    refused(&web, "after a good one", bz2(&named("alpha/../evil")), "it leaves the pack");
}

#[test]
fn zips_that_want_out_are_refused() {
    let web = Web::new();
    let with = |name: &str| {
        let mut files = bare::pack("", "alpha", "0.1.0");
        files.push((name.to_owned(), "evil".to_owned()));
        files
    };
    // Two names of one length, made one by hand: no writer would do it.
    let twice = archive::zip(&with("alpha/Dockerfilf"), 0o644);
    let twice = replaced(&twice, b"Dockerfilf", b"Dockerfile");
    let cases = [
        ("parent", archive::zip(&with("alpha/../../evil"), 0o644), "it leaves the pack"),
        ("absolute", archive::zip(&with("/tmp/evil"), 0o644), "it is an absolute path"),
        ("another top", archive::zip(&with("beta/evil"), 0o644), "is outside the folder `alpha`"),
        ("twice", twice, "holds `alpha/Dockerfile` twice"),
        ("folded", archive::zip(&with("alpha/DOCKERFILE"), 0o644), "cannot both be files of a pack"),
        ("newline", archive::zip(&with("alpha/a\nb"), 0o644), "it holds a control character"),
        ("NUL", archive::zip(&with("alpha/a\0b"), 0o644), "it holds a control character"),
        ("reserved", archive::zip(&with("alpha/COM1"), 0o644), "Windows reserves that name"),
        ("backslash", archive::zip(&with("alpha\\..\\evil"), 0o644), "Windows has no such names"),
        (
            "symbolic link",
            archive::zip(&[("alpha/evil".to_owned(), "/etc/passwd".to_owned())], 0o120_777),
            "`alpha/evil` is a symbolic link",
        ),
        ("cut off", archive::zip(&with("alpha/x"), 0o644)[..300].to_vec(), "is damaged or cut off"),
    ];
    for (case, archive, expected) in cases {
        refused(&web, case, archive, expected);
    }
    install(&web, archive::zip(&bare::pack("", "alpha", "0.1.0"), 0o644)).success();
}

/// Returns bytes in which every `from` is a `to` of the same length.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len().saturating_sub(from.len()) {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

/// Returns a tar header that promises `size` bytes.
fn promising(name: &str, kind: EntryType, size: u64) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path(name).unwrap();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header.as_bytes().to_vec()
}

#[test]
fn bombs_are_put_out() {
    let web = Web::new();
    let (mib, gib) = (1 << 20, 1_u64 << 30);
    // Compressed streams may stand one behind the other, so that ten gigabytes are quickly made.
    let zeros = vec![0; 64 * mib];
    let (zeros_gz, zeros_bz2) = (gz(&zeros), bz2(&zeros));
    let ten = |first: Vec<u8>, more: &[u8]| [first, more.repeat(160)].concat();
    let one = promising("alpha/big", EntryType::Regular, 10 * gib);
    refused(&web, "10 GB", ten(bz2(&one), &zeros_bz2), "too large for a pack: over 256 MiB");
    refused(&web, "10 GB, gzip", ten(gz(&one), &zeros_gz), "too large for a pack: over 256 MiB");
    let many: Vec<u8> = (0..160)
        .flat_map(|it| {
            [gz(&promising(&format!("alpha/{it}"), EntryType::Regular, 64 * mib as u64)), zeros_gz.clone()].concat()
        })
        .collect();
    refused(&web, "10 GB in files", many, "too large for a pack: over 256 MiB");
    let name = promising("././@LongLink", EntryType::GNULongName, 10 * gib);
    refused(&web, "10 GB name", ten(gz(&name), &zeros_gz), "a name that is longer than any file's");
    let header = promising("pax", EntryType::XHeader, 10 * gib);
    refused(&web, "10 GB header", ten(gz(&header), &zeros_gz), "a name that is longer than any file's");
    let tail = gz(&good_and([]));
    refused(&web, "10 GB behind it", ten(tail, &zeros_gz), "too large for a pack: over 256 MiB");
    refused(&web, "never ends", bz2(&promising("alpha/big", EntryType::Regular, 100)), "is damaged or cut off");

    let zip = archive::zip(&[("alpha/big".to_owned(), String::from_utf8(vec![b' '; 300 * mib]).unwrap())], 0o644);
    refused(&web, "zip", zip.clone(), "too large for a pack: over 256 MiB");
    let size = u32::try_from(300 * mib).unwrap().to_le_bytes();
    refused(&web, "zip that lies", replaced(&zip, &size, &[1, 0, 0, 0]), "");
    let archive = vec![0; 65 * mib];
    refused(&web, "large archive", archive, "is too large: over 64 MiB");
}

#[test]
fn a_million_entries_are_too_many() {
    let web = Web::new();
    let folders: Vec<Entry> =
        (0..10_000).map(|it| Entry::other(&format!("alpha/{it}/"), EntryType::Directory, "")).collect();
    let mut folders = tar(&folders);
    folders.truncate(10_000 * 512);
    refused(&web, "folders", gz(&folders).repeat(100), "too large for a pack: over 10000 files");
    let files: Vec<Entry> = (0..10_001).map(|it| Entry::file(&format!("alpha/{it}"), "")).collect();
    refused(&web, "files", gz(&tar(&files)), "too large for a pack: over 10000 files");
    let lines: Vec<(String, String)> = (0..60_000).map(|it| (format!("alpha/{it}"), String::new())).collect();
    refused(&web, "zip", archive::zip(&lines, 0o644), "too large for a pack: over 10000 files");
}
