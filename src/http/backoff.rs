//! How long to wait after failures. Pure: chance comes in as a seed.

use std::time::Duration;

/// Doubles from `first` up to `most`; each wait is shortened by up to a half, so that a thousand panels which lost the
/// same server do not come back in the same second.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    pub first: Duration,
    pub most: Duration,
    /// The longest wish of a server that is granted.
    pub most_asked: Duration,
}

impl Backoff {
    /// The wait after `failures` in a row (from 1). A server's own wish (`retry_after`) is never cut short, except to
    /// `most_asked`, and is stretched by up to a tenth.
    pub fn wait(&self, failures: u32, seed: u64, retry_after: Option<Duration>) -> Duration {
        let share = Backoff::spread(seed ^ u64::from(failures).rotate_left(32));
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(self.most);
        let own = doubled.mul_f64(0.5 + share / 2.0);
        match retry_after {
            Some(wish) => own.max(wish.min(self.most_asked).mul_f64(1.0 + share / 10.0)),
            None => own,
        }
    }

    /// A number from 0 to 1 that looks random for each seed (splitmix64).
    pub fn spread(seed: u64) -> f64 {
        let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
