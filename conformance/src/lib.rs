//! keyfob against real providers and by the official test names.
