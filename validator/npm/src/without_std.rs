//! What a program without the standard library brings along itself.
//!
//! The library's own would be a fifth of what a page downloads: an allocator for many threads, and the machinery that spells
//! out what a panic says, which has nobody to say it to.

use core::panic::PanicInfo;

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Nothing panics on any input; if it did, JavaScript would get a `WebAssembly.RuntimeError`.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
