//! Goes on with the login of palantir-oauth-client, on its own file.
//!
//! `cargo run --example foundry_cache -- foundry.example.com my-client api:read-data offline_access`
//!
//! Without arguments it shows on a file of its own what is written and read.

#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::error::Error;
use std::path::{Path, PathBuf};

use keyfob::foundry::{FoundryCache, FoundryCredential, FoundryLogin, FoundryStore, Host};
use keyfob::jose::Secret;
use keyfob::store::{FileStore, Store};
use keyfob::transport::{Clock, ReqwestTransport, Transport};
use keyfob::{Client, ClientConfig, Session};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(host), Some(client)) => {
            let home = std::env::var_os("HOME").map(PathBuf::from);
            let home = home.ok_or("HOME is not set")?;
            go_on(&home, &host.parse()?, &client, arguments.collect()).await
        }
        _ => show(),
    }
}

/// A session that keeps its refresh token in `~/.foundry/oauth`.
async fn go_on(
    home: &Path,
    host: &Host,
    client: &str,
    scopes: Vec<String>,
) -> Result<(), Box<dyn Error>> {
    let config = ClientConfig::from_json(b"{}")?
        .with("client_type", "oidc_auth_code")
        .with("auth_server", format!("https://{host}/multipass/api"))
        .with("client_id", client)
        .with("authorization_endpoint", host.authorization_endpoint())
        .with("token_endpoint", host.token_endpoint())
        .with("redirect_uri", "http://127.0.0.1/")
        .with("scopes", scopes);
    let cache = FoundryCache::open(FoundryCache::path_in(home))?;
    let own = Store::new(FileStore::new(home.join(".config/keyfob")));
    let store = FoundryStore::new(cache, FoundryLogin::of(&config)?, own);
    let transport = Transport::new(ReqwestTransport::builder().build());
    let client = Client::from_config(config, transport, Clock::system())?;
    let session = Session::new(client, Store::new(store), "foundry".parse()?);
    println!("{:?}", session.access_token().await?);
    session.settle().await;
    Ok(())
}

fn show() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("foundry-{}", std::process::id()));
    let cache = FoundryCache::open(FoundryCache::path_in(&folder))?;
    let host: Host = "https://Foundry.example.com/workspace".parse()?;
    let login = FoundryCredential::new(&host, "my-client")
        .with_scopes(["api:read-data", "offline_access"])
        .with_refresh_token(Secret::new("not-a-real-token"));
    cache.write(&host, &login)?;
    println!("{}", std::fs::read_to_string(cache.path())?);
    for host in cache.hosts()? {
        println!("{host}: {:?}", cache.read(&host)?);
    }
    cache.remove(&host, "my-client")?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
