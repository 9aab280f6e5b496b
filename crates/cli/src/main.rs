//! The `keyfob` command. Thin: parsing, words on screen, exit codes.
fn main() {}
