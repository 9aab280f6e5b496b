//! `keyfob import planet`: the profiles of planet-auth and its SDK.
use std::path::PathBuf;

use clap::Args;
use keyfob::import::{self, PlanetSettings};
use keyfob::{Error, Preset};

use super::source::{failure, read_if_there};
use super::{WriteArgs, write};
use crate::context::Context;
use crate::failure::{Exit, Failure};

const HELP: &str = "keyfob import planet --help";

/// Take over the profiles, logins and default of planet's own client
///
/// Reads ~/.planet and ~/.planet.json and copies them to keyfob's home. To work on planet's own
/// files instead, together with planet's client, nothing has to be imported:
///   keyfob --preset planet list
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct PlanetArgs {
    /// Folder with the profiles [default: ~/.planet]
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
    #[command(flatten)]
    write: WriteArgs,
}

/// Takes them over.
///
/// # Errors
///
/// Says that there is no such folder, or what is wrong with it.
pub(crate) async fn run(context: &Context, args: &PlanetArgs) -> Result<(), Failure> {
    let preset = Preset::builtin("planet").map_err(Error::from)?;
    let folder = match &args.from {
        Some(folder) => folder.clone(),
        None => etcetera::home_dir()
            .ok()
            .and_then(|home| preset.home(&home))
            .ok_or_else(|| {
                Failure::usage("no home folder is known on this machine")
                    .with_hint("give --from FOLDER")
            })?,
    };
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    if std::path::absolute(context.home()).is_ok_and(|home| home == folder) {
        return Err(
            Failure::usage("that is the folder that is worked on already")
                .with_hint("leave out --preset planet, or name another folder with --from"),
        );
    }
    let settings_path = preset.settings_path(&folder);
    let settings = read_settings(&settings_path).await?;
    if !folder.is_dir() && settings.is_none() {
        return Err(Failure::new(
            Exit::NotFound,
            "import_not_found",
            format!("there is no folder {}", folder.display()),
        )
        .with_hint("name it with --from FOLDER"));
    }
    let imported = import::planet_home(&folder, settings.as_ref())?;
    write(
        context,
        &folder.display().to_string(),
        imported,
        &args.write,
    )
}

async fn read_settings(path: &std::path::Path) -> Result<Option<PlanetSettings>, Failure> {
    let Some(text) = read_if_there(path).await? else {
        return Ok(None);
    };
    let settings = import::planet_settings(&text);
    settings
        .map(Some)
        .map_err(|error| failure(&path.display().to_string(), &error, HELP))
}
