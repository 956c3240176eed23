//! The OpenAPI document: what the calls say of themselves, and what is true of all of them.

use assay_api::wire::{DropCode, ErrorBody, ErrorCode, EventView, schema::Siblings};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

/// What no call says.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Assay node",
        description = "A node of the Assay payments rollup. Amounts are base units as decimal strings, \
            field elements decimal strings, hashes 0x hex; times are Unix ms where the name ends in `_ms` and \
            Unix seconds otherwise. Every error is `{\"error\": {\"code\", \"message\", \"details\"}}` with a \
            stable code. Fields and parameters that are not named here are refused. Every answer has `X-Request-Id` \
            and `Traceparent`, those of the request where it brings some; what may be kept has an `ETag`, and is \
            answered with 304 where `If-None-Match` has it."
    ),
    servers((url = "/", description = "This node")),
    tags(
        (name = "transactions", description = "Handing transactions in, and following them"),
        (name = "accounts", description = "Accounts and their proofs"),
        (name = "batches", description = "Batches, and entries of the layer 1's queue"),
        (name = "events", description = "What moves, as it moves"),
        (name = "network", description = "Fees, tokens, keys, and the state of the node"),
        (name = "prover", description = "For workers, who make the proofs"),
        (name = "operations", description = "For whoever runs the node"),
    ),
    components(schemas(DropCode, ErrorBody, ErrorCode, EventView, Siblings)),
)]
pub(super) struct Document;

/// An answer that calls of a kind may give, whatever else they say.
struct Shared {
    status: &'static str,
    to: fn(&Call<'_>) -> bool,
    description: &'static str,
    header: Option<(&'static str, Header)>,
}

/// A header of an answer.
#[derive(Clone, Copy)]
enum Header {
    /// Seconds.
    Seconds { required: bool },
    /// A text that is always there.
    Text,
}

/// What decides which answers a call may give.
struct Call<'a> {
    path: &'a str,
    has_body: bool,
}

impl Call<'_> {
    fn is_versioned(&self) -> bool {
        self.path.starts_with("/v1/")
    }

    fn is_for_workers(&self) -> bool {
        self.path.starts_with("/v1/prover/")
    }
}

const RETRY_AFTER: &str = "Retry-After";

/// In the order of their status; what a call says itself goes before.
const SHARED: [Shared; 10] = [
    Shared {
        status: "400",
        to: |call| call.has_body,
        description: "`invalid_parameter`, `malformed_json`, `invalid_body`, `body_unreadable`",
        header: None,
    },
    Shared {
        status: "400",
        to: |_| true,
        description: "`invalid_parameter`",
        header: None,
    },
    Shared {
        status: "401",
        to: |call| call.is_for_workers(),
        description: "`unauthorized`: there is no token",
        header: Some(("WWW-Authenticate", Header::Text)),
    },
    Shared {
        status: "403",
        to: |call| call.is_for_workers(),
        description: "`forbidden`: it is another token. `no_jobs`: the node lends none",
        header: None,
    },
    Shared {
        status: "405",
        to: |_| true,
        description: "`wrong_method`",
        header: Some(("Allow", Header::Text)),
    },
    Shared {
        status: "408",
        to: |_| true,
        description: "`timed_out`: the request, its head or the answer took too long",
        header: None,
    },
    Shared {
        status: "413",
        to: |call| call.has_body,
        description: "`body_too_large`",
        header: None,
    },
    Shared {
        status: "429",
        to: |call| call.is_versioned() && !call.is_for_workers(),
        description: "`too_many_requests`",
        header: Some((RETRY_AFTER, Header::Seconds { required: true })),
    },
    Shared {
        status: "500",
        to: |call| call.is_versioned(),
        description: "`internal`: the node's log says what",
        header: None,
    },
    Shared {
        status: "503",
        to: |call| call.is_versioned(),
        description: "`starting_anew`",
        header: Some((RETRY_AFTER, Header::Seconds { required: false })),
    },
];

/// The whole document, of what the calls say.
pub(super) fn complete(openapi: &utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(openapi).expect("a document is plain data");
    bound_integers(&mut document);
    let taken = bodies_taken(&document);
    let schemas = document["components"]["schemas"].take();
    let mut schemas = into_object(schemas);
    for (name, schema) in &mut schemas {
        // A field that may be null may be left out of what is taken, never of what is answered.
        if !taken.contains(name) {
            require_all(schema);
        }
    }
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let has_body = operation.get("requestBody").is_some();
            let call = Call { path, has_body };
            if let Some(Value::Object(answers)) = operation.get_mut("responses") {
                share(&call, answers);
                describe(answers, &schemas);
            }
        }
    }
    document["components"]["schemas"] = schemas.into();
    document["components"]["securitySchemes"] = json!({ "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of the node's workers",
    } });
    document
}

/// The parameters that a query may have, by path. What is not described is refused.
pub(super) fn query_parameters(document: &Value) -> Vec<(String, Vec<String>)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let names = |item: &Value| -> Vec<String> {
        let operations = item.as_object().into_iter().flat_map(Map::values);
        let parameters = operations.flat_map(|operation| operation["parameters"].as_array());
        let of_query = parameters.flatten().filter(|one| one["in"] == "query");
        let name = |one: &Value| one["name"].as_str().map(str::to_owned);
        of_query.filter_map(name).collect()
    };
    paths
        .map(|(path, item)| (path.clone(), names(item)))
        .collect()
}

fn into_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// The names of the schemas that are bodies of requests.
fn bodies_taken(document: &Value) -> Vec<String> {
    let items = document["paths"]
        .as_object()
        .into_iter()
        .flat_map(Map::values);
    let operations = items.filter_map(Value::as_object).flat_map(Map::values);
    let name = |operation: &Value| {
        let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let (_, name) = body.as_str()?.rsplit_once('/')?;
        Some(name.to_owned())
    };
    operations.filter_map(name).collect()
}

/// Says how large unsigned numbers get: what describes the types knows the formats of signed ones alone.
fn bound_integers(value: &mut Value) {
    match value {
        Value::Object(object) => {
            let most = match object.get("format").and_then(Value::as_str) {
                Some("int32") => Some(("uint32", u64::from(u32::MAX))),
                Some("int64") => Some(("uint64", u64::MAX)),
                _ => None,
            };
            if let Some((format, most)) = most.filter(|_| object.contains_key("minimum")) {
                object.insert("format".to_owned(), format.into());
                object.entry("maximum").or_insert(most.into());
            }
            object.values_mut().for_each(bound_integers);
        }
        Value::Array(array) => array.iter_mut().for_each(bound_integers),
        _ => {}
    }
}

/// Says that every field is there, null or not.
fn require_all(schema: &mut Value) {
    if let Some(Value::Object(properties)) = schema.get("properties") {
        let names: Vec<Value> = properties.keys().cloned().map(Value::from).collect();
        schema["required"] = names.into();
    }
    for key in ["allOf", "oneOf"] {
        if let Some(Value::Array(parts)) = schema.get_mut(key) {
            parts.iter_mut().for_each(require_all);
        }
    }
}

/// Adds the answers that a call shares with others.
fn share(call: &Call<'_>, answers: &mut Map<String, Value>) {
    for shared in SHARED.iter().filter(|shared| (shared.to)(call)) {
        let answer = answers.entry(shared.status).or_insert_with(|| {
            json!({
                "description": shared.description,
                "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/ErrorBody" },
                } },
            })
        });
        if let Some((name, header)) = shared.header {
            answer["headers"][name] = match header {
                Header::Seconds { required } => json!({
                    "description": "When to try again, in seconds",
                    "required": required,
                    "schema": { "type": "integer", "minimum": 1 },
                }),
                Header::Text => json!({ "required": true, "schema": { "type": "string" } }),
            };
        }
    }
}

/// Says of an answer without a description what its schema says.
fn describe(answers: &mut Map<String, Value>, schemas: &Map<String, Value>) {
    for answer in answers.values_mut() {
        let is_described = answer["description"]
            .as_str()
            .is_some_and(|text| !text.is_empty());
        if is_described {
            continue;
        }
        let schema = &answer["content"]["application/json"]["schema"];
        let name = schema["$ref"].as_str().or(schema["items"]["$ref"].as_str());
        let name = name.and_then(|name| name.rsplit('/').next());
        let of_schema = name.and_then(|name| schemas.get(name)?["description"].as_str());
        answer["description"] = of_schema.unwrap_or("What was asked for").into();
    }
}
