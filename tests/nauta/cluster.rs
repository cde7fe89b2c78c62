//! `helm nauta` with real Helms on a real control plane: what the operator makes of an experiment.

use std::time::Duration;

use serde_json::Value;
use support::bed as control;

use crate::bed::{Bed, run, with_each_helm};

/// The operator takes up to twenty seconds to begin a job of a name that it knew.
const LONG: Duration = Duration::from_secs(180);

#[test]
fn install_and_upgrade_reach_the_pods() {
    let Some(cluster) = control::Bed::shared() else { return };
    let bed = Bed::new();
    with_each_helm(|helm| {
        let space = cluster.namespace();
        let nauta = |words: &[&str], arguments: &[&str]| {
            let mut command = bed.command(helm);
            command.envs(cluster.environment()).env("HELM_PLUGINS", bed.path("plugins"));
            command.args(["nauta"]).args(words).args(["-n", space.name(), "--"]).args(arguments);
            let outcome = run(&mut command);
            assert_eq!(outcome.code, 0, "{}: {}{}", helm.display(), outcome.out, outcome.err);
            outcome
        };
        let arguments = ["--lr=0.1", "--debug", "a: b", "", "$HOME", "1e3", "{{ x }}", "two\nlines", "-n", "4"];
        nauta(&["install", "mnist", "tf-training-single", "train.py", "-e", "MODE=fast"], &arguments);
        space.wait_until("the pod runs", LONG, || space.phase("mnist-chief-0") == "Running");
        let pod = space.get_json(&["pod", "mnist-chief-0"]);
        let container = &pod["spec"]["containers"][0];
        let args: Vec<&str> = container["args"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        let doubled = arguments.map(|it| it.replace('$', "$$"));
        assert_eq!(args[0], "train.py");
        assert_eq!(args[1..], doubled.each_ref().map(String::as_str));
        assert_eq!(variable(container, "MODE"), Some("fast"));

        // What runs cannot be changed: the operator starts the job again once the old one is gone.
        let _ = space.kubectl(&["delete", "tfjob", "mnist"]).success();
        space.wait_until("the old pod is gone", LONG, || space.phase("mnist-chief-0").is_empty());
        nauta(&["upgrade", "mnist", "tf-training-single", "train.py", "-e", "MODE=slow"], &["--lr=0.2"]);
        space.wait_until("the new pod runs", LONG, || {
            let pod = space.kubectl(&["get", "pod", "mnist-chief-0", "-o", "json"]);
            let pod: Value = serde_json::from_str(&pod.stdout).unwrap_or_default();
            pod["status"]["phase"] == "Running" && variable(&pod["spec"]["containers"][0], "MODE") == Some("slow")
        });
        let mut uninstall = bed.command(helm);
        uninstall.envs(cluster.environment()).args(["uninstall", "mnist", "-n", space.name()]);
        assert_eq!(run(&mut uninstall).code, 0);
        space.wait_until("the pod is gone", LONG, || space.phase("mnist-chief-0").is_empty());
    });
}

/// Returns a variable of a container.
fn variable<'a>(container: &'a Value, name: &str) -> Option<&'a str> {
    container["env"].as_array()?.iter().find(|it| it["name"] == name)?["value"].as_str()
}
