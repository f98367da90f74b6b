//! How the binary is linked.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |variable: &str, value: &str| env::var(variable).is_ok_and(|found| found == value);
    // At a fixed address nothing of the 40 MB has to be relocated, which took a third of a short run.
    // Go's linker does the same for Helm. Stack, heap and libraries still lie at random addresses.
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bin=corten=-no-pie");
    }
}
