//! JWS, JWK and JWT: parse, verify, sign.
