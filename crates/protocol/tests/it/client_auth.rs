//! The five client authentications (RFC 6749 §2.3.1, RFC 7523 §3, OpenID Connect Core §9).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyfob_protocol::exchange::Request;
use keyfob_protocol::jose::{Algorithm, Claims, CompactJws, Secret, SigningKey, VerifyingKey, jwt};
use keyfob_protocol::{AssertionAudience, Client, ClientAuthentication, TokenRequest};

use crate::fixtures::{self, CLIENT, NOW, SECRET};

fn request(authentication: ClientAuthentication) -> Request {
    let client = Client::new(CLIENT, authentication);
    let grant = TokenRequest::client_credentials();
    grant
        .request(&fixtures::metadata(), &client, fixtures::now())
        .unwrap()
}

fn basic(id: &str, secret: &str) -> String {
    let authentication = ClientAuthentication::SecretBasic(Secret::new(secret));
    let client = Client::new(id, authentication);
    let grant = TokenRequest::client_credentials();
    let request = grant
        .request(&fixtures::metadata(), &client, fixtures::now())
        .unwrap();
    assert!(!fixtures::form(&request).contains_key("client_id"));
    let value = request.headers()["authorization"].clone();
    assert!(value.is_sensitive());
    let encoded = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
    String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
}

#[test]
fn none_sends_client_id_only() {
    let request = request(ClientAuthentication::None);
    let form = fixtures::form(&request);
    assert_eq!(form["client_id"], CLIENT);
    assert_eq!(form.len(), 2);
    assert!(!request.headers().contains_key("authorization"));
}

#[test]
fn basic_is_that_of_rfc_6749_section_2_3_1() {
    let client = Client::new(
        "s6BhdRkqt3",
        ClientAuthentication::SecretBasic(Secret::new("7Fjfp0ZBr1KtDRbnfVdmIw")),
    );
    let grant = TokenRequest::client_credentials();
    let request = grant
        .request(&fixtures::metadata(), &client, fixtures::now())
        .unwrap();
    let expected = "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3";
    assert_eq!(request.headers()["authorization"], expected);
}

#[test]
fn basic_form_encodes_id_and_secret_first() {
    assert_eq!(basic("a:b c", "p%s+t/é"), "a%3Ab+c:p%25s%2Bt%2F%C3%A9");
    assert_eq!(
        basic("plain-id_1.x", "S3cr.et-_*"),
        "plain-id_1.x:S3cr.et-_*"
    );
}

#[test]
fn post_sends_id_and_secret_in_the_body() {
    let request = request(ClientAuthentication::SecretPost(Secret::new("p&s=t")));
    let form = fixtures::form(&request);
    assert_eq!(form["client_id"], CLIENT);
    assert_eq!(form["client_secret"], "p&s=t");
    assert!(!request.headers().contains_key("authorization"));
}

#[test]
fn secret_jwt_signs_with_the_client_secret() {
    for algorithm in [Algorithm::HS256, Algorithm::HS512] {
        let secret = Secret::new(SECRET.repeat(2));
        let request = request(ClientAuthentication::SecretJwt {
            secret: secret.clone(),
            algorithm,
            audience: AssertionAudience::default(),
        });
        let assertion = fixtures::form(&request)["client_assertion"].clone();
        let jws = CompactJws::parse(&assertion).unwrap();
        assert_eq!(jws.header().alg, algorithm);
        jws.verify(&VerifyingKey::hmac(&secret, algorithm).unwrap())
            .unwrap();
    }
}

#[test]
fn private_key_jwt_signs_with_every_asymmetric_algorithm_and_names_the_key() {
    for algorithm in [
        Algorithm::RS256,
        Algorithm::PS256,
        Algorithm::ES384,
        Algorithm::EdDSA,
    ] {
        let key = SigningKey::generate(algorithm)
            .unwrap()
            .with_kid("client-key");
        let audience = AssertionAudience::Issuer;
        let request = request(ClientAuthentication::PrivateKeyJwt {
            key: key.clone(),
            audience,
        });
        let form = fixtures::form(&request);
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        assert_eq!(form["client_assertion_type"], kind);
        assert!(!form.contains_key("client_id") && !form.contains_key("client_secret"));

        let jws = CompactJws::parse(&form["client_assertion"]).unwrap();
        assert_eq!(jws.header().alg, algorithm);
        assert_eq!(jws.header().kid.as_deref(), Some("client-key"));
        assert!(jws.header().has_type("JWT"));
        let claims = jws
            .verify(&key.verifying_key().unwrap())
            .unwrap()
            .claims()
            .unwrap();
        assert_eq!(claims.iss.as_deref(), Some(CLIENT));
        assert_eq!(claims.sub.as_deref(), Some(CLIENT));
        let seconds = |date: Option<jwt::NumericDate>| date.unwrap().as_secs();
        assert_eq!(seconds(claims.iat), NOW);
        assert_eq!(seconds(claims.nbf), NOW);
        assert_eq!(seconds(claims.exp), NOW + 300);
        assert!(claims.jti.unwrap().len() >= 22);
    }
}

#[test]
fn assertion_audience_follows_the_policy() {
    let table = [
        (AssertionAudience::Issuer, "https://as.example"),
        (AssertionAudience::TokenEndpoint, "https://as.example/token"),
        (AssertionAudience::Endpoint, "https://as.example/revoke"),
        (AssertionAudience::Other("urn:x".into()), "urn:x"),
    ];
    for (audience, expected) in table {
        let key = fixtures::KEY.clone();
        let authentication = ClientAuthentication::PrivateKeyJwt { key, audience };
        let client = Client::new(CLIENT, authentication);
        let revocation = keyfob_protocol::RevocationRequest::new("t");
        let request = revocation
            .request(&fixtures::metadata(), &client, fixtures::now())
            .unwrap();
        let assertion = fixtures::form(&request)["client_assertion"].clone();
        let jws = CompactJws::parse(&assertion).unwrap();
        let claims = Claims::parse(jws.unverified_payload()).unwrap();
        assert_eq!(claims.aud.unwrap().as_slice(), [expected]);
    }
}

#[test]
fn every_assertion_has_a_fresh_jti() {
    let jti = || {
        let key = fixtures::KEY.clone();
        let audience = AssertionAudience::Issuer;
        let request = request(ClientAuthentication::PrivateKeyJwt { key, audience });
        let assertion = fixtures::form(&request)["client_assertion"].clone();
        let jws = CompactJws::parse(&assertion).unwrap();
        Claims::parse(jws.unverified_payload())
            .unwrap()
            .jti
            .unwrap()
    };
    assert_ne!(jti(), jti());
}

#[test]
fn refuses_keys_that_do_not_fit_the_method() {
    let error = |authentication| {
        let client = Client::new(CLIENT, authentication);
        let grant = TokenRequest::client_credentials();
        grant
            .request(&fixtures::metadata(), &client, fixtures::now())
            .unwrap_err()
            .code()
    };
    let audience = AssertionAudience::Issuer;
    let secret = Secret::new(SECRET);
    let key = SigningKey::hmac(&secret, Algorithm::HS256).unwrap();
    let private = ClientAuthentication::PrivateKeyJwt {
        key,
        audience: audience.clone(),
    };
    assert_eq!(error(private), "unsupported");
    let algorithm = Algorithm::RS256;
    let wrong = ClientAuthentication::SecretJwt {
        secret,
        algorithm,
        audience: audience.clone(),
    };
    assert_eq!(error(wrong), "key_mismatch");
    let (secret, algorithm) = (Secret::new("short"), Algorithm::HS256);
    let weak = ClientAuthentication::SecretJwt {
        secret,
        algorithm,
        audience,
    };
    assert_eq!(error(weak), "weak_key");
}

#[test]
fn refuses_client_without_id() {
    let grant = TokenRequest::client_credentials();
    let client = Client::public("");
    let error = grant
        .request(&fixtures::metadata(), &client, fixtures::now())
        .unwrap_err();
    assert_eq!(error.code(), "bad_setting");
}

#[test]
fn method_names_are_those_of_the_metadata() {
    let secret = Secret::new(SECRET);
    let audience = AssertionAudience::Issuer;
    let algorithm = Algorithm::HS256;
    let all = [
        ClientAuthentication::None,
        ClientAuthentication::SecretBasic(secret.clone()),
        ClientAuthentication::SecretPost(secret.clone()),
        ClientAuthentication::SecretJwt {
            secret,
            algorithm,
            audience: audience.clone(),
        },
        ClientAuthentication::PrivateKeyJwt {
            key: fixtures::KEY.clone(),
            audience,
        },
    ];
    let names = all.map(|one| one.method());
    let expected = [
        "none",
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
    ];
    assert_eq!(names, expected);
}
