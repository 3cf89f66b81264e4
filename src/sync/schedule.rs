//! When to ask an office again. Pure: time and chance come in as values.

use std::time::Duration;

use crate::clock::Now;
use crate::http::Backoff;

/// First wait after a failure.
const FIRST_RETRY: Duration = Duration::from_secs(60);
/// A server that asks for more patience is asked again after so long anyway.
const MAX_PATIENCE: Duration = Duration::from_secs(6 * 3600);
/// A new day's round comes in this time after midnight, so that not all panels of the country come in one second.
const AFTER_MIDNIGHT: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(90));

/// The last round of a board, as far as the next one depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    pub at: Now,
    /// Failures in a row up to now.
    pub failures: u32,
    /// How long the server asked to be left alone.
    pub retry_after: Option<Duration>,
}

/// How long to wait until the next round; zero: it is due. `last` is `None` when there was none since the start.
///
/// Rounds come every `poll`, shortened by up to a tenth; after failures sooner at first ([`Backoff`]), and never before
/// the time a server asked for. A round just after midnight in Prague brings what the new day begins and ends. A clock
/// that was set makes a round due at once, whichever way it was set: no day must be missed because of it.
pub fn next_round(now: Now, last: Option<Last>, poll: Duration, seed: u64) -> Duration {
    let Some(last) = last else { return Duration::ZERO };
    let Ok(since) = (now.at - last.at.at).to_std() else { return Duration::ZERO };
    let chance = seed ^ last.at.at.timestamp().unsigned_abs();
    let wait = if last.failures > 0 {
        let backoff = Backoff { first: FIRST_RETRY.min(poll), most: poll, most_asked: MAX_PATIENCE };
        backoff.wait(last.failures, chance, last.retry_after)
    } else {
        poll.mul_f64(1.0 - Backoff::spread(chance) / 10.0)
    };
    let left = wait.saturating_sub(since);
    if last.failures > 0 && last.retry_after.is_some() {
        return left;
    }
    let (soonest, latest) = AFTER_MIDNIGHT;
    let after_midnight = soonest + (latest - soonest).mul_f64(Backoff::spread(seed));
    left.min((last.at.until_midnight() + after_midnight).saturating_sub(since))
}
