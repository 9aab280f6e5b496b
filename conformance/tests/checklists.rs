//! Every line of the original clients' checklists has a test or a reason, and the page says which.

use keyfob_conformance::checklists::{Checklists, Tags, page, root, scan_text};

const AGAIN: &str = "cargo run -p keyfob-conformance --example compatibility";

#[test]
fn every_line_has_a_test_or_a_reason() {
    let checklists = Checklists::read(&root()).unwrap();
    let missing: Vec<_> = checklists.missing();
    assert!(missing.is_empty(), "{} lines: {missing:#?}", missing.len());
}

#[test]
fn every_tag_names_a_known_line_and_stands_above_a_test() {
    let complaints = Checklists::read(&root()).unwrap().complaints();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn the_page_is_as_generated() {
    let checklists = Checklists::read(&root()).unwrap();
    let committed = std::fs::read_to_string(root().join("docs/compatibility.md")).unwrap();
    assert!(
        committed == page(&checklists),
        "docs/compatibility.md is stale: {AGAIN}"
    );
}

/// A tag line; put together here so that this file holds none by mistake.
fn tagged(ids: &str, below: &str) -> Tags {
    let mut tags = Tags::default();
    let text = format!("    {} {ids}\n{below}\n", concat!("// ", "covers:"));
    scan_text("a.rs", &text, &mut tags);
    tags
}

#[test]
fn reads_ids_above_a_test_and_refuses_them_elsewhere() {
    let good = tagged(
        "W1, planet-2",
        "    #[cfg(unix)]\n    #[tokio::test(flavor = \"multi_thread\")]\n    async fn works() {",
    );
    let names: Vec<_> = good
        .found
        .iter()
        .map(|t| (t.id.as_str(), t.test()))
        .collect();
    assert_eq!(
        names,
        [
            ("W1", "a.rs::works".to_owned()),
            ("planet-2", "a.rs::works".to_owned())
        ]
    );
    for below in [
        "fn helper() {",
        "\n#[test]\nfn after_an_empty_line() {",
        "/// Words.\n#[test]\nfn after_words() {",
        "#[test]\n#[ignore = \"slow\"]\nfn never_run() {",
        "let x = 1;",
        "",
    ] {
        let bad = tagged("W1", below);
        assert!(bad.found.is_empty(), "{below}");
        assert_eq!(bad.complaints.len(), 1, "{below}");
    }
}
