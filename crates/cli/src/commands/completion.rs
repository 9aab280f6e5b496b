//! `keyfob completion`: what the shell needs to complete words.
use clap::Args;
use clap_complete::Shell;

use crate::app;
use crate::failure::Failure;
use crate::ui::output;

/// Print a completion script for a shell
///
/// Examples:
///   keyfob completion bash > ~/.local/share/bash-completion/completions/keyfob
///   keyfob completion zsh > ~/.zfunc/_keyfob
///   keyfob completion fish > ~/.config/fish/completions/keyfob.fish
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompletionArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
///
/// Says why stdout could not be written.
pub(crate) fn run(args: &CompletionArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut app::definition(), "keyfob", &mut script);
    output::stdout(&String::from_utf8_lossy(&script))
}
