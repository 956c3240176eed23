//! What is announced at the contract, through JSON-RPC.

use serde_json::json;

use super::{
    Net, TIMEOUT,
    rude::{CONTRACT, Reply, Rude},
    signer,
};
use crate::{
    address::EthAddress,
    batch::ShapeSize,
    chain::Removed,
    client::{Announced, L1Error, RollupCall, RollupClient},
    contracts::tests::{bed::MEDIUM, proofs::toy},
};

fn propose(id: u8) -> RollupCall {
    RollupCall::Propose {
        shape: ShapeSize { id, ..MEDIUM },
        key: toy(0).key_words(),
    }
}

async fn latest(client: &RollupClient) -> Announced {
    let block = client.latest_block().await.unwrap();
    client.announced_at(block.hash).await.unwrap()
}

#[tokio::test]
async fn what_is_announced_is_read_at_a_block() {
    let net = Net::new().await;
    let (operator, governor) = (net.client(0).await, net.client(9).await);
    let before = operator.latest_block().await.unwrap();
    let nothing = Announced {
        governor: Some(signer(9).address()),
        ..Announced::default()
    };
    assert_eq!(latest(&operator).await, nothing);
    let next = EthAddress([0xb1; 20]);
    let call = RollupCall::ProposeOperator { next };
    operator.execute(&call, TIMEOUT).await.unwrap();
    governor.execute(&propose(9), TIMEOUT).await.unwrap();
    let found = latest(&operator).await;
    assert_eq!(found.next_operator, Some(next));
    let block = operator.latest_block().await.unwrap();
    let delay_s = operator.info().await.unwrap().parameters.upgrade_delay_s;
    let [proposal] = found.proposals[..] else {
        panic!("{found:?}")
    };
    assert_eq!(
        (proposal.size.id, proposal.size.transfers),
        (9, MEDIUM.transfers)
    );
    assert_eq!(proposal.ready_at, block.timestamp + u64::from(delay_s));
    assert_eq!(proposal.void_at(), proposal.ready_at + 14 * 24 * 3600);
    assert_eq!(proposal.after_entries, None);
    let words = operator.verifier_key(proposal.verifier).await.unwrap();
    assert_eq!(words, toy(0).key_words().words());

    // More than one answer holds.
    for id in 20..40 {
        governor.execute(&propose(id), TIMEOUT).await.unwrap();
    }
    let found = latest(&operator).await;
    let ids = found.proposals.iter().map(|proposal| proposal.size.id);
    assert!(ids.eq([9].into_iter().chain(20..40)));

    // As it was, where the chain still has that block, and not where it does not.
    assert_eq!(operator.announced_at(before.hash).await.unwrap(), nothing);
    let gone = operator.latest_block().await.unwrap();
    net.chain.reorg(1, Removed::Forgotten).unwrap();
    assert!(operator.announced_at(gone.hash).await.is_err());
    assert_eq!(latest(&operator).await.proposals.len(), 20);
}

/// Words of an answer: governor, guardian, next operator, where to go on, and the ids of proposals.
fn answer(next: u64, ids: &[u8]) -> Reply {
    let mut words = vec![0, 0, 0, next, 160, ids.len() as u64];
    for id in ids {
        words.extend([u64::from(*id), 1, 1, 1, 1, 5, 7, 0, 0]);
    }
    let words: String = words.iter().map(|word| format!("{word:064x}")).collect();
    Reply::Result(json!(format!("0x{words}")))
}

async fn read(reply: Reply) -> Result<Announced, L1Error> {
    let rude = Rude::start(move |method, params| match method {
        "eth_chainId" => Reply::Result(json!("0x7a69")),
        _ if params[0].get("to").is_some_and(|to| !to.is_null()) => {
            Reply::Result(json!(format!("0x{}", "11".repeat(32))))
        }
        _ => reply.clone(),
    })
    .await;
    let client = RollupClient::connect(&rude.url, CONTRACT, None).await;
    client.unwrap().announced_at([1; 32]).await
}

/// An answer that does not tell of all shapes does not say that nothing is announced.
#[tokio::test]
async fn an_answer_that_is_none_is_not_that_nothing_is_announced() {
    assert_eq!(read(answer(256, &[])).await.unwrap(), Announced::default());
    let found = read(answer(256, &[3, 4])).await.unwrap();
    let ids = found.proposals.iter().map(|proposal| proposal.size.id);
    assert!(ids.eq([3, 4]));
    let full: Vec<u8> = (0..16).collect();
    let wrong = [
        Reply::Result(json!("0x")),
        Reply::Result(json!("0x00")),
        // It ends before the last id, or never.
        answer(255, &[]),
        answer(0, &[]),
        answer(257, &[]),
        answer(16, &full[1..]),
        answer(16, &full),
        // Not in order, or twice.
        answer(256, &[4, 3]),
        answer(256, &[4, 4]),
    ];
    for reply in wrong {
        let error = read(reply).await.unwrap_err();
        assert!(matches!(error, L1Error::Answer { .. }), "{error:?}");
    }
    let refused = read(Reply::Error(-32601, "no creation in a call")).await;
    assert!(matches!(refused, Err(L1Error::Refused { .. })));
}
