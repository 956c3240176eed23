//! A node of the layer 1 that has not seen the last blocks yet, as one of several behind one address
//! may.

use serde_json::{Value, json};

use crate::upstream::{Broken, Upstream};

/// Answers a call as the node would that lacks the last `blocks` blocks.
pub(crate) async fn ask(
    upstream: &Upstream,
    mut call: Value,
    blocks: u64,
) -> Result<Value, Broken> {
    let latest = number(&upstream.result("eth_blockNumber", json!([])).await?).unwrap_or(0);
    let head = latest.saturating_sub(blocks);
    let id = call["id"].clone();
    let answer = |result: Value| json!({"jsonrpc": "2.0", "id": id, "result": result});
    let unknown = || {
        let error = json!({"code": -32000, "message": "header not found"});
        json!({"jsonrpc": "2.0", "id": id, "error": error})
    };
    match call["method"].as_str().unwrap_or_default() {
        "eth_blockNumber" => return Ok(answer(json!(format!("{head:#x}")))),
        "eth_getLogs" => {
            let filter = &mut call["params"][0];
            if number(&filter["fromBlock"]).is_some_and(|from| from > head) {
                return Ok(answer(json!([])));
            }
            let to = number(&filter["toBlock"]).unwrap_or(head).min(head);
            filter["toBlock"] = json!(format!("{to:#x}"));
        }
        _ => {
            let params = call["params"].as_array_mut();
            for param in params.into_iter().flatten() {
                if let Some("latest" | "pending" | "safe" | "finalized") = param.as_str() {
                    *param = json!(format!("{head:#x}"));
                } else if let Some(hash) = param.get("blockHash").cloned() {
                    let block = json!([hash, false]);
                    let block = upstream.result("eth_getBlockByHash", block).await?;
                    if number(&block["number"]).is_none_or(|number| number > head) {
                        return Ok(unknown());
                    }
                }
            }
        }
    }
    let answered = upstream.ask(&call).await?;
    let result = &answered["result"];
    let block = number(&result["blockNumber"]).or_else(|| {
        let is_block = result.get("parentHash").is_some();
        is_block.then(|| number(&result["number"])).flatten()
    });
    Ok(match block {
        Some(block) if block > head => answer(Value::Null),
        _ => answered,
    })
}

fn number(quantity: &Value) -> Option<u64> {
    let digits = quantity.as_str()?.strip_prefix("0x")?;
    u64::from_str_radix(digits, 16).ok()
}
