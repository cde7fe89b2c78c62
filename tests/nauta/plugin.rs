//! As a plugin of the real Helms: words arrive whole, in the right namespace, whatever Helm made of them.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::bed::{BINARY, Bed, Probed, run, with_each_helm};

/// A kubeconfig with a namespace in its current context and another one beside it.
const KUBECONFIG: &str = "\
apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: here, context: {cluster: c, user: u, namespace: team-k}}
- {name: there, context: {cluster: c, user: u, namespace: team-t}}
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: u, user: {}}]
";

/// Arguments that Helm takes for its own.
const EATEN: [&str; 12] =
    ["--debug", "-n", "4", "--namespace", "x", "", "a b", "--kube-context=c", "é'\"$ \n", "-n", "5", ""];

/// Returns `helm <before> nauta template e PACK t.py <flags> -- <args>`.
fn template(bed: &Bed, helm: &Path, before: &[&str], flags: &[&str], args: &[&str]) -> Command {
    let mut command = bed.command(helm);
    command.args(before).args(["nauta", "template", "e", &bed.pack(), "t.py"]);
    command.args(flags).arg("--").args(args);
    command
}

fn probed(command: &mut Command) -> Probed {
    run(command).probed()
}

#[test]
fn arguments_reach_the_chart_as_typed() {
    let bed = Bed::new();
    with_each_helm(|helm| {
        let probed = probed(&mut template(&bed, helm, &[], &["--set", "set=y"], &EATEN));
        assert_eq!(probed.args[0], "t.py");
        assert_eq!(probed.args[1..], EATEN, "{}", helm.display());
        assert_eq!((probed.namespace.as_str(), probed.set.as_str()), ("default", "y"));
        assert_eq!(probed.image, "127.0.0.1:5000/default/e:latest");
    });
    assert!(bed.is_tidy());
}

/// A name, variables, words before the plugin's name, words before `--`, and the namespace that they mean.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str], &'a [&'a str], &'a str);

#[test]
fn the_namespace_is_the_one_that_was_meant() {
    let bed = Bed::new();
    let config = bed.file("kubeconfig", KUBECONFIG);
    let config = config.to_str().unwrap();
    let variable = [("HELM_NAMESPACE", "team-a")];
    let file = [("KUBECONFIG", config)];
    let both = [variable[0], file[0]];
    let context = [file[0], ("HELM_KUBECONTEXT", "there")];
    let rows: &[Row<'_>] = &[
        ("nothing set", &[], &[], &[], "default"),
        ("variable", &variable, &[], &[], "team-a"),
        ("kubeconfig", &file, &[], &[], "team-k"),
        ("variable over kubeconfig", &both, &[], &[], "team-a"),
        ("flag", &both, &[], &["-n", "foo"], "foo"),
        ("flag in one word", &both, &[], &["--namespace=foo"], "foo"),
        ("flag that Helm lets through", &both, &[], &["-nfoo"], "foo"),
        ("flag before the plugin's name", &both, &["-n", "foo"], &[], "foo"),
        ("context by variable", &context, &[], &[], "team-t"),
        ("context by flag", &file, &[], &["--kube-context", "there"], "team-t"),
        ("kubeconfig by flag", &[], &[], &["--kubeconfig", config], "team-k"),
        ("an n inside another flag", &both, &[], &["-ltier=en1"], "team-a"),
    ];
    with_each_helm(|helm| {
        for (name, variables, before, flags, expected) in rows {
            for args in [&["a"][..], &["-n", "4"], &["--kubeconfig", "/x", "--kube-context", "y"]] {
                let probed = probed(template(&bed, helm, before, flags, args).envs(variables.iter().copied()));
                assert_eq!(probed.namespace, *expected, "{name}, {args:?}, {}", helm.display());
                assert_eq!(probed.image, format!("127.0.0.1:5000/{expected}/e:latest"), "{name}, {args:?}");
                assert_eq!(probed.args[1..], *args, "{name}");
            }
        }
    });
}

#[test]
fn variables_that_arguments_poisoned_reach_no_helm() {
    let bed = Bed::new();
    let args = [
        "--kubeconfig",
        "/poison",
        "--kube-insecure-skip-tls-verify",
        "y",
        "--debug",
        "--kube-token=t",
        "--kube-as-group",
        "g",
        "--registry-config",
        "r",
    ];
    with_each_helm(|helm| {
        // Helm hands on the name by which it was called: the one that we start is the stand-in.
        let mut command = template(&bed, helm, &["--kube-as-group", "a", "--kube-as-group=b"], &[], &args);
        command.arg0(bed.path("stand-in")).env("KUBECONFIG", "/mine").env("HELM_KUBETOKEN", "mine");
        let outcome = run(&mut command);
        assert_eq!((outcome.code, outcome.out.as_str()), (0, "to stdout\n"), "{}", outcome.err);
        for (name, expected) in [
            ("KUBECONFIG", Some("/mine")),
            ("HELM_KUBETOKEN", Some("mine")),
            ("HELM_KUBEASGROUPS", Some("a,b")),
            ("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", None),
            ("HELM_DEBUG", None),
            ("HELM_NAMESPACE", None),
            ("HELM_REGISTRY_CONFIG", None),
            ("HELM_PLUGIN_NAME", None),
            ("HELM_PLUGIN_DIR", None),
        ] {
            assert_eq!(bed.recorded_variable(name).as_deref(), expected, "{name}, {}", helm.display());
        }
        std::fs::remove_dir_all(bed.path("record/chart")).unwrap();
    });
}

#[test]
fn a_caller_that_is_no_helm_is_refused_when_words_stand_behind_the_dashes() {
    let bed = Bed::new();
    let call = |words: &[&str]| {
        let mut command = bed.nauta();
        command.env("HELM_PLUGIN_NAME", "nauta").args(["template", "e", &bed.pack()]).args(words);
        run(&mut command)
    };
    let refused = call(&["--", "a"]);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    assert!(refused.err.starts_with("error: cannot tell what stood behind `--`"), "{}", refused.err);
    assert!(refused.err.contains("hint: ") && refused.err.contains("--script-arg=WORD"), "{}", refused.err);
    assert_eq!(call(&[]).code, 0);
}

#[test]
fn the_exit_code_and_the_messages_of_helm_pass_through() {
    let bed = Bed::new();
    with_each_helm(|helm| {
        let outcome = run(&mut template(&bed, helm, &[], &["--show-only", "templates/none.yaml"], &[]));
        assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
        assert!(outcome.err.contains("could not find template templates/none.yaml"), "{}", outcome.err);
    });
    assert!(bed.is_tidy());
}

#[test]
fn help_and_version_need_nothing() {
    let bed = Bed::new();
    with_each_helm(|helm| {
        let version = run(bed.command(helm).args(["nauta", "--version"]));
        assert_eq!(version.out, concat!("helm-nauta ", env!("CARGO_PKG_VERSION"), "\n"));
        let help = run(bed.command(helm).args(["nauta", "install", "--help"]));
        assert!(help.out.contains("Usage: helm nauta install"), "{}", help.out);
    });
    let bare = run(bed.command(BINARY).env_clear().arg("--version"));
    assert_eq!((bare.code, bare.err.as_str()), (0, ""));
}

#[test]
fn the_plugin_folder_has_the_version_of_the_program() {
    let text = include_str!("../../plugins/helm-nauta/plugin.yaml");
    assert!(text.contains(concat!("\nversion: ", env!("CARGO_PKG_VERSION"), "\n")), "{text}");
}
