//! The way out: HTTP policy, retries, and cached documents (metadata, JWKS).
