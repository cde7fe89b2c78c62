//! `helm-nauta render`: what goes into a pack's values.

use serde_json::{Value, json};
use support::sandbox::repository;
use support::{Output, Sandbox};

use crate::BIN;

/// A pack of the zoo, by its path.
fn zoo(pack: &str) -> String {
    let fixtures = repository().join("tests/fixtures");
    let folder = ["zoo", "zoo-more"].iter().map(|it| fixtures.join(it).join(pack)).find(|it| it.is_dir());
    folder.unwrap_or_else(|| panic!("no fixture {pack}")).to_str().unwrap().to_owned()
}

/// Renders with the setup of the cases: experiment `exp1`, user `jdoe`, registry port 31555, script `t.py`.
fn render(pack: &str, words: &[&str]) -> Output {
    let pack = zoo(pack);
    let mut all =
        vec!["render", "exp1", &pack, "t.py", "--registry", "127.0.0.1:31555", "--user", "jdoe", "-o", "json"];
    all.extend(words);
    Sandbox::new().run(BIN, all)
}

fn single(words: &[&str]) -> Value {
    render("tf-training-single", words).json()
}

/// Renders a pack whose values.yaml is `values`.
fn render_values(values: &str, words: &[&str]) -> Output {
    let sandbox = Sandbox::new();
    sandbox.write("p/charts/Chart.yaml", "name: p\nversion: 0.1.0\n");
    sandbox.write("p/charts/values.yaml", values);
    let mut all = vec!["render", "exp1", "./p", "t.py", "--registry", "127.0.0.1:31555", "-o", "json"];
    all.extend(words);
    sandbox.run(BIN, all)
}

#[test]
fn every_recorded_submission_is_reproduced() {
    let text = std::fs::read_to_string(repository().join("tests/fixtures/nauta-render.json")).unwrap();
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(entries.len(), 36);
    for entry in entries {
        let text = |field: &str| entry[field].as_str().unwrap().to_owned();
        let list = |field: &str| entry[field].as_array().unwrap().clone();
        let mut words: Vec<String> = ["render", "exp1", &zoo(&text("pack")), &text("script")].map(str::to_owned).into();
        words.extend(["--registry", "127.0.0.1:31555", "--user", "jdoe", "-o", "json"].map(str::to_owned));
        for pair in list("pack_params") {
            words.push("-p".to_owned());
            words.extend(pair.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()));
        }
        for item in list("env") {
            words.extend(["-e".to_owned(), item.as_str().unwrap().to_owned()]);
        }
        words.push("--".to_owned());
        words.extend(list("params").iter().map(|it| it.as_str().unwrap().to_owned()));
        let output = Sandbox::new().run(BIN, &words);

        let mut expected = entry["values"].clone();
        let case = (text("pack"), text("case"));
        if case == ("jupyter".to_owned(), "env".to_owned()) {
            // The one entry where we do better: the chart reads `.Values.env`, so the variables get there.
            expected["env"] = json!([{"name": "A", "value": "B"}, {"name": "OMP_NUM_THREADS", "value": "3"}]);
        }
        let dropped = case.1 == "env" && ["tf-inference-batch", "openvino-inference-stream"].contains(&&*case.0);
        assert_eq!(output.stderr.contains("no place for environment variables"), dropped, "{case:?}");
        assert_eq!(output.json(), expected, "{case:?}");
    }
}

#[test]
fn zoo_packs_get_their_values() {
    let values = single(&[]);
    assert_eq!(values["commandline"]["args"], json!(["t.py"]));
    assert_eq!(values["experimentName"], "exp1");
    assert_eq!(values["image"]["clusterRepository"], "127.0.0.1:31555/jdoe/exp1:latest");
    assert_eq!(values["podCount"], 1);
    assert_eq!(values["env"].as_array().unwrap().len(), 3);
    assert_eq!(values["env"][2], json!({"name": "OMP_NUM_THREADS", "value": "19"}));
    assert!(values.get("registryPort").is_none());

    let multi = render("tf-training-multi", &[]).json();
    assert_eq!((&multi["registryPort"], &multi["podCount"]), (&json!(31555), &json!(4)));
    assert_eq!(multi["env"][2]["value"], "38");

    let horovod = render("tf-training-horovod", &[]).json();
    assert_eq!(horovod["podCount"], 1);
    for (list, length) in [("master", 4), ("worker", 3)] {
        let env = horovod[list]["env"].as_array().unwrap();
        assert_eq!((env.len(), &env[length - 1]), (length, &json!({"name": "OMP_NUM_THREADS", "value": "38"})));
    }

    let pytorch = render("pytorch-training", &[]).json();
    assert_eq!((&pytorch["podCount"], pytorch.get("env")), (&json!(2), None));
}

/// Arguments that some reader takes for something else; the last one holds a NUL.
const AWKWARD: &[&str] = &[
    "--lr=0.1",
    "--data=/x y",
    "a: b",
    "#foo",
    "a #b",
    "--name=John: Doe",
    "it's",
    "say \"hi\"",
    "--p=\"a b\"",
    "\"quoted\"",
    "'s'",
    "a\nb",
    "x\npodCount: 99",
    "a\n    - b",
    "-",
    "- x",
    "-x",
    "--",
    "---",
    "...",
    "1000000",
    "007",
    "1.10",
    "12:30",
    "1_000",
    "9007199254740993",
    "yes",
    "no",
    "true",
    "null",
    "~",
    "y",
    "1e3",
    "0x1F",
    "2019-01-01",
    ".inf",
    "[1, 2]",
    "{a: 1}",
    "[a",
    "{{ x }}",
    "{% x %}",
    "{# x #}",
    "%d",
    "@x",
    "*a",
    "!foo",
    "&a",
    "żółć",
    "日本",
    "🙂",
    "",
    " ",
    " lead",
    "trail ",
    "a\tb",
    "\\n",
    "C:\\tmp",
    "\\-x",
    "\\\\y",
    "a&b",
    "a|b",
    "<<",
    "=",
    "`",
    "> x",
    "| x",
    "? x",
    "k:",
    "!!int 3",
    "\u{7}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}x",
    "\u{7f}",
    "\u{fffe}",
    "a\r\nb",
    "\u{0}",
];

#[test]
fn arguments_arrive_exactly() {
    // A NUL cannot be on a command line.
    let (nul, words) = AWKWARD.split_last().unwrap();
    let mut command = vec!["--"];
    command.extend(words);
    let mut expected = vec!["t.py"];
    expected.extend(words);
    for pack in ["tf-training-single", "tf-training-multi", "tf-training-horovod"] {
        let values = render(pack, &command).json();
        assert_eq!(values["commandline"]["args"], json!(expected), "{pack}");
        assert_eq!(values["podCount"], if pack == "tf-training-multi" { 4 } else { 1 });
    }
    let sandbox = Sandbox::new();
    let file = sandbox.write("args.json", serde_json::to_vec(&[nul]).unwrap());
    let pack = zoo("tf-training-single");
    let words = ["render", "e", &pack, "t.py", "-o", "json", "--args-file", file.to_str().unwrap()];
    assert_eq!(sandbox.run(BIN, words).json()["commandline"]["args"], json!(["t.py", nul]));
}

#[test]
fn arguments_come_from_the_file_then_the_flag_then_behind_the_dashes() {
    let sandbox = Sandbox::new();
    let long = "x".repeat(300_000);
    let input = serde_json::to_vec(&json!(["--from", "file", long])).unwrap();
    let pack = zoo("tf-training-single");
    let words = [
        "render",
        "e",
        &pack,
        "dir/train.py",
        "-o",
        "json",
        "--args-file",
        "-",
        "--script-arg=-n",
        "--script-arg",
        "--x",
        "--",
        "last",
    ];
    let values = sandbox.run_with_input(BIN, words, input).json();
    assert_eq!(values["commandline"]["args"], json!(["train.py", "--from", "file", long, "-n", "--x", "last"]));

    let words = ["render", "e", &pack, "--args-file", "-"];
    assert!(sandbox.run_with_input(BIN, words, "{\"a\": 1}").failure(2).contains("is no JSON array of strings"));
    assert!(sandbox.run_with_input(BIN, words, "[1]").failure(2).contains("is no JSON array of strings"));
    let words = ["render", "e", &pack, "--args-file", "absent.json"];
    assert!(sandbox.run(BIN, words).failure(1).contains("absent.json"));
}

#[test]
fn without_a_script_the_first_word_is_empty() {
    let pack = zoo("tf-training-single");
    let values = Sandbox::new().run(BIN, ["render", "exp1", &pack, "-o", "json"]).json();
    assert_eq!(values["commandline"]["args"], json!([""]));
    let values = Sandbox::new().run(BIN, ["render", "exp1", &pack, "-o", "json", "--", "a"]).json();
    assert_eq!(values["commandline"]["args"], json!(["", "a"]));
}

#[test]
fn names_that_yaml_reads_as_something_else_stay_texts() {
    for name in ["no", "on", "null", "y", "true"] {
        let values = Sandbox::new().run(BIN, ["render", name, &zoo("tf-training-single"), "-o", "json"]).json();
        assert_eq!(values["experimentName"], name);
    }
}

#[test]
fn wrong_names_are_wrong_usage() {
    let pack = zoo("tf-training-single");
    let long = "a".repeat(31);
    for (name, text) in [
        (&*long, "Name given by a user cannot be longer than 30 characters."),
        ("A", "name must consist of lower case alphanumeric characters, '-' or '.'"),
        ("a..b", "name must consist of"),
        ("a\n", "name must consist of"),
    ] {
        assert!(Sandbox::new().run(BIN, ["render", name, &pack]).failure(2).contains(text), "{name:?}");
    }
}

#[test]
fn every_style_of_placeholder_keeps_data_data() {
    let values = render_values(
        "podCount: 1\nlist: {{ NAUTA.CommandLine }}\njson: {{ NAUTA.CommandLine|tojson }}\n\
         port: {{ NAUTA.RegistryPort }}\ntext: \"{{ NAUTA.RegistryPort }}\"\nimage: {{ NAUTA.ImageRepository }}\n\
         raw: {% raw %}\"{{ .Values.y }}\"{% endraw %}\nquoted: '{{ NAUTA.CommandLine[1] }}'\n\
         inside: pre-{{ NAUTA.CommandLine[1] }}-post # not {{ NAUTA.CommandLine[1] }}\n\
         flow: [{{ NAUTA.CommandLine[1] }}, {a: {{ NAUTA.CommandLine[1] }}}]\n\
         {{ NAUTA.CommandLine[1] }}: key\nblock: |\n  {{ NAUTA.CommandLine[1] }}\nfolded: >-\n  a\n  {{ NAUTA.CommandLine[1] }}\n",
        &["--image", "img", "--", "a: \"b\" # c\n- 'd"],
    );
    let argument = "a: \"b\" # c\n- 'd";
    let expected = json!({
        "podCount": 1, "list": ["t.py", argument], "json": ["t.py", argument], "port": 31555, "text": "31555",
        "image": "img", "raw": "{{ .Values.y }}", "quoted": argument, "inside": format!("pre-{argument}-post"),
        "flow": [argument, {"a": argument}], argument: "key", "block": format!("{argument}\n"),
        "folded": format!("a {argument}"),
    });
    assert_eq!(values.json(), expected);
}

#[test]
fn unknown_placeholders_are_warned_about() {
    let values = "podCount: 1\nx: {{ NAUTA.ExperimntName }}\nw: \"{{ Foo }}\"\nz: {{ nauta }}\n";
    let output = render_values(values, &[]);
    assert_eq!(
        output.stderr,
        "warning: unknown placeholder `NAUTA.ExperimntName` in `charts/values.yaml` line 2 column 7: it prints nothing\n\
         note: did you mean `NAUTA.ExperimentName`?\n\
         warning: unknown placeholder `Foo` in `charts/values.yaml` line 3 column 8: it prints nothing\n\
         warning: unknown placeholder `nauta` in `charts/values.yaml` line 4 column 7: it prints nothing\n"
    );
    assert_eq!(output.json(), json!({"podCount": 1, "x": null, "w": "", "z": null}));
    let strict = render_values(values, &["--strict"]);
    assert_eq!(strict.stdout, "");
    let errors = strict.failure(1);
    assert_eq!(errors.matches("error: unknown placeholder").count(), 3);
    assert!(errors.contains("hint: did you mean `NAUTA.ExperimentName`?"), "{errors}");
}

#[test]
fn broken_templates_name_their_place_and_write_nothing() {
    for (values, expected) in [
        ("a: 1\nx: {{ Foo.bar }}\n", "at line 2 column"),
        ("x: {{ .Values.y }}\n", "Helm syntax belongs into templates/"),
        ("x: {{ nauta.X }}\n", "at line 1 column"),
        ("", "found nothing"),
        ("- a\n", "found a list"),
        ("podCount: 1\n---\nx: 1\n", "more than one document"),
        ("a: [1\n", "at line"),
        ("podCount: 1\nx: .inf\n", "infinity"),
        ("podCount: 1\na: {% filter upper %}{{ NAUTA.ExperimentName }}{% endfilter %}\n", "at line 2"),
    ] {
        let output = render_values(values, &[]);
        assert_eq!(output.stdout, "", "{values}");
        let error = output.failure(1);
        assert!(
            error.starts_with("error: ") && error.contains("charts/values.yaml") && error.contains(expected),
            "{error}"
        );
    }
}

#[test]
fn a_hostile_pack_can_neither_run_for_ever_nor_fill_the_memory() {
    let doubling =
        "{% set ns = namespace(s='x') %}{% for i in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}x: {{ ns.s }}";
    let nested = format!("{}x{}", "{% for a in range(1000) %}".repeat(9), "{% endfor %}".repeat(9));
    let printing = format!("{{% for a in range(99999) %}}{}{{% endfor %}}", "x".repeat(5000));
    let deep = format!("a: {}", "[".repeat(10_000));
    let bomb = (1..12).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))
    });
    for (values, expected) in [
        (doubling, "takes more than"),
        (&nested, "too many steps"),
        (&printing, "prints more than"),
        (&deep, "charts/values.yaml"),
        (&bomb, "too many nodes"),
    ] {
        let error = render_values(values, &[]).failure(1);
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn pack_parameters_are_put_in() {
    let values = single(&["-p", "cpu", "2", "-p", "memory", "4Gi"]);
    assert_eq!((&values["cpu"], &values["memory"]), (&json!("2"), &json!("4Gi")));
    assert_eq!((&values["resources"]["limits"]["cpu"], &values["env"][2]["value"]), (&json!(19), &json!("2")));
    assert_eq!(single(&["-p", "cpu", "1500m"])["env"][2]["value"], "1");
    assert_eq!(single(&["-p", "resources.limits.cpu", "3"])["env"][2]["value"], "3");
    assert_eq!(single(&["-p", "key2", "['a', 'b']"])["key2"], json!(["a", "b"]));
    assert_eq!(single(&["-p", "k", "[\"a\", true]"])["k"], json!(["a", true]));
    assert_eq!(single(&["-p", "c", "-1"])["c"], "-1");
    assert_eq!(single(&["-p", "commandline.args", "['x.py']"])["commandline"]["args"], json!(["x.py"]));
    assert_eq!(single(&["-p", "env", "[{'name':'A','value':'1'}]"])["env"].as_array().unwrap().len(), 2);
    let horovod =
        |value| render("tf-training-horovod", &["-p", "useHostNetwork", value]).json()["useHostNetwork"].clone();
    assert_eq!((horovod("false"), horovod("true")), (json!(false), json!(true)));
    // Multi reads `worker_cpu`, and the threads follow it.
    let multi = render("tf-training-multi", &["-p", "worker_cpu", "4"]);
    assert_eq!(multi.json()["env"][2]["value"], "4");
}

#[test]
fn pods_are_counted() {
    for (pack, params, expected) in [
        ("tf-training-multi", &["-p", "workersCount", "12", "-p", "pServersCount", "1"][..], 13),
        ("tf-training-multi", &["-p", "podCount", "9"], 4),
        ("tf-training-single", &["-p", "workersCount", "3"], 1),
        ("tf-inference-batch", &["-p", "workersCount", "3"], 2),
        ("tf-training-single", &["-p", "workersCount", "3", "-p", "pServersCount", "2"], 5),
        ("pytorch-training", &["-p", "workersCount", "0"], 1),
    ] {
        assert_eq!(render(pack, params).json()["podCount"], expected, "{pack} {params:?}");
    }
    for count in ["0", "-1", "x", "1.5", "true", "null"] {
        let error = render("tf-training-single", &["-p", "podCount", count]).failure(1);
        assert!(error.contains("Unable to determine pod count: make sure that values.yaml file"), "{count}: {error}");
    }
}

#[test]
fn wrong_pack_parameters_write_nothing() {
    for (words, code, expected) in [
        (&["-p", "a=b", "c"][..], 1, "Invalid pack params format for param: a=b."),
        (&["-p", "a", "1", "-p", "a", "2"], 2, "Pack parameter was provided more than once. Set the 'a' parameter"),
        (&["-p", "k", "{ bad list"], 1, "Cannot parse value: \"{ bad list\" to list/dict. Error: "),
        (&["-p", "a", "x", "-p", "a.b", "y"], 1, "`a` is a text"),
        (&["-p", "podCount.sub", "x"], 1, "`podCount` is a number"),
        (&["-p", "a..b", "x"], 1, "a part of the key is empty"),
        (&["-p", "", "x"], 1, "a part of the key is empty"),
        (&["-p", "env.5.name", "Z"], 1, "none at 5"),
        (&["-p", "a"], 2, "2 values required"),
        (&["-e", "A"], 2, "-e/--env option must be in <KEY>=<VALUE> format."),
        (&["-e", "=x"], 2, "-e/--env option must be in <KEY>=<VALUE> format."),
        (&["--env-secret", "A=b"], 2, "--env-secret option must be in"),
    ] {
        let output = render("tf-training-single", words);
        assert_eq!(output.stdout, "");
        let error = output.failure(code);
        assert!(error.contains(expected), "{words:?}: {error}");
    }
    let registry = ["render", "e", &zoo("jupyter"), "--registry", "h:99999"];
    assert!(Sandbox::new().run(BIN, registry).failure(2).contains("names no registry"));
    let all = render("tf-training-single", &["-p", "a=b", "c", "-p", "k", "[", "-e", "A"]).failure(1);
    assert_eq!(all.matches("error: ").count(), 3, "all faults together: {all}");
}

#[test]
fn variables_are_put_in() {
    let values = single(&["-e", "A=b=c", "-e", "E=", "-e", "OMP_NUM_THREADS=3", "-e", "KMP_BLOCKTIME=1"]);
    let expected = json!([
        {"name": "KMP_BLOCKTIME", "value": "1"},
        {"name": "KMP_AFFINITY", "value": "granularity=fine,verbose,compact,1,0"},
        {"name": "A", "value": "b=c"}, {"name": "E", "value": ""}, {"name": "OMP_NUM_THREADS", "value": "3"},
    ]);
    assert_eq!(values["env"], expected);
    let jupyter = render("jupyter", &["-e", "A=B"]).json();
    assert_eq!(jupyter["env"], json!([{"name": "A", "value": "B"}]));
    let values = render_values("podCount: 1\nenv: null\n", &["-e", "A=B", "--env-secret", "T=s:k"]).json();
    let secret = json!({"name": "T", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}});
    assert_eq!(values["env"], json!([{"name": "A", "value": "B"}, secret]));
    let error = render_values("podCount: 1\nenv: {A: B}\n", &[]).failure(1);
    assert!(error.contains("`env` in the pack's values is a map, variables need a list"), "{error}");
    assert!(render("tf-inference-batch", &["-e", "A=B", "--strict"]).failure(1).contains("no place for environment"));
}

#[test]
fn what_has_no_effect_is_said() {
    let output = render("tf-training-multi", &["-p", "cpu", "4"]);
    assert!(output.stderr.contains("warning: pack parameter `cpu` has no effect"), "{output}");
    assert!(render("tf-training-multi", &["-p", "cpu", "4", "--strict"]).failure(1).contains("`cpu` has no effect"));
    assert!(render("jupyter", &["--", "x"]).stderr.contains("pack `jupyter` takes no command line"));
    assert_eq!(render("jupyter", &[]).stderr, "");
    let altered = render("tf-training-multi", &["--", "say \"hi\"", "fine", "C:\\tmp"]);
    assert_eq!(altered.stderr.matches("will be altered by `charts/templates/tfjob.yaml`").count(), 2, "{altered}");
    assert!(render("tf-training-single", &["--strict", "--", "a b"]).failure(1).contains("splits it"));
}

#[test]
fn the_image_has_a_sensible_default() {
    let image = |words: &[&str], config: &str| {
        let sandbox = Sandbox::new();
        std::fs::write(sandbox.root().join("config.yaml"), config).unwrap();
        let pack = zoo("jupyter");
        let mut all = vec!["render", "e", &pack, "-o", "json"];
        all.extend(words);
        sandbox.run(BIN, all).json()["image"]["clusterRepository"].clone()
    };
    assert_eq!(image(&[], ""), "127.0.0.1:5000/default/e:latest");
    assert_eq!(image(&["--user", "u", "--registry", "r:1"], ""), "r:1/u/e:latest");
    assert_eq!(image(&[], "registry: quay.io\nuser: team\n"), "quay.io/team/e:latest");
    assert_eq!(image(&["--image", "x/y@sha256:0"], ""), "x/y@sha256:0");
}

#[test]
fn a_whole_chart_is_written_with_its_values_in_place() {
    let sandbox = Sandbox::new();
    let pack = zoo("tf-training-multi");
    let written = sandbox.run(BIN, ["render", "e", &pack, "t.py", "--output-dir", "out", "--", "a: b"]);
    assert_eq!(written.code, 0, "{written}");
    for file in ["Chart.yaml", ".helmignore", "templates/tfjob.yaml"] {
        let original = std::fs::read(format!("{pack}/charts/{file}")).unwrap();
        assert_eq!(std::fs::read(sandbox.work().join("out").join(file)).unwrap(), original, "{file}");
    }
    assert!(sandbox.read("work/out/values.yaml").contains("    - \"a: b\"\n"));
    let refused = sandbox.run(BIN, ["render", "e", &pack, "t.py", "--output-dir", "out"]);
    assert!(refused.failure(1).contains("is not empty"));
}

#[test]
fn unknown_and_broken_packs_are_named() {
    let sandbox = Sandbox::new();
    sandbox.write("mismatch/charts/Chart.yaml", "name: other\n");
    sandbox.write("here/charts/Chart.yaml", "name: here\n");
    for (pack, code, expected) in [
        ("tf-training-singel", 2, "did you mean `tf-training-single`?"),
        ("here", 2, "hint: for the folder, write `./here`"),
        ("./mismatch", 2, "Definition of the mismatch pack is incorrect."),
        ("./here", 1, "has no `charts/values.yaml`"),
        ("./absent", 1, "is no pack"),
    ] {
        let error = sandbox.run(BIN, ["render", "e", pack]).failure(code);
        assert!(error.contains(expected), "{pack}: {error}");
    }
}
