//! A whole service over real HTTP: two issuers, every answer that a client can get.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;
use keyfob_protocol::challenge::Challenge;
use keyfob_transport::Clock;
use keyfob_verify::binding::Binding;
use keyfob_verify::dpop::ProofRules;
use keyfob_verify::layer::{RequireLayer, VerifyLayer};
use keyfob_verify::resource::ProtectedResourceMetadata;
use keyfob_verify::testing::{self, TestIssuer, Wrong};
use keyfob_verify::{Issuers, Principal, Requirement};
use reqwest::{Client, RequestBuilder, Response};
use tokio::net::TcpListener;

use crate::layer::bound::Holder;

struct Service {
    address: String,
    staff: TestIssuer,
    partners: TestIssuer,
    http: Client,
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let staff = TestIssuer::new("https://login.example").for_audience(&*address);
        let partners = TestIssuer::new("https://partner.example/id").for_audience(&*address);
        let partners = partners.on_clock(staff.clock().clone());
        let router = router(&address, &staff, &partners);
        tokio::spawn(axum::serve(listener, router).into_future());
        Self {
            address,
            staff,
            partners,
            http: Client::builder().no_proxy().build().unwrap(),
        }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.address))
    }

    async fn who(&self, token: &str) -> Response {
        self.get("/who").bearer_auth(token).send().await.unwrap()
    }
}

fn router(address: &str, staff: &TestIssuer, partners: &TestIssuer) -> Router {
    let transport = testing::transport([staff.clone(), partners.clone()]);
    let issuers = Issuers::builder()
        .issuer(staff.verifier_builder().transport(transport.clone()))
        .issuer(partners.verifier_builder().transport(transport))
        .build()
        .unwrap();
    let metadata = ProtectedResourceMetadata::builder(address)
        .authorization_server(staff.issuer())
        .authorization_server(partners.issuer())
        .build()
        .unwrap();
    let clock = Clock::from(staff.clock().clone());
    let binding = Binding::new().with_proofs(ProofRules::new().with_clock(clock));
    let layer = VerifyLayer::new(issuers).resource(metadata);
    let strong = Requirement::new().acr(["phr"]);
    let writes = Requirement::new().all_scopes(["write"]);
    let who = async |who: Principal| format!("{} of {}", who.subject(), who.issuer());
    Router::new()
        .route("/strong", get(who))
        .route_layer(RequireLayer::new(strong))
        .merge(
            Router::new()
                .route("/write", post(who))
                .route_layer(RequireLayer::new(writes)),
        )
        .route("/who", get(who))
        .layer(layer.binding(binding, address).unwrap())
}

/// The `error` of the only Bearer challenge, `-` if it has none.
fn error(response: &Response) -> String {
    let all = Challenge::read_all(response.headers());
    let bearer = all.iter().find(|one| one.scheme == "Bearer").unwrap();
    assert!(bearer.parameter("resource_metadata").is_some());
    bearer.parameter("error").unwrap_or("-").to_owned()
}

#[tokio::test]
async fn lets_the_tokens_of_both_issuers_pass() {
    let service = Service::start().await;
    for issuer in [&service.staff, &service.partners] {
        let response = service.who(&issuer.token().subject("alice").sign()).await;
        assert_eq!(response.status(), StatusCode::OK);
        let expected = format!("alice of {}", issuer.issuer());
        assert_eq!(response.text().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn answers_each_bad_request_by_its_kind() {
    let service = Service::start().await;
    let stranger = TestIssuer::new("https://stranger.example").for_audience(&*service.address);
    let holder = Holder::of(&service.staff);
    let staff = &service.staff;
    let cases = [
        ("garbage".to_owned(), 401, "invalid_token"),
        (staff.wrong(Wrong::Expired), 401, "invalid_token"),
        (staff.wrong(Wrong::BadSignature), 401, "invalid_token"),
        (staff.wrong(Wrong::OtherAudience), 401, "invalid_token"),
        (stranger.token().sign(), 401, "invalid_token"),
        (holder.token.clone(), 401, "invalid_token"),
        ("x".repeat(20_000), 400, "invalid_request"),
    ];
    for (token, status, code) in cases {
        let response = service.who(&token).await;
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(error(&response), code);
        assert_eq!(response.headers().get("cache-control").unwrap(), "no-store");
        let body = response.text().await.unwrap();
        assert!(body.contains(code), "{body}");
        assert!(!body.contains(&token), "{body}");
    }
    assert_eq!(
        stranger.total(),
        0,
        "nobody asks an issuer that is not trusted"
    );

    let response = service.get("/who").send().await.unwrap();
    assert_eq!((response.status().as_u16(), &*error(&response)), (401, "-"));
    let token = staff.token().sign();
    let two = service.get("/who").bearer_auth(&token).bearer_auth(&token);
    let response = two.send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &*error(&response)),
        (400, "invalid_request")
    );
}

#[tokio::test]
async fn asks_for_what_a_route_needs() {
    let service = Service::start().await;
    let token = service.staff.token().scopes(["read"]).sign();
    let post = |token: &str| {
        let request = service.http.post(format!("{}/write", service.address));
        request.bearer_auth(token).send()
    };
    let response = post(&token).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &*error(&response)),
        (403, "insufficient_scope")
    );
    let wider = service.partners.token().scopes(["read", "write"]).sign();
    assert_eq!(post(&wider).await.unwrap().status(), StatusCode::OK);

    let response = service
        .get("/strong")
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    let expected = (401, "insufficient_user_authentication");
    assert_eq!((response.status().as_u16(), &*error(&response)), expected);
    let strong = service.staff.token().claim("acr", "phr").sign();
    let response = service
        .get("/strong")
        .bearer_auth(strong)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn says_503_while_an_issuer_is_down_and_serves_the_tokens_of_the_other() {
    let service = Service::start().await;
    let token = service.staff.token().sign();
    service.staff.fail();
    let response = service.who(&token).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    assert!(!response.headers().contains_key("www-authenticate"));
    let other = service.partners.token().sign();
    assert_eq!(service.who(&other).await.status(), StatusCode::OK);

    // A minute later the issuer is back, and the very same token is good.
    service.staff.recover();
    service.staff.clock().advance(Duration::from_mins(1));
    assert_eq!(service.who(&token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn lets_the_holder_of_a_bound_token_pass() {
    let service = Service::start().await;
    let holder = Holder::of(&service.staff);
    let address = format!("{}/who", service.address);
    let proof = holder.proof(&service.staff, &address, "1", None);
    let request = service.get("/who").header("dpop", proof);
    let request = request.header("authorization", format!("DPoP {}", holder.token));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn tells_strangers_where_to_get_a_token() {
    let service = Service::start().await;
    let response = service
        .get("/.well-known/oauth-protected-resource")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.text().await.unwrap();
    assert!(body.contains("https://partner.example/id"), "{body}");
    assert!(body.contains(&service.address), "{body}");
}

#[tokio::test]
async fn stands_in_front_of_plain_hyper() {
    use http_body_util::{BodyExt as _, Full};
    use hyper::body::{Bytes, Incoming};
    use tower::{Layer as _, ServiceExt as _};

    let issuer = TestIssuer::new("https://login.example");
    let echo = tower::service_fn(async |request: http::Request<Incoming>| {
        let body = request.into_body().collect().await?.to_bytes();
        Ok::<_, hyper::Error>(http::Response::new(Full::<Bytes>::new(body)))
    });
    let service = VerifyLayer::new(issuer.verifier()).layer(echo);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service.clone();
            let answer =
                hyper::service::service_fn(move |request| service.clone().oneshot(request));
            let io = hyper_util::rt::TokioIo::new(stream);
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(io, answer);
            tokio::spawn(connection);
        }
    });
    let http = Client::builder().no_proxy().build().unwrap();
    let post = |token: String| http.post(&address).bearer_auth(token).body("hello").send();
    let response = post(issuer.token().sign()).await.unwrap();
    assert_eq!(response.text().await.unwrap(), "hello");
    let response = post(issuer.wrong(Wrong::Expired)).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.text().await.unwrap().contains("invalid_token"));
}
