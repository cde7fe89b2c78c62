//! `kubectl pack create`: skeletons and charts made into packs, through the real Helms.

use std::fs;
use std::path::Path;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::helm::helms;
use support::http::{Reply, Server};
use support::sandbox::bin;
use support::{Output, Sandbox, archive};

use crate::BIN;

/// Returns the objects of a text of YAML documents.
pub(crate) fn objects(sandbox: &Sandbox, helm: &Path, words: &[&str]) -> Vec<Value> {
    let nauta = bin("helm-nauta");
    let mut command = sandbox.command(nauta);
    let output = command.env("HELM_BIN", helm).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split("\n---\n")
        .map(|it| Value::Object(shared::yaml::read::mapping(it.trim_start_matches("---\n")).unwrap()))
        .collect()
}

fn lint(sandbox: &Sandbox, helm: &Path, pack: &str) {
    let charts = format!("{pack}/charts");
    let output = sandbox.run(helm, ["lint", "--strict", &charts]);
    assert!(output.clone().success().contains("0 chart(s) failed"), "{output}");
}

#[test]
fn a_skeleton_works_as_it_is() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(BIN, ["create", "mine"]).success();
    assert_eq!(output, "Template mine was successfully created in [SANDBOX]/store/packs/mine.\n");
    sandbox.run(BIN, ["create", "mine", "--output-dir", "out"]).success();
    sandbox.run(BIN, ["create", "mine", "--output-dir", "deep/mine"]).success();
    assert_eq!(sandbox.read("work/out/mine/charts/Chart.yaml"), sandbox.read("work/deep/mine/charts/Chart.yaml"));
    let row = sandbox.run(BIN, ["list", "--installed", "-o", "json"]).json();
    assert_eq!(
        (&row[0]["name"], &row[0]["state"], &row[0]["installed"]),
        (&json!("mine"), &json!("local"), &json!("0.1.0"))
    );
    for helm in helms() {
        lint(&sandbox, &helm.path, "out/mine");
        let words =
            ["template", "exp1", "mine", "t.py", "--user", "u", "-e", "A=1", "--strict", "--", "$(HOME)", "", "1e3"];
        let objects = objects(&sandbox, &helm.path, &words);
        let pod = &objects[0]["spec"]["template"];
        assert_eq!(pod["metadata"]["labels"]["runName"], "exp1");
        let container = &pod["spec"]["containers"][0];
        assert_eq!(container["image"], "127.0.0.1:5000/u/exp1:latest");
        assert_eq!(container["command"], json!(["python"]));
        assert_eq!(container["args"], json!(["t.py", "$$(HOME)", "", "1e3"]));
        assert_eq!(container["env"][1], json!({"name": "A", "value": "1"}));
        let without = self::objects(&sandbox, &helm.path, &["template", "exp1", "mine"]);
        assert_eq!(without[0]["spec"]["template"]["spec"]["containers"][0].get("command"), None);
    }
}

#[test]
fn names_and_places_are_checked_before_anything_is_written() {
    let sandbox = Sandbox::new();
    for (words, code, error) in [
        (&["create", "Bad Name"][..], 2, "`Bad Name` cannot be the name of a new pack"),
        (&["create", "docs"], 2, "`docs` cannot be the name"),
        (&["create", "a", "--from-chart", "./none"], 1, "`./none` is no folder\nhint: name the folder"),
        (&["create", "a", "--from-chart", "x.tgz"], 1, "hint: unpack it first: `tar xzf x.tgz`"),
        (&["create", "a", "--from-chart", "plain"], 1, "there is no `Chart.yaml`"),
        (&["create", "a", "--from-chart", "pack/charts"], 1, "it is a pack's"),
        (&["create", "a", "--chart-version", "1"], 2, "--from-chart"),
    ] {
        sandbox.write("plain/a", "");
        sandbox.write("pack/charts/Chart.yaml", "name: a\n");
        sandbox.write("pack/charts/values.yaml", "a: {{ NAUTA.ExperimentName }}\n");
        let said = sandbox.run(BIN, words).failure(code);
        assert!(said.contains(error), "{said}");
        assert!(!sandbox.root().join("store/packs/a").exists());
    }
    sandbox.run(BIN, ["create", "a"]).success();
    assert!(sandbox.run(BIN, ["create", "a"]).failure(1).starts_with("error: Template with name a already exists."));
    sandbox.write("a/x", "");
    assert!(sandbox.run(BIN, ["create", "a", "--output-dir", "."]).failure(1).contains("is not empty"));
}

#[test]
fn the_chart_that_helm_itself_creates_becomes_a_pack() {
    for helm in helms() {
        let sandbox = Sandbox::new();
        sandbox.run(&helm.path, ["create", "web"]).success();
        let Output { stdout, stderr, code } =
            sandbox.run(BIN, ["create", "my-web", "--from-chart", "web", "--output-dir", "."]);
        assert_eq!(code, 0, "{stderr}");
        for line in [
            "--- a/charts/Chart.yaml",
            "-name: web",
            "+name: \"my-web\"",
            "--- /dev/null",
            "+++ b/Dockerfile",
            "+FROM nginx:1.16.0",
            "+        runName: {{ $.Release.Name | quote }}",
            "-          image: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"",
            "+          image: {{ $.Values.experimentImage | quote }}",
            "+podCount: 1",
        ] {
            assert!(stdout.lines().any(|it| it == line), "no {line:?} in\n{stdout}");
        }
        assert!(stderr.contains("warning: Dockerfile:2: the image starts from `nginx:1.16.0`"), "{stderr}");
        for (line, value) in [(10, "image.repository"), (14, "image.tag")] {
            let said = format!("warning: charts/values.yaml:{line}: `{value}` has no effect any more");
            assert!(stderr.contains(&said), "{stderr}");
        }
        // Lint finds nothing else that was done here; names without quotes are Helm's own.
        let found = sandbox.run(BIN, ["lint", "./my-web", "-o", "json"]).json();
        let found = found.as_array().unwrap().iter().filter(|it| it["severity"] != "info" && it["rule"] != "bare-name");
        let found: Vec<String> = found.map(|it| format!("{}:{}", it["rule"], it["line"])).collect();
        assert_eq!(found, ["\"unread-value\":10", "\"unread-value\":14"]);
        // Comments stay: nothing but what the diff shows has changed.
        let (before, after) = (sandbox.read("work/web/values.yaml"), sandbox.read("work/my-web/charts/values.yaml"));
        assert!(after.starts_with(&before), "{after}");
        lint(&sandbox, &helm.path, "my-web");
        let objects = objects(&sandbox, &helm.path, &["template", "e", "./my-web", "t.py", "--", "a: b", "$x"]);
        let deployment = objects.iter().find(|it| it["kind"] == "Deployment").unwrap();
        let pod = &deployment["spec"]["template"];
        assert_eq!(pod["metadata"]["labels"]["runName"], "e");
        let container = &pod["spec"]["containers"][0];
        assert_eq!(container["image"], "127.0.0.1:5000/default/e:latest");
        assert_eq!((&container["command"], &container["args"]), (&json!(["python"]), &json!(["t.py", "a: b", "$$x"])));
    }
}

#[test]
fn helm_gets_charts_of_repositories_and_registries() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    let script = "#!/bin/sh\necho 'Pulled: x'\necho \"$*\" > asked\n[ \"$2\" = repo/none ] && { echo 'Error: no such chart' >&2; \
                  exit 1; }\nmkdir \"$5/c\"\nprintf 'name: c\\nversion: 1.0.0\\n' > \"$5/c/Chart.yaml\"\n";
    let helm = sandbox.write("stand-in", script);
    fs::set_permissions(&helm, fs::Permissions::from_mode(0o755)).unwrap();
    let sandbox = sandbox.with("HELM_BIN", &helm);
    for (word, more) in [("repo/c", &[][..]), ("oci://host/c", &["--chart-version", "1.0.0"])] {
        let place = word.replace([':', '/'], "-");
        let words = [&["create", "new", "--from-chart", word, "--output-dir", &place][..], more];
        let output = sandbox.run(BIN, words.concat());
        assert!(!output.stdout.contains("Pulled"));
        assert!(
            output.stderr.contains("warning: charts/Chart.yaml:1: no template describes pods"),
            "{}",
            output.stderr
        );
        assert!(output.stderr.contains("does not run the experiment yet: the last warning says"), "{}", output.stderr);
        assert_eq!(output.code, 0, "{}", output.stderr);
        let asked = sandbox.read("work/asked");
        assert!(asked.starts_with(&format!("pull {word} --untar --untardir ")), "{asked}");
        assert_eq!(asked.ends_with(" --version 1.0.0\n"), !more.is_empty());
    }
    let said = sandbox.run(BIN, ["create", "new", "--from-chart", "repo/none"]).failure(1);
    assert!(said.starts_with("Error: no such chart\nerror: Helm cannot get the chart `repo/none`: exit code 1\nhint:"));
    assert!(fs::read_dir(sandbox.root().join("tmp")).unwrap().next().is_none());
}

/// A chart as an archive, and its version.
fn chart_archive(version: &str) -> Vec<u8> {
    let chart = format!("apiVersion: v2\nname: app\nversion: {version}\ndescription: An app\n");
    let template = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  containers:\n  - name: app\n    \
                    image: {{ .Values.image }}\n";
    let files =
        [("app/Chart.yaml", chart.as_str()), ("app/values.yaml", "image: a:1\n"), ("app/templates/pod.yaml", template)];
    archive::gz(&archive::tar(&files.map(|(path, text)| archive::Entry::file(path, text))))
}

/// Makes a pack of a chart, and checks that it is the one of that version.
fn create_from(sandbox: &Sandbox, words: &[&str], version: &str) {
    let place = format!("out-{version}-{}", words[0].len());
    let words = [&["create", "new", "--output-dir", &place, "--from-chart"], words].concat();
    let output = sandbox.run(BIN, words);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.contains("+    image: {{ $.Values.experimentImage | quote }}"), "{}", output.stdout);
    assert!(!output.stdout.contains("Pulled"), "{}", output.stdout);
    let chart = sandbox.read(&format!("work/{place}/new/charts/Chart.yaml"));
    assert!(chart.contains(&format!("version: {version}\n")), "{chart}");
}

#[test]
fn the_real_helms_get_charts_of_repositories() {
    for helm in helms() {
        let server = Server::start();
        let versions = ["1.0.0", "1.1.0"].map(|version| {
            let file = format!("/charts/app-{version}.tgz");
            server.answer(&file, [Reply::ok(chart_archive(version))]);
            json!({"apiVersion": "v2", "name": "app", "version": version, "urls": [server.url(&file)]})
        });
        let index = json!({"apiVersion": "v1", "entries": {"app": versions}});
        server.answer("/charts/index.yaml", [Reply::ok(index.to_string())]);
        let sandbox = Sandbox::new().with("HELM_BIN", &helm.path);
        sandbox.run(&helm.path, ["repo", "add", "far", &server.url("/charts")]).success();
        create_from(&sandbox, &["far/app"], "1.1.0");
        create_from(&sandbox, &["far/app", "--chart-version", "1.0.0"], "1.0.0");
        create_from(&sandbox, &[&server.url("/charts/app-1.0.0.tgz")], "1.0.0");
        let said = sandbox.run(BIN, ["create", "new", "--from-chart", "far/none"]).failure(1);
        assert!(
            said.contains("error: Helm cannot get the chart `far/none`: exit code 1\nhint: `helm repo list`"),
            "{said}"
        );
        assert!(!sandbox.root().join("store/packs").exists());
    }
}

#[test]
fn the_real_helms_get_charts_of_registries() {
    let digest = |bytes: &[u8]| format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(bytes)));
    for helm in helms() {
        let server = Server::start();
        let at = |path: &str| format!("/v2/charts/app/{path}");
        let blob = |bytes: &[u8], kind: &str| {
            server.answer(&at(&format!("blobs/{}", digest(bytes))), [Reply::ok(bytes)]);
            json!({"mediaType": kind, "digest": digest(bytes), "size": bytes.len()})
        };
        for version in ["1.0.0", "1.1.0"] {
            let config = json!({"name": "app", "version": version, "apiVersion": "v2"}).to_string();
            let config = blob(config.as_bytes(), "application/vnd.cncf.helm.config.v1+json");
            let layer = blob(&chart_archive(version), "application/vnd.cncf.helm.chart.content.v1.tar+gzip");
            let kind = "application/vnd.oci.image.manifest.v1+json";
            let manifest =
                json!({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer]}).to_string();
            for name in [version, &digest(manifest.as_bytes())] {
                let reply = Reply::ok(manifest.as_bytes()).with("Content-Type", kind);
                let reply = reply.with("Docker-Content-Digest", &digest(manifest.as_bytes()));
                server.answer(&at(&format!("manifests/{name}")), [reply]);
            }
        }
        server.answer(
            &at("tags/list"),
            [Reply::ok(json!({"name": "charts/app", "tags": ["1.0.0", "1.1.0"]}).to_string())],
        );
        server.answer("/v2/", [Reply::ok("{}")]);
        let url = server.url("/charts/app").replace("http://", "oci://");
        let sandbox = Sandbox::new().with("HELM_BIN", &helm.path);
        create_from(&sandbox, &[&url, "--plain-http"], "1.1.0");
        create_from(&sandbox, &[&url, "--plain-http", "--chart-version", "1.0.0"], "1.0.0");
        let none = format!("{url}-none");
        let said = sandbox.run(BIN, ["create", "new", "--plain-http", "--from-chart", &none]).failure(1);
        assert!(said.contains(&format!("error: Helm cannot get the chart `{none}`: exit code 1")), "{said}");
    }
}
