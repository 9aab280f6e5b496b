//! The dialect of Python's configparser as that program uses it: read without losing a byte, one section rewritten.

mod parse;
mod rewrite;
mod value;

pub(super) use parse::{DEFAULT, Ini, Section};
pub(super) use rewrite::{with_section, without};
pub(super) use value::{escaped, unescaped};
