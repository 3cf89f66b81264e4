//! The only reader of the wall clock. Time is a value everywhere else.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Europe::Prague;

/// The moment at which something is decided, and how far it can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Best guess of the time; never before `last_trusted`.
    pub at: DateTime<Utc>,
    /// The latest moment that is certain to have come; `at` itself where the clock is trusted.
    pub last_trusted: DateTime<Utc>,
}

impl Now {
    /// A moment that is believed.
    pub fn trusted(at: DateTime<Utc>) -> Now {
        Now { at, last_trusted: at }
    }

    /// A moment read from a clock that may be wrong: it cannot be earlier than what was certain before.
    pub fn untrusted(at: DateTime<Utc>, last_trusted: DateTime<Utc>) -> Now {
        Now { at: at.max(last_trusted), last_trusted }
    }

    /// The day in Prague: decides what has begun, and is what the screen says.
    pub fn today(&self) -> NaiveDate {
        self.at.with_timezone(&Prague).date_naive()
    }

    /// The day in Prague that is certain to have come: decides what has ended.
    pub fn certain_day(&self) -> NaiveDate {
        self.last_trusted.with_timezone(&Prague).date_naive()
    }
}
