//! JSON as it lies on disk: read strictly, written as planet-auth writes it.

pub(crate) mod read;
pub(crate) mod write;
