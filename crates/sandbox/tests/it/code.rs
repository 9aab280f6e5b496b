//! The code flow through the real pages, with everything that must be refused.

use keyfob_sandbox::{Client, Endpoint, SandboxConfig};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::{REDIRECT, VERIFIER, one, parameters, stage, stage_with, text};

#[tokio::test]
async fn code_flow_ends_with_all_three_tokens() {
    let stage = stage();
    let callback = stage.callback(&[]).await;
    assert_eq!(one(&callback, "state"), "st");
    assert_eq!(one(&callback, "iss"), stage.sandbox.issuer());
    let tokens = stage.redeem(&one(&callback, "code")).await.ok();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid email offline_access api:read");
    let id = stage.claims(&text(&tokens, "id_token")).await;
    assert_eq!(id.iss, Some(stage.sandbox.issuer()));
    assert_eq!(id.sub.as_deref(), Some("user-alice"));
    assert_eq!(id.text("nonce"), Some("no"));
    assert_eq!(id.text("email"), Some("alice@example.test"));
    assert!(id.aud.unwrap().contains("demo-cli"));
    let access = stage.claims(&text(&tokens, "access_token")).await;
    assert_eq!(access.text("client_id"), Some("demo-cli"));
    assert!(access.aud.unwrap().contains(&stage.url("/api")));
    assert!(!text(&tokens, "refresh_token").is_empty());
    assert_eq!(stage.sandbox.counters().token_success, 1);
}

#[tokio::test]
async fn no_refresh_token_without_offline_access() {
    let stage = stage();
    let callback = stage.callback(&[("scope", "openid")]).await;
    let tokens = stage.redeem(&one(&callback, "code")).await.ok();
    assert!(tokens.get("refresh_token").is_none());
    stage
        .sandbox
        .settings(|s| s.always_issue_refresh_token = true);
    let callback = stage.callback(&[("scope", "openid")]).await;
    assert!(stage.redeem(&one(&callback, "code")).await.ok()["refresh_token"].is_string());
}

#[tokio::test]
async fn code_used_twice_revokes_what_it_gave() {
    let stage = stage();
    let code = stage.code().await;
    let tokens = stage.redeem(&code).await.ok();
    let access = text(&tokens, "access_token");
    assert_eq!(stage.get_as("/api/whoami", &access).await.status, 200);
    stage.redeem(&code).await.refused(400, "invalid_grant");
    assert_eq!(stage.get_as("/api/whoami", &access).await.status, 401);
    stage
        .refresh(&text(&tokens, "refresh_token"))
        .await
        .refused(400, "invalid_grant");
    assert_eq!(stage.sandbox.counters().code_reuse_detected, 1);
}

#[tokio::test]
async fn code_is_bound_to_verifier_redirect_and_client() {
    let stage = stage();
    for wrong in [
        ("code_verifier", ""),
        (
            "code_verifier",
            "another-verifier-another-verifier-another-verifier",
        ),
        ("redirect_uri", "http://127.0.0.1:10/callback"),
        ("redirect_uri", ""),
        ("client_id", "demo-device"),
    ] {
        let code = stage.code().await;
        let answer = stage.redeem_with(&code, &[wrong]).await;
        let expected = if wrong.0 == "client_id" {
            "unauthorized_client"
        } else {
            "invalid_grant"
        };
        answer.refused(400, expected);
    }
    assert_eq!(stage.sandbox.counters().token_success, 0);
}

#[tokio::test]
async fn code_expires() {
    let stage = stage();
    let code = stage.code().await;
    stage.sandbox.settings(|s| s.clock_skew = 61);
    stage.redeem(&code).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn bad_client_or_redirect_is_told_to_the_person_and_never_redirected() {
    let stage = stage();
    for wrong in [
        ("client_id", "nobody"),
        ("client_id", ""),
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", "http://127.0.0.1:9/elsewhere"),
        ("redirect_uri", ""),
    ] {
        let url = stage.authorization_url(&[wrong]);
        let answer = crate::support::read(stage.http.get(url).send().await.unwrap()).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (400, ""),
            "{wrong:?}"
        );
        assert!(answer.text.contains("<h1>This link is broken</h1>"));
    }
}

#[tokio::test]
async fn other_mistakes_are_told_to_the_client_with_state_and_iss() {
    let stage = stage();
    for (wrong, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_mode", "fragment"), "invalid_request"),
        (("scope", "openid root"), "invalid_scope"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("resource", "relative"), "invalid_target"),
        (
            ("request_uri", "https://a.example/"),
            "request_uri_not_supported",
        ),
        (("prompt", "none"), "login_required"),
        (("prompt", "none login"), "invalid_request"),
    ] {
        let url = stage.authorization_url(&[wrong]);
        let answer = crate::support::read(stage.http.get(url).send().await.unwrap()).await;
        assert_eq!(answer.status, 303, "{wrong:?}");
        let callback = parameters(answer.header("location"));
        assert_eq!(one(&callback, "error"), error, "{wrong:?}");
        assert_eq!(one(&callback, "state"), "st");
        assert_eq!(one(&callback, "iss"), stage.sandbox.issuer());
    }
}

#[tokio::test]
async fn person_calls_the_redirect_uri_and_sees_its_page() {
    let stage = stage();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let redirect = format!("http://{}/callback", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let read = stream.read(&mut request).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
            .await
            .unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    let url = stage.authorization_url(&[("redirect_uri", &redirect)]);
    let visit = stage.sandbox.person().approve(&url).await.unwrap();
    assert_eq!((visit.status, visit.body.as_str()), (200, "done"));
    assert!(served.await.unwrap().starts_with("GET /callback?code="));
}

#[tokio::test]
async fn form_post_delivers_by_a_page_that_posts() {
    let stage = stage();
    let callback = stage.callback(&[("response_mode", "form_post")]).await;
    let tokens = stage.redeem(&one(&callback, "code")).await.ok();
    assert!(tokens["id_token"].is_string());
    let callback = stage
        .callback(&[("response_mode", "form_post"), ("response_type", "token")])
        .await;
    assert_eq!(one(&callback, "error"), "unsupported_response_type");
}

#[tokio::test]
async fn declining_is_access_denied() {
    let stage = stage();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let redirect = format!("http://{}/callback", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let read = stream.read(&mut request).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\nno")
            .await
            .unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    let url = stage.authorization_url(&[("redirect_uri", &redirect)]);
    let visit = stage.sandbox.person().deny(&url).await.unwrap();
    assert_eq!((visit.status, visit.body.as_str()), (400, "no"));
    assert!(
        served
            .await
            .unwrap()
            .starts_with("GET /callback?error=access_denied")
    );
}

#[tokio::test]
async fn wrong_password_gets_nobody_in() {
    let stage = stage();
    let person = stage.sandbox.person().named("alice", "builder");
    let error = person
        .redirect(&stage.authorization_url(&[]))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "sandbox_unexpected_page");
}

#[test]
fn person_needs_no_runtime() {
    let stage = stage();
    let url = stage
        .sandbox
        .person()
        .redirect_blocking(&stage.authorization_url(&[]))
        .unwrap();
    assert!(url.starts_with(&format!("{REDIRECT}?code=")), "{url}");
    let bob = stage.sandbox.person().named("bob", "builder");
    assert!(bob.redirect_blocking(&stage.authorization_url(&[])).is_ok());
}

#[tokio::test]
async fn auto_approval_is_one_redirect_without_pages() {
    let stage = stage_with(SandboxConfig::default().with_auto_approve("bob"));
    let url = stage.authorization_url(&[("prompt", "none")]);
    let answer = crate::support::read(stage.http.get(url).send().await.unwrap()).await;
    let tokens = stage
        .redeem(&one(&parameters(answer.header("location")), "code"))
        .await
        .ok();
    let id = stage.claims(&text(&tokens, "id_token")).await;
    assert_eq!(id.sub.as_deref(), Some("user-bob"));
    assert_eq!(stage.sandbox.counters().requests(Endpoint::Authorize), 1);
}

#[tokio::test]
async fn a_session_that_agreed_before_passes_without_pages_even_with_prompt_none() {
    let stage = stage();
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let send = async |request: reqwest::RequestBuilder| {
        crate::support::read(request.send().await.unwrap()).await
    };
    let first = send(http.get(stage.authorization_url(&[]))).await;
    let interaction = one(&parameters(first.header("location")), "interaction");
    let form = |fields: &[(&str, &str)]| crate::support::encode(fields);
    let login = send(
        http.post(stage.url("/login"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form(&[
                ("interaction", &interaction),
                ("username", "alice"),
                ("password", "wonderland"),
            ])),
    )
    .await;
    let cookie = login
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(login.header("set-cookie").contains("HttpOnly"));
    let consent = send(
        http.post(stage.url("/consent"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", &cookie)
            .body(form(&[
                ("interaction", &interaction),
                ("decision", "approve"),
            ])),
    )
    .await;
    assert!(consent.header("location").contains("code="));
    let again = |more: &[(&str, &str)]| {
        http.get(stage.authorization_url(more))
            .header("cookie", &cookie)
    };
    let silent = send(again(&[("prompt", "none")])).await;
    assert!(silent.header("location").contains("code="), "{silent:?}");
    let more = send(again(&[("prompt", "none"), ("scope", "openid phone")])).await;
    assert!(more.header("location").contains("error=consent_required"));
    let login = send(again(&[("prompt", "login")])).await;
    assert!(login.header("location").contains("/login?"));
    let old = send(again(&[("prompt", "none"), ("max_age", "-1")])).await;
    assert!(old.header("location").contains("error=login_required"));
}

#[tokio::test]
async fn consent_needs_the_browser_that_logged_in() {
    let stage = stage();
    let first = stage
        .http
        .get(stage.authorization_url(&[]))
        .send()
        .await
        .unwrap();
    let first = crate::support::read(first).await;
    let interaction = one(&parameters(first.header("location")), "interaction");
    let fields = [
        ("interaction", interaction.as_str()),
        ("decision", "approve"),
    ];
    let answer = stage.post("/consent", &fields).await;
    assert_eq!((answer.status, answer.header("location")), (400, ""));
}

#[tokio::test]
async fn client_without_pkce_is_served_only_where_that_is_allowed() {
    let client = Client::confidential("old-web", "old-web-secret-0123456789-0123456789");
    let stage = stage_with(
        SandboxConfig::default()
            .with_client(client)
            .with_settings(|s| s.require_pkce = false),
    );
    let more = [
        ("client_id", "old-web"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let code = one(&stage.callback(&more).await, "code");
    let secret = ("client_secret", "old-web-secret-0123456789-0123456789");
    let with_verifier = [
        ("client_id", "old-web"),
        secret,
        ("code_verifier", VERIFIER),
    ];
    stage
        .redeem_with(&code, &with_verifier)
        .await
        .refused(400, "invalid_grant");
    let code = one(&stage.callback(&more).await, "code");
    let without = [("client_id", "old-web"), secret, ("code_verifier", "")];
    stage.redeem_with(&code, &without).await.ok();
}
