//! Several zoos behind a network, asked together.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::json;
use support::http::Reply;

use crate::http::{Web, entry};

/// Configures three zoos, none of which is answered before all have been asked; the last one is answered first.
fn three_that_wait(web: &Web) -> std::thread::JoinHandle<()> {
    let listeners: Vec<TcpListener> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let zoos: Vec<String> = (0..3)
        .map(|it| format!("{{name: z{it}, url: 'http://{}/zoo'}}", listeners[it].local_addr().unwrap()))
        .collect();
    web.world.sandbox.write("config.yaml", format!("zoos: [{}]\n", zoos.join(", ")));
    std::thread::spawn(move || {
        let connections: Vec<_> = listeners.iter().map(|it| it.accept().unwrap().0).collect();
        for (number, mut connection) in connections.into_iter().enumerate().rev() {
            let own = format!("p{number}");
            let index = json!({"templates": [entry("same", &format!("{number}.0.0")), entry(&own, "1.0.0")]});
            let body = index.to_string();
            let mut request = [0; 4096];
            let _ = connection.read(&mut request).unwrap();
            write!(connection, "HTTP/1.1 200 -\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    })
}

#[test]
fn zoos_are_asked_at_the_same_time() {
    let web = Web::new();
    let patient = [("NAUTA_HTTP_TIMEOUT", "20")];
    let server = three_that_wait(&web);
    let listed = web.with(&patient, ["list", "-o", "json"]).success();
    server.join().unwrap();
    let rows = listed.json();
    let remote = rows.as_array().unwrap().iter().filter(|it| it["zoo"].as_str().unwrap().starts_with('z'));
    let shown: Vec<String> = remote.map(|it| format!("{} {} {}", it["name"], it["zoo"], it["available"])).collect();
    assert_eq!(
        shown,
        [r#""p0" "z0" "1.0.0""#, r#""p1" "z1" "1.0.0""#, r#""p2" "z2" "1.0.0""#, r#""same" "z0" "0.0.0""#],
        "in the order of the configuration"
    );

    let server = three_that_wait(&web);
    let updated = web.with(&patient, ["zoo", "update"]).success();
    server.join().unwrap();
    let lines: Vec<String> = (0..3).map(|it| format!("zoo z{it} is up to date: 2 packs")).collect();
    assert_eq!(updated.stdout.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn zoos_that_fail_are_told_in_their_order_and_asked_once() {
    let web = Web::new();
    web.server.answer("/b/index.json", [Reply::status(503)]);
    let zoos = format!(
        "zoos: [{{name: a, url: '{0}'}}, {{name: b, url: '{1}'}}, {{name: web, url: '{2}'}}]\n",
        web.server.url("/a"),
        web.server.url("/b"),
        web.server.url("/zoo")
    );
    web.world.sandbox.write("config.yaml", zoos);
    let listed = web.pack(["list", "-o", "name"]).failure(1);
    let errors: Vec<&str> = listed.stderr.lines().filter(|it| it.starts_with("error: ")).collect();
    assert!(errors.len() == 2 && errors[0].contains("/a") && errors[1].contains("Other error occurred"), "{listed:?}");
    assert!(listed.stdout.contains("alpha\n"), "{listed:?}");
    std::fs::remove_dir_all(web.world.sandbox.path("store/cache")).unwrap();
    web.asked();
    let failed = web.pack(["install", "unknown"]).failure(1);
    assert!(failed.stderr.starts_with("error: Failed to load template unknown."), "{failed:?}");
    let asked = web.asked();
    for (path, times) in [("/a/index.json", 1), ("/b/index.json", 4), ("/zoo/index.json", 1)] {
        assert_eq!(asked.iter().filter(|it| *it == path).count(), times, "{path} in {asked:?}");
    }
    web.pack(["install", "alpha"]).success();
}
