//! Instants at which a test kills the process, so that it can have a crash at every step there is.
//!
//! Only debug builds have them. There, `KEYSTILE_FAULT=<n>` kills the process with `kill -9` at the n-th point that it
//! reaches, counted from 1, and `KEYSTILE_FAULT_TRACE=<file>` writes the name of every point that it reaches on a line.

/// What is about to happen, or has just happened, to something that outlives the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultPoint {
    /// The data folder is there and closed to others.
    DataFolder,
    /// The file of the master key is on the disk.
    MasterKey,
    /// The database has its tables.
    Database,
    /// A change has begun: nobody else writes.
    Change,
    /// A change is about to make one more statement.
    Statement,
    /// A change is about to be committed.
    Commit,
    /// A change was committed.
    Committed,
    /// The write-ahead log is about to be emptied.
    Scrub,
    /// A copy of the database lies in the data folder.
    Copied,
    /// A file that was written under another name is about to get its own.
    File,
    /// The edge's store is about to be asked for a value.
    StoreRead,
    /// The edge's store is about to be given a value.
    StoreWrite,
    /// The edge's store has answered.
    StoreAnswer,
}

impl FaultPoint {
    /// Every point.
    pub const ALL: [Self; 13] = [
        Self::DataFolder,
        Self::MasterKey,
        Self::Database,
        Self::Change,
        Self::Statement,
        Self::Commit,
        Self::Committed,
        Self::Scrub,
        Self::Copied,
        Self::File,
        Self::StoreRead,
        Self::StoreWrite,
        Self::StoreAnswer,
    ];

    /// The point's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataFolder => "data-folder",
            Self::MasterKey => "master-key",
            Self::Database => "database",
            Self::Change => "change",
            Self::Statement => "statement",
            Self::Commit => "commit",
            Self::Committed => "committed",
            Self::Scrub => "scrub",
            Self::Copied => "copied",
            Self::File => "file",
            Self::StoreRead => "store-read",
            Self::StoreWrite => "store-write",
            Self::StoreAnswer => "store-answer",
        }
    }
}

/// The process has come to `point`. Release builds take no notice.
#[inline]
pub(crate) fn reach(point: FaultPoint) {
    #[cfg(debug_assertions)]
    armed::reach(point);
    #[cfg(not(debug_assertions))]
    let _ = point;
}

#[cfg(debug_assertions)]
mod armed {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::path::PathBuf;
    use std::process::Command;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::FaultPoint;

    /// What the environment of the process asks for.
    struct Order {
        kill_at: Option<u64>,
        trace: Option<PathBuf>,
    }

    static ORDER: OnceLock<Order> = OnceLock::new();
    static REACHED: AtomicU64 = AtomicU64::new(0);

    pub(super) fn reach(point: FaultPoint) {
        let order = ORDER.get_or_init(Order::read);
        let number = REACHED.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(trace) = &order.trace {
            write_down(trace, point);
        }
        if order.kill_at == Some(number) {
            kill_this_process();
        }
    }

    impl Order {
        fn read() -> Self {
            let number = |text: String| text.parse().ok();
            Self {
                kill_at: std::env::var("KEYSTILE_FAULT").ok().and_then(number),
                trace: std::env::var_os("KEYSTILE_FAULT_TRACE").map(PathBuf::from),
            }
        }
    }

    fn write_down(trace: &PathBuf, point: FaultPoint) {
        let file = OpenOptions::new().create(true).append(true).open(trace);
        if let Err(error) = file.and_then(|mut file| writeln!(file, "{}", point.as_str())) {
            tracing::error!(%error, "the trace of fault points cannot be written");
        }
    }

    /// From outside, as an operator or the kernel would, so that nothing of this process has a last word.
    fn kill_this_process() -> ! {
        let killed = Command::new("kill").args(["-KILL", &std::process::id().to_string()]).status();
        if let Err(error) = killed {
            tracing::error!(%error, "the process cannot be killed");
        }
        loop {
            std::thread::park();
        }
    }
}
