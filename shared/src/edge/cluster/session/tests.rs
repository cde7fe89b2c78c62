use super::*;

#[test]
fn answers_that_are_no_statuses_are_understood_too() {
    for (code, body, message) in [
        (404, r#"{"kind":"Status","message":"x not found","reason":"NotFound","code":404}"#, "x not found"),
        (404, "404 page not found", ""),
        (400, "Client sent an HTTP request to an HTTPS server.\n", "Client sent an HTTP request to an HTTPS server."),
        (502, "<html>bad gateway</html>", ""),
        (503, "", ""),
    ] {
        let status = status(code, body.as_bytes());
        assert_eq!((status.code, status.message.as_str()), (code, message), "{body}");
    }
}
