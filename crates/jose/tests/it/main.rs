//! keyfob-jose from the outside: published vectors, the attack list, and key files.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod borrowed_claims;
#[cfg(test)]
mod export;
#[cfg(test)]
mod key_sets;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rfc7515;
#[cfg(test)]
mod rfc7517;
#[cfg(test)]
mod rfc7520;
#[cfg(test)]
mod rfc8037;
#[cfg(test)]
mod secrets;
#[cfg(test)]
#[path = "../shared/vectors.rs"]
mod vectors;
#[cfg(test)]
mod wycheproof;
