//! A simulated chain that a file keeps.

use serde_json::json;

use crate::{invoke::run, layer1::Layer1};

const DEVELOPMENT: u64 = 31337;
const FROM: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const TO: &str = "0x4242424242424242424242424242424242424242";

#[tokio::test]
async fn a_chain_goes_on_after_its_end_and_a_torn_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("chain.json");
    let file = path.to_str().unwrap();
    let start = || Layer1::simulated_with(DEVELOPMENT, &["--state", file]);
    let mut height = 0;
    for round in 1..=2_u64 {
        let chain = start();
        let latest = chain.ask("eth_blockNumber", json!([])).await;
        let latest = u64::from_str_radix(latest.as_str().unwrap().trim_start_matches("0x"), 16);
        assert!(latest.unwrap() >= height);
        let before = chain.ask("eth_getBalance", json!([TO])).await;
        assert_eq!(before, format!("{:#x}", round - 1));
        chain.ask("evm_setAutomine", json!([true])).await;
        let payment = json!([{"from": FROM, "to": TO, "value": "0x1"}]);
        let hash = chain.ask("eth_sendTransaction", payment).await;
        let receipt = chain.ask("eth_getTransactionReceipt", json!([hash])).await;
        let number = receipt["blockNumber"].as_str().unwrap();
        height = u64::from_str_radix(number.trim_start_matches("0x"), 16).unwrap();
        chain.stop();
    }
    drop(start());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let refused = run(&["l1", "--no-deploy", "--port", "0", "--state", file]);
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("there is no chain in"), "{said}");
    let left = std::fs::read(&path).unwrap();
    assert_eq!(left.len(), whole.len() / 2, "nothing was written over it");
}
