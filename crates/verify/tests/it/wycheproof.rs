//! The Wycheproof vectors through the verifier.
//!
//! Their payloads are no claims, so no verifier may take them as they are. Each vector is therefore tried three times:
//! as it is; with good claims under its own header, signed with its key; and so with its own signature. What is wrong
//! with an invalid vector's header, form or key must show in the second, what is wrong with its signature in the third.

use keyfob_jose::{Algorithm, JwkSet, SigningKey, base64url};
use keyfob_verify::{Profile, Verifier};
use serde_json::{Value, json};

use crate::tokens::{API, ISSUER, claims, code, now};
use crate::vectors::{CONTRADICTORY, groups, tests};

#[derive(Default)]
struct Counts {
    accepted: usize,
    header_or_key: usize,
    signature: usize,
    symmetric: usize,
    contradictory: usize,
    failures: Vec<String>,
}

#[tokio::test]
async fn json_web_signature_vectors() {
    let groups = groups("json_web_signature_test.json");
    let mut counts = Counts::default();
    for (group, test) in tests(&groups) {
        let listed = CONTRADICTORY.iter().any(|(id, ..)| test["tcId"] == *id);
        if listed {
            counts.contradictory += 1;
            assert_ne!(try_as_it_is(&set(group), test).await, "good");
        } else {
            counts.note(group, test).await;
        }
    }
    counts.report("json_web_signature", 401);
}

#[tokio::test]
async fn json_web_key_vectors() {
    let groups = groups("json_web_key_test.json");
    let mut counts = Counts::default();
    for (group, test) in tests(&groups) {
        counts.note(group, test).await;
    }
    counts.report("json_web_key", 26);
}

impl Counts {
    async fn note(&mut self, group: &Value, test: &Value) {
        let keys = set(group);
        assert_ne!(try_as_it_is(&keys, test).await, "good", "{}", test["tcId"]);
        let valid = test["result"] == "valid";
        if keys.keys().is_empty() && private_keys(group).iter().any(|key| key["kty"] == "oct") {
            // A verifier never takes a shared secret, whatever it signed.
            self.symmetric += 1;
            return;
        }
        let signed = try_signed(&keys, group, test).await;
        match (valid, signed) {
            (true, "good") => self.accepted += 1,
            (true, code) => self.fail(test, code),
            (false, "good") => match try_with_its_signature(&keys, test).await {
                "good" => self.fail(test, "good"),
                _ => self.signature += 1,
            },
            (false, _) => self.header_or_key += 1,
        }
    }

    fn fail(&mut self, test: &Value, code: &str) {
        let (id, comment) = (&test["tcId"], &test["comment"]);
        self.failures.push(format!("{id} {comment}: {code}"));
    }

    fn report(&self, name: &str, total: usize) {
        let Self {
            accepted,
            header_or_key,
            signature,
            symmetric,
            contradictory,
            failures,
        } = self;
        eprintln!(
            "wycheproof {name} through the verifier: {accepted} valid accepted with claims, {header_or_key} invalid \
             refused for header, form or key, {signature} for the signature, {symmetric} for a shared secret, \
             {contradictory} contradictory"
        );
        assert!(failures.is_empty(), "{failures:#?}");
        assert_eq!(
            accepted + header_or_key + signature + symmetric + contradictory,
            total
        );
    }
}

async fn try_as_it_is(keys: &JwkSet, test: &Value) -> &'static str {
    verdict(keys, test["jws"].as_str().unwrap()).await
}

/// Good claims under the vector's header, signed with the vector's private key.
async fn try_signed(keys: &JwkSet, group: &Value, test: &Value) -> &'static str {
    let Some((input, dots)) = input(test) else {
        return "malformed_token";
    };
    let mut outcome = "unknown_key";
    for private in private_keys(group) {
        let Some(key) = signing_key(&private, &input) else {
            continue;
        };
        let signature = base64url::encode(key.sign(input.as_bytes()).unwrap());
        outcome = verdict(keys, &format!("{input}.{signature}{dots}")).await;
        if outcome == "good" {
            break;
        }
    }
    outcome
}

async fn try_with_its_signature(keys: &JwkSet, test: &Value) -> &'static str {
    let (input, _) = input(test).unwrap();
    let token = test["jws"].as_str().unwrap();
    let signature = token.splitn(3, '.').nth(2).unwrap_or_default();
    verdict(keys, &format!("{input}.{signature}")).await
}

/// The vector's header as written and the good claims; what follows a third part is kept.
fn input(test: &Value) -> Option<(String, String)> {
    let token = test["jws"].as_str().unwrap();
    let mut parts = token.splitn(4, '.');
    let header = parts.next()?;
    parts.next()?;
    let rest = parts
        .nth(1)
        .map_or_else(String::new, |rest| format!(".{rest}"));
    let claims = base64url::encode(Value::Object(claims()).to_string());
    Some((format!("{header}.{claims}"), rest))
}

/// The key, made to sign with the algorithm of the header so that only the rules can refuse the outcome.
fn signing_key(private: &Value, input: &str) -> Option<SigningKey> {
    let header = base64url::decode(input.split('.').next()?).ok();
    let header: Option<Value> = header.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let algorithm = header.and_then(|header| header["alg"].as_str()?.parse().ok());
    let mut bare = private.clone();
    for member in ["alg", "use", "key_ops"] {
        bare.as_object_mut()?.remove(member);
    }
    SigningKey::from_jwk(&bare, algorithm).ok()
}

async fn verdict(keys: &JwkSet, token: &str) -> &'static str {
    let verifier = Verifier::builder(ISSUER)
        .audience(API)
        .algorithms(Algorithm::ASYMMETRIC)
        .profile(Profile::Plain)
        .keys(keys.clone())
        .clock(keyfob_transport::ManualClock::new(now()).into())
        .build()
        .unwrap();
    code(&verifier.verify(token).await)
}

/// The group's public keys, as a provider would publish them.
fn set(group: &Value) -> JwkSet {
    let public = match &group["public"] {
        Value::Null => &group["private"],
        public => public,
    };
    let set = match public.get("keys") {
        Some(_) => public.clone(),
        None => json!({"keys": [public]}),
    };
    JwkSet::parse(set.to_string().as_bytes()).unwrap()
}

fn private_keys(group: &Value) -> Vec<Value> {
    let private = &group["private"];
    private["keys"]
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![private.clone()])
}
