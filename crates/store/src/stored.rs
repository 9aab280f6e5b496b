//! What a store hands out: the document, its revision, and what was noticed on the way.

use std::path::PathBuf;

use crate::{Document, Revision, Stamp};

/// A credential as it was found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Stored {
    /// The JSON object that is stored.
    pub document: Document,
    /// Which content this is; to be handed to [`crate::Lease::commit`] as the expected one.
    pub revision: Revision,
    /// When and how it was last written, if the store can tell.
    pub stamp: Option<Stamp>,
    /// What its owner should be told.
    pub warnings: Vec<Warning>,
    /// The file that it lies in, if it lies in one.
    pub path: Option<PathBuf>,
}

impl Stored {
    /// Puts a document and its revision together.
    pub fn new(document: Document, revision: Revision) -> Self {
        Self {
            document,
            revision,
            stamp: None,
            warnings: Vec::new(),
            path: None,
        }
    }

    /// Adds the mark by which a change is cheaply noticed.
    pub fn with_stamp(mut self, stamp: Stamp) -> Self {
        self.stamp = Some(stamp);
        self
    }

    /// Adds the file that it lies in.
    pub fn with_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Adds something its owner should be told.
    pub fn with_warning(mut self, warning: Warning) -> Self {
        self.warnings.push(warning);
        self
    }
}

/// Something that is used all the same, but that its owner should know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// Other accounts of the machine can read the file. The next write mends it.
    #[error("{} can be read by others; the next write mends that, or now: {fix}", path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// The command to type.
        fix: String,
    },
}

impl Warning {
    /// Returns the stable code of this warning.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ReadableByOthers { .. } => "readable_by_others",
        }
    }
}
