//! Finds `libakidb_bridge.so`: in `AKIDB_BRIDGE_LIB_DIR`, else where `scripts/publish --native-library` of this checkout leaves it, else where the linker looks.
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const FILE: &str = if cfg!(target_os = "macos") {
    "libakidb_bridge.dylib"
} else if cfg!(windows) {
    "akidb_bridge.dll"
} else {
    "libakidb_bridge.so"
};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=AKIDB_BRIDGE_LIB_DIR");
    println!("cargo:rustc-link-lib=dylib=akidb_bridge");
    let Some(folder) = find() else {
        println!("cargo:warning=no {FILE} was found: run scripts/publish --native-library, or let AKIDB_BRIDGE_LIB_DIR name its folder");
        return;
    };
    println!("cargo:rerun-if-changed={}", folder.join(FILE).display());

    // Through a link in cargo's own folder, which cargo adds to the path of what it runs: `cargo run` and `cargo test` need nothing else. The library finds what
    // lies beside its real file.
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("lib");
    match link(&folder, &out) {
        Ok(()) => println!("cargo:rustc-link-search=native={}", out.display()),
        Err(_) => println!("cargo:rustc-link-search=native={}", folder.display()),
    }

    // For the build script of whoever depends on this crate: DEP_AKIDB_BRIDGE_LIB_DIR, to be put into an rpath.
    println!("cargo:lib_dir={}", folder.display());
}

fn find() -> Option<PathBuf> {
    let given = env::var_os("AKIDB_BRIDGE_LIB_DIR").map(PathBuf::from);
    let checkout = Path::new(&env::var_os("CARGO_MANIFEST_DIR")?).join("../../artifacts/akidb-bridge-native");
    [given, Some(checkout)].into_iter().flatten().find(|folder| folder.join(FILE).exists()).and_then(|folder| fs::canonicalize(folder).ok())
}

#[cfg(unix)]
fn link(folder: &Path, out: &Path) -> io::Result<()> {
    fs::create_dir_all(out)?;
    let link = out.join(FILE);
    if link.is_symlink() {
        fs::remove_file(&link)?;
    }
    std::os::unix::fs::symlink(folder.join(FILE), link)
}

#[cfg(not(unix))]
fn link(_folder: &Path, _out: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
