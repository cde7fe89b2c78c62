//! Who reaches what: users, restarts, listeners, pods behind the proxy.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use support::bed::{Bed, BedOptions, Job};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_viewer_may_do_nothing_until_a_role_is_bound() {
    let Some(bed) = Bed::shared() else { return };
    let place = bed.namespace();
    let viewer = bed.viewer_kubeconfig().display().to_string();
    let list = || place.kubectl(&["--kubeconfig", &viewer, "get", "tfjobs"]);

    let refused = list().failure(1);
    assert!(refused.contains("tfjobs.kubeflow.org is forbidden: User \"viewer\" cannot list"), "{refused}");
    for words in [
        ["create", "role", "reader", "--verb=list", "--resource=tfjobs.kubeflow.org"],
        ["create", "rolebinding", "reader", "--role=reader", "--group=viewers"],
    ] {
        let _ = place.kubectl(&words).success();
    }
    place.wait_until("the role is in force", LIMIT, || list().ok());
}

#[test]
fn the_api_server_comes_back_with_all_it_knew() {
    if !Bed::is_available() {
        return;
    }
    let bed =
        Bed::start(BedOptions { scheduler: false, pytorch: false, egress: false, ..BedOptions::default() }).unwrap();
    let place = bed.namespace();
    bed.stop_operator();
    place.apply(&Job::new("late").replica("Worker", 1).annotate("Worker", "test/exit-code", "0").to_string());

    bed.stop_api_server();
    let refused = place.kubectl(&["get", "tfjobs"]);
    assert!(!refused.ok() && refused.stderr.contains("refused"), "{refused}");
    bed.start_api_server();
    assert_eq!(place.kubectl(&["get", "tfjobs", "--output", "name"]).success(), "tfjob.kubeflow.org/late\n");
    assert_eq!(place.job_state("late"), "");
    bed.start_operator();
    bed.restart_api_server();
    place.wait_until("late has succeeded", LIMIT, || place.job_state("late") == "Succeeded");
}

#[test]
fn a_service_leads_to_a_server_of_the_test() {
    let Some(bed) = Bed::shared() else { return };
    let place = bed.namespace();
    place.apply(
        "
apiVersion: v1
kind: Pod
metadata: {name: board, labels: {app: board}, annotations: {test/pod-ip: 10.99.200.1}}
spec: {containers: [{name: main, image: board, ports: [{containerPort: 6006}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: board}
spec: {selector: {app: board}, ports: [{name: http, port: 80, targetPort: 6006}]}
",
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    bed.route("10.99.200.1:6006", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nhi\n").unwrap();
        }
    });
    let path = format!("/api/v1/namespaces/{}/services/board:http/proxy/", place.name());
    place.wait_until("the service has its pod", LIMIT, || bed.kubectl(&["get", "--raw", &path]).ok());
    assert_eq!(bed.kubectl(&["get", "--raw", &path]).success(), "hi\n");
    bed.unroute("10.99.200.1:6006");
    let refused = bed.kubectl(&["get", "--raw", &path]);
    assert!(!refused.ok() && refused.stderr.contains("502"), "{refused}");
}

/// Reads what the kernel knows of the sockets of a process.
#[cfg(target_os = "linux")]
#[test]
fn nothing_listens_beyond_this_machine() {
    let Some(bed) = Bed::shared() else { return };
    let mut inodes = Vec::new();
    for id in bed.process_ids() {
        for entry in std::fs::read_dir(format!("/proc/{id}/fd")).unwrap().flatten() {
            let link = std::fs::read_link(entry.path()).unwrap_or_default().display().to_string();
            inodes.extend(link.strip_prefix("socket:[").and_then(|it| it.strip_suffix(']')).map(str::to_owned));
        }
    }
    let mut listeners = 0;
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in std::fs::read_to_string(table).unwrap_or_default().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            // 0A: listens. 0100007F: 127.0.0.1.
            if fields[3] == "0A" && inodes.iter().any(|it| it == fields[9]) {
                assert!(fields[1].starts_with("0100007F:"), "{table}: {line}");
                listeners += 1;
            }
        }
    }
    assert_eq!(listeners, 8, "of etcd two, of the operator two, of the others one each");
}
