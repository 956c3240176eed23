//! The OpenAPI document against the specification, the code and what the node answers.

use std::collections::{BTreeMap, BTreeSet};

use assay_api::wire::{DropCode, ErrorCode};
use assay_circuits::{
    eddsa::SignatureError,
    quantity::{AccountIndex, Amount, TokenId},
    transition::Rejection,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use super::funded;
use crate::{admission::error::AdmissionError, rig::World};

const PAGE: &str = include_str!("../../../../docs/spec/api.md");

/// What stands in back quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The codes of the page's table of errors, each with its statuses.
fn codes_of_the_page() -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in PAGE.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, status, codes, ..] = cells[..] else {
            continue;
        };
        if status.len() != 3 || status.parse::<u16>().is_err() {
            continue;
        }
        let (names, remark) = codes.split_once('(').unwrap_or((codes, ""));
        for name in quoted(names).filter(|name| !name.contains('-')) {
            let statuses = found.entry(name).or_default();
            statuses.insert(status.to_owned());
            if let Some(also) = remark.strip_prefix("also ") {
                statuses.insert(also[..3].to_owned());
            }
        }
    }
    found
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().values();
        operations.map(move |operation| (path.as_str(), operation))
    })
}

async fn document() -> Value {
    let world = World::new();
    let rig = world.start().await;
    let (status, document) = rig.get("/openapi.json").await;
    assert_eq!(status, StatusCode::OK);
    rig.stop().await;
    document
}

#[tokio::test]
async fn the_codes_are_those_of_the_page_and_of_the_node() {
    let mut page = codes_of_the_page();
    // Of a rejected transaction alone: no answer has them.
    for code in [ErrorCode::Replaced, ErrorCode::Displaced] {
        assert!(PAGE.contains(&format!("`{}`", code.name())));
        assert_eq!(page.insert(code.name(), BTreeSet::new()), None);
    }
    let of_page: BTreeSet<&str> = page.keys().copied().collect();
    let of_code: BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(of_page, of_code);
    let document = document().await;
    let schemas = &document["components"]["schemas"];
    let names: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(schemas["ErrorCode"]["enum"], json!(names));
    let code = &schemas["ErrorDetail"]["properties"]["code"]["$ref"];
    assert_eq!(code, "#/components/schemas/ErrorCode");
    let names: Vec<&str> = DropCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(schemas["DropCode"]["enum"], json!(names));
    let (_, rows) = PAGE.split_once("| `code` | the batch was dropped").unwrap();
    let rows = rows
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let of_page: Vec<&str> = rows.filter_map(|row| quoted(row).next()).collect();
    assert_eq!(of_page, names);
}

/// Those of the rules that a signed order can break.
#[test]
fn the_codes_of_rules_are_the_protocols() {
    let (account, token, amount) = (AccountIndex::FIRST, TokenId::ETHER, Amount::ZERO);
    for rule in [
        Rejection::UnknownAccount(account),
        Rejection::WrongToken {
            account,
            named: token,
            found: token,
        },
        Rejection::WrongOwner(account),
        Rejection::WrongNonce { given: 0, next: 1 },
        Rejection::NonceExhausted(account),
        Rejection::Expired { expires: 0, now: 1 },
        Rejection::InsufficientBalance {
            balance: amount,
            needed: amount,
        },
        Rejection::BalanceOverflow,
        Rejection::AmountNotRepresentable {
            amount,
            nearest_below: amount,
        },
        Rejection::OwnerOffCurve,
        Rejection::FeeTokenNotAccepted(token),
        Rejection::Signature(SignatureError::NonceOffCurve),
        Rejection::TreeFull,
    ] {
        let code = rule.code();
        assert_eq!(AdmissionError::from(rule).code(), code);
    }
}

#[tokio::test]
async fn errors_are_described_under_the_statuses_of_the_page() {
    let page = codes_of_the_page();
    let document = document().await;
    let mut described: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, operation) in operations(&document) {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let description = answer["description"].as_str().unwrap();
            assert!(!description.is_empty(), "{path} {status}");
            let schema = &answer["content"]["application/json"]["schema"]["$ref"];
            if schema != "#/components/schemas/ErrorBody" {
                continue;
            }
            for code in quoted(description) {
                described.entry(code).or_default().insert(status.clone());
            }
        }
    }
    for (code, statuses) in &described {
        let of_page = page
            .get(code)
            .unwrap_or_else(|| panic!("{code} is no code"));
        assert!(statuses.is_subset(of_page), "{code}: {statuses:?}");
    }
    // Of a path that is none, and of the operations that a body may hold: the answer to a transaction
    // says of all of them that it breaks a rule.
    let rules: BTreeSet<&str> = page
        .iter()
        .filter(|(code, statuses)| !described.contains_key(*code) && !statuses.contains("400"))
        .map(|(code, _)| *code)
        .collect();
    assert_eq!(rules, BTreeSet::from(["unknown_path"]));
}

#[tokio::test]
async fn every_call_has_a_name_and_the_answers_of_all() {
    let document = document().await;
    let mut names = BTreeSet::new();
    for (path, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} is the name of two");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{path}");
        let answers = &operation["responses"];
        let is_versioned = path.starts_with("/v1/");
        let is_for_workers = path.starts_with("/v1/prover/");
        for (status, expected) in [
            ("400", true),
            ("401", is_for_workers),
            ("405", true),
            ("408", true),
            ("413", operation.get("requestBody").is_some()),
            ("429", is_versioned && !is_for_workers),
            ("500", is_versioned),
            ("503", is_versioned || path == "/readyz"),
        ] {
            assert_eq!(answers.get(status).is_some(), expected, "{path} {status}");
        }
        let waits = &answers["429"]["headers"]["Retry-After"];
        assert_eq!(waits.is_object(), is_versioned && !is_for_workers, "{path}");
        assert_eq!(operation.get("security").is_some(), is_for_workers);
    }
    assert_eq!(names.len(), 29);
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let (pointer, _) = reference.split_once('"').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{pointer} is not there"
        );
    }
    for format in ["\"int32\"", "\"int64\""] {
        assert!(!text.contains(format), "no number here has a sign");
    }
}

/// Compares an answer with its schema: every field that is described is there, and no other.
fn compare(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(&reference[1..]).unwrap();
        return compare(document, schema, value, place);
    }
    if let Some(parts) = schema["oneOf"].as_array() {
        let is_null = |part: &&Value| part["type"] == "null";
        let part = parts.iter().find(|part| is_null(part) == value.is_null());
        return compare(document, part.unwrap(), value, place);
    }
    match value {
        Value::Object(fields) => {
            let mut described = BTreeMap::new();
            properties(document, schema, &mut described);
            if described.is_empty() {
                return;
            }
            let names: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
            let known: BTreeSet<&str> = described.keys().copied().collect();
            assert_eq!(names, known, "{place}");
            for (name, schema) in described {
                compare(document, schema, &fields[name], &format!("{place}.{name}"));
            }
        }
        Value::Array(items) => {
            for limit in ["minItems", "maxItems"] {
                let limit = schema.get(limit).and_then(Value::as_u64);
                assert_eq!(
                    limit.unwrap_or(items.len() as u64),
                    items.len() as u64,
                    "{place}"
                );
            }
            for item in items {
                compare(document, &schema["items"], item, place);
            }
        }
        Value::Number(number) => {
            let most = schema["maximum"].as_u64().unwrap_or(u64::MAX);
            let least = schema["minimum"].as_u64().unwrap();
            let number = number.as_u64().unwrap();
            assert!((least..=most).contains(&number), "{place}: {number}");
        }
        Value::String(text) => {
            if let Some(names) = schema["enum"].as_array() {
                assert!(names.contains(&json!(text)), "{place}: {text}");
            }
        }
        Value::Null => {
            let types = schema["type"].as_array();
            let may_be_null = types.is_some_and(|types| types.contains(&json!("null")));
            assert!(may_be_null || schema["type"] == "null", "{place}");
        }
        Value::Bool(_) => assert_eq!(schema["type"], "boolean", "{place}"),
    }
}

/// The fields of a schema, which must all be required.
fn properties<'a>(document: &'a Value, schema: &'a Value, into: &mut BTreeMap<&'a str, &'a Value>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return properties(document, document.pointer(&reference[1..]).unwrap(), into);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        properties(document, part, into);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let required = schema["required"].as_array().unwrap();
        assert!(required.contains(&json!(name)), "{name} of {schema}");
        into.insert(name, property);
    }
}

#[tokio::test]
async fn answers_are_as_they_are_described() {
    let world = World::new();
    let mut rig = funded(&world).await;
    rig.finish(&world.l1).await;
    let order = rig.order(1, 0, Some(2), 10);
    assert_eq!(rig.submit(&order).await.0, StatusCode::ACCEPTED);
    let (_, document) = rig.get("/openapi.json").await;
    let hash = order.hash(rig.rollup.domain);
    let address = rig.rollup.address(crate::rig::owner(1));
    let index = rig.account(1).unwrap();
    for (path, asked) in [
        ("/readyz", "/readyz".to_owned()),
        ("/v1/status", "/v1/status".to_owned()),
        ("/v1/fees", "/v1/fees".to_owned()),
        ("/v1/costs", "/v1/costs".to_owned()),
        ("/v1/tokens", "/v1/tokens".to_owned()),
        ("/v1/accounts", format!("/v1/accounts?owner={address}")),
        ("/v1/accounts/{index}", format!("/v1/accounts/{index}")),
        (
            "/v1/accounts/{index}/proof",
            format!("/v1/accounts/{index}/proof"),
        ),
        (
            "/v1/accounts/{index}/proof",
            "/v1/accounts/99/proof".to_owned(),
        ),
        (
            "/v1/accounts/{index}/payments",
            format!("/v1/accounts/{index}/payments"),
        ),
        (
            "/v1/accounts/{index}/payments",
            "/v1/accounts/99/payments".to_owned(),
        ),
        ("/v1/batches", "/v1/batches?limit=1".to_owned()),
        ("/v1/batches/{number}", "/v1/batches/1".to_owned()),
        (
            "/v1/batches/{number}/bundle",
            "/v1/batches/1/bundle".to_owned(),
        ),
        ("/v1/claims", format!("/v1/claims?from={index}")),
        ("/v1/claims", "/v1/claims?from=99".to_owned()),
        ("/v1/queue/{index}", "/v1/queue/0".to_owned()),
        (
            "/v1/transactions/{hash}",
            format!("/v1/transactions/{hash}"),
        ),
        (
            "/v1/transactions/{hash}",
            format!("/v1/transactions/0x{}", "00".repeat(32)),
        ),
        (
            "/v1/transactions/{hash}/receipt",
            format!("/v1/transactions/{hash}/receipt"),
        ),
    ] {
        let (status, answer) = rig.get(&asked).await;
        let answers = &document["paths"][path]["get"]["responses"];
        let schema = &answers[status.as_str()]["content"]["application/json"]["schema"];
        compare(&document, schema, &answer, &asked);
    }
    let list = [rig.order(1, 1, Some(2), 10), rig.order(1, 1, Some(2), 10)];
    let list = list.map(|order| rig.json(&order));
    let path = "/v1/transactions/batch";
    let (status, answer) = rig.post(path, &json!({ "transactions": list })).await;
    assert_eq!(status, StatusCode::OK);
    let answers = &document["paths"][path]["post"]["responses"];
    let schema = &answers["200"]["content"]["application/json"]["schema"];
    compare(&document, schema, &answer, path);
    rig.stop().await;
}

#[tokio::test]
async fn a_list_is_described_with_its_bound() {
    let document = document().await;
    let list = &document["components"]["schemas"]["TransactionList"];
    let transactions = &list["properties"]["transactions"];
    let bounds = (&transactions["minItems"], &transactions["maxItems"]);
    let most = assay_api::wire::TransactionList::MOST;
    assert_eq!(bounds, (&json!(1), &json!(most)));
}

#[tokio::test]
async fn wrong_parameters_are_refused_everywhere_alike() {
    let world = World::new();
    let rig = funded(&world).await;
    let (_, document) = rig.get("/openapi.json").await;
    let filled = |path: &str| {
        let path = path.replace("{hash}", &format!("0x{}", "00".repeat(32)));
        let path = path.replace("{file}", "tiny.proving.key");
        path.replace("{index}", "1")
            .replace("{number}", "1")
            .replace("{id}", "1")
    };
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(format!("{}?surprise=1", filled(path)))
                .body(Body::empty())
                .unwrap();
            let (status, body) = rig.call(request).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{method} {path}");
            let answer: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(
                answer["error"]["code"], "invalid_parameter",
                "{method} {path}"
            );
        }
    }
    for path in [
        "/v1/batches?limit=0",
        "/v1/batches?limit=101",
        "/v1/batches?limit=",
        "/v1/batches?limit=1&limit=1",
        "/v1/batches?before=%2B1",
        "/v1/batches/+1",
        "/v1/batches/01",
        "/v1/batches/18446744073709551616",
        "/v1/accounts",
        "/v1/accounts/%FF",
        "/v1/accounts/1/proof?batch=x",
        "/v1/accounts/0/payments",
        "/v1/accounts/1/payments?limit=0",
        "/v1/accounts/1/payments?limit=101",
        "/v1/accounts/1/payments?before=1",
        "/v1/claims",
        "/v1/claims?from=0",
        "/v1/claims?from=1&to=0x0505050505050505050505050505050505050505",
        "/v1/claims?from=1&limit=101",
        "/v1/claims?from=1&before=1",
        "/v1/claims?from=1&before=1-01",
        "/v1/claims?from=1&before=1-65536",
    ] {
        let (status, answer) = rig.get(path).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_parameter")),
            "{path}"
        );
    }
    // One that is written with its bytes spelt out is the same.
    assert_eq!(rig.get("/v1/batches?limit=%31").await.0, StatusCode::OK);
    let (_, answer) = rig.get("/v1/accounts/99").await;
    assert_eq!(answer["error"]["details"], json!({ "account": 99 }));
    rig.stop().await;
}

#[tokio::test]
async fn heads_and_options_are_answered() {
    let world = World::new();
    let rig = funded(&world).await;
    let router = crate::api::router(rig.calls.clone());
    for (method, path, status, allowed) in [
        (Method::HEAD, "/v1/status", 200, None),
        (Method::OPTIONS, "/v1/status", 204, Some("GET,HEAD")),
        (Method::OPTIONS, "/v1/transactions", 204, Some("POST")),
        (Method::DELETE, "/v1/transactions", 405, Some("POST")),
        (Method::OPTIONS, "/v1/nothing", 404, None),
    ] {
        let request = Request::builder().method(method.clone()).uri(path);
        let request = request.body(Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(router.clone(), request);
        let response = response.await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
        let found = response.headers().get(header::ALLOW);
        assert_eq!(
            found.map(|found| found.to_str().unwrap()),
            allowed,
            "{method} {path}"
        );
    }
    rig.stop().await;
}
