//! A rollup's proving keys from whoever serves them.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    thread,
};

use assay_circuits::{circuit::CircuitId, shape::Shape};
use assay_prover::{
    groth16::setup::SetupRandomness,
    keys::{proving_key_path, verifying_key_path},
    known_circuits::create_keys,
};

use crate::{
    invoke::{keys_dir, run},
    rig::Rig,
};

const TINY: CircuitId = CircuitId::Batch(Shape::Tiny);

/// A server that answers one request with this file, or so many bytes of it.
fn served(file: Vec<u8>, sent: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).unwrap() > 0);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", file.len());
        stream.write_all(head.as_bytes()).unwrap();
        // The client may have read enough.
        stream.write_all(&file[..sent]).unwrap_or_default();
    });
    url
}

/// `assay keys fetch`: whether it succeeded, and what it said.
fn fetch(rig: &Rig, from: &str, shape: &str, directory: &Path) -> (bool, String) {
    let (of_shape, directory) = (["--shape", shape], directory.to_str().unwrap());
    let layer1 = ["--contract", &rig.contract, "--l1-url", &rig.l1_url];
    let keys = ["keys", "fetch", "--from", from, "--keys", directory];
    let output = run(&[&keys[..], &of_shape, &layer1].concat());
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn a_stranger_gets_the_rollups_keys_from_its_node_and_no_others_from_anybody() {
    let mut rig = Rig::start();
    let node = rig.node();
    let directory = tempfile::tempdir().unwrap();
    let fetched = directory.path().join("fetched");
    let from_node = format!("{}/v1/keys", rig.node_url());
    for circuit in [TINY, CircuitId::Escape] {
        let (fetched_it, said) = fetch(&rig, &from_node, circuit.name(), &fetched);
        assert!(fetched_it, "{said}");
        for path in [proving_key_path, verifying_key_path] {
            let own = fs::read(path(&keys_dir(), circuit)).unwrap();
            assert_eq!(fs::read(path(&fetched, circuit)).unwrap(), own);
        }
    }
    let (_, said) = fetch(&rig, &from_node, "tiny", &fetched);
    assert!(said.contains("move them away first"), "{said}");
    let (_, said) = fetch(&rig, &from_node, "medium", &fetched);
    assert!(said.contains("the contract has no"), "{said}");
    drop(node);

    let other = directory.path().join("other");
    create_keys(&other, TINY, SetupRandomness::System, &|_, _| ()).unwrap();
    let other = fs::read(proving_key_path(&other, TINY)).unwrap();
    let own = fs::read(proving_key_path(&keys_dir(), TINY)).unwrap();
    let mut changed = own.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let (whole, half) = (own.len(), own.len() / 2);
    for (file, sent, why) in [
        (other, whole, "under another key"),
        (changed, whole, "is damaged"),
        (own, half, "cannot be read"),
    ] {
        let empty = directory.path().join("empty");
        let (fetched_it, said) = fetch(&rig, &served(file, sent), "tiny", &empty);
        assert!(!fetched_it && said.contains(why), "{said}");
        assert!(!empty.exists(), "{why}: something is left behind");
    }
}
