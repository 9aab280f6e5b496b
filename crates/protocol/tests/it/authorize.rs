//! Authorization request and callback (RFC 6749 §4.1, RFC 7636, RFC 9207).

use std::time::Duration;

use keyfob_protocol::danger::PastedCode;
use keyfob_protocol::{
    Advice, AuthorizationCode, AuthorizationRequest, Blame, Callback, CallbackError, Client,
    Endpoint, Pending, ProtocolError, Scopes,
};
use url::Url;

use crate::fixtures::{self, CLIENT, parameters};

const REDIRECT: &str = "http://127.0.0.1:8080/callback";

fn begin(request: &AuthorizationRequest) -> (Url, Pending) {
    request
        .begin(&fixtures::metadata(), &Client::public(CLIENT))
        .unwrap()
}

fn login(iss_supported: bool) -> (String, Pending) {
    let mut metadata = fixtures::metadata();
    metadata.authorization_response_iss_parameter_supported = iss_supported;
    let request = AuthorizationRequest::new(REDIRECT);
    let (url, pending) = request.begin(&metadata, &Client::public(CLIENT)).unwrap();
    (
        parameters(url.query().unwrap().as_bytes())["state"].clone(),
        pending,
    )
}

fn read(pending: &Pending, query: &str) -> Result<AuthorizationCode, CallbackError> {
    pending.read(Callback::from_query(query)?)
}

#[test]
fn openid_request_always_has_pkce_s256_state_and_nonce() {
    let request = AuthorizationRequest::new(REDIRECT).with_scopes(Scopes::parse("openid").unwrap());
    let (url, pending) = begin(&request);
    let sent = parameters(url.query().unwrap().as_bytes());
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["client_id"], CLIENT);
    assert_eq!(sent["redirect_uri"], REDIRECT);
    assert_eq!(sent["code_challenge_method"], "S256");
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(sent[name].len(), 43, "{name} has 256 bits");
    }
    assert_eq!(sent.len(), 8);
    assert_eq!(pending.redirect_uri(), REDIRECT);
    assert_eq!(pending.issuer().as_str(), fixtures::ISSUER);

    let (other, _) = begin(&request);
    let other = parameters(other.query().unwrap().as_bytes());
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(sent[name], other[name], "{name} is fresh");
    }
}

#[test]
fn request_without_openid_has_no_nonce_because_strict_servers_refuse_it() {
    let request = AuthorizationRequest::new(REDIRECT).with_scopes(Scopes::parse("read").unwrap());
    let (url, pending) = begin(&request);
    let sent = parameters(url.query().unwrap().as_bytes());
    assert!(!sent.contains_key("nonce") && sent.contains_key("state"));
    let again = Pending::from_json(pending.to_json().expose()).unwrap();
    assert_eq!(again.to_json(), pending.to_json());
}

#[test]
fn redemption_sends_the_verifier_of_the_challenge() {
    use keyfob_protocol::jose::{Algorithm, base64url};
    let (url, pending) = begin(&AuthorizationRequest::new(REDIRECT));
    let sent = parameters(url.query().unwrap().as_bytes());
    let code = read(
        &pending,
        &format!("code=SplxlOBeZQQYbYS6WxSbIA&state={}", sent["state"]),
    )
    .unwrap();
    let grant = pending.redeem(code);
    let client = Client::public(CLIENT);
    let request = grant
        .request(&fixtures::metadata(), &client, fixtures::now())
        .unwrap();
    let form = fixtures::form(&request);
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "SplxlOBeZQQYbYS6WxSbIA");
    assert_eq!(form["redirect_uri"], REDIRECT);
    let hash = Algorithm::ES256.hash(form["code_verifier"].as_bytes());
    assert_eq!(base64url::encode(&hash[..]), sent["code_challenge"]);
}

#[test]
fn request_carries_everything_that_was_asked_for() {
    let request = AuthorizationRequest::new(REDIRECT)
        .with_scopes(Scopes::parse("openid offline_access").unwrap())
        .with_audience("https://api.example/")
        .with_resource("https://r.example/")
        .with_prompt("select_account")
        .with_login_hint("alice@example.com")
        .with_max_age(Duration::from_mins(1))
        .with_param("organization", "org&1");
    let (url, _) = begin(&request);
    let sent = parameters(url.query().unwrap().as_bytes());
    let table = [
        ("scope", "openid offline_access"),
        ("audience", "https://api.example/"),
        ("resource", "https://r.example/"),
        ("prompt", "select_account"),
        ("login_hint", "alice@example.com"),
        ("max_age", "60"),
        ("organization", "org&1"),
    ];
    for (name, value) in table {
        assert_eq!(sent[name], value);
    }
}

#[test]
fn max_age_among_added_parameters_is_checked_in_the_id_token_too() {
    let request = AuthorizationRequest::new(REDIRECT).with_param("max_age", "60");
    let (url, pending) = begin(&request);
    assert_eq!(parameters(url.query().unwrap().as_bytes())["max_age"], "60");
    let set = AuthorizationRequest::new(REDIRECT).with_max_age(Duration::from_mins(1));
    let rules = |pending: &Pending| {
        let whole: serde_json::Value = serde_json::from_str(pending.to_json().expose()).unwrap();
        whole["max_age"].clone()
    };
    assert_eq!(rules(&pending), rules(&begin(&set).1));
    let odd = AuthorizationRequest::new(REDIRECT).with_param("max_age", "soon");
    let error = odd.begin(&fixtures::metadata(), &Client::public(CLIENT));
    assert_eq!(error.unwrap_err().code(), "bad_setting");
    let twice = set.with_param("max_age", "600");
    let error = twice.begin(&fixtures::metadata(), &Client::public(CLIENT));
    assert_eq!(error.unwrap_err().code(), "reserved_parameter");
}

#[test]
fn endpoint_keeps_its_own_query() {
    let table = [
        (
            "https://as.example/authorize?p=b2c%20x",
            "p=b2c%20x&response_type=code&",
        ),
        ("https://as.example/authorize?", "response_type=code&"),
        ("https://as.example/authorize", "response_type=code&"),
    ];
    for (endpoint, start) in table {
        let mut metadata = fixtures::metadata();
        metadata
            .set_endpoint(Endpoint::Authorization, endpoint)
            .unwrap();
        let request = AuthorizationRequest::new(REDIRECT);
        let (url, _) = request.begin(&metadata, &Client::public(CLIENT)).unwrap();
        assert!(url.query().unwrap().starts_with(start), "{url}");
    }
    let mut metadata = fixtures::metadata();
    metadata
        .set_endpoint(Endpoint::Authorization, "https://as.example/a?state=fixed")
        .unwrap();
    let error = AuthorizationRequest::new(REDIRECT).begin(&metadata, &Client::public(CLIENT));
    assert_eq!(error.unwrap_err().code(), "bad_setting");
}

#[test]
fn refuses_own_parameter_that_the_protocol_sets() {
    let reserved = [
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
        "client_secret",
    ];
    for name in reserved {
        let request = AuthorizationRequest::new(REDIRECT).with_param(name, "x");
        let error = request
            .begin(&fixtures::metadata(), &Client::public(CLIENT))
            .unwrap_err();
        assert_eq!(error.code(), "reserved_parameter", "{name}");
    }
}

#[test]
fn redirect_uri_must_be_https_loopback_or_an_apps_own() {
    let table = [
        ("http://127.0.0.1/cb", "ok"),
        ("http://[::1]:5/cb", "ok"),
        ("http://localhost:5", "ok"),
        ("https://app.example/cb", "ok"),
        ("com.example.app:/cb", "ok"),
        ("urn:ietf:wg:oauth:2.0:oob", "ok"),
        ("http://app.example/cb", "insecure_url"),
        ("https://app.example/cb#f", "bad_setting"),
        ("javascript:alert(1)", "bad_setting"),
        ("/cb", "bad_setting"),
    ];
    for (redirect_uri, expected) in table {
        let request = AuthorizationRequest::new(redirect_uri);
        let outcome = request.begin(&fixtures::metadata(), &Client::public(CLIENT));
        assert_eq!(
            outcome.map_or_else(|error| error.code(), |_| "ok"),
            expected,
            "{redirect_uri}"
        );
    }
}

#[test]
fn callback_with_foreign_or_missing_state_is_stray_and_leaves_the_login_open() {
    let (state, pending) = login(false);
    let longer = format!("code=c&state={state}x");
    let shorter = format!("code=c&state={}", &state[1..]);
    let table = [
        ("code=c&state=other", "callback_state_mismatch"),
        (longer.as_str(), "callback_state_mismatch"),
        (shorter.as_str(), "callback_state_mismatch"),
        ("code=c", "callback_state_missing"),
        ("code=c&state=", "callback_state_missing"),
        ("error=access_denied", "callback_state_missing"),
        ("error=access_denied&state=other", "callback_state_mismatch"),
        ("", "callback_state_missing"),
        ("state=a&state=b", "callback_duplicate_parameter"),
    ];
    for (query, code) in table {
        let error = read(&pending, query).unwrap_err();
        assert_eq!(error.code(), code, "{query}");
        assert!(error.is_stray(), "{query}");
        assert_eq!(
            (error.blame(), error.advice()),
            (Blame::User, Advice::LoginAgain)
        );
    }
    assert!(read(&pending, &format!("code=c&state={state}")).is_ok());
}

#[test]
fn callback_with_our_state_ends_the_wait() {
    let (state, pending) = login(false);
    let table = [
        ("code=c", "ok"),
        ("code=c&session_state=x&unknown=y", "ok"),
        ("code=", "callback_missing_code"),
        ("", "callback_missing_code"),
        ("error=access_denied", "callback_refused"),
        ("error=access_denied&code=c", "callback_refused"),
        ("code=c&iss=https%3A%2F%2Fas.example", "ok"),
        (
            "code=c&iss=https%3A%2F%2Fas.example%2F",
            "callback_iss_mismatch",
        ),
        (
            "code=c&iss=https%3A%2F%2Fevil.example",
            "callback_iss_mismatch",
        ),
        (
            "error=access_denied&iss=https%3A%2F%2Fevil.example",
            "callback_iss_mismatch",
        ),
    ];
    for (rest, expected) in table {
        let outcome = read(&pending, &format!("state={state}&{rest}"));
        assert!(
            !outcome.as_ref().is_err_and(CallbackError::is_stray),
            "{rest}"
        );
        assert_eq!(
            outcome.map_or_else(|error| error.code(), |_| "ok"),
            expected,
            "{rest}"
        );
    }
}

#[test]
fn iss_is_required_when_the_server_promises_it() {
    let (state, pending) = login(true);
    let outcome = read(&pending, &format!("code=c&state={state}"));
    assert_eq!(outcome.unwrap_err().code(), "callback_iss_missing");
    let outcome = read(&pending, &format!("code=c&state={state}&iss="));
    assert_eq!(outcome.unwrap_err().code(), "callback_iss_missing");
    let outcome = read(&pending, &format!("error=access_denied&state={state}"));
    assert_eq!(outcome.unwrap_err().code(), "callback_refused");
    assert!(
        read(
            &pending,
            &format!("code=c&state={state}&iss=https://as.example")
        )
        .is_ok()
    );
}

#[test]
fn reads_rfc_9207_example() {
    let query = "code=x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58&state=ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI&iss=https%3A%2F%2Fhonest.as.example";
    let mut stored: serde_json::Value =
        serde_json::from_str(login(true).1.to_json().expose()).unwrap();
    stored["issuer"] = "https://honest.as.example".into();
    stored["state"] = "ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI".into();
    let pending = Pending::from_json(&stored.to_string()).unwrap();
    let code = read(&pending, query).unwrap();
    assert_eq!(
        code.secret().expose(),
        "x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58"
    );
}

#[test]
fn provider_refusal_is_typed_and_cleaned() {
    let (state, pending) = login(false);
    let query = format!(
        "error=access_denied&error_description=No%1B%5B2J+way&error_uri=https://e.example/&state={state}"
    );
    let error = read(&pending, &query).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the login was refused with access_denied: No[2J way"
    );
    assert_eq!(error.oauth_error(), Some("access_denied"));
    assert_eq!(
        (error.blame(), error.advice()),
        (Blame::User, Advice::LoginAgain)
    );
    assert_eq!(
        ProtocolError::from(error).oauth_error(),
        Some("access_denied")
    );
    let error = read(&pending, &format!("error=invalid_scope&state={state}")).unwrap_err();
    assert_eq!(
        (error.blame(), error.advice()),
        (Blame::Caller, Advice::FixConfiguration)
    );
    let error = read(&pending, &format!("error=server_error&state={state}")).unwrap_err();
    assert_eq!(error.advice(), Advice::RetryAfter(None));
}

#[test]
fn form_post_and_pasted_url_are_read_like_a_query() {
    let (state, pending) = login(false);
    let form = format!("state={state}&code=a%2Bb");
    let code = pending
        .read(Callback::from_form(form.as_bytes()).unwrap())
        .unwrap();
    assert_eq!(code.secret().expose(), "a+b");
    let error = format!("state={state}&error=access_denied");
    let refused = pending
        .read(Callback::from_form(error.as_bytes()).unwrap())
        .unwrap_err();
    assert_eq!(refused.code(), "callback_refused");

    let pasted = format!("  {REDIRECT}?code=a%2Bb&sta\n te={state}#_=_ \r\n");
    let code = pending
        .read(Callback::from_redirect_url(&pasted).unwrap())
        .unwrap();
    assert_eq!(code.secret().expose(), "a+b");
    for text in ["", "SplxlOBeZQQYbYS6WxSbIA", "https://app.example/cb"] {
        let error = Callback::from_redirect_url(text).unwrap_err();
        assert_eq!(error.code(), "callback_malformed", "{text}");
    }
}

#[test]
fn callback_size_is_capped_and_duplicates_are_refused() {
    let huge = format!("code={}", "x".repeat(16 * 1024));
    let many: Vec<String> = (0..100).map(|n| format!("p{n}=1")).collect();
    let many = many.join("&");
    let table = [
        (huge.as_str(), "callback_too_large"),
        (many.as_str(), "callback_too_large"),
        ("code=a&code=a", "callback_duplicate_parameter"),
        ("unknown=a&unknown=b", "callback_duplicate_parameter"),
        ("co%64e=a&code=b", "callback_duplicate_parameter"),
        ("code=&code=b", "callback_duplicate_parameter"),
    ];
    for (query, code) in table {
        assert_eq!(Callback::from_query(query).unwrap_err().code(), code);
    }
    assert_eq!(
        Callback::from_redirect_url(&huge).unwrap_err().code(),
        "callback_too_large"
    );
}

#[test]
fn bare_code_needs_the_dangerous_door() {
    let (_, pending) = login(true);
    let code = pending
        .read_pasted(" SplxlOBeZQQYbYS6WxSbIA\n", PastedCode)
        .unwrap();
    assert_eq!(code.secret().expose(), "SplxlOBeZQQYbYS6WxSbIA");
    for text in ["", "  ", "two words", "\u{1b}[2J", &"x".repeat(5000)] {
        let error = pending.read_pasted(text, PastedCode).unwrap_err();
        assert_eq!(error.code(), "callback_missing_code");
    }
}

#[test]
fn pending_survives_being_written_down() {
    let request = AuthorizationRequest::new(REDIRECT).with_max_age(Duration::from_secs(9));
    let (url, pending) = begin(&request);
    let state = parameters(url.query().unwrap().as_bytes())["state"].clone();
    let again = Pending::from_json(pending.to_json().expose()).unwrap();
    assert_eq!(again.to_json(), pending.to_json());
    assert!(read(&again, &format!("code=c&state={state}")).is_ok());
    for text in [
        "",
        "{}",
        "null",
        &pending.to_json().expose().replace("https", "http"),
    ] {
        assert!(Pending::from_json(text).is_err(), "{text}");
    }
}
