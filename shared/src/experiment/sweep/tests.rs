use super::*;

fn parse(ranges: &[(&str, &str)], sets: &[&str]) -> Result<Option<Sweep>, Vec<SweepError>> {
    let ranges: Vec<_> = ranges.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let sets: Vec<_> = sets.iter().map(|it| (*it).to_owned()).collect();
    Sweep::parse(&ranges, &sets)
}

fn shown(ranges: &[(&str, &str)], sets: &[&str]) -> Vec<String> {
    let sweep = parse(ranges, sets).unwrap().unwrap();
    let runs: Vec<String> = sweep.runs("e").map(|it| format!("{} {}", it.name, it.args.join(" "))).collect();
    assert_eq!(runs.len(), sweep.count());
    runs
}

fn faults(ranges: &[(&str, &str)], sets: &[&str]) -> Vec<String> {
    let faults = parse(ranges, sets).unwrap_err();
    assert!(faults.iter().all(|it| it.exit_code() == 2));
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_range_makes_a_run_for_each_value() {
    assert_eq!(shown(&[("lr", "{0.1, 0.2, 0.3}")], &[]), ["e-1 lr=0.1", "e-2 lr=0.2", "e-3 lr=0.3"]);
    assert_eq!(shown(&[("--lr", "{5}")], &[]), ["e-1 --lr=5"]);
    assert_eq!(shown(&[("x", "{}")], &[]), ["e-1 x="]);
}

#[test]
fn sets_come_first_and_the_last_range_is_the_fastest() {
    assert_eq!(
        shown(&[("param1", "{0.1, 0.2, 0.3}")], &["{param2:3,param4:5}", "{param6:7}"]),
        [
            "e-1 param2=3 param4=5 param1=0.1",
            "e-2 param2=3 param4=5 param1=0.2",
            "e-3 param2=3 param4=5 param1=0.3",
            "e-4 param6=7 param1=0.1",
            "e-5 param6=7 param1=0.2",
            "e-6 param6=7 param1=0.3",
        ]
    );
    assert_eq!(
        shown(&[("a", "{1...2:1}"), ("b", "{x, y}")], &[]),
        ["e-1 a=1 b=x", "e-2 a=1 b=y", "e-3 a=2 b=x", "e-4 a=2 b=y"]
    );
}

#[test]
fn a_set_is_one_tuple() {
    for (set, expected) in [
        ("{a: 1, b: 2}", "e-1 a=1 b=2"),
        ("{path:/a:b}", "e-1 path=/a:b"),
        ("{a}", "e-1 a"),
        ("{a:}", "e-1 a="),
        (" {--lr :0.1,-v, -v,} ", "e-1 --lr=0.1 -v -v"),
        ("{}", "e-1 "),
    ] {
        assert_eq!(shown(&[], &[set]), [expected], "{set}");
    }
}

#[test]
fn all_faults_are_told_together() {
    assert_eq!(
        faults(
            &[("a", "1,2"), ("b", "{1...3}"), ("c", "{1}"), ("c", "{2}"), ("d", "{1...3:0}"), ("e", "{3...1:1}")],
            &["x:1", "{c:1}", "{y:1, y:2}"]
        ),
        [
            "Parameter a has incorrect format.",
            "Parameter b has incorrect format.",
            "Parameter d has incorrect format: the step of `{1...3:0}` must be greater than 0.",
            "Parameter e has incorrect format: `{3...1:1}` is empty, since it ends below its start.",
            "One of --param-set options has an incorrect format.",
            "Parameter c ambiguously defined.",
            "Parameter y ambiguously defined.",
        ]
    );
}

#[test]
fn a_name_may_have_other_values_in_other_sets() {
    assert_eq!(shown(&[], &["{a:1}", "{a:2}"]), ["e-1 a=1", "e-2 a=2"]);
}

#[test]
fn there_is_a_largest_sweep() {
    let most = parse(&[("a", "{1...100:1}"), ("b", "{1...100:1}")], &[]).unwrap().unwrap();
    assert_eq!(most.runs("e").last().map(|it| it.args.join(" ")).as_deref(), Some("a=100 b=100"));
    for (ranges, expected) in [
        (&[("a", "{1...10001:1}")][..], "10001"),
        (&[("a", "{1...101:1}"), ("b", "{1...100:1}")], "10100"),
        (&[("a", "{0...1e29:0.1}"), ("b", "{0...1e29:0.1}")], "countless"),
    ] {
        assert_eq!(faults(ranges, &[]), [format!("the sweep has {expected} runs, and can have 10000 at most")]);
    }
}

#[test]
fn without_ranges_and_sets_there_is_one_run_of_the_experiments_name() {
    assert_eq!(parse(&[], &[]), Ok(None));
    assert_eq!(runs("e", None), [Run { name: "e".to_owned(), args: Vec::new() }]);
}
