//! Checking a token, whoever does it: one issuer's verifier, several issuers, or the issuer itself when it is asked.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::principal::Principal;
use crate::rejection::Rejection;
use crate::verifier::Verifier;

/// Tells whether a token is good, and whose it is.
///
/// This looks at the token alone. A token that is bound to a key or a certificate (`cnf`, RFC 7800) is good here although
/// nobody has proved to hold it: that is the caller's next step, and what the request needs is the one after.
pub trait CheckToken: Send + Sync + 'static {
    /// Checks a token as it came, without its scheme.
    ///
    /// # Errors
    /// The first rule broken, or why it cannot be checked now.
    fn check(&self, token: &str) -> impl Future<Output = Result<Principal, Rejection>> + Send;
}

/// A handle to anything that checks tokens; cheap to clone, and of one type for all.
///
/// ```
/// use keyfob_verify::{Algorithm, Checker, Profile, Verifier};
///
/// let verifier = Verifier::builder("https://login.example.com")
///     .audience("https://api.example.com")
///     .algorithms([Algorithm::RS256])
///     .profile(Profile::Rfc9068)
///     .build()?;
/// let checker = Checker::new(verifier);
/// # drop(checker);
/// # Ok::<(), keyfob_verify::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Checker(Arc<dyn CheckTokenObject>);

impl Checker {
    /// Makes a handle.
    pub fn new(check: impl CheckToken) -> Self {
        Self(Arc::new(check))
    }
}

impl CheckToken for Checker {
    async fn check(&self, token: &str) -> Result<Principal, Rejection> {
        self.0.check_boxed(token).await
    }
}

impl CheckToken for Verifier {
    async fn check(&self, token: &str) -> Result<Principal, Rejection> {
        self.check_token(token).await
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checker")
    }
}

/// The object-safe twin of [`CheckToken`].
trait CheckTokenObject: Send + Sync {
    fn check_boxed<'a>(&'a self, token: &'a str) -> Checking<'a>;
}

type Checking<'a> = Pin<Box<dyn Future<Output = Result<Principal, Rejection>> + Send + 'a>>;

impl<T: CheckToken> CheckTokenObject for T {
    fn check_boxed<'a>(&'a self, token: &'a str) -> Checking<'a> {
        Box::pin(self.check(token))
    }
}
