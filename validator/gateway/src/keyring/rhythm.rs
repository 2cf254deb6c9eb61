//! When to read a key set again, and who of several requests does it.

use std::time::Duration;

use crate::moment::Moment;

/// A read that has not ended by then is given up, and another request may read.
pub const READ_DEADLINE: Duration = Duration::from_secs(2);

/// A set that was not compared with an emergency channel for this long is compared in the background; for twice as long,
/// before it judges.
pub const CHANNEL_REFRESH: Duration = Duration::from_secs(4);

/// A read of an emergency channel that takes longer is given up: the store is followed anyhow.
pub const CHANNEL_DEADLINE: Duration = Duration::from_secs(1);

/// A change that an emergency channel has is known to everybody who can read it after so many seconds: twice the refresh
/// and a read, and a second for what is under way.
pub const CHANNEL_BOUND_SECS: u64 = 2 * CHANNEL_REFRESH.as_secs() + CHANNEL_DEADLINE.as_secs() + 1;

/// How long a gateway without a usable key set leaves the store alone after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// What to do about the key set before a token is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Judge: the set is fresh, or somebody is reading it while it is fresh enough.
    Judge,
    /// Judge, and read the set in the background. The read is the caller's to end.
    JudgeAndRead,
    /// Read the set first. The read is the caller's to end.
    ReadFirst,
    /// Wait for the read of another request, then judge.
    WaitFirst,
}

/// What to do about a token whose `kid` is not in the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chase {
    /// Nothing: we have looked for a newer set not long ago.
    Enough,
    /// Look for a newer set, then judge again. The chase is the caller's to end.
    Look,
    /// Wait for the chase of another request, then judge again.
    Wait,
}

/// The reads of one place that are under way, and those that have ended.
#[derive(Debug, Default)]
pub struct Rhythm {
    /// The last read that has ended, whatever came of it.
    last: Option<Read>,
    /// When the read that is under way began.
    read_began: Option<Moment>,
    /// When an unknown `kid` last made us look for a newer set.
    chase_began: Option<Moment>,
    is_chasing: bool,
}

/// A read that has ended.
#[derive(Clone, Copy, Debug)]
struct Read {
    /// What was read is as old as this: it may have changed right after.
    began: Moment,
    ended: Moment,
}

impl Rhythm {
    /// What to do at `now` about a set that is to be read every `refresh`; `None` if there is none to judge by.
    ///
    /// A set older than `refresh` is read in the background, one older than twice that before it judges. A failed read
    /// counts as a read: what can be had is the last good set. Where there is none, the pause begins when a read ends.
    pub fn plan(&mut self, refresh: Option<Duration>, now: Moment) -> Plan {
        let idle = self
            .last
            .map_or(Duration::MAX, |last| now.since(if refresh.is_some() { last.began } else { last.ended }));
        let (background, foreground) = refresh.map_or((RETRY, RETRY), |refresh| (refresh, refresh * 2));
        match (idle < background, idle < foreground, self.is_being_read(now)) {
            (true, _, _) | (_, true, true) => Plan::Judge,
            (_, false, true) => Plan::WaitFirst,
            (_, true, false) => {
                self.read_began = Some(now);
                Plan::JudgeAndRead
            }
            (_, false, false) => {
                self.read_began = Some(now);
                Plan::ReadFirst
            }
        }
    }

    pub(super) fn chase(&mut self, now: Moment, pause: Duration) -> Chase {
        if self.is_being_chased(now) {
            return Chase::Wait;
        }
        if self.chase_began.is_some_and(|began| now.since(began) < pause) {
            return Chase::Enough;
        }
        self.chase_began = Some(now);
        self.is_chasing = true;
        Chase::Look
    }

    /// Whether a read is under way. A request can be cancelled in the middle of its read, hence the deadline.
    pub fn is_being_read(&self, now: Moment) -> bool {
        self.read_began.is_some_and(|began| now.since(began) < READ_DEADLINE)
    }

    pub(super) fn is_being_chased(&self, now: Moment) -> bool {
        self.is_chasing && self.chase_began.is_some_and(|began| now.since(began) < READ_DEADLINE)
    }

    /// Gives the read that is under way its whole time again, because it gets on.
    pub(super) fn go_on(&mut self, now: Moment) {
        self.read_began = Some(now);
    }

    /// Ends the read that is under way, whatever came of it.
    pub fn end_read(&mut self, now: Moment) {
        let began = self.read_began.take().unwrap_or(now);
        self.last = Some(Read { began, ended: now });
    }

    /// What a chase found counts as read.
    pub(super) fn end_chase(&mut self, now: Moment) {
        self.is_chasing = false;
        let began = self.chase_began.unwrap_or(now);
        self.last = Some(Read { began, ended: now });
    }
}
