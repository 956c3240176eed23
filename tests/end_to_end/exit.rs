//! A user leaves a rollup whose operator is gone, with a file and the layer 1 alone.

use assay_api::stage::Stage;
use assay_circuits::{eddsa::SecretKey, word};
use assay_l1::client::RollupCall;
use serde_json::{Value, json};

use crate::{
    invoke::run,
    process::{TIMEOUT, succeed},
    rig::{Rig, until},
};

/// Longer than an entry may wait and be overdue.
const EIGHT_DAYS_S: u32 = 8 * 24 * 3600;

/// One JSON-RPC call.
async fn rpc(url: &str, method: &str, parameters: Value) -> Value {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
    let answer = reqwest::Client::new().post(url).json(&request).send().await;
    answer.unwrap().json::<Value>().await.unwrap()["result"].clone()
}

struct Wallet<'a> {
    rig: &'a Rig,
    key: String,
    node: String,
}

impl Wallet<'_> {
    fn call(&self, arguments: &[&str]) -> String {
        let options = ["wallet", "--key", &self.key, "--node", &self.node, "--json"];
        succeed(&[&options, arguments].concat())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.call(arguments)).unwrap()
    }

    /// `assay exit`: its exit code, and what it printed.
    fn exit(&self, from: Option<&str>, more: &[&str]) -> (Option<i32>, String, String) {
        let options = [
            "exit",
            "--contract",
            &self.rig.contract,
            "--l1-url",
            &self.rig.l1_url,
            "--l1-account",
            "3",
            "--key",
            &self.key,
        ];
        let from = from.map_or(vec![], |from| vec!["--from", from]);
        let output = run(&[&options, &from[..], more].concat());
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    }
}

/// What, how much, of which token: of each row but credits.
fn rows(report: &str, are_paid: bool) -> Vec<(String, String, u64)> {
    let report: Value = serde_json::from_str(report).unwrap();
    let rows = report["rows"].as_array().unwrap().iter();
    let of = |row: &Value| {
        assert_eq!(row["error"], Value::Null, "{row}");
        assert_eq!(row["transaction"].is_string(), are_paid, "{row}");
        let text = |field: &str| {
            let text = row[field].as_str();
            text.unwrap_or_else(|| panic!("{field} of {row}"))
                .to_owned()
        };
        (text("what"), text("amount"), row["token"].as_u64().unwrap())
    };
    rows.filter(|row| row["what"] != "credit").map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_taken_out_when_the_operator_is_gone() {
    let mut rig = Rig::start();
    let mut node = rig.node();
    let worker = rig.worker("w");
    let wallet = Wallet {
        key: rig.path("alice.json"),
        node: rig.node_url(),
        rig: &rig,
    };
    let l1 = ["--l1-url", &rig.l1_url, "--l1-account", "3"];
    let client = rig.client();
    until("the node knows ether and the token", async || {
        let tokens = client.tokens().await.ok()?;
        (tokens.len() == 2).then_some(())
    })
    .await;
    wallet.call(&["new"]);
    wallet.call(&[&["deposit", "2eth"], &l1[..]].concat());
    wallet.call(&[&["deposit", "12.5USDX"], &l1[..]].concat());
    let receiver = "0x00000000000000000000000000000000000000A1";
    let withdrawn = wallet.json(&["withdraw", receiver, "0.25eth", "--fee", "0"]);
    let hash = withdrawn["receipt"]["hash"].as_str().unwrap().parse();
    client
        .wait_for(hash.unwrap(), Stage::Proved, TIMEOUT)
        .await
        .unwrap();
    let kept = rig.path("alice.exit.json");
    let answer = wallet.json(&["packet"]);
    assert_eq!(
        (&answer["accounts"], &answer["claims"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(answer["file"], kept);

    let (code, _, errors) = wallet.exit(Some(&kept), &[]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("the rollup is not frozen"), "{errors}");

    node.kill();
    drop(worker);
    // Nobody is there to take this one.
    deposit_to_nobody(&rig).await;
    rpc(&rig.l1_url, "evm_increaseTime", json!([EIGHT_DAYS_S])).await;
    rpc(&rig.l1_url, "evm_mine", json!([])).await;

    let stale = rig.path("stale.json");
    let packet = std::fs::read_to_string(&kept).unwrap();
    std::fs::write(&stale, packet.replace("\"batch\": ", "\"batch\": 1")).unwrap();
    let to = "0x00000000000000000000000000000000000000B2";
    let expected = [
        ("escape", "1750000000000000000", 0),
        ("escape", "12500000", 1),
        ("claim", "250000000000000000", 0),
        ("refund", "31", 0),
    ]
    .map(|(what, amount, token)| (what.to_owned(), amount.to_owned(), token));
    let l1 = rig.l1(3).await;
    l1.execute(&RollupCall::Freeze, TIMEOUT).await.unwrap();
    let published = rig.path("state");
    let look = ["--to", to, "--json", "--dry-run"];
    for (from, more) in [
        (None, &["--publish", &published][..]),
        (Some(published.as_str()), &[]),
        (Some(kept.as_str()), &[]),
    ] {
        let (code, report, errors) = wallet.exit(from, &[&look, more].concat());
        assert_eq!(code, Some(0), "{from:?}: {errors}");
        assert_eq!(rows(&report, false), expected, "{from:?}");
    }
    let (_, text, _) = wallet.exit(Some(&kept), &["--to", to, "--dry-run"]);
    assert!(
        text.contains("1.75 ETH (1750000000000000000 base units)"),
        "{text}"
    );
    assert!(text.contains("12.5 of token 1 (0x"), "{text}");
    let (code, report, errors) = wallet.exit(Some(&kept), &["--to", to, "--json"]);
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(rows(&report, true), expected);

    // Nothing is left, and nothing is taken twice, whatever the state is taken from.
    assert_eq!(l1.held(0).await.unwrap(), 0);
    assert_eq!(l1.held(1).await.unwrap(), 0);
    let balance = rpc(&rig.l1_url, "eth_getBalance", json!([receiver, "latest"])).await;
    assert_eq!(balance, "0x3782dace9d90000");
    let (code, text, _) = wallet.exit(Some(&kept), &[]);
    assert_eq!(code, Some(0));
    assert!(text.contains("nothing is left"), "{text}");
    let (code, _, errors) = wallet.exit(Some(&stale), &[]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("the last proved batch is"), "{errors}");
}

/// A deposit of 31 wei that no batch takes.
async fn deposit_to_nobody(rig: &Rig) {
    let l1 = rig.l1(3).await;
    let owner = SecretKey::from_seed([77; 32]).public_key().0;
    let deposit = RollupCall::Deposit {
        token: 0,
        amount: 31,
        owner: [owner.x, owner.y].map(word::to_bytes),
        refund_to: l1.account().unwrap(),
        fee_wei: l1.entry_fee_soon().await.unwrap(),
    };
    l1.execute(&deposit, TIMEOUT).await.unwrap();
}
