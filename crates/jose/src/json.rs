//! Strict JSON (RFC 8259, RFC 7515 §4, RFC 7519 §4): no duplicate members, no trailing data, capped size and depth.
//!
//! serde_json reads the JSON; the rules that it does not have are added while it reads.

mod pick;
pub(crate) mod scan;
pub(crate) mod texts;

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use crate::JoseError;

pub(crate) use pick::pick;
pub use texts::Texts;

/// Caps on a JSON document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The document's size in bytes.
    pub max_bytes: usize,
    /// Objects and arrays within each other; the outermost counts as one.
    pub max_depth: usize,
}

impl Limits {
    /// For tokens: 64 KiB, depth 32.
    pub const TOKEN: Self = Self {
        max_bytes: 64 * 1024,
        max_depth: 32,
    };
    /// For documents such as metadata and key sets: 1 MiB, depth 32.
    pub const DOCUMENT: Self = Self {
        max_bytes: 1024 * 1024,
        max_depth: 32,
    };
}

/// Reads any JSON value.
///
/// # Errors
/// `too_large`, `malformed_json` or `duplicate_member`.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Value, JoseError> {
    let seed = Strict {
        depth_left: limits.max_depth,
    };
    read(bytes, limits, DOCUMENT, seed)
}

/// Reads a JSON object.
///
/// # Errors
/// As [`parse`], and `malformed_json` for any other value.
pub fn object(bytes: &[u8], limits: Limits) -> Result<Map<String, Value>, JoseError> {
    match parse(bytes, limits)? {
        Value::Object(map) => Ok(map),
        _ => Err(JoseError::Json {
            what: DOCUMENT,
            why: "not an object",
        }),
    }
}

/// Reads a typed value under the same rules.
///
/// # Errors
/// As [`parse`], and `malformed_json` if the value does not have the type's shape.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, JoseError> {
    serde_json::from_value(parse(bytes, limits)?).map_err(|_| JoseError::Json {
        what: DOCUMENT,
        why: SHAPE,
    })
}

/// Reads an object, putting the named members into slots and the others into a map.
///
/// The caller knows the names at compile time, so no map is filled with what is taken out again.
pub(crate) fn members<const N: usize>(
    bytes: &[u8],
    limits: Limits,
    what: &'static str,
    names: [&'static str; N],
) -> Result<NamedAndOthers<N>, JoseError> {
    let inner = Strict {
        depth_left: limits.max_depth.saturating_sub(1),
    };
    read(bytes, limits, what, Members { names, inner })
}

/// The named members in the order of their names, and the others.
type NamedAndOthers<const N: usize> = ([Option<Value>; N], Map<String, Value>);

const DOCUMENT: &str = "the document";
const SHAPE: &str = "not of the expected shape";
const DUPLICATE: &str = "keyfob: duplicate member";
const DEEP: &str = "keyfob: too deep";

/// Reads with a seed and turns serde_json's words, which may quote the input, into ours.
fn read<'de, S: DeserializeSeed<'de>>(
    bytes: &'de [u8],
    limits: Limits,
    what: &'static str,
    seed: S,
) -> Result<S::Value, JoseError> {
    if bytes.len() > limits.max_bytes {
        return Err(JoseError::TooLarge {
            what,
            limit: limits.max_bytes,
        });
    }
    // Checking the encoding once is cheaper than once for each text, as `from_slice` does.
    let text = std::str::from_utf8(bytes).map_err(|_| JoseError::Json {
        what,
        why: "not UTF-8",
    })?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = seed
        .deserialize(&mut deserializer)
        .map_err(|error| explain(what, &error))?;
    deserializer.end().map_err(|_| JoseError::Json {
        what,
        why: "data after its end",
    })?;
    Ok(value)
}

fn explain(what: &'static str, error: &serde_json::Error) -> JoseError {
    if error.classify() != serde_json::error::Category::Data {
        return JoseError::Json {
            what,
            why: "not JSON",
        };
    }
    let text = error.to_string();
    if text.starts_with(DUPLICATE) {
        JoseError::DuplicateMember(what)
    } else if text.starts_with(DEEP) {
        JoseError::Json {
            what,
            why: "nested too deep",
        }
    } else {
        JoseError::Json { what, why: SHAPE }
    }
}

/// Reads a value of any kind, refusing duplicate members and excessive depth while it goes.
#[derive(Clone, Copy)]
pub(crate) struct Strict {
    pub(crate) depth_left: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left }),
            None => Err(E::custom(DEEP)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper::<A::Error>()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper::<A::Error>()?;
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            match members.entry(name) {
                serde_json::map::Entry::Vacant(slot) => slot.insert(access.next_value_seed(inner)?),
                serde_json::map::Entry::Occupied(_) => return Err(A::Error::custom(DUPLICATE)),
            };
        }
        Ok(Value::Object(members))
    }
}

/// Reads an object's members, the named ones apart.
struct Members<const N: usize> {
    names: [&'static str; N],
    inner: Strict,
}

impl<'de, const N: usize> DeserializeSeed<'de> for Members<N> {
    type Value = NamedAndOthers<N>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Members<N> {
    type Value = NamedAndOthers<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut named = [const { None }; N];
        let mut others = Map::new();
        while let Some(name) = access.next_key_seed(Name)? {
            let value = access.next_value_seed(self.inner)?;
            let known = self.names.iter().position(|known| *known == name);
            let slot = known.and_then(|index| named.get_mut(index));
            let before = match slot {
                Some(slot) => slot.replace(value),
                None => others.insert(name.into_owned(), value),
            };
            if before.is_some() {
                return Err(A::Error::custom(DUPLICATE));
            }
        }
        Ok((named, others))
    }
}

/// Reads a member's name, borrowed where it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
