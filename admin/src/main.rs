//! The `keystile` binary: everything is in the library, where tests reach it.

use std::alloc::System;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Wipes what is freed. Bodies of requests, and what TLS has decrypted, lie in buffers of libraries that do not.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    keystile_admin::cli::run()
}
