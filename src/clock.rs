//! The only reader of the wall clock and of the monotonic clock. Time is a value everywhere else.
//!
//! It sets no clock and waits for nothing. The surprising thing: there are two answers to "what time is it", a best
//! guess and what is certain to have come, because a panel that was without power may wake up in 1970 and must
//! neither take down nor keep back anything because of it (DESIGN §4.4).

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Prague;

/// No clock that shows an earlier time can be right: this program did not exist then. Moved once a year, which a test
/// watches; a build that sets `SOURCE_DATE_EPOCH` (seconds since 1970) knows better.
const RELEASED: (i32, u32, u32) = (2026, 1, 1);

/// A panel does not get older than this; who claims a time beyond it is wrong.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(20 * 365);

/// How far a hardware clock may have moved on since the last saved time and still be believed: a panel may stand
/// switched off in a store-room for a year; a counter that lost its battery or a bit shows something else.
const HARDWARE_CLOCK_BOUND: TimeDelta = TimeDelta::days(400);

/// What another program has written down may be later than this by the clock of this one.
const LEEWAY: TimeDelta = TimeDelta::minutes(5);

/// What a data folder remembers of time: the floor under a clock that cannot be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Saved {
    /// The latest trusted time that was written down.
    pub trusted: Option<DateTime<Utc>>,
    /// A later time that was seen or told since, without anybody to vouch for it.
    pub seen: Option<DateTime<Utc>>,
}

/// The moment at which something is decided, and how far it can be believed.
///
/// Where it is not believed, nothing has ended but by the day that is certain to have come, and everything that is
/// posted counts as begun: both moments may lie years back, and a day too early is better than never
/// (`Notice::ended`, `Notice::begun`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Best guess of the time: `last_trusted` where the clock is trusted, else later than that, and no earlier than the
    /// latest time that anybody claimed.
    pub at: DateTime<Utc>,
    /// The latest moment that is certain to have come; `at` itself where, and only where, the clock is trusted.
    pub last_trusted: DateTime<Utc>,
}

impl Now {
    /// A moment that is believed.
    pub fn trusted(at: DateTime<Utc>) -> Now {
        Now { at, last_trusted: at }
    }

    /// A moment read from a clock that may be wrong: it is later than what was certain before, if by a hair.
    pub fn untrusted(at: DateTime<Utc>, last_trusted: DateTime<Utc>) -> Now {
        Now { at: at.max(last_trusted + TimeDelta::milliseconds(1)), last_trusted }
    }

    /// Whether the clock is believed at this moment.
    pub fn is_trusted(&self) -> bool {
        self.at == self.last_trusted
    }

    /// The day in Prague: decides what has begun where the clock is trusted, and is what the screen says.
    pub fn today(&self) -> NaiveDate {
        self.at.with_timezone(&Prague).date_naive()
    }

    /// The day in Prague that is certain to have come: decides what has ended.
    pub fn certain_day(&self) -> NaiveDate {
        self.last_trusted.with_timezone(&Prague).date_naive()
    }

    /// Whether a moment that was written down can have come. The clocks of two programs differ by a hair.
    pub fn may_follow(&self, written: DateTime<Utc>) -> bool {
        written <= self.at + LEEWAY
    }

    /// How long until the next day begins in Prague, at most a day and an hour. A round just after it takes down
    /// and puts up what the new day brings.
    pub fn until_midnight(&self) -> Duration {
        let tomorrow = self.today().succ_opt().and_then(|day| day.and_hms_opt(0, 0, 0));
        let midnight = tomorrow.and_then(|naive| Prague.from_local_datetime(&naive).earliest());
        midnight.and_then(|midnight| (midnight.to_utc() - self.at).to_std().ok()).unwrap_or(Duration::from_secs(86_400))
    }
}

/// A time given by hand that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time: write it as 2026-03-01T12:00:00+01:00 (RFC 3339, with its zone)")]
pub struct ClockError(pub String);

/// Reads the value of `--now`: RFC 3339. It is believed.
pub fn parse(text: &str) -> Result<Now, ClockError> {
    match DateTime::parse_from_rfc3339(text.trim()) {
        Ok(at) => Ok(Now::trusted(at.to_utc())),
        Err(_) => Err(ClockError(text.to_owned())),
    }
}

/// Time since this program first asked, by the monotonic clock: intervals, animations, sessions.
pub fn ticks() -> Duration {
    start().0.elapsed()
}

/// A time stamp of the kernel (CLOCK_MONOTONIC) on the scale of [`ticks`]: never before the start, nor later than now.
pub fn since_start(stamp: Duration) -> Duration {
    stamp.saturating_sub(start().1).min(ticks())
}

/// When this program first asked: for itself, and as the kernel stamps it.
fn start() -> (Instant, Duration) {
    static START: OnceLock<(Instant, Duration)> = OnceLock::new();
    *START.get_or_init(|| {
        let stamp = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        (Instant::now(), Duration::new(stamp.tv_sec.max(0) as u64, stamp.tv_nsec.clamp(0, 999_999_999) as u32))
    })
}

/// The running boot of the machine, and how long it has lasted, sleep included: the same for every program on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boot {
    /// The kernel's identity of it; empty where it does not say.
    pub id: String,
    pub since: Duration,
}

/// Reads how long the machine has run, and in which of its boots.
pub fn boot() -> Boot {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
    let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Boot { id, since: Duration::new(since.tv_sec.unsigned_abs(), since.tv_nsec as u32) }
}

/// Reads the wall clock. `saved`: of the data folder, where there is one.
pub fn now(saved: Saved) -> Now {
    let saved = Saved { trusted: saved.trusted.max(built()), ..saved };
    judge(Utc::now(), saved, Source::of_this_machine(Path::new("/sys")))
}

/// When this program was built, where its builder says so.
fn built() -> Option<DateTime<Utc>> {
    option_env!("SOURCE_DATE_EPOCH").and_then(|text| DateTime::from_timestamp(text.trim().parse().ok()?, 0))
}

/// The day from which on clocks are believed.
pub fn released() -> DateTime<Utc> {
    let (year, month, day) = RELEASED;
    Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).single().expect("a valid day")
}

/// Whether a time that a stranger claims (a server's `Date`) may be true.
pub fn plausible(claim: DateTime<Utc>) -> bool {
    claim >= released() && claim - released() <= LONGEST_LIFE
}

/// What stands behind the system's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The kernel has been synchronised with a time server in this boot.
    Synchronised,
    /// The kernel took the time from a hardware clock when it started.
    HardwareClock,
    /// Neither: perhaps it counts from 1970.
    Nothing,
}

impl Source {
    /// What stands behind the time of the running machine. `sys`: `/sys`.
    pub fn of_this_machine(sys: &Path) -> Source {
        if kernel_synchronised() {
            Source::Synchronised
        } else if hardware_clock_was_read(sys) {
            Source::HardwareClock
        } else {
            Source::Nothing
        }
    }
}

/// How far `wall` can be believed: the whole rule, without a clock in it.
pub fn judge(wall: DateTime<Utc>, saved: Saved, source: Source) -> Now {
    let released = released();
    let certain = saved.trusted.unwrap_or(released).max(released);
    let believed = match source {
        Source::Synchronised => wall >= released,
        Source::HardwareClock => wall >= certain && wall - certain <= HARDWARE_CLOCK_BOUND,
        Source::Nothing => false,
    };
    if believed {
        return Now::trusted(wall);
    }
    let seen = saved.seen.filter(|seen| plausible(*seen));
    Now::untrusted(seen.map_or(wall, |seen| wall.max(seen)), certain)
}

fn kernel_synchronised() -> bool {
    // SAFETY: `timex` is plain data for which all zeroes is a valid value; with `modes` zero the call only reads.
    let (state, status) = unsafe {
        let mut timex: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&mut timex), timex.status)
    };
    state >= 0 && state != libc::TIME_ERROR && status & libc::STA_UNSYNC == 0
}

fn hardware_clock_was_read(sys: &Path) -> bool {
    let Ok(clocks) = fs::read_dir(sys.join("class/rtc")) else { return false };
    clocks.flatten().any(|rtc| fs::read_to_string(rtc.path().join("hctosys")).is_ok_and(|text| text.trim() == "1"))
}

/// A running clock: the system's, or one that was set by hand and goes on from there.
///
/// What was certain when it started stays certain, and so does the time that has passed since: a panel whose clock
/// never becomes trusted still takes down, in time, what ends while it runs.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    set: Option<Now>,
    saved: Saved,
    started: Duration,
}

impl Clock {
    /// The system's clock. `saved`: see [`now`].
    pub fn system(saved: Saved) -> Clock {
        Clock { set: None, saved, started: ticks() }
    }

    /// Shows `now` at this moment, and runs on.
    pub fn set(now: Now) -> Clock {
        Clock { set: Some(now), saved: Saved::default(), started: ticks() }
    }

    /// `set` where a time was given by hand (`--now`), else the system's.
    pub fn new(given: Option<Now>, saved: Saved) -> Clock {
        given.map_or_else(|| Clock::system(saved), Clock::set)
    }

    pub fn now(&self) -> Now {
        let passed = self.passed();
        let later = |at: Option<DateTime<Utc>>| at.map(|at| at + passed);
        match self.set {
            Some(now) => Now { at: now.at + passed, last_trusted: now.last_trusted + passed },
            None => now(Saved { trusted: later(self.saved.trusted), seen: later(self.saved.seen) }),
        }
    }

    /// Somebody says that it is `claim` now. It moves a clock that is not believed forward, and certain it is not.
    pub fn learn(&mut self, claim: DateTime<Utc>) {
        if plausible(claim) {
            self.saved.seen = self.saved.seen.max(Some(claim - self.passed()));
        }
    }

    fn passed(&self) -> TimeDelta {
        TimeDelta::from_std(ticks().saturating_sub(self.started)).unwrap_or(TimeDelta::zero())
    }
}
