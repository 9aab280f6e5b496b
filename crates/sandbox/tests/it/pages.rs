//! The pages: whatever comes from outside arrives escaped, and nothing may frame or store them.

use keyfob_sandbox::{Client, SandboxConfig, User};

use crate::support::{encode, one, parameters, read, stage, stage_with};

const EVIL: &str = "<script>alert(1)</script>\"'&";

fn assert_tame(page: &str) {
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"),
        "{page}"
    );
}

#[tokio::test]
async fn login_consent_and_device_pages_escape_what_they_show() {
    let client = Client::public(EVIL);
    let user = User::new(EVIL, "x");
    let stage = stage_with(SandboxConfig::default().with_client(client).with_user(user));
    let url = stage.authorization_url(&[("client_id", EVIL), ("login_hint", EVIL)]);
    let first = read(stage.http.get(url).send().await.unwrap()).await;
    let interaction = one(&parameters(first.header("location")), "interaction");
    let login = read(
        stage
            .http
            .get(first.header("location"))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_tame(&login.text);
    assert_eq!(login.text.matches("&lt;script&gt;").count(), 2);

    let wrong = [
        ("interaction", interaction.as_str()),
        ("username", EVIL),
        ("password", EVIL),
    ];
    let failed = stage.post("/login", &wrong).await;
    assert_eq!(failed.status, 401);
    assert_tame(&failed.text);

    let right = [
        ("interaction", interaction.as_str()),
        ("username", EVIL),
        ("password", "x"),
    ];
    let entered = stage.post("/login", &right).await;
    let cookie = entered
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let consent = stage
        .http
        .get(entered.header("location"))
        .header("cookie", cookie);
    assert_tame(&read(consent.send().await.unwrap()).await.text);

    let device = stage
        .get(&format!("/device?{}", encode(&[("user_code", EVIL)])))
        .await;
    assert_tame(&device.text);
    assert_tame(&stage.post("/device", &[("user_code", EVIL)]).await.text);
}

#[tokio::test]
async fn form_post_page_escapes_the_state() {
    let stage = stage_with(SandboxConfig::default().with_auto_approve("alice"));
    let url = stage.authorization_url(&[("state", EVIL), ("response_mode", "form_post")]);
    let page = read(stage.http.get(url).send().await.unwrap()).await;
    assert_tame(&page.text);
}

#[tokio::test]
async fn pages_forbid_storing_framing_and_foreign_content() {
    let stage = stage();
    let page = stage.get("/device").await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe-inline"));
}

#[tokio::test]
async fn form_from_another_site_is_refused() {
    let stage = stage();
    let request = stage
        .http
        .post(stage.url("/device"))
        .header("origin", "https://evil.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("user_code=AAAA");
    read(request.send().await.unwrap())
        .await
        .refused(400, "invalid_request");
}

#[tokio::test]
async fn old_interaction_is_a_friendly_page() {
    let stage = stage();
    let page = stage.get("/login?interaction=nothing").await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("<h1>Start again</h1>"));
}
