//! Credentials at rest: lock, read again, compare, write.
