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
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_ARCH", "x86_64") && links_with_lld() {
        // Not through `-Wl,`, which parts a path at its commas.
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        argument(&format!("-T{}", Path::new(&folder).join(ORDER).display()));
    }
}

/// Functions that runs call stand together; see `xtask/src/order.rs`.
const ORDER: &str = "link-order.ld";

fn argument(argument: &str) {
    println!("cargo::rustc-link-arg-bin=corten={argument}");
}

/// Whether the linker is the one that the script was made for: compilers that bring lld along use it, unless they are told
/// otherwise. GNU ld would need minutes for so many patterns, mold and wild do not know them.
fn links_with_lld() -> bool {
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let is_told =
        ["fuse-ld", "linker=", "linker-features", "link-self-contained"].iter().any(|flag| flags.contains(flag));
    if is_told || env::var_os("RUSTC_LINKER").is_some() {
        return false;
    }
    let (Ok(compiler), Ok(target)) = (env::var("RUSTC"), env::var("TARGET")) else { return false };
    let asked = std::process::Command::new(compiler).args(["--print", "sysroot"]).output();
    asked.is_ok_and(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Path::new(&sysroot).join("lib/rustlib").join(target).join("bin/gcc-ld/ld.lld").exists()
    })
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
