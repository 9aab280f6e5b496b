//! `keyfob import foundry`: the logins of palantir-oauth-client.
use std::path::PathBuf;

use clap::Args;
use keyfob::Error;
use keyfob::foundry::FoundryCache;
use keyfob::import;

use super::{WriteArgs, write};
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// Take over the logins of palantir-oauth-client
///
/// Each host in its cache becomes a profile. Foundry replaces refresh tokens at each use, so go
/// on with one of the two programs, or keep the login in the cache only.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct FoundryArgs {
    /// Cache file to read [default: ~/.foundry/oauth]
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    #[command(flatten)]
    write: WriteArgs,
}

/// Takes them over.
///
/// # Errors
///
/// Says that there is no such file, or what is wrong with it, by section and key.
pub(crate) fn run(context: &Context, args: &FoundryArgs) -> Result<(), Failure> {
    let path = match &args.from {
        Some(path) => path.clone(),
        None => etcetera::home_dir()
            .map(|home| FoundryCache::path_in(&home))
            .map_err(|_| {
                Failure::usage("no home folder is known on this machine")
                    .with_hint("give --from FILE")
            })?,
    };
    if path.symlink_metadata().is_err() {
        let message = format!("there is no file {}", path.display());
        return Err(Failure::new(Exit::NotFound, "import_not_found", message)
            .with_hint("name it with --from FILE"));
    }
    let cache = FoundryCache::open(&path).map_err(Error::from)?;
    let imported = import::foundry(&cache)?;
    write(context, &path.display().to_string(), imported, &args.write)
}
