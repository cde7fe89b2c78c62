use crate::World;

/// Every help text, one after the other: the reference of the command line.
#[test]
fn help_texts() {
    let world = World::without_zoo();
    let mut text = String::new();
    for words in [
        "",
        "zoo",
        "zoo add",
        "zoo list",
        "zoo remove",
        "zoo update",
        "list",
        "search",
        "show",
        "install",
        "upgrade",
        "uninstall",
        "create",
        "copy",
        "diff",
        "index",
        "lint",
    ] {
        let args: Vec<&str> = words.split_whitespace().chain(["--help"]).collect();
        let output = world.sandbox.run(crate::BIN, &args).success();
        assert_eq!(output.stderr, "");
        text += &["$ kubectl pack ", words, " --help\n", &output.stdout, "\n"].concat();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn versions_and_wrong_usage() {
    let world = World::without_zoo();
    assert_eq!(world.pack(["--version"]).success().stdout, format!("kubectl-pack {}\n", env!("CARGO_PKG_VERSION")));
    for args in [&["nope"][..], &[], &["install"], &["upgrade"], &["list", "-o", "bad"], &["upgrade", "--all", "x"]] {
        let output = world.sandbox.run(crate::BIN, args).failure(2);
        assert_eq!(output.stdout, "", "{args:?}");
    }
}

#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let world = World::new();
    let mut command = world.sandbox.command(crate::BIN, ["list"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}
