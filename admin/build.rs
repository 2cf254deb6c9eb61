//! The console is part of the binary, and the validator of its token inspector is built before it: a release is built
//! anew when that has changed.

fn main() {
    println!("cargo::rerun-if-changed=../www/dist");
}
