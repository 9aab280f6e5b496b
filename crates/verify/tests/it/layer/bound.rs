//! Tokens that are bound to a key (RFC 9449) or to a certificate (RFC 8705), through the layer.

use std::time::{Duration, SystemTime};

use http::{Request, StatusCode};
use keyfob_jose::{Algorithm, HeaderFields, SigningKey, jws};
use keyfob_protocol::dpop::access_token_hash;
use keyfob_verify::binding::Binding;
use keyfob_verify::danger::ForwardedCertificate;
use keyfob_verify::dpop::{Nonces, ProofRules};
use keyfob_verify::layer::{ClientCertificate, VerifyLayer};
use keyfob_verify::mtls;
use keyfob_verify::testing::TestIssuer;
use serde_json::json;

use super::{Answer, ask, bearer, get, issuer};

pub(super) const ADDRESS: &str = "https://api.example";

pub(crate) struct Holder {
    key: SigningKey,
    pub(crate) token: String,
}

impl Holder {
    pub(crate) fn of(issuer: &TestIssuer) -> Self {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let thumbprint = key.public_jwk().unwrap().thumbprint();
        let token = issuer.token().subject("alice");
        let token = token.claim("cnf", json!({ "jkt": thumbprint })).sign();
        Self { key, token }
    }

    pub(crate) fn proof(
        &self,
        issuer: &TestIssuer,
        uri: &str,
        id: &str,
        nonce: Option<&str>,
    ) -> String {
        let now = issuer.clock().now().duration_since(SystemTime::UNIX_EPOCH);
        let mut claims = json!({
            "htm": "GET", "htu": uri, "iat": now.unwrap().as_secs(), "jti": id,
            "ath": access_token_hash(&self.token),
        });
        if let Some(nonce) = nonce {
            let members = claims.as_object_mut().unwrap();
            members.insert("nonce".to_owned(), nonce.into());
        }
        let jwk = self.key.public_jwk().unwrap().to_value();
        let header = HeaderFields::typ("dpop+jwt").with("jwk", jwk);
        jws::sign(&self.key, &header, claims.to_string().as_bytes()).unwrap()
    }

    pub(super) fn request(&self, proofs: &[String]) -> Request<String> {
        let mut request = get(&format!("DPoP {}", self.token));
        for proof in proofs {
            request.headers_mut().append("dpop", proof.parse().unwrap());
        }
        request
    }
}

pub(super) fn proofs(issuer: &TestIssuer) -> ProofRules {
    ProofRules::new().with_clock(issuer.clock().clone().into())
}

fn layer(issuer: &TestIssuer, binding: Binding) -> VerifyLayer {
    let layer = VerifyLayer::new(issuer.verifier());
    layer.binding(binding, ADDRESS).unwrap()
}

fn assert_refused(answer: &Answer, code: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{code}");
    assert_eq!(answer.refused, Some(code));
}

#[tokio::test]
async fn refuses_a_bound_token_where_nothing_is_set_up_to_prove_it() {
    let issuer = issuer();
    let holder = Holder::of(&issuer);
    let plain = VerifyLayer::new(issuer.verifier());
    assert_refused(
        &ask(&plain, bearer(&holder.token)).await,
        "binding_required",
    );
    // The scheme is not even offered.
    assert_refused(&ask(&plain, holder.request(&[])).await, "no_token");
}

#[tokio::test]
async fn lets_a_bound_token_pass_with_a_proof_for_this_request_once() {
    let issuer = issuer();
    let holder = Holder::of(&issuer);
    let layer = layer(&issuer, Binding::new().with_proofs(proofs(&issuer)));
    let here = "https://api.example/things";
    let proof = holder.proof(&issuer, here, "1", None);
    let answer = ask(&layer, holder.request(std::slice::from_ref(&proof))).await;
    assert_eq!(answer.body, "alice sensitive");

    let again = ask(&layer, holder.request(&[proof])).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        again.challenge("DPoP").parameter("error"),
        Some("invalid_dpop_proof")
    );
    assert!(
        again
            .challenge("DPoP")
            .parameter("algs")
            .unwrap()
            .contains("ES256")
    );

    let elsewhere = holder.proof(&issuer, "https://other.example/things", "2", None);
    let mut request = holder.request(&[elsewhere]);
    // The service knows its own name; what a client writes does not count.
    request
        .headers_mut()
        .insert("host", "other.example".parse().unwrap());
    *request.uri_mut() = "https://other.example/things".parse().unwrap();
    assert_eq!(ask(&layer, request).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn refuses_a_bound_token_as_bearer_and_without_or_with_two_proofs() {
    let issuer = issuer();
    let holder = Holder::of(&issuer);
    let layer = layer(&issuer, Binding::new().with_proofs(proofs(&issuer)));
    let answer = ask(&layer, bearer(&holder.token)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.challenge("Bearer").parameter("error"),
        Some("invalid_token")
    );
    assert_eq!(answer.challenge("DPoP").parameter("error"), None);

    let here = "https://api.example/things";
    let proof = |id| holder.proof(&issuer, here, id, None);
    for proofs in [vec![], vec![proof("1"), proof("2")]] {
        let answer = ask(&layer, holder.request(&proofs)).await;
        assert_eq!(
            answer.challenge("DPoP").parameter("error"),
            Some("invalid_dpop_proof")
        );
    }
    let plain = issuer.token().sign();
    assert_eq!(
        ask(&layer, get(&format!("DPoP {plain}"))).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(ask(&layer, bearer(&plain)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn asks_for_its_nonce_and_hands_out_the_next() {
    let issuer = issuer();
    let holder = Holder::of(&issuer);
    let nonces = Nonces::random(Duration::from_mins(1)).unwrap();
    let rules = proofs(&issuer).with_nonces(nonces);
    let layer = layer(&issuer, Binding::new().with_proofs(rules));
    let here = "https://api.example/things";
    let first = holder.proof(&issuer, here, "1", None);
    let answer = ask(&layer, holder.request(&[first])).await;
    assert_refused(&answer, "use_dpop_nonce");
    let nonce = answer.header("dpop-nonce").to_owned();
    let second = holder.proof(&issuer, here, "2", Some(&nonce));
    let answer = ask(&layer, holder.request(&[second])).await;
    assert_eq!(answer.body, "alice sensitive");
    assert!(!answer.header("dpop-nonce").is_empty());
}

#[tokio::test]
async fn lets_a_certificate_bound_token_pass_with_its_certificate_only() {
    let issuer = issuer();
    let layer = layer(&issuer, Binding::new());
    let cnf = json!({ "x5t#S256": mtls::thumbprint(b"certificate") });
    let token = issuer.token().subject("alice").claim("cnf", cnf).sign();
    let with = |der: &'static [u8]| {
        let mut request = bearer(&token);
        request
            .extensions_mut()
            .insert(ClientCertificate::from_der(der));
        request
    };
    assert_eq!(
        ask(&layer, with(b"certificate")).await.body,
        "alice sensitive"
    );
    assert_eq!(
        ask(&layer, with(b"other")).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        ask(&layer, bearer(&token)).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn takes_a_proxys_word_for_the_certificate_only_if_told_to() {
    let issuer = issuer();
    let layer = layer(&issuer, Binding::new());
    let cnf = json!({ "x5t#S256": mtls::thumbprint(b"certificate") });
    let token = issuer.token().subject("alice").claim("cnf", cnf).sign();
    let request = |value: &str| {
        let mut request = bearer(&token);
        request
            .headers_mut()
            .insert("client-cert", value.parse().unwrap());
        request
    };
    let forwarded = ":Y2VydGlmaWNhdGU=:";
    let answer = ask(&layer, request(forwarded)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let layer = layer.certificate_in_header(ForwardedCertificate::client_cert());
    assert_eq!(
        ask(&layer, request(forwarded)).await.body,
        "alice sensitive"
    );
    let answer = ask(&layer, request("certificate")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[test]
fn needs_the_address_that_clients_use() {
    for address in [
        "",
        "api.example",
        "http://api.example",
        "https://api.example?x",
        "https://a@b",
    ] {
        let layer = VerifyLayer::new(issuer().verifier());
        let error = layer.binding(Binding::new(), address).unwrap_err();
        assert_eq!(error.code(), "bad_resource", "{address}");
    }
}
