//! A lock out of nothing but compare-and-swap: a value that names its holder and its end.
//!
//! It keeps two processes from redeeming one refresh token at a time; that nothing is overwritten does not depend on it, since
//! each commit is a compare-and-swap too.

use std::time::{Duration, SystemTime};

use crate::{KeyValue, StoreError, TryLock};

/// A lock that claims to last longer was written by a clock that is off, or is no lock.
const LONGEST: Duration = Duration::from_hours(1);

pub(crate) async fn take(
    place: &(impl KeyValue + ?Sized),
    key: &str,
    holder: &str,
    lasts: Duration,
) -> Result<TryLock<()>, StoreError> {
    let now = since_1970();
    let present = place.get(key).await?;
    if let Some(holder) = present.as_deref().and_then(|value| holder_at(value, now)) {
        return Ok(TryLock::Busy {
            holder: Some(holder),
        });
    }
    let until = now.saturating_add(lasts.min(LONGEST)).as_millis();
    let ours = format!("{until} {holder}");
    if place
        .swap(key, present.as_deref(), Some(ours.as_bytes()))
        .await?
    {
        Ok(TryLock::Held(()))
    } else {
        Ok(TryLock::Busy { holder: None })
    }
}

pub(crate) async fn give_back(
    place: &(impl KeyValue + ?Sized),
    key: &str,
    holder: &str,
) -> Result<(), StoreError> {
    let Some(present) = place.get(key).await? else {
        return Ok(());
    };
    let is_ours = parts(&present).is_some_and(|(_, named)| named == holder);
    if is_ours {
        // If it is another's by now, it is left alone.
        place.swap(key, Some(&present), None).await?;
    }
    Ok(())
}

/// The holder of a lock that has not ended.
fn holder_at(value: &[u8], now: Duration) -> Option<String> {
    let (until, holder) = parts(value)?;
    let left = until.checked_sub(now).filter(|left| !left.is_zero())?;
    (left <= LONGEST).then(|| holder.to_owned())
}

fn parts(value: &[u8]) -> Option<(Duration, &str)> {
    let (until, holder) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    Some((Duration::from_millis(until.parse().ok()?), holder))
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_counts_until_its_end_and_never_for_longer_than_an_hour() {
        let now = Duration::from_secs(1_700_000_000);
        let value = |left: i64| {
            let until = i64::try_from(now.as_millis()).unwrap() + left;
            format!("{until} process 7")
        };
        for (left, holder) in [
            (1, Some("process 7")),
            (3_600_000, Some("process 7")),
            (3_600_001, None),
            (0, None),
            (-1, None),
        ] {
            assert_eq!(
                holder_at(value(left).as_bytes(), now).as_deref(),
                holder,
                "{left}"
            );
        }
    }

    #[test]
    fn what_is_no_lock_holds_nobody_up() {
        for value in [
            &b""[..],
            b"soon process 7",
            b"17",
            b"\xff\xff",
            b"-5 process 7",
        ] {
            assert_eq!(holder_at(value, Duration::from_secs(1)), None);
        }
    }
}
