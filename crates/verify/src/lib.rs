//! For those who receive tokens: token in, principal or rejection out.
//!
//! ```no_run
//! # async fn example(token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! use keyfob_verify::{Algorithm, Profile, Verifier};
//!
//! let verifier = Verifier::builder("https://login.example.com")
//!     .audience("https://api.example.com")
//!     .algorithms([Algorithm::RS256])
//!     .profile(Profile::Rfc9068)
//!     .build()?;
//! match verifier.verify(token).await {
//!     Ok(principal) => println!("hello {}", principal.subject()),
//!     Err(rejection) => println!("no: {rejection} ({})", rejection.code()),
//! }
//! # Ok(())
//! # }
//! ```

pub mod binding;
mod challenge;
mod check;
mod confirmation;
pub mod danger;
pub mod dpop;
pub mod event;
#[cfg(feature = "axum")]
pub mod extract;
mod id_token;
mod incoming;
mod introspection;
pub mod issuers;
mod keys;
#[cfg(feature = "tower")]
pub mod layer;
mod memory;
pub mod mtls;
mod principal;
mod rejection;
mod required;
mod requirement;
pub mod resource;
mod rules;
mod scopes;
#[cfg(feature = "testing")]
pub mod testing;
mod verifier;

pub use challenge::{Challenge, Scheme};
pub use check::{CheckToken, Checker};
pub use confirmation::Confirmation;
pub use id_token::{ExpectedLogin, IdTokenVerifier, IdTokenVerifierBuilder};
pub use introspection::{
    AnswerMemory, IntrospectionError, Introspector, IntrospectorBuilder, IntrospectorError,
    JwtOrOpaque, looks_like_a_jwt,
};
pub use issuers::Issuers;
/// Keys, key sets, signatures and claims.
pub use keyfob_jose as jose;
pub use keyfob_jose::Algorithm;
/// The client that asks, and how it authenticates.
pub use keyfob_protocol as protocol;
/// The way out to issuers, the clock, and the documents that are kept at hand.
pub use keyfob_transport as transport;
pub use memory::TokenMemory;
pub use principal::{Principal, PrincipalRef};
pub use rejection::{BindingProblem, Rejection, RequestProblem, StepUp, StepUpReason};
pub use required::{ClaimMismatch, MismatchKind, RequiredClaims};
pub use requirement::Requirement;
pub use rules::{Finding, Leeway, Outcome, Profile, Rules};
pub use verifier::{BuildError, Verifier, VerifierBuilder};
