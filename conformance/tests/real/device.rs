//! The device grant (RFC 8628), approved by hand at the provider.

use std::io::{BufRead as _, BufReader};

use crate::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn logs_in_by_a_code_on_another_device() {
    let scene = Scene::new(&[]);
    let mut child = scene
        .watched(&[
            "login",
            "-p",
            "tv",
            "--issuer",
            scene.provider.issuer(),
            "--client-id",
            "device-public",
            "--type",
            "device",
            "--device",
            "--scope",
            "openid offline_access",
            "--prompt",
            "consent",
            "--timeout",
            "60s",
        ])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let code = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| {
            line.split_once("type the code")
                .map(|(_, code)| code.trim().to_owned())
        })
        .expect("no code was shown");
    scene.provider.approve_device(&code).await.unwrap();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert!(child.wait().unwrap().success(), "{rest:#?}");
    let stored = scene.stored("tv").unwrap();
    assert!(stored["access_token"].is_string() && stored["id_token"].is_string());
    scene.ok(&["token", "-p", "tv"]);
}
