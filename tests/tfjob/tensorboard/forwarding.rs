//! `--port-forward` and `--open`.

use std::net::TcpStream;

use support::bed::Job;

use super::{board, get, load, pod, port, reach, service};
use crate::{Following, LONG, World};

#[test]
fn a_forwarded_port_serves_many_and_survives_its_pod() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let (first, second) = (board("first"), board("second"));
    pod(&world, "first", "board", "10.99.201.2");
    reach(&world, "first", &first);
    service(&world, "mnist-tensorboard", "board", "", "name: http, port: 80, targetPort: web");

    let mut forward = Following::start(world.command(&["tensorboard", "mnist", "--port-forward"]));
    let url = forward.await_line("the URL", |it| it.starts_with("http://127.0.0.1:"));
    world.space.wait_until("kwok knows its way", LONG, || get(&url).0 == 200);
    load(&url, "first");
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let url = url.clone();
            std::thread::spawn(move || load(&url, "first"))
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    // A connection that says nothing holds up nobody.
    let idle = TcpStream::connect(url.strip_prefix("http://").unwrap().trim_end_matches('/')).unwrap();
    load(&url, "first");

    pod(&world, "second", "board", "10.99.201.3");
    reach(&world, "second", &second);
    let _ = world.space.kubectl(&["delete", "pod", "first", "--grace-period=0", "--force"]).success();
    world.space.wait_until("the second pod answers", LONG, || get(&url).1.contains("second"));
    load(&url, "second");
    drop(idle);
    assert_eq!(forward.interrupt(), Some(0));
    assert_eq!(get(&url).0, 0, "nobody listens any more");
    let said = forward.rest();
    assert!(
        said.contains("forwarding to pod first, port 6006") && said.contains("to pod second from now on"),
        "{said}"
    );
}

#[test]
fn to_read_pods_is_enough_and_a_right_may_come_back() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let server = board("one");
    pod(&world, "one", "board", "10.99.201.9");
    reach(&world, "one", &server);
    service(&world, "mnist-tensorboard", "board", "", "name: http, port: 80, targetPort: web");
    let read = "{apiGroups: ['', kubeflow.org], resources: [tfjobs, services, pods], verbs: [get, list]}";
    let all = format!("{read}, {{apiGroups: [''], resources: [pods/portforward], verbs: [get, create]}}");
    let config = world.space.bed().viewer_kubeconfig().display().to_string();
    let words = ["tensorboard", "mnist", "--port-forward", "--no-wait", "--kubeconfig", &config];
    let is_refused = || world.tfjob(&words).stderr.contains("pods/portforward in namespace");
    crate::rights::allow(&world, read);
    world.space.wait_until("the role is in force", LONG, is_refused);
    crate::rights::allow(&world, &all);
    let can = ["auth", "can-i", "create", "pods", "--subresource=portforward", "--as=viewer", "--as-group=viewers"];
    world.space.wait_until("the role is in force", LONG, || world.space.kubectl(&can).ok());

    let mut forward = Following::start(world.command(&words));
    let url = forward.await_line("the URL", |it| it.starts_with("http://127.0.0.1:"));
    world.space.wait_until("kwok knows its way", LONG, || get(&url).0 == 200);
    load(&url, "one");
    crate::rights::allow(&world, read);
    world.space.wait_until("the role is in force", LONG, || !world.space.kubectl(&can).ok());
    let client = std::thread::spawn({
        let url = url.clone();
        move || load(&url, "one")
    });
    std::thread::sleep(std::time::Duration::from_millis(500));
    crate::rights::allow(&world, &all);
    client.join().unwrap();
    assert_eq!(forward.interrupt(), Some(0));
}

#[test]
fn ports_that_cannot_be_had_and_pods_that_are_not_there() {
    let Some(world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let server = board("one");
    pod(&world, "one", "board", "10.99.201.4");
    reach(&world, "one", &server);
    service(&world, "mnist-tensorboard", "board", "", "name: http, port: 80, targetPort: 6006");
    let taken = port(&server).to_string();
    let error = world.tfjob(&["tensorboard", "mnist", "--port-forward", &taken]).failure(1);
    assert!(error.contains(&format!("port {taken} of 127.0.0.1 cannot be listened on")), "{error}");
    assert!(error.contains("hint: give another port"), "{error}");
    for words in [&["--port-forward", "x"][..], &["--url-only", "--open"], &["--logdir", "/x"], &["--proxy-url", "h"]] {
        assert_eq!(world.tfjob(&[&["tensorboard", "mnist"], words].concat()).code, 2, "{words:?}");
    }
    assert_eq!(world.tfjob(&["tensorboard", "mnist", "--dry-run=client"]).code, 2);
}

#[test]
fn the_browser_is_opened_where_there_is_one() {
    let Some(mut world) = World::new() else { return };
    world.space.apply(&Job::new("mnist").replica("Worker", 1).to_string());
    let server = board("one");
    pod(&world, "one", "board", "10.99.201.5");
    reach(&world, "one", &server);
    service(&world, "mnist-tensorboard", "board", "", "name: http, port: 80, targetPort: 6006");

    let mut forward = Following::start(world.command(&["tensorboard", "mnist", "--open"]));
    let url = forward.await_line("the URL", |it| it.starts_with("http://127.0.0.1:"));
    world.space.wait_until("the page is there", LONG, || get(&url).0 == 200);
    assert_eq!(forward.interrupt(), Some(0));
    let said = forward.rest();
    assert!(said.contains("there is no display here") && said.contains(&format!("open {url} yourself")), "{said}");

    let opened = world.sandbox.work().join("opened");
    let script =
        world.sandbox.write("bin/xdg-open", format!("#!/bin/sh\necho \"$1\" > '{}'\nsleep 5\n", opened.display()));
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = support::bed::path_with(script.parent().unwrap());
    world.sandbox = world.sandbox.with("PATH", path).with("DISPLAY", ":0");
    let mut forward = Following::start(world.command(&["tensorboard", "mnist", "--open"]));
    let url = forward.await_line("the URL", |it| it.starts_with("http://127.0.0.1:"));
    let read = || std::fs::read_to_string(&opened).unwrap_or_default();
    world.space.wait_until("the browser shows the URL", LONG, || read().trim() == url);
    assert_eq!(forward.interrupt(), Some(0));
}
