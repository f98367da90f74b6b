//! How the binary is linked.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ORDER}");
    let is = |variable: &str, value: &str| env::var(variable).is_ok_and(|found| found == value);
    if !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") {
        return;
    }
    // At a fixed address nothing of the 40 MB has to be relocated, which took a third of a short run.
    // Go's linker does the same for Helm. Stack, heap and libraries still lie at random addresses.
    argument("-no-pie");
    unwinder();
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_ARCH", "x86_64") && takes_scripts() {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        argument(&format!("-Wl,-T,{}", Path::new(&folder).join(ORDER).display()));
    }
}

/// Functions that runs call stand together; see `xtask/src/order.rs`.
const ORDER: &str = "link-order.ld";

fn argument(argument: &str) {
    println!("cargo::rustc-link-arg-bin=corten={argument}");
}

/// lld and GNU ld know scripts that insert a section; mold and wild do not.
fn takes_scripts() -> bool {
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default() + &env::var("RUSTC_LINKER").unwrap_or_default();
    !["mold", "wild"].iter().any(|linker| flags.contains(linker))
}

/// Takes GCC's unwinder into the binary instead of `libgcc_s.so`: one library less to load, and that one asks the
/// processor what it is, which costs a virtual machine a tenth of a short run. The compiler says `-lgcc_s`; what it finds
/// first is this script. Without the archive (it comes with every GCC) the library is used as ever.
fn unwinder() {
    let Ok(folder) = env::var("OUT_DIR") else { return };
    let compiler = env::var("RUSTC_LINKER").unwrap_or_else(|_| "cc".to_owned());
    let asked = std::process::Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output();
    let is_there = asked.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_absolute());
    let script = Path::new(&folder).join("libgcc_s.so");
    if is_there && env::var("HOST") == env::var("TARGET") && std::fs::write(&script, "INPUT(-lgcc_eh -lgcc)\n").is_ok()
    {
        argument(&format!("-L{folder}"));
    }
}
