use super::*;

const ENTRY: &[(&str, &str)] = &[("name", "b"), ("url", "https://host/b.git")];

#[test]
fn an_entry_is_added_wherever_the_list_stands() {
    for (before, after) in [
        ("", "zoos:\n  - name: b\n    url: https://host/b.git\n"),
        ("# mine\nuser: me", "# mine\nuser: me\nzoos:\n  - name: b\n    url: https://host/b.git\n"),
        ("zoos: # none\nuser: me\n", "zoos: # none\n  - name: b\n    url: https://host/b.git\nuser: me\n"),
        ("zoos: ~\n", "zoos: \n  - name: b\n    url: https://host/b.git\n"),
        ("zoos: []\nx: 1\n", "zoos: [{name: \"b\", url: \"https://host/b.git\"}]\nx: 1\n"),
        ("zoos: [{name: a}] # c\n", "zoos: [{name: a}, {name: \"b\", url: \"https://host/b.git\"}] # c\n"),
        ("{user: me}\n", "{zoos: [{name: \"b\", url: \"https://host/b.git\"}], user: me}\n"),
        (
            "zoos:\n- name: a # first\n  url: x\n# end\n\nuser: me\n",
            "zoos:\n- name: a # first\n  url: x\n- name: b\n  url: https://host/b.git\n# end\n\nuser: me\n",
        ),
        (
            "zoos:\r\n    - url: |\r\n        x\r\n\r\nuser: me\r\n",
            "zoos:\r\n    - url: |\r\n        x\r\n    - name: b\r\n      url: https://host/b.git\r\n\r\nuser: me\r\n",
        ),
    ] {
        assert_eq!(add_entry(before, "zoos", ENTRY).as_deref(), Ok(after), "{before:?}");
    }
}

#[test]
fn an_entry_is_removed_and_the_rest_stays() {
    for (before, after) in [
        ("zoos:\n  # a\n  - name: a\n    url: x # x\n  # c\n  - name: c\n", "zoos:\n  # a\n  # c\n  - name: c\n"),
        ("zoos:\n- name: c\n- name: a\n\n# end\nuser: me\n", "zoos:\n- name: c\n\n# end\nuser: me\n"),
        ("zoos:\n- name: a\n", "zoos:\n"),
        ("zoos: [{name: a}, {name: c}]\n", "zoos: [{name: c}]\n"),
        ("zoos: [{name: c}, {name: a}]\n", "zoos: [{name: c}]\n"),
        ("zoos: [{name: a}]\n", "zoos: []\n"),
    ] {
        assert_eq!(remove_entry(before, "zoos", "name", "a").as_deref(), Ok(after), "{before:?}");
    }
}

#[test]
fn texts_are_set_and_comments_stay() {
    for (before, after) in [
        ("name: a # x\nversion: 1.0\n", "name: \"no\" # x\nversion: 1.0\ndescription: \"d: \\\"e\\\"\"\n"),
        ("description: >-\n  two\n  lines\nname: 'a'", "description: \"d: \\\"e\\\"\"\nname: \"no\""),
        ("{name: a}", "{description: \"d: \\\"e\\\"\", name: \"no\"}"),
        ("name:\ndescription: ~\n", "name: \"no\"\ndescription: \"d: \\\"e\\\"\"\n"),
    ] {
        let edited = set_texts(before, &[("name", "no"), ("description", "d: \"e\"")]);
        assert_eq!(edited.as_deref(), Ok(after), "{before:?}");
    }
}

#[test]
fn unusual_texts_are_refused_and_not_spoilt() {
    for text in ["zoos: text\n", "zoos: {a: b}\n", "user: me\n...\n", "zoos: &z\n  - name: a\nother: *z\n"] {
        assert!(matches!(add_entry(text, "zoos", ENTRY), Err(EditError::Unusual { .. })), "{text:?}");
    }
    assert!(matches!(add_entry("- a", "zoos", ENTRY), Err(EditError::Unreadable(_))));
}
