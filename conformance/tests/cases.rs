//! The official conformance modules, one file each; `conformance/README.md` says how to run one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers outside test functions may panic as well"
)]

mod support;

#[path = "../cases"]
mod cases {
    mod oidcc_client_test;
    mod oidcc_client_test_client_secret_basic;
    mod oidcc_client_test_discovery_issuer_mismatch;
    mod oidcc_client_test_discovery_jwks_uri_keys;
    mod oidcc_client_test_discovery_openid_config;
    mod oidcc_client_test_form_post_error;
    mod oidcc_client_test_idtoken_sig_none;
    mod oidcc_client_test_idtoken_sig_rs256;
    mod oidcc_client_test_invalid_aud;
    mod oidcc_client_test_invalid_iss;
    mod oidcc_client_test_invalid_sig_es256;
    mod oidcc_client_test_invalid_sig_hs256;
    mod oidcc_client_test_invalid_sig_rs256;
    mod oidcc_client_test_kid_absent_multiple_jwks;
    mod oidcc_client_test_kid_absent_single_jwks;
    mod oidcc_client_test_missing_aud;
    mod oidcc_client_test_missing_iat;
    mod oidcc_client_test_missing_sub;
    mod oidcc_client_test_nonce_invalid;
    mod oidcc_client_test_refresh_token;
    mod oidcc_client_test_refresh_token_invalid_issuer;
    mod oidcc_client_test_refresh_token_invalid_sub;
    mod oidcc_client_test_scope_userinfo_claims;
    mod oidcc_client_test_signing_key_rotation;
    mod oidcc_client_test_signing_key_rotation_just_before_signing;
    mod oidcc_client_test_userinfo_bearer_header;
    mod oidcc_client_test_userinfo_invalid_sub;
    mod oidcc_client_test_userinfo_signed;
}

use std::collections::BTreeSet;

const HERE: &str = include_str!("cases.rs");
const README: &str = include_str!("../README.md");

#[test]
fn every_file_in_the_folder_is_compiled_in() {
    let compiled: BTreeSet<String> = HERE
        .lines()
        .filter_map(|line| line.trim().strip_prefix("mod ")?.strip_suffix(';'))
        .filter(|module| *module != "support")
        .map(|module| format!("{module}.rs"))
        .collect();
    assert_eq!(compiled, folder().into_keys().collect());
}

#[test]
fn every_file_holds_a_test_that_runs() {
    for (file, text) in folder() {
        assert!(
            text.contains("#[tokio::test]"),
            "{file} claims what nothing shows"
        );
        assert!(!text.contains("#[ignore"), "{file} is never run");
    }
}

#[test]
fn nothing_is_both_here_and_later() {
    let later: Vec<String> = README
        .lines()
        .filter_map(|line| {
            line.strip_prefix("- `oidcc-client-test-")?
                .split('`')
                .next()
        })
        .map(|rest| format!("oidcc_client_test_{}.rs", rest.replace('-', "_")))
        .collect();
    assert!(!later.is_empty());
    let here = folder();
    for file in later {
        assert!(
            !here.contains_key(&file),
            "{file} is here: take it off the list"
        );
    }
}

/// The files in `conformance/cases` and their texts.
fn folder() -> std::collections::BTreeMap<String, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/cases");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}
