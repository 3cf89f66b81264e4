//! How long somebody waits after wrong logins: by the login that was tried, and by where it was tried from.
//!
//! It lies in memory and has a bound; after a restart everybody starts anew. Nobody is ever locked out: the waits grow to
//! a quarter of an hour and no further. The surprising thing: where somebody has logged in from before, their login is
//! counted apart, so that an attack from elsewhere, however long, does not keep the right person waiting.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Failures that cost nothing: fingers slip. An address may be a whole office's.
const FREE_OF_LOGIN: u32 = 5;
const FREE_OF_ADDRESS: u32 = 30;
/// The longest wait, in seconds.
const LONGEST: i64 = 900;
/// What nobody has added to for so long is forgotten.
const FORGET: TimeDelta = TimeDelta::hours(2);
/// So many logins and addresses are remembered; the one whose failure lies back furthest makes room.
const MAX_KEPT: usize = 4096;

/// What failures are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// A login, tried from where nobody has logged in by it before.
    Login(String),
    /// A login, tried from where somebody has.
    Known(String, String),
    Address(String),
}

impl Key {
    fn free(&self) -> u32 {
        if matches!(self, Key::Address(_)) { FREE_OF_ADDRESS } else { FREE_OF_LOGIN }
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: DateTime<Utc>,
    /// Before that nothing is even looked at.
    until: DateTime<Utc>,
}

/// Somebody at the door.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub login: String,
    pub address: String,
    /// Whether that person has logged in from there before.
    pub known: bool,
}

impl Attempt {
    fn keys(&self) -> Vec<Key> {
        let login = self.login.clone();
        if self.known {
            // The address's own failures may be a stranger's behind the same router.
            return vec![Key::Known(login, self.address.clone())];
        }
        vec![Key::Login(login), Key::Address(self.address.clone())]
    }
}

/// All failures of late. See the module.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<Key, Failures>>);

impl Throttle {
    /// Goes on where nobody has to wait, and counts the attempt as a failure until [`Throttle::forgive`]: ten thousand
    /// at the same moment are not looked at before the first has failed. Else the seconds to wait.
    pub fn try_now(&self, attempt: &Attempt, now: DateTime<Utc>) -> Result<(), u32> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = attempt.keys();
        let until = keys.iter().filter_map(|key| kept.get(key)).map(|failures| failures.until).max();
        if let Some(until) = until.filter(|until| *until > now) {
            let millis = (until - now).num_milliseconds().unsigned_abs();
            return Err(u32::try_from(millis.div_ceil(1000)).unwrap_or(u32::MAX));
        }
        for key in keys {
            if kept.len() >= MAX_KEPT && !kept.contains_key(&key) {
                make_room(&mut kept, now);
            }
            let free = key.free();
            let failures = kept.entry(key).or_insert(Failures { count: 0, last: now, until: now });
            if now - failures.last >= FORGET {
                failures.count = 0;
            }
            failures.count = failures.count.saturating_add(1);
            failures.last = now;
            failures.until = now + TimeDelta::seconds(wait(failures.count.saturating_sub(free)));
        }
        Ok(())
    }

    /// The attempt was right. What it has cost the login is forgotten, what it has cost the address is taken back: with
    /// a login of their own nobody buys tries at others.
    pub fn forgive(&self, attempt: &Attempt) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in attempt.keys() {
            match &key {
                Key::Address(_) => {
                    if let Some(failures) = kept.get_mut(&key) {
                        failures.count = failures.count.saturating_sub(1);
                        failures.until = failures.last;
                    }
                }
                Key::Login(_) | Key::Known(..) => drop(kept.remove(&key)),
            }
        }
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Seconds: 0 while it is free, then 1, 2, 4 … up to the longest.
fn wait(beyond: u32) -> i64 {
    if beyond == 0 { 0 } else { (1_i64 << (beyond - 1).min(20)).min(LONGEST) }
}

fn make_room(kept: &mut HashMap<Key, Failures>, now: DateTime<Utc>) {
    kept.retain(|_, failures| now - failures.last < FORGET);
    if kept.len() >= MAX_KEPT
        && let Some(oldest) = kept.iter().min_by_key(|(_, failures)| failures.last).map(|(key, _)| key.clone())
    {
        kept.remove(&oldest);
    }
}

/// What failures of an address are counted by: it, or its network of 64 bits, which one customer has to himself
/// (RFC 6177).
pub fn name(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(login: &str, address: &str, known: bool) -> Attempt {
        Attempt { login: login.into(), address: address.into(), known }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + seconds, 0).expect("a moment")
    }

    #[test]
    fn waits_grow_and_stay_within_a_quarter_of_an_hour() {
        let throttle = Throttle::default();
        let wrong = attempt("jana", "192.0.2.1", false);
        let mut now = at(0);
        let mut waits = Vec::new();
        for _ in 0..40 {
            if let Err(wait) = throttle.try_now(&wrong, now) {
                waits.push(wait);
                now += TimeDelta::seconds(i64::from(wait));
            }
        }
        assert_eq!(waits[..4], [1, 2, 4, 8]);
        assert_eq!(waits.iter().max(), Some(&900));
    }

    #[test]
    fn an_attack_on_a_login_does_not_reach_where_its_owner_is_known() {
        let throttle = Throttle::default();
        for number in 0..1000 {
            throttle.try_now(&attempt("jana", &format!("198.51.100.{}", number % 250), false), at(number)).ok();
        }
        assert!(throttle.try_now(&attempt("jana", "203.0.113.9", false), at(1000)).is_err());
        assert_eq!(throttle.try_now(&attempt("jana", "192.0.2.1", true), at(1000)), Ok(()));
    }

    #[test]
    fn with_a_login_of_ones_own_nobody_buys_tries_at_others() {
        let throttle = Throttle::default();
        let own = attempt("own", "198.51.100.1", false);
        let mut tried = 0;
        for number in 0..200 {
            if throttle.try_now(&own, at(0)).is_ok() {
                throttle.forgive(&own);
            }
            tried +=
                u32::from(throttle.try_now(&attempt(&format!("other-{number}"), "198.51.100.1", false), at(0)).is_ok());
        }
        assert_eq!(tried, FREE_OF_ADDRESS + 1);
    }

    #[test]
    fn strangers_do_not_fill_the_memory() {
        let throttle = Throttle::default();
        for number in 0..20_000 {
            throttle.try_now(&attempt(&format!("{number}"), &format!("{number}"), false), at(number)).ok();
        }
        assert!(throttle.len() <= MAX_KEPT);
    }

    #[test]
    fn an_address_is_what_one_customer_has() {
        let name = |text: &str| name(text.parse().expect("an address"));
        assert_eq!(name("2001:db8:1:2:3:4:5:6"), name("2001:db8:1:2:ffff::1"));
        assert_ne!(name("2001:db8:1:2::1"), name("2001:db8:1:3::1"));
        assert_eq!(name("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
