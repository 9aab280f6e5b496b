//! What can go wrong with a credential at rest, and what to do about it.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Says what failed, where, and why; never what a file contained.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else holds the lock, and the caller no longer wants to wait.
    #[error("the profile is locked by {}", holder.as_deref().unwrap_or("another process"))]
    Locked {
        /// Process id and command name of the holder, when known.
        holder: Option<String>,
    },
    /// Nothing can be written there: a read-only file system, or a folder without write permission.
    #[error("cannot write {}: {why}", path.display())]
    Unwritable {
        /// The file or folder that cannot be written.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The disk or the quota is full.
    #[error("no space left to write {}", path.display())]
    NoSpace {
        /// The file for which there is no room.
        path: PathBuf,
    },
    /// The file is there, but it is not a whole JSON object.
    #[error("{} is damaged: {why}", path.display())]
    Corrupt {
        /// The damaged file. It is left as it is until a new login replaces it, and then kept beside.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// SOPS has encrypted the file (planet-auth's `*.sops.json`); keyfob can neither read it nor write a plain one beside it.
    #[error("{} is encrypted by SOPS, which keyfob cannot open yet", path.display())]
    Encrypted {
        /// The encrypted file; it is left alone.
        path: PathBuf,
    },
    /// The file or folder could have been prepared by somebody else, so it is not used.
    #[error("{} is not safe to use: {why} (to mend it: {fix})", path.display())]
    Unsafe {
        /// The file or folder in question.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// The command to type.
        fix: String,
    },
    /// The credential is not the one that was expected; it was left alone.
    #[error("the stored credential has been changed by somebody else meanwhile")]
    Conflict,
    /// The document exceeds the cap on documents.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file in question.
        path: PathBuf,
        /// The cap, in bytes.
        limit: usize,
    },
    /// Any other failure of the operating system.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: Arc<io::Error>,
    },
    /// The profile name is not usable.
    #[error("the profile name is not usable: {why}")]
    BadName {
        /// Which rule it breaks.
        why: &'static str,
    },
    /// A store other than the two of this crate failed.
    #[error("the credential store failed: {what}")]
    Backend {
        /// What failed; never a secret.
        what: String,
        /// The store's own error.
        source: Option<Arc<dyn Error + Send + Sync>>,
    },
}

impl StoreError {
    /// Makes the error of a store of one's own, from words that hold no secret.
    pub fn backend(what: impl Into<String>) -> Self {
        Self::Backend {
            what: what.into(),
            source: None,
        }
    }

    /// Makes the error of a store of one's own, from the error of what it stands on. Its words must hold no secret.
    pub fn backend_failed(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Backend {
            what: source.to_string(),
            source: Some(Arc::new(source)),
        }
    }

    /// Returns the stable code of this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "locked",
            Self::Unwritable { .. } => "unwritable",
            Self::NoSpace { .. } => "no_space",
            Self::Corrupt { .. } => "corrupt",
            Self::Encrypted { .. } => "encrypted",
            Self::Unsafe { .. } => "unsafe",
            Self::Conflict => "conflict",
            Self::TooLarge { .. } => "too_large",
            Self::Io { .. } => "io",
            Self::BadName { .. } => "bad_name",
            Self::Backend { .. } => "backend",
        }
    }

    /// Says what a person can do about it, in words that follow a colon.
    pub fn remedy(&self) -> Option<String> {
        let login = "log in again; what is there now is kept beside the new credential";
        let is_token = |path: &PathBuf| path.file_name().is_some_and(|name| name == "token.json");
        Some(match self {
            Self::Locked { .. } => "wait until that process is done, or end it".to_owned(),
            Self::Unwritable { path, .. } => format!("make {} writable", path.display()),
            Self::NoSpace { .. } => "free some disk space".to_owned(),
            Self::Corrupt { path, .. } | Self::TooLarge { path, .. } if is_token(path) => {
                login.to_owned()
            }
            Self::Corrupt { path, .. } | Self::TooLarge { path, .. } => {
                format!("mend or remove {}", path.display())
            }
            Self::Encrypted { path } => {
                format!("sops -d {} shows what is in it", path.display())
            }
            Self::Unsafe { fix, .. } => fix.clone(),
            Self::BadName { .. } => "choose another name".to_owned(),
            Self::Conflict | Self::Io { .. } | Self::Backend { .. } => return None,
        })
    }

    /// Tells whether a new login cures this: what is stored is of no use, and [`crate::Lease::commit`] without an expected
    /// revision keeps it aside and writes the new credential.
    pub fn is_replaceable(&self) -> bool {
        matches!(
            self,
            Self::Corrupt { .. } | Self::Unsafe { .. } | Self::TooLarge { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_messages_name_path_and_remedy() {
        let path = PathBuf::from("/home/ann/.config/keyfob/work/token.json");
        let source = Arc::new(io::Error::from(io::ErrorKind::TimedOut));
        let all = [
            StoreError::Locked { holder: None },
            StoreError::Unwritable {
                path: path.clone(),
                why: "read-only file system".into(),
            },
            StoreError::NoSpace { path: path.clone() },
            StoreError::Corrupt {
                path: path.clone(),
                why: "it is empty".into(),
            },
            StoreError::Unsafe {
                path: path.clone(),
                why: "others can write it".into(),
                fix: "chmod go-w x".into(),
            },
            StoreError::Conflict,
            StoreError::TooLarge {
                path: path.clone(),
                limit: 5,
            },
            StoreError::Io {
                action: "read",
                path,
                source,
            },
            StoreError::BadName { why: "it is empty" },
            StoreError::Backend {
                what: "no answer".into(),
                source: None,
            },
        ];
        let codes: std::collections::BTreeSet<_> = all.iter().map(StoreError::code).collect();
        assert_eq!(codes.len(), all.len());
        assert!(all[4].to_string().contains("chmod go-w x"));
        assert_eq!(all[4].remedy().as_deref(), Some("chmod go-w x"));
        assert!(
            all[3]
                .remedy()
                .is_some_and(|remedy| remedy.starts_with("log in again"))
        );
        assert!(all[1].to_string().contains("work/token.json"));
        assert!(all.iter().all(|error| !error.to_string().ends_with('.')));
    }

    #[test]
    fn a_lock_names_its_holder() {
        let error = StoreError::Locked {
            holder: Some("process 12 (keyfob)".into()),
        };
        assert_eq!(
            error.to_string(),
            "the profile is locked by process 12 (keyfob)"
        );
    }
}
