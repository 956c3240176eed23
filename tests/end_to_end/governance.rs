//! What is announced at the contract comes to everybody who asks a node.

use std::time::Duration;

use assay_l1::{
    address::EthAddress,
    batch::{ShapeSize, VerifyingKeyWords, Word},
    chain::dev_accounts,
    client::{L1Signer, RollupCall, RollupClient},
};
use serde_json::{Value, json};

use crate::{devnet::Devnet, invoke::run, rig::until};

const TIMEOUT: Duration = Duration::from_secs(60);
/// Of a shape that is not in service.
const SHAPE: u8 = 77;

/// A client that signs for one of the layer 1's funded accounts.
async fn client_of(devnet: &Devnet, account: EthAddress) -> RollupClient {
    let accounts = dev_accounts();
    let found = accounts.iter().find(|found| found.address == account);
    let signer = L1Signer::from_secret(&found.unwrap().secret).unwrap();
    let contract = devnet.contract.parse().unwrap();
    RollupClient::connect(&devnet.l1, contract, Some(signer))
        .await
        .unwrap()
}

/// A batch's key, of the words that a verifier shows.
fn key(words: &[Word]) -> VerifyingKeyWords {
    VerifyingKeyWords {
        alpha: words[..2].try_into().unwrap(),
        beta: words[2..6].try_into().unwrap(),
        gamma: words[6..10].try_into().unwrap(),
        delta: words[10..14].try_into().unwrap(),
        ic: words[14..].as_chunks().0.to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_announced_is_told_by_the_node_and_its_status() {
    let devnet = Devnet::start();
    let asked = ["status", "--node", &devnet.node];
    let governance = async |is: &dyn Fn(&Value) -> bool| -> Value {
        until("the node tells what is announced", async || {
            let output = run(&[&asked[..], &["--json"]].concat());
            let found: Value = serde_json::from_slice(&output.stdout).ok()?;
            let found = found["status"]["governance"].clone();
            is(&found).then_some(found)
        })
        .await
    };
    let nothing = governance(&Value::is_object).await;
    assert_eq!(
        (&nothing["shapes"], &nothing["next_operator"]),
        (&json!([]), &Value::Null)
    );
    let shown = String::from_utf8(run(&asked).stdout).unwrap();
    assert!(
        shown.contains("\nannounced nothing, as of block "),
        "{shown}"
    );

    // The shape that is in service, and its key, under another number.
    let named = nothing["governor"].as_str().unwrap();
    let governor = client_of(&devnet, named.parse().unwrap()).await;
    let served = governor.shape(0).await.unwrap().unwrap();
    let words = governor.verifier_key(served.verifier).await.unwrap();
    let size = ShapeSize {
        id: SHAPE,
        ..served.size
    };
    let propose = RollupCall::Propose {
        shape: size,
        key: key(&words),
    };
    governor.execute(&propose, TIMEOUT).await.unwrap();
    let operator = governor.info().await.unwrap().operator;
    let next = EthAddress([0xb1; 20]);
    let hand_over = RollupCall::ProposeOperator { next };
    let operator = client_of(&devnet, operator).await;
    operator.execute(&hand_over, TIMEOUT).await.unwrap();
    let block = operator.latest_block().await.unwrap();
    let expected = operator.announced_at(block.hash).await.unwrap();
    let found = governance(&|found| !found["next_operator"].is_null()).await;
    assert_eq!(found["next_operator"], next.to_string());
    let shape = &found["shapes"][0];
    assert_eq!(
        (&shape["number"], &shape["state"]),
        (&json!(SHAPE), &json!("announced"))
    );
    let [proposal] = expected.proposals[..] else {
        panic!("{expected:?}")
    };
    assert_eq!(shape["verifier"], proposal.verifier.to_string());
    assert_eq!(shape["ready_at"], proposal.ready_at);
    assert!(shape["verifying_key_sha256"].is_string(), "{shape}");
    let shown = String::from_utf8(run(&asked).stdout).unwrap();
    for words in [
        "\nannounced shape 77, proved under a key of its own: users have 3",
        "may become the operator at any time",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
}
