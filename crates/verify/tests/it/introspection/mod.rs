//! Tokens that only their issuer can tell anything about.

mod answers;
mod calm;
mod combined;
mod fresh;
mod signed;

use std::time::Duration;

use keyfob_protocol::{Client, ClientAuthentication, Endpoint};
use keyfob_transport::RetryPolicy;
use keyfob_verify::testing::TestIssuer;
use keyfob_verify::{AnswerMemory, Introspector, IntrospectorBuilder, Principal, Rejection};
use serde_json::Value;

use crate::tokens::code;

const SECOND: Duration = Duration::from_secs(1);
const ISSUER: &str = "https://op.example";

fn client() -> Client {
    Client::new("api", ClientAuthentication::SecretBasic("s3cret".into()))
}

/// Asks once for each question, so that requests and questions are the same number.
pub(crate) fn builder(issuer: &TestIssuer) -> IntrospectorBuilder {
    Introspector::builder(issuer.issuer())
        .audience(issuer.audience())
        .client(client())
        .transport(issuer.transport().with_retry(RetryPolicy::never()))
        .clock(issuer.clock().clone().into())
}

/// An issuer, and an introspector that remembers.
fn scene() -> (TestIssuer, Introspector) {
    let issuer = TestIssuer::new(ISSUER);
    let introspector = builder(&issuer).memory(AnswerMemory::new(100));
    (issuer, introspector.build().unwrap())
}

fn questions(issuer: &TestIssuer) -> usize {
    issuer.count(Endpoint::Introspection)
}

/// What becomes of any token if the issuer answers like this.
async fn judged(answer: &Value) -> &'static str {
    code(&judge(answer).await)
}

async fn judge(answer: &Value) -> Result<Principal, Rejection> {
    let (issuer, introspector) = scene();
    issuer.answer(Endpoint::Introspection, 200, answer.to_string());
    introspector.verify("opaque").await
}

/// Lets tasks run until they wait for something.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
