//! What is said where there is no cluster to ask, in kubectl's words.

use support::Sandbox;

use crate::BIN;

const CONFIG: &str = "apiVersion: v1
kind: Config
current-context: here
clusters: [{name: here, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: me, user: {token: secret-token}}]
contexts: [{name: here, context: {cluster: here, user: me, namespace: mine}}]
";

#[test]
fn kubectls_words_for_clusters_that_cannot_be_asked() {
    let sandbox = Sandbox::new();
    sandbox.write("config", CONFIG);
    sandbox.write("broken", "clusters: [");
    for (words, text) in [
        (
            &["--kubeconfig", "config"][..],
            "error: The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?",
        ),
        (&["--kubeconfig", "config", "--context", "nope"], "context was not found for specified context: nope"),
        (&["--kubeconfig", "nope"], "error: stat nope: no such file or directory"),
        (&["--kubeconfig", "config", "--request-timeout", "soon"], "Invalid timeout value"),
        (&["--kubeconfig", "broken"], "error: "),
    ] {
        let output = sandbox.run(BIN, [&["list"], words].concat());
        assert!(output.code == 1 && output.stderr.contains(text) && output.stdout.is_empty(), "{words:?}: {output}");
        assert!(!output.stderr.contains("secret-token"), "{output}");
    }
}
