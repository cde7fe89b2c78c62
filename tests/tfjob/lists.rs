//! `list`: rows, formats, states, and thousands of jobs.

use support::bed::Job;

use crate::World;

#[test]
fn rows_in_every_format() {
    let Some(world) = World::new() else { return };
    assert_eq!(world.tfjob(&["list"]).success(), "");
    let output = world.tfjob(&["list"]);
    assert_eq!(world.normal(&output.stderr), "No resources found in NS namespace.\n");
    assert_eq!(world.tfjob(&["list", "-o", "json"]).success(), "[]\n");
    world.space.apply(
        &Job::new("b")
            .replica("Chief", 1)
            .replica("Worker", 2)
            .limit("Worker", "nvidia.com/gpu", "1")
            .label("team", "x")
            .to_string(),
    );
    let job = Job::new("a").replica("Worker", 1).annotate("Worker", "test/exit-code", "1");
    world.space.apply(&job.to_string());
    world.await_state("b", "Running");
    world.await_state("a", "Failed");
    let list = world.tfjob(&["list"]).success();
    let lines: Vec<Vec<&str>> = list.lines().map(|it| it.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["NAME", "STATE", "CHIEF", "REPLICAS", "AGE", "DURATION", "GPUS"]);
    assert_eq!(lines[1][..4], ["a", "Failed", "worker-0", "Worker:0/1"]);
    assert_eq!(lines[2][..4], ["b", "Running", "chief-0", "Chief:1/1,Worker:2/2"]);
    assert_eq!(lines[2].last(), Some(&"2"));
    let names = |words: &[&str]| world.tfjob(&[&["list", "-o", "template={{name}}"], words].concat()).success();
    assert_eq!(names(&["--state", "running,SUSPENDED"]), "b\n");
    assert_eq!(names(&["-l", "team=x"]), "b\n");
    assert_eq!(names(&["--field-selector", "metadata.name=a"]), "a\n");
    assert_eq!(names(&["--sort-by", "state"]), "a\nb\n");
    assert_eq!(names(&["--sort-by", "chief.type"]), "b\na\n");
    assert_eq!(names(&["--pods"]), "a\nb\n");
    assert!(world.tfjob(&["list", "--sort-by", "nope"]).failure(1).contains("no field `nope`"));
    let all = world.tfjob(&["list", "-A", "-o", "template={{namespace}}/{{name}}"]).success();
    assert!(all.lines().any(|it| it == format!("{}/a", world.space.name())), "{all}");
    let json = world.tfjob(&["list", "-o", "json"]).json();
    assert_eq!((&json[1]["countsFrom"], &json[1]["pods"]), (&"status".into(), &serde_json::Value::Null));
    let json = world.tfjob(&["list", "--pods", "-o", "json"]).json();
    assert_eq!((&json[1]["countsFrom"], json[1]["pods"].as_array().map(Vec::len)), (&"pods".into(), Some(3)));
    let labels = world.tfjob(&["list", "-L", "team,example.com/none", "--show-labels"]).success();
    let lines: Vec<Vec<&str>> = labels.lines().map(|it| it.split_whitespace().collect()).collect();
    assert_eq!(lines[0][6..], ["GPUS", "TEAM", "NONE", "LABELS"]);
    assert_eq!((lines[1][6..].to_vec(), lines[2][6..].to_vec()), (vec!["0", "<none>"], vec!["2", "x", "team=x"]));
    let wide = world.tfjob(&["list", "-o", "wide"]).success();
    assert!(wide.contains("kubeflow.org/v1") && wide.contains("localhost"), "{wide}");
}

#[test]
fn a_list_costs_one_request_for_each_group_and_each_generation_of_labels() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let requests = |words: &[&str]| -> Vec<String> {
        let output = world.tfjob(&[&["list", "-v", "6"], words].concat());
        assert_eq!(output.code, 0, "{output}");
        let urls = output.stderr.lines().filter_map(|it| it.split("url=\"").nth(1)?.split('"').next());
        urls.map(|it| it.split("//").nth(1).unwrap().split_once('/').unwrap().1.to_owned()).collect()
    };
    let path = |it: &String| it.split('?').next().unwrap().to_owned();
    let jobs = format!("apis/kubeflow.org/v1/namespaces/{}/tfjobs", world.space.name());
    assert_eq!(requests(&[]).iter().map(path).filter(|it| *it == jobs).count(), 1);
    let all = requests(&["-A"]);
    assert_eq!(all.iter().map(path).filter(|it| it == "apis/kubeflow.org/v1/tfjobs").count(), 1, "{all:#?}");
    let with_pods = requests(&["-A", "--pods"]);
    assert_eq!(with_pods.iter().map(path).filter(|it| it == "api/v1/pods").count(), 4, "{with_pods:#?}");
    assert_eq!(with_pods.len(), all.len() + 4, "{with_pods:#?}");
}

#[test]
fn the_real_kubectl_finds_the_plugin() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let bed = world.space.bed();
    let folder = std::path::Path::new(crate::BIN).parent().unwrap();
    let mut command = world.sandbox.command(bed.program("kubectl"));
    command.args(["tfjob", "list", "-n", world.space.name(), "-o", "name"]);
    command.env("PATH", support::bed::path_with(folder));
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "tfjob.kubeflow.org/mnist\n");
    let mut command = world.sandbox.command(bed.program("kubectl"));
    command.args(["tfjob", "status", "nope", "-n", world.space.name()]);
    command.env("PATH", support::bed::path_with(folder));
    assert_eq!(command.output().unwrap().status.code(), Some(1));
}
