use super::*;

const STAMP: &str = "2026-11-21T20:00:00.000000001Z ";
const LATER: &str = "2026-11-21T20:00:00.000000002Z ";

fn lane(style: Style, include: &[&str]) -> Lane {
    let include: Vec<String> = include.iter().map(|&it| it.to_owned()).collect();
    let filter = Arc::new(Filter::new(&include, &[]).unwrap());
    Lane::new(style, b"w-0 | ".to_vec(), JsonHead::new("p", None, "c"), filter, Resume::new(false, None))
}

fn shown(lane: &mut Lane, text: &[u8]) -> String {
    let mut out = Vec::new();
    lane.take(text, &mut out);
    lane.finish(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn lines_are_shown_in_their_form() {
    let text = Style::default();
    let raw = Style { form: Form::Raw, ..text };
    let timed = |style| Style { timestamps: true, ..style };
    let terminal = Style { terminal: true, ..text };
    for (style, line, expected) in [
        (text, "a\r\n", "w-0 | a\r\n"),
        (text, "no end", "w-0 | no end\n"),
        (text, "\n", "w-0 | \n"),
        (timed(text), "a\n", "w-0 | 2026-11-21T20:00:00.000000001Z a\n"),
        (terminal, "a\x1b[2J\r\n", "w-0 | a^[[2J\n"),
        (terminal, "a\x1b[1mb\n", "w-0 | a\x1b[1mb\n"),
        (raw, "a\r\n", "a\r\n"),
        (raw, "no end", "no end"),
        (timed(raw), "a\n", "2026-11-21T20:00:00.000000001Z a\n"),
        (Style { terminal: true, ..raw }, "a\x1b[2J\n", "a\x1b[2J\n"),
        (
            Style { form: Form::Json, ..text },
            "a\n",
            "{\"time\":\"2026-11-21T20:00:00.000000001Z\",\"pod\":\"p\",\"type\":null,\"index\":null,\"container\":\"c\",\"line\":\"a\",\"raw\":null}\n",
        ),
    ] {
        assert_eq!(shown(&mut lane(style, &[]), format!("{STAMP}{line}").as_bytes()), expected, "{style:?} {line:?}");
    }
    assert_eq!(shown(&mut lane(text, &[]), b"without a stamp\n"), "w-0 | without a stamp\n");
    assert_eq!(shown(&mut lane(text, &[]), b""), "");
}

#[test]
fn only_wanted_lines_are_shown_and_all_are_counted() {
    let mut lane = lane(Style::default(), &["^b"]);
    assert_eq!(shown(&mut lane, format!("{STAMP}a b\n{STAMP}ba\n{STAMP}b\n").as_bytes()), "w-0 | ba\nw-0 | b\n");
    assert_eq!(lane.lines(), 3);
}

/// Gives a log of a long line between two short ones, cut at `cuts`, in pieces.
fn long(style: Style, include: &[&str], cuts: &[usize]) -> (String, String) {
    let middle = (0..LONGEST_HELD / 5).map(|it| format!("{it:09}é")).collect::<Vec<_>>().concat();
    let log = format!("{STAMP}x\n{STAMP}{middle}\n{LATER}z\n");
    let mut lane = lane(style, include);
    let mut out = Vec::new();
    for cut in cuts {
        log.as_bytes()[..*cut].chunks(70_001).for_each(|it| lane.take(it, &mut out));
        assert!(lane.carry.len() <= LONGEST_HELD);
        lane.cut();
    }
    log.as_bytes().chunks(70_001).for_each(|it| lane.take(it, &mut out));
    assert!(!lane.is_open());
    lane.finish(&mut out);
    assert_eq!(lane.lines(), 3);
    (String::from_utf8(out).expect("characters stay whole"), middle)
}

#[test]
fn a_line_of_any_length_is_passed_on_in_bounded_memory() {
    for cuts in [&[][..], &[1_500_000], &[100, 1_200_000, 90, 2_000_000, 40, 1_100_000]] {
        let (out, middle) = long(Style::default(), &[], cuts);
        assert!(out == format!("w-0 | x\nw-0 | {middle}\nw-0 | z\n"), "{cuts:?}");
        let (out, middle) = long(Style { form: Form::Raw, ..Style::default() }, &[], cuts);
        assert!(out == format!("x\n{middle}\nz\n"), "{cuts:?}");
        let (out, middle) = long(Style { form: Form::Json, ..Style::default() }, &[], cuts);
        let lines = out
            .lines()
            .map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap()["line"].as_str().unwrap().to_owned());
        assert!(lines.collect::<String>() == format!("x{middle}z"), "{cuts:?}");
        let (out, _) = long(Style::default(), &["z"], cuts);
        assert_eq!(out, "w-0 | z\n", "{cuts:?}");
    }
}

#[test]
fn a_long_line_that_does_not_come_again_is_ended() {
    let mut lane = lane(Style::default(), &[]);
    let mut out = Vec::new();
    lane.take(format!("{STAMP}{}", "x".repeat(LONGEST_HELD + 1)).as_bytes(), &mut out);
    assert!(lane.is_open());
    lane.cut();
    lane.take(format!("{LATER}new\n").as_bytes(), &mut out);
    assert!(out.ends_with(b"x\nw-0 | new\n"));
}
