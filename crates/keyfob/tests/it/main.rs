//! Sessions against scripted providers and the sandbox.
