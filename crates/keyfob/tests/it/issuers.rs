//! Issuers as client configurations name them: defaults filled in, given values respected, odd ones refused by number.

use keyfob::client::{Client, ClientConfig};
use keyfob::issuers::{ConfiguredIssuers, IssuersConfigError};
use keyfob::jose::Algorithm;
use keyfob::protocol::Endpoint;
use keyfob::transport::Clock;
use keyfob::verify::issuers::Issuers;
use keyfob::verify::testing::{self, TestIssuer};
use serde_json::{Map, Value, json};

const ONE: &str = "https://one.example";
const TWO: &str = "https://two.example";
const API: &str = TestIssuer::AUDIENCE;

fn two() -> [TestIssuer; 2] {
    let one = TestIssuer::new(ONE);
    let two = TestIssuer::new(TWO).on_clock(one.clock().clone());
    [one, two]
}

fn configs(values: &Value) -> Vec<Map<String, Value>> {
    let objects = values.as_array().unwrap().iter();
    objects
        .map(|one| one.as_object().unwrap().clone())
        .collect()
}

fn configured(issuers: &[TestIssuer]) -> ConfiguredIssuers {
    ConfiguredIssuers::new()
        .transport(testing::transport(issuers.to_vec()))
        .clock(Clock::from(issuers.first().unwrap().clock().clone()))
}

fn build(values: &Value) -> Result<Issuers, IssuersConfigError> {
    ConfiguredIssuers::new().build(&configs(values))
}

async fn outcome(issuers: &Issuers, token: &str) -> &'static str {
    let outcome = issuers.verify(token).await;
    outcome.map_or_else(|rejection| rejection.code(), |_| "good")
}

async fn confirmed(issuers: &Issuers, token: &str) -> &'static str {
    let outcome = issuers.verify_with_revocation(token).await;
    outcome.map_or_else(|rejection| rejection.code(), |_| "good")
}

// covers: planet-86, planet-85
#[tokio::test]
async fn fills_in_type_and_issuer_and_leaves_the_callers_data_alone() {
    let [one, two] = two();
    let given = configs(&json!([
        {"auth_server": ONE, "audiences": [API], "algorithms": ["ES256"]},
        {"auth_server": TWO, "audiences": [API], "algorithms": ["ES256"], "client_type": null, "issuer": ""},
    ]));
    let before = given.clone();
    let issuers = configured(&[one.clone(), two.clone()])
        .build(&given)
        .unwrap();
    assert_eq!(given, before);
    assert_eq!((one.total(), two.total()), (0, 0), "nothing is fetched yet");
    for issuer in [&one, &two] {
        assert_eq!(outcome(&issuers, &issuer.token().sign()).await, "good");
    }
}

// covers: planet-86
#[tokio::test]
async fn respects_a_type_and_an_issuer_that_are_given() {
    let [one, two] = two();
    let config = json!([{
        "client_type": "oidc_client_credentials_secret", "client_id": "api", "client_secret": "s3cret",
        "auth_server": TWO, "issuer": ONE, "audiences": [API], "algorithms": ["ES256"],
        "jwks_endpoint": format!("{ONE}/jwks"),
    }]);
    let issuers = configured(&[one.clone(), two.clone()])
        .build(&configs(&config))
        .unwrap();
    assert_eq!(issuers.issuers().collect::<Vec<_>>(), [ONE]);
    assert_eq!(outcome(&issuers, &one.token().sign()).await, "good");
    assert_eq!(
        outcome(&issuers, &two.token().sign()).await,
        "unknown_issuer"
    );
}

// covers: planet-85
#[test]
fn skips_empty_configurations_and_counts_them() {
    let good = json!({"auth_server": ONE, "audiences": [API]});
    let issuers = build(&json!([{}, good, {}])).unwrap();
    assert_eq!(issuers.issuers().count(), 1);
    let error = build(&json!([{}, good, {}, {"auth_server": TWO}])).unwrap_err();
    assert!(
        error.to_string().starts_with("client configuration 3:"),
        "{error}"
    );
    assert_eq!(build(&json!([{}, {}])).unwrap_err().code(), "no_issuer");
    assert_eq!(build(&json!([])).unwrap_err().code(), "no_issuer");
}

// covers: planet-85
#[test]
fn refuses_clients_without_an_issuer_and_says_what_to_do() {
    for kind in ["static_apikey", "planet_legacy", "none"] {
        let error = build(&json!([{"client_type": kind, "auth_server": ONE, "audiences": [API]}]));
        let error = error.unwrap_err();
        assert_eq!(error.code(), "not_an_openid_client");
        assert!(error.to_string().contains(kind), "{error}");
        assert!(
            error.to_string().contains("oidc_client_validator"),
            "{error}"
        );
    }
    let unknown = build(&json!([{"client_type": "magic", "auth_server": ONE, "audiences": [API]}]));
    assert_eq!(unknown.unwrap_err().code(), "client_type_unknown");
}

// covers: planet-85, planet-74, W48
#[test]
fn refuses_a_configuration_without_audience_and_takes_one_with_several() {
    for audiences in [json!(null), json!([]), json!(""), json!([""])] {
        let error = build(&json!([{"auth_server": ONE, "audiences": audiences}])).unwrap_err();
        assert_eq!(error.code(), "no_audience", "{audiences}");
        assert!(
            error.to_string().contains("`audiences` must be configured"),
            "{error}"
        );
    }
    assert!(build(&json!([{"auth_server": ONE, "audiences": ["urn:a", "urn:b"]}])).is_ok());
}

// covers: planet-85
#[test]
fn refuses_the_same_issuer_twice_and_settings_that_cannot_be() {
    let one = json!({"auth_server": ONE, "audiences": [API]});
    let other = json!({"auth_server": TWO, "issuer": ONE, "audiences": [API]});
    for twice in [json!([one, one]), json!([one, other])] {
        assert_eq!(build(&twice).unwrap_err().code(), "duplicate_issuer");
    }
    for (config, expected) in [
        (json!({"audiences": [API]}), "config_missing"),
        (
            json!({"auth_server": "http://one.example", "audiences": [API]}),
            "config_invalid",
        ),
        (
            json!({"auth_server": ONE, "audiences": [API], "algorithms": ["none"]}),
            "config_invalid",
        ),
        (
            json!({"auth_server": ONE, "audiences": [API], "jwks_endpoint": "x"}),
            "config_invalid",
        ),
        (
            json!({"auth_server": ONE, "audiences": [API], "client_type": "oidc_auth_code_secret", "client_id": "x"}),
            "config_missing",
        ),
    ] {
        assert_eq!(
            build(&json!([config])).unwrap_err().code(),
            expected,
            "{config}"
        );
    }
    // HS256 has no key that could be published.
    let symmetric = json!([{"auth_server": ONE, "audiences": [API], "algorithms": ["HS256"]}]);
    assert_eq!(build(&symmetric).unwrap_err().code(), "no_algorithm");
}

// covers: planet-85
#[tokio::test]
async fn a_final_slash_makes_another_issuer() {
    let slash = TestIssuer::new("https://one.example/");
    let bare = TestIssuer::new(ONE).on_clock(slash.clock().clone());
    let config =
        configs(&json!([{"auth_server": ONE, "audiences": [API], "algorithms": ["ES256"]}]));
    let issuers = configured(&[bare.clone(), slash.clone()])
        .build(&config)
        .unwrap();
    assert_eq!(
        outcome(&issuers, &slash.token().sign()).await,
        "unknown_issuer"
    );
    assert_eq!(outcome(&issuers, &bare.token().sign()).await, "good");
    // And the metadata must agree with the configuration to the letter.
    let metadata = json!({"issuer": "https://one.example/", "jwks_uri": format!("{ONE}/jwks")});
    let fresh = TestIssuer::new(ONE);
    fresh.answer(Endpoint::Metadata, 200, metadata.to_string());
    let issuers = configured(std::slice::from_ref(&fresh))
        .build(&config)
        .unwrap();
    assert_eq!(
        outcome(&issuers, &fresh.token().sign()).await,
        "keys_unavailable"
    );
}

// covers: planet-73, planet-79, W27
#[tokio::test]
async fn rs256_is_accepted_unless_the_configuration_names_algorithms() {
    let one = TestIssuer::new(ONE).with_algorithms([
        Algorithm::RS256,
        Algorithm::RS512,
        Algorithm::ES256,
    ]);
    let config = |more: Value| {
        let mut config = json!({"auth_server": ONE, "audiences": [API]});
        config
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let all = configs(&json!([config]));
        configured(std::slice::from_ref(&one)).build(&all).unwrap()
    };
    for (issuers, algorithm, expected) in [
        (config(json!({})), Algorithm::RS256, "good"),
        (config(json!({})), Algorithm::RS512, "algorithm_refused"),
        (config(json!({})), Algorithm::ES256, "algorithm_refused"),
        (
            config(json!({"algorithms": ["ES256", "RS512"]})),
            Algorithm::RS512,
            "good",
        ),
        (
            config(json!({"algorithms": ["ES256", "RS512"]})),
            Algorithm::RS256,
            "algorithm_refused",
        ),
    ] {
        let token = one.token().algorithm(algorithm).sign();
        assert_eq!(outcome(&issuers, &token).await, expected, "{algorithm}");
    }
    // Issuers that predate RFC 9068 are served; what is plainly an ID token is not.
    let old = one.token().typ(None).without("client_id").without("jti");
    assert_eq!(outcome(&config(json!({})), &old.sign()).await, "good");
    assert_eq!(
        outcome(&config(json!({})), &old.claim("nonce", "n").sign()).await,
        "id_token_presented"
    );
}

// covers: planet-38, planet-85
#[tokio::test]
async fn configured_endpoints_need_no_discovery() {
    let [one, _] = two();
    let config = json!([{
        "client_type": "oidc_client_credentials_secret", "client_id": "api", "client_secret": "s3cret",
        "auth_server": ONE, "audiences": [API], "algorithms": ["ES256"],
        "jwks_endpoint": format!("{ONE}/jwks"), "introspection_endpoint": format!("{ONE}/introspect"),
    }]);
    let issuers = configured(std::slice::from_ref(&one))
        .build(&configs(&config))
        .unwrap();
    assert_eq!(confirmed(&issuers, &one.token().sign()).await, "good");
    assert_eq!(one.count(Endpoint::Metadata), 0);
    assert_eq!(
        (
            one.count(Endpoint::Jwks),
            one.count(Endpoint::Introspection)
        ),
        (1, 1)
    );
}

// covers: planet-85
#[tokio::test]
async fn each_issuer_is_asked_as_the_client_that_its_configuration_describes() {
    let [one, two] = two();
    let client = |server: &str, secret: &str, more: Value| {
        let mut config = json!({
            "client_type": "oidc_client_credentials_secret", "client_id": "api", "client_secret": secret,
            "auth_server": server, "audiences": [API], "algorithms": ["ES256"],
        });
        config
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        config
    };
    let config = json!([
        client(
            ONE,
            "secret-of-one",
            json!({"client_auth_method": "client_secret_post"})
        ),
        client(
            TWO,
            "secret-of-two",
            json!({"client_auth_method": "client_secret_basic"})
        ),
    ]);
    let issuers = configured(&[one.clone(), two.clone()])
        .build(&configs(&config))
        .unwrap();
    let token = one.token().sign();
    assert_eq!(confirmed(&issuers, &token).await, "good");
    assert_eq!(confirmed(&issuers, &two.token().sign()).await, "good");
    let asked = |issuer: &TestIssuer| {
        let request = issuer.requests(Endpoint::Introspection).remove(0);
        let header = request.headers().contains_key(http::header::AUTHORIZATION);
        (header, String::from_utf8(request.body().to_vec()).unwrap())
    };
    let (basic, form) = asked(&one);
    assert!(!basic && form.contains("client_secret=secret-of-one"));
    let (basic, form) = asked(&two);
    assert!(basic && !form.contains("secret-of"));
    one.revoke(&token);
    assert_eq!(confirmed(&issuers, &token).await, "inactive");
    assert_eq!(outcome(&issuers, &token).await, "good");
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_matters_only_when_the_issuer_is_asked() {
    let [one, _] = two();
    let config = json!([{
        "client_type": "oidc_client_credentials_secret", "client_id": "api",
        "client_secret_file": "/nonexistent/secret",
        "auth_server": ONE, "audiences": [API], "algorithms": ["ES256"],
    }]);
    let issuers = configured(std::slice::from_ref(&one))
        .build(&configs(&config))
        .unwrap();
    let token = one.token().sign();
    assert_eq!(outcome(&issuers, &token).await, "good");
    let rejection = issuers.verify_with_revocation(&token).await.unwrap_err();
    assert_eq!(rejection.code(), "introspection_unavailable");
    assert!(
        rejection.to_string().contains("client_secret"),
        "{rejection}"
    );
}

// covers: planet-85
#[tokio::test]
async fn clients_that_exist_already_are_taken_as_they_are() {
    let [one, _] = two();
    let client = |values: Value| {
        let config = ClientConfig::from_json(values.to_string().as_bytes()).unwrap();
        Client::from_config(config, one.transport(), Clock::from(one.clock().clone())).unwrap()
    };
    let good = client(json!({
        "client_type": "oidc_client_validator", "auth_server": ONE, "audiences": [API], "algorithms": ["ES256"],
    }));
    let issuers = ConfiguredIssuers::new()
        .build_from_clients([good.clone()])
        .unwrap();
    assert_eq!(outcome(&issuers, &one.token().sign()).await, "good");
    let twice = ConfiguredIssuers::new().build_from_clients([good.clone(), good]);
    assert_eq!(twice.unwrap_err().code(), "duplicate_issuer");
    for (odd, expected) in [
        (json!({"client_type": "none"}), "not_an_openid_client"),
        (
            json!({"client_type": "oidc_client_validator", "auth_server": ONE}),
            "no_audience",
        ),
    ] {
        let error = ConfiguredIssuers::new().build_from_clients([client(odd)]);
        assert_eq!(error.unwrap_err().code(), expected);
    }
}
