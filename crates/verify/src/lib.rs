//! For those who receive tokens: token in, principal or rejection out.
