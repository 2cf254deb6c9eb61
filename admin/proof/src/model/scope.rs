/// What a person orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// A gradual rotation.
    Rotation,
    /// The active key is replaced and revoked.
    Emergency,
}

/// How large a world is, and how much may go wrong in it. Times are in ticks.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// What it is called.
    pub name: &'static str,
    /// One server, or two on one database.
    pub servers: usize,
    /// One region or two, with one isolate each.
    pub regions: usize,
    /// What is ordered, one after the other, at any time before `orders_until`.
    pub orders: &'static [Order],
    /// No order is given from then on.
    pub orders_until: u8,
    /// Where the exploration ends.
    pub horizon: u8,
    /// How long tokens live.
    pub token_ticks: u8,
    /// How often time may pass while a server has something to do: a server that is slow, or asleep.
    pub naps: u8,
    /// How often a server may die.
    pub crashes: u8,
    /// How many writes are lost though they were answered.
    pub vain_writes: u8,
    /// How many writes arrive after their answer was given up.
    pub late_writes: u8,
    /// How many isolates lose their memory.
    pub forgetting: u8,
    /// How many reports are lost.
    pub lost_reports: u8,
    /// How often somebody makes up a `kid`, so that an isolate looks for it and for no other in the next tick.
    pub probes: u8,
    /// Whether an unknown `kid` leads an isolate to the server's own document.
    pub second_source: bool,
}

/// What protects the promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// A key signs only after every region has confirmed it.
    Confirmation,
    /// A key signs only after every isolate that looked before it was published may look again.
    Pause,
    /// A key stays until the last token it signed has expired everywhere.
    RetireWindow,
    /// A server that was asleep does not write.
    Fencing,
    /// An edge takes no version below the highest it has seen.
    Floor,
    /// Every set has a version of its own.
    VersionRule,
    /// A push is a push only once it was read back.
    ReadBack,
    /// An isolate reads anew before it judges with an old set.
    Freshness,
    /// An unknown `kid` leads to the server's own document.
    SecondSource,
    /// The newest of all epochs that apply decides, not the most specific.
    NewestEpoch,
    /// An emergency takes the old key out of the set.
    RevokedKeyOut,
    /// What the store holds is looked at again and again.
    Repair,
}
