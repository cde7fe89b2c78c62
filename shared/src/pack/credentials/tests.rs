use super::*;

const NETRC: &str = "# mine\nmachine Other login me\n\tpassword pw # not this\nmacdef init\nmachine evil login x password y\n\n\
                     machine last login a password b";

#[test]
fn a_netrc_file_is_read_as_others_read_it() {
    let netrc = Netrc::read(NETRC);
    assert_eq!(netrc.login("other"), Some(&Login { user: "me".into(), password: "pw".into() }));
    assert_eq!(netrc.login("evil"), None);
    assert!(netrc.login("last").is_some());
    let netrc = Netrc::read("machine a login x password y default login d password e");
    assert_eq!(netrc.login("b").map(|it| it.user.as_str()), Some("d"));
    assert_eq!(Netrc::read("machine").machines.len(), 1);
    let netrc = Netrc::read(r#"machine a login "my name" password "p@ss \"w\\ x" machine b login c password d"#);
    let login = Login { user: "my name".into(), password: r#"p@ss "w\ x"#.into() };
    assert_eq!((netrc.login("a"), netrc.machines.len()), (Some(&login), 2));
}

#[test]
fn a_token_goes_to_its_own_zoo_alone() {
    let secrets = Secrets::new(
        [("NAUTA_ZOO_TOKEN", "plain"), ("NAUTA_ZOO_TOKEN_TEAM_A", "own"), ("NAUTA_ZOO_TOKEN_B", "")],
        NETRC,
    );
    let header =
        |zoo, url: &str, remotes, asked: &str| secrets.choose(zoo, url, remotes).credentials.authorization(asked);
    let zoo = "https://host/zoo";
    let bearer = |it: &str| Some(format!("Bearer {it}"));
    assert_eq!(header(Some("team-a"), zoo, 2, "https://host/zoo/index.json"), bearer("own"));
    assert_eq!(header(Some("b"), zoo, 1, "https://HOST:443/x"), bearer("plain"));
    assert_eq!(header(Some("b"), zoo, 2, "https://host/x"), None);
    assert!(secrets.choose(Some("b"), zoo, 2).is_withheld && !secrets.choose(Some("b"), zoo, 1).is_withheld);
    assert_eq!(header(None, zoo, 1, "https://host/x"), None);
    for other in ["https://host:8443/x", "http://host/x", "https://host.evil/x", "https://host@evil/x"] {
        assert_eq!(header(Some("team-a"), zoo, 2, other), None, "{other}");
    }
    assert_eq!(header(Some("team-a"), "http://host/zoo", 2, "http://host/zoo/x"), None, "plain http");
    for local in ["http://127.0.0.1:8080/zoo", "http://[::1]:1/zoo", "http://localhost/zoo"] {
        assert_eq!(header(Some("team-a"), local, 2, local), bearer("own"));
    }
    assert_eq!(header(None, zoo, 1, "https://other/x"), Some("Basic bWU6cHc=".into()));
    assert_eq!(header(None, "https://u:p@host/zoo", 1, "https://host/x"), Some("Basic dTpw".into()));
    assert_eq!(header(None, "https://u:p@host/zoo", 1, "https://else/x"), None);
}

#[test]
fn secrets_are_not_shown_to_debuggers() {
    let chosen = Secrets::new([("NAUTA_ZOO_TOKEN", "sesame")], "").choose(Some("a"), "https://u:pw@h/", 1);
    let shown = format!("{chosen:?} {:?}", chosen.credentials.git_login("https://h/", None));
    assert!(!shown.contains("sesame") && !shown.contains("pw"), "{shown}");
}
