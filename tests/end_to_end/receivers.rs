//! Withdrawals to addresses of the layer 1 from which nothing comes back.

use crate::{
    devnet::Devnet,
    layer1::signer,
    tokens::{deploy, listed},
};

#[tokio::test]
async fn what_nobody_could_pass_on_is_not_withdrawn() {
    let devnet = Devnet::start();
    devnet.funded("alice", "2eth");
    let l1 = ["--l1-url", &devnet.l1];
    let tokens = listed(&devnet).await;
    let token = tokens[1].address.as_deref().unwrap();
    let nobody = "0x0000000000000000000000000000000000000000";
    for (to, why) in [
        (nobody, "nobody's address"),
        (&devnet.contract, "the rollup contract itself"),
        (token, "the contract of USDX"),
    ] {
        for url in [&l1[..], &[]] {
            let withdraw = [&["withdraw", to, "1gwei", "--fee", "0"], url].concat();
            let refused = devnet.fail("alice", &withdraw);
            assert!(refused.contains(why), "{refused}");
        }
        let forced = devnet.pay_in_vain("alice", &["force", "withdraw", to, "1gwei"], 1);
        assert!(forced.contains(why), "{forced}");
        let person = signer(5).address().to_string();
        for paid in [
            &["deposit", "1gwei"][..],
            &["force", "withdraw", &person, "1gwei"],
        ] {
            let refunded = [paid, &["--refund-to", to]].concat();
            let refused = devnet.pay_in_vain("alice", &refunded, 1);
            assert!(refused.contains(why), "{refused}");
        }
    }
    // A contract may be meant: it is asked for, where the layer 1 can say so.
    let contract = deploy(&devnet.l1, "Forwarder").await.to_string();
    let withdraw = ["withdraw", &contract, "1gwei", "--fee", "0"];
    let refused = devnet.fail("alice", &[&withdraw[..], &l1].concat());
    assert!(
        refused.contains("say --to-contract if it is meant"),
        "{refused}"
    );
    let forced = devnet.pay_in_vain("alice", &["force", "withdraw", &contract, "1gwei"], 1);
    assert!(forced.contains("--to-contract"), "{forced}");
    assert_eq!(devnet.balance("alice"), 2 * 10u128.pow(18));
    devnet.call("alice", &[&withdraw[..], &l1, &["--to-contract"]].concat());
    let unreachable = ["--l1-url", "http://127.0.0.1:1"];
    let noted = devnet.ends("alice", &[&withdraw[..], &unreachable].concat(), 0);
    assert!(noted.contains("is not known"), "{noted}");
    assert_eq!(
        devnet.balance("alice"),
        2 * 10u128.pow(18) - 2 * 10u128.pow(9)
    );
    // Somebody with a key is no contract.
    let person = signer(5).address().to_string();
    let withdraw = ["withdraw", &person, "1gwei", "--fee", "0"];
    devnet.call("alice", &[&withdraw[..], &l1].concat());
    devnet.process.terminate();
}
