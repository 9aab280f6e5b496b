//! Why a file of another client cannot be read.

/// What is wrong with the text that was given; never any of the text itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It exceeds the cap.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The cap, in bytes.
        limit: usize,
    },
    /// It is not what it should be.
    #[error("it cannot be read: {why}")]
    Malformed {
        /// What is wrong.
        why: String,
    },
    /// A key is needed and not there.
    #[error("{key} is missing")]
    Missing {
        /// The key, or the keys of which one is needed.
        key: String,
    },
    /// A key holds something that it cannot hold.
    #[error("{key} is not usable: {why}")]
    Invalid {
        /// The key.
        key: String,
        /// Why.
        why: String,
    },
    /// It is encrypted, and only its owner's program can open it.
    #[error("it is encrypted by {by}")]
    Encrypted {
        /// The program.
        by: &'static str,
        /// The command that prints what is in it.
        open_with: String,
    },
    /// It was read, and there is nothing in it that could become a profile.
    #[error("there is nothing in it that can be imported: {why}")]
    Nothing {
        /// What was looked for, and what was found.
        why: String,
    },
}

impl ImportError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "import_too_large",
            Self::Malformed { .. } => "import_malformed",
            Self::Missing { .. } => "import_missing",
            Self::Invalid { .. } => "import_invalid",
            Self::Encrypted { .. } => "import_encrypted",
            Self::Nothing { .. } => "import_nothing",
        }
    }

    pub(crate) fn malformed(why: impl Into<String>) -> Self {
        Self::Malformed { why: why.into() }
    }

    pub(crate) fn missing(key: impl Into<String>) -> Self {
        Self::Missing { key: key.into() }
    }

    pub(crate) fn invalid(key: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid {
            key: key.into(),
            why: why.into(),
        }
    }
}
