use super::*;

fn one(user: &str) -> Result<ImportedProfile, ImportError> {
    let file = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: dev\ncontexts:\n- name: dev\n  context: {{cluster: c, user: Ann@dev}}\n\
         users:\n- name: Ann@dev\n  user:\n{user}"
    );
    kubeconfig(file.as_bytes(), Some("Ann@dev")).map(|mut imported| imported.profiles.remove(0))
}

fn exec(command: &str, args: &[&str]) -> String {
    let args: Vec<_> = args.iter().map(|arg| format!("      - {arg}\n")).collect();
    format!(
        "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: {command}\n      args:\n{}",
        args.concat()
    )
}

fn left(profile: &ImportedProfile) -> Vec<&str> {
    profile.left.iter().map(|left| left.what.as_str()).collect()
}

#[test]
fn kubectl_oidc_login_becomes_a_browser_client_on_its_port() {
    let profile = one(&exec(
        "kubectl",
        &[
            "oidc-login",
            "get-token",
            "-v1",
            "--oidc-issuer-url=https://id.example",
            "--oidc-client-id",
            "kube",
            "--oidc-extra-scope=email,groups",
            "--oidc-extra-scope=profile",
            "--listen-address=127.0.0.1:18000",
            "--certificate-authority=/etc/ca.pem",
            "--oidc-auth-request-extra-params=audience=api",
            "--oidc-auth-request-extra-params=acr=2",
            "--insecure-skip-tls-verify",
            "--brand-new=1",
        ],
    ))
    .unwrap();
    profile.config.check().unwrap();
    assert_eq!(profile.name, "ann-dev");
    assert_eq!(profile.config.text("client_type"), Some("oidc_auth_code"));
    assert_eq!(
        profile.config.scopes(),
        ["openid", "email", "groups", "profile"]
    );
    assert_eq!(
        profile.config.redirect_uri(),
        Some("http://localhost:18000")
    );
    assert_eq!(profile.config.text("ca_file"), Some("/etc/ca.pem"));
    assert_eq!(profile.config.audiences(), ["api"]);
    assert_eq!(
        left(&profile),
        [
            "--oidc-auth-request-extra-params acr",
            "--brand-new",
            "--insecure-skip-tls-verify"
        ]
    );
}

#[test]
fn each_grant_of_kubelogin_becomes_its_client_type() {
    for (flags, kind) in [
        (&["--grant-type=device-code"][..], "oidc_device_code"),
        (
            &["--grant-type=authcode-keyboard", "--oidc-client-secret=x"],
            "oidc_auth_code_secret",
        ),
        (&["--username=ann", "--password=p"], "oidc_resource_owner"),
        (
            &["--grant-type=client-credentials", "--oidc-client-secret=x"],
            "oidc_client_credentials_secret",
        ),
        (&[], "oidc_auth_code"),
    ] {
        let mut args = vec![
            "get-token",
            "--oidc-issuer-url=https://id.example",
            "--oidc-client-id=kube",
        ];
        args.extend(flags);
        for command in [
            "/usr/local/bin/kubelogin",
            "kubectl-oidc_login",
            "kubelogin.exe",
        ] {
            let profile = one(&exec(command, &args)).unwrap();
            profile.config.check().unwrap();
            assert_eq!(profile.config.text("client_type"), Some(kind));
            assert!(!format!("{profile:?}").contains("\"x\""));
        }
    }
}

#[test]
fn azure_kubelogin_becomes_a_client_of_its_tenant() {
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let with = |login: &str, more: &[&str]| {
        let mut args = vec![
            "get-token",
            "--environment",
            "AzurePublicCloud",
            "--server-id",
            "srv",
            "--client-id",
            "cli",
            "-t",
            tenant,
            "-l",
            login,
        ];
        args.extend(more);
        one(&exec("kubelogin", &args))
    };
    let profile = with("devicecode", &["--legacy"]).unwrap();
    profile.config.check().unwrap();
    assert_eq!(
        profile.config.text("auth_server"),
        Some("https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0")
    );
    assert_eq!(
        profile.config.scopes(),
        ["srv/.default", "openid", "offline_access"]
    );
    assert_eq!(left(&profile), ["--legacy"]);
    let service = with("spn", &["--client-secret", "x"]).unwrap();
    service.config.check().unwrap();
    assert_eq!(service.config.scopes(), ["srv/.default"]);
    let browser = with("interactive", &[]).unwrap();
    browser.config.check().unwrap();
    for login in ["msi", "azurecli", "spn", "workloadidentity"] {
        assert_eq!(
            with(login, &[]).unwrap_err().code(),
            "import_nothing",
            "{login}"
        );
    }
    assert_eq!(with("magic", &[]).unwrap_err().code(), "import_invalid");
}

#[test]
fn variables_beside_azure_kubelogin_win_unless_forbidden() {
    let mut user = exec(
        "kubelogin",
        &[
            "get-token",
            "--server-id=s",
            "--tenant-id=t.example",
            "--client-id=flag",
            "--login=spn",
        ],
    );
    user.push_str("      env:\n      - {name: AAD_SERVICE_PRINCIPAL_CLIENT_ID, value: variable}\n      - {name: AZURE_CLIENT_SECRET, value: canary}\n");
    let profile = one(&user).unwrap();
    assert_eq!(profile.config.text("client_id"), Some("variable"));
    assert!(profile.notes.iter().any(|note| note.contains("tenant")));
    assert!(!format!("{profile:?}").contains("canary"));
    let forbidden = user.replace("--login=spn", "--disable-environment-override");
    assert_eq!(
        one(&forbidden).unwrap().config.text("client_id"),
        Some("flag")
    );
}

#[test]
fn the_oidc_auth_provider_brings_its_login() {
    let profile = one(
        "    auth-provider:\n      name: oidc\n      config:\n        client-id: kube\n        client-secret: x\n        \
         idp-issuer-url: https://id.example\n        id-token: i\n        refresh-token: r\n        extra-scopes: email,groups\n",
    )
    .unwrap();
    profile.config.check().unwrap();
    assert_eq!(profile.config.scopes(), ["openid", "email", "groups"]);
    let login = profile.credential.unwrap();
    assert_eq!(
        (login.text("refresh_token"), login.text("id_token")),
        (Some("r"), Some("i"))
    );
}

#[test]
fn users_without_a_provider_are_left_with_the_reason() {
    let plugin = exec(
        "kubectl",
        &[
            "oidc-login",
            "get-token",
            "--oidc-issuer-url=https://i.example",
            "--oidc-client-id=k",
        ],
    );
    let file = format!(
        "users:\n- name: cert\n  user: {{client-certificate-data: canary}}\n- name: aws\n  user:\n    exec: {{command: aws, args: [eks, get-token]}}\n- name: good\n  user:\n{plugin}"
    );
    let imported = kubeconfig(file.as_bytes(), None).unwrap();
    assert_eq!(imported.profiles.len(), 1);
    let left: Vec<_> = imported
        .left
        .iter()
        .map(|left| left.what.as_str())
        .collect();
    assert_eq!(left, ["cert", "aws"]);
    assert_eq!(
        kubeconfig(file.as_bytes(), Some("nobody"))
            .unwrap_err()
            .code(),
        "import_missing"
    );
    assert_eq!(
        kubeconfig(b"users: []", None).unwrap_err().code(),
        "import_nothing"
    );
}

#[test]
fn errors_name_the_key_and_never_a_value() {
    for (user, key) in [
        ("    exec: {command: kubectl, args: canary}\n", "exec.args"),
        ("    exec: {args: [canary]}\n", "exec.command"),
        (
            "    exec: {command: kubelogin, args: [get-token, --oidc-client-id=canary]}\n",
            "--oidc-issuer-url",
        ),
        (
            "    exec: {command: kubelogin, args: [get-token, canary, --oidc-x]}\n",
            "args",
        ),
        (
            "    exec: {command: kubelogin, args: [get-token], env: [canary]}\n",
            "exec.env",
        ),
        (
            "    auth-provider: {name: oidc, config: {client-id: [canary]}}\n",
            "auth-provider.config.client-id",
        ),
        ("    auth-provider: {name: oidc}\n", "auth-provider.config"),
    ] {
        let error = one(user).unwrap_err().to_string();
        assert!(error.contains(key), "{user}: {error}");
        assert!(!error.contains("canary"), "{error}");
    }
}
