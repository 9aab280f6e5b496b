//! What the members of a header and the claims of a token mean, in plain words, and where that is laid down.

/// A name, what it means, and where that is laid down.
pub(super) type Meaning = (&'static str, &'static str, &'static str);

/// Finds what a member of the header means.
pub(super) fn of_header(name: &str) -> Option<&'static Meaning> {
    HEADER.iter().find(|(known, ..)| *known == name)
}

/// Finds what a claim means.
pub(super) fn of_claim(name: &str) -> Option<&'static Meaning> {
    CLAIMS.iter().find(|(known, ..)| *known == name)
}

/// Finds what an algorithm is.
pub(super) fn of_algorithm(name: &str) -> Option<&'static Meaning> {
    ALGORITHMS.iter().find(|(known, ..)| *known == name)
}

/// Finds what a media type of tokens stands for.
pub(super) fn of_type(typ: &str) -> Option<&'static Meaning> {
    let short = match typ.get(..12) {
        Some(prefix) if prefix.eq_ignore_ascii_case("application/") => typ.get(12..)?,
        _ => typ,
    };
    TYPES
        .iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(short))
}

const HEADER: &[Meaning] = &[
    ("alg", "how it is signed", "RFC 7515 §4.1.1"),
    (
        "kid",
        "which of the signer's keys signed it",
        "RFC 7515 §4.1.4",
    ),
    ("typ", "what kind of token it is", "RFC 7515 §4.1.9"),
    (
        "cty",
        "what its payload is; JWT means a token within a token",
        "RFC 7515 §4.1.10",
    ),
    (
        "crit",
        "extensions that a reader must understand, or else refuse it; keyfob knows none",
        "RFC 7515 §4.1.11",
    ),
    (
        "b64",
        "whether the payload is encoded; keyfob wants it so",
        "RFC 7797 §3",
    ),
    (
        "jwk",
        "the signer's own word on its key; only a DPoP proof is checked with it",
        "RFC 7515 §4.1.3",
    ),
    (
        "jku",
        "an address of keys, by the signer's own word; never followed",
        "RFC 7515 §4.1.2",
    ),
    (
        "x5u",
        "an address of certificates, by the signer's own word; never followed",
        "RFC 7515 §4.1.5",
    ),
    (
        "x5c",
        "the signer's certificates, by its own word; not used",
        "RFC 7515 §4.1.6",
    ),
    (
        "x5t",
        "SHA-1 of the signer's certificate; not used",
        "RFC 7515 §4.1.7",
    ),
    (
        "x5t#S256",
        "SHA-256 of the signer's certificate; not used",
        "RFC 7515 §4.1.8",
    ),
    ("enc", "how its content is encrypted", "RFC 7516 §4.1.2"),
    (
        "zip",
        "how its content was compressed before it was encrypted",
        "RFC 7516 §4.1.3",
    ),
    (
        "epk",
        "the sender's one-time public key",
        "RFC 7518 §4.6.1.1",
    ),
    (
        "apu",
        "who sends it, as an input of the key",
        "RFC 7518 §4.6.1.2",
    ),
    (
        "apv",
        "for whom it is, as an input of the key",
        "RFC 7518 §4.6.1.3",
    ),
    (
        "iv",
        "a value used once in encrypting the key",
        "RFC 7518 §4.7.1.1",
    ),
    (
        "tag",
        "the proof that the key was not changed",
        "RFC 7518 §4.7.1.2",
    ),
    ("p2s", "salt of the passphrase", "RFC 7518 §4.8.1.1"),
    ("p2c", "rounds of the passphrase", "RFC 7518 §4.8.1.2"),
];

const ALGORITHMS: &[Meaning] = &[
    ("RS256", "RSA (PKCS #1 v1.5) with SHA-256", "RFC 7518 §3.3"),
    ("RS384", "RSA (PKCS #1 v1.5) with SHA-384", "RFC 7518 §3.3"),
    ("RS512", "RSA (PKCS #1 v1.5) with SHA-512", "RFC 7518 §3.3"),
    ("PS256", "RSA (PSS) with SHA-256", "RFC 7518 §3.5"),
    ("PS384", "RSA (PSS) with SHA-384", "RFC 7518 §3.5"),
    ("PS512", "RSA (PSS) with SHA-512", "RFC 7518 §3.5"),
    ("ES256", "ECDSA on P-256 with SHA-256", "RFC 7518 §3.4"),
    ("ES384", "ECDSA on P-384 with SHA-384", "RFC 7518 §3.4"),
    ("ES512", "ECDSA on P-521 with SHA-512", "RFC 7518 §3.4"),
    ("EdDSA", "Ed25519", "RFC 8037 §3.1"),
    ("Ed25519", "EdDSA on Ed25519", "RFC 9864 §2.2"),
    (
        "HS256",
        "HMAC with SHA-256: whoever can check it can also make it",
        "RFC 7518 §3.2",
    ),
    (
        "HS384",
        "HMAC with SHA-384: whoever can check it can also make it",
        "RFC 7518 §3.2",
    ),
    (
        "HS512",
        "HMAC with SHA-512: whoever can check it can also make it",
        "RFC 7518 §3.2",
    ),
    (
        "none",
        "not signed at all: anybody can have made it",
        "RFC 7518 §3.6",
    ),
    (
        "RSA1_5",
        "its key is encrypted with RSA (PKCS #1 v1.5), which is not safe any more",
        "RFC 7518 §4.2",
    ),
    (
        "RSA-OAEP",
        "its key is encrypted with RSA (OAEP)",
        "RFC 7518 §4.3",
    ),
    (
        "RSA-OAEP-256",
        "its key is encrypted with RSA (OAEP, SHA-256)",
        "RFC 7518 §4.3",
    ),
    (
        "dir",
        "it is encrypted with a key that both sides share",
        "RFC 7518 §4.5",
    ),
    (
        "ECDH-ES",
        "its key is agreed upon by elliptic curves",
        "RFC 7518 §4.6",
    ),
    (
        "ECDH-ES+A128KW",
        "its key is agreed upon by elliptic curves, and wrapped with AES",
        "RFC 7518 §4.6",
    ),
    (
        "ECDH-ES+A256KW",
        "its key is agreed upon by elliptic curves, and wrapped with AES",
        "RFC 7518 §4.6",
    ),
    ("A128KW", "its key is wrapped with AES-128", "RFC 7518 §4.4"),
    ("A256KW", "its key is wrapped with AES-256", "RFC 7518 §4.4"),
];

const TYPES: &[Meaning] = &[
    ("at+jwt", "an access token", "RFC 9068 §2.1"),
    ("JWT", "a JSON Web Token of any kind", "RFC 7519 §5.1"),
    ("dpop+jwt", "a DPoP proof", "RFC 9449 §4.2"),
    (
        "logout+jwt",
        "a logout token",
        "OpenID Connect Back-Channel Logout 1.0 §2.4",
    ),
    ("secevent+jwt", "a security event", "RFC 8417 §2.3"),
    (
        "token-introspection+jwt",
        "a signed introspection answer",
        "RFC 9701 §5",
    ),
    (
        "oauth-authz-req+jwt",
        "a signed authorization request",
        "RFC 9101 §10.8",
    ),
    (
        "entity-statement+jwt",
        "a statement of OpenID Federation",
        "OpenID Federation 1.0 §3",
    ),
];

const CLAIMS: &[Meaning] = &[
    ("iss", "who issued it", "RFC 7519 §4.1.1"),
    (
        "sub",
        "whom it is about: a user, or the client itself",
        "RFC 7519 §4.1.2",
    ),
    (
        "aud",
        "for whom it is; everybody else must refuse it",
        "RFC 7519 §4.1.3",
    ),
    ("exp", "from when on it must be refused", "RFC 7519 §4.1.4"),
    ("nbf", "before when it must be refused", "RFC 7519 §4.1.5"),
    ("iat", "when it was issued", "RFC 7519 §4.1.6"),
    (
        "jti",
        "its own name, by which it can be told from others",
        "RFC 7519 §4.1.7",
    ),
    (
        "client_id",
        "which client it was issued to",
        "RFC 8693 §4.3",
    ),
    ("cid", "which client it was issued to (Okta)", ""),
    ("appid", "which client it was issued to (Microsoft)", ""),
    (
        "azp",
        "which client it was issued to",
        "OpenID Connect Core §2",
    ),
    ("scope", "what it allows, in words", "RFC 8693 §4.2"),
    ("scp", "what it allows, in words (Okta, Microsoft)", ""),
    (
        "authorization_details",
        "what it allows, in detail",
        "RFC 9396 §9.1",
    ),
    ("roles", "which roles its subject has", "RFC 9068 §2.2.3.1"),
    (
        "groups",
        "which groups its subject is in",
        "RFC 9068 §2.2.3.1",
    ),
    (
        "entitlements",
        "what its subject may do",
        "RFC 9068 §2.2.3.1",
    ),
    ("permissions", "what its subject may do (Auth0)", ""),
    ("realm_access", "which roles its subject has (Keycloak)", ""),
    (
        "resource_access",
        "which roles its subject has, by client (Keycloak)",
        "",
    ),
    (
        "auth_time",
        "when its user logged in",
        "OpenID Connect Core §2",
    ),
    (
        "acr",
        "how well its user logged in",
        "OpenID Connect Core §2",
    ),
    ("amr", "by what means its user logged in", "RFC 8176"),
    (
        "nonce",
        "repeats what the client sent, so that nobody can slip in another login's token",
        "OpenID Connect Core §2",
    ),
    (
        "at_hash",
        "ties it to the access token that came with it",
        "OpenID Connect Core §3.1.3.6",
    ),
    (
        "c_hash",
        "ties it to the code that came with it",
        "OpenID Connect Core §3.3.2.11",
    ),
    (
        "s_hash",
        "ties it to the state of the request",
        "FAPI 1.0 part 2 §5.1",
    ),
    (
        "sid",
        "its user's session at the provider",
        "OpenID Connect Front-Channel Logout 1.0 §3",
    ),
    (
        "cnf",
        "the key or certificate that its bearer must prove to hold",
        "RFC 7800 §3.1",
    ),
    ("act", "who acts on behalf of its subject", "RFC 8693 §4.1"),
    (
        "may_act",
        "who may act on behalf of its subject",
        "RFC 8693 §4.4",
    ),
    ("events", "what happened", "RFC 8417 §2.2"),
    (
        "htm",
        "the method of the request that it was made for",
        "RFC 9449 §4.2",
    ),
    (
        "htu",
        "the address of the request that it was made for",
        "RFC 9449 §4.2",
    ),
    (
        "ath",
        "the hash of the access token that it goes with",
        "RFC 9449 §4.2",
    ),
    (
        "token_introspection",
        "the issuer's answer about a token",
        "RFC 9701 §5",
    ),
    ("tid", "its tenant (Microsoft)", ""),
    ("oid", "its user's number (Microsoft)", ""),
    ("upn", "its user's name (Microsoft)", ""),
    ("ver", "the version of its form", ""),
    ("uid", "its user's number (Okta)", ""),
    ("name", "its user's full name", "OpenID Connect Core §5.1"),
    (
        "given_name",
        "its user's first name",
        "OpenID Connect Core §5.1",
    ),
    (
        "family_name",
        "its user's last name",
        "OpenID Connect Core §5.1",
    ),
    (
        "nickname",
        "its user's casual name",
        "OpenID Connect Core §5.1",
    ),
    (
        "preferred_username",
        "the name that its user likes to go by; not fit to tell users apart",
        "OpenID Connect Core §5.1",
    ),
    (
        "profile",
        "the address of its user's page",
        "OpenID Connect Core §5.1",
    ),
    (
        "picture",
        "the address of its user's picture",
        "OpenID Connect Core §5.1",
    ),
    (
        "email",
        "its user's e-mail address; not fit to tell users apart",
        "OpenID Connect Core §5.1",
    ),
    (
        "email_verified",
        "whether the provider has tried that address",
        "OpenID Connect Core §5.1",
    ),
    (
        "phone_number",
        "its user's telephone number",
        "OpenID Connect Core §5.1",
    ),
    (
        "phone_number_verified",
        "whether the provider has tried that number",
        "OpenID Connect Core §5.1",
    ),
    (
        "address",
        "its user's postal address",
        "OpenID Connect Core §5.1.1",
    ),
    (
        "birthdate",
        "its user's birthday",
        "OpenID Connect Core §5.1",
    ),
    ("gender", "its user's gender", "OpenID Connect Core §5.1"),
    (
        "zoneinfo",
        "its user's time zone",
        "OpenID Connect Core §5.1",
    ),
    ("locale", "its user's language", "OpenID Connect Core §5.1"),
    (
        "updated_at",
        "when what it says about its user last changed",
        "OpenID Connect Core §5.1",
    ),
    ("org_id", "its organization (Auth0)", ""),
    ("organization_id", "its organization (Planet)", ""),
    ("pl_principal", "whom it is about (Planet)", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_explained_once() {
        for table in [HEADER, ALGORITHMS, TYPES, CLAIMS] {
            let mut names: Vec<&str> = table.iter().map(|(name, ..)| *name).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all);
        }
    }

    #[test]
    fn types_are_media_types_in_any_case() {
        assert_eq!(
            of_type("application/AT+jwt").map(|found| found.0),
            Some("at+jwt")
        );
        assert!(of_type("nonsense").is_none());
    }
}
