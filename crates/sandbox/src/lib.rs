//! A small OpenID provider to embed in demos and tests, which can misbehave on demand.
