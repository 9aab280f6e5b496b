//! Everything a person sees: data on stdout, everything else on stderr.
pub(crate) mod ask;
pub(crate) mod duration;
pub(crate) mod instant;
pub(crate) mod interaction;
pub(crate) mod logging;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod prompt;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod words;
