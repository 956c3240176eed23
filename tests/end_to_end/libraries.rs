//! The simulated chain as viem and ethers use it, where npm has put them.

use std::{fs, path::Path, process::Command};

use crate::layer1::Layer1;

#[test]
fn viem_and_ethers_find_what_they_use() {
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tools");
    let there = |name: &str| tools.join("node_modules").join(name).is_dir();
    if !there("viem") || !there("ethers") {
        println!(
            "skipped: no viem or ethers. `npm install --prefix target/tools viem@2 ethers@6` puts them \
             where this test finds them"
        );
        return;
    }
    let chain = Layer1::simulated(31337);
    // Beside the libraries, where node looks for them.
    let script = tools.join("libraries.mjs");
    fs::write(&script, include_str!("libraries.mjs")).unwrap();
    let said = Command::new("node").arg(script).arg(&chain.url).output();
    let said = said.unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(
        said.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&said.stderr)
    );
    assert!(text.contains("ok ethers ws"), "{text}");
}
