//! What claims cost on the heap.

use keyfob_jose::{Audience, Claims};
use serde_json::{Map, Value};

/// A node of a B-tree has room for 11 members, and but for the first is at least half full.
const MEMBERS_PER_NODE: usize = 5;
const NODE: usize = 11 * (size_of::<String>() + size_of::<Value>()) + 14 * size_of::<usize>();

pub(crate) fn of_claims(claims: &Claims) -> usize {
    let texts = [&claims.iss, &claims.sub, &claims.jti];
    let texts: usize = texts.into_iter().flatten().map(String::capacity).sum();
    size_of::<Claims>() + texts + claims.aud.as_ref().map_or(0, audience) + members(&claims.extra)
}

fn audience(audience: &Audience) -> usize {
    match audience {
        Audience::One(one) => one.capacity(),
        Audience::Many(many) => {
            let texts: usize = many.iter().map(String::capacity).sum();
            many.capacity() * size_of::<String>() + texts
        }
    }
}

fn members(members: &Map<String, Value>) -> usize {
    if members.is_empty() {
        return 0;
    }
    let nodes = 1 + members.len() / MEMBERS_PER_NODE;
    let held: usize = members
        .iter()
        .map(|(name, member)| name.capacity() + value(member))
        .sum();
    nodes * NODE + held
}

/// Claims have been read with a cap on their depth.
fn value(value: &Value) -> usize {
    match value {
        Value::String(text) => text.capacity(),
        Value::Array(list) => {
            let held: usize = list.iter().map(self::value).sum();
            list.capacity() * size_of::<Value>() + held
        }
        Value::Object(object) => members(object),
        _ => 0,
    }
}
