//! Access tokens, good and wrong, through the rules and through the verifier.

mod rules;
mod tokens;
mod verifier;
