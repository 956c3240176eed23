//! What the texts and numbers in JSON look like, for the OpenAPI document: each kind once, under a
//! name to which the fields refer. The types are never made.

use std::borrow::Cow;

use assay_circuits::{address::Network, circuit::CircuitId, quantity, shape::Shape, tree::DEPTH};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, schema::Type},
};

use super::network_name::network_name;
use crate::reference::CHARACTERS_MAX;

/// Most batches, payments or claims on a page.
pub const PAGE_MAX: u32 = 100;
/// Most accounts, or transactions, that one who listens to events names.
pub const LISTENED_MAX: usize = 100;
/// A page of payments of account 1, from the newest.
const PAYMENTS_CURSOR: &str =
    "00000001ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
/// Longest name of a worker, bytes.
pub const WORKER_NAME_BYTES_MAX: usize = 64;

/// The schema of a type that is nothing else.
macro_rules! kinds {
    ($(#[doc = $doc:literal] $name:ident = $build:ident($($argument:expr),*);)+) => {$(
        #[doc = $doc]
        #[derive(Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $build($doc.trim() $(, $argument)*)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

kinds! {
    /// A number of base units below 2^128, decimal.
    Amount = text("^(0|[1-9][0-9]{0,38})$", "1500000000000000000");
    /// A fee: a number of base units that is a 16-bit float, decimal.
    Fee = text("^(0|[1-9][0-9]{0,38})$", "1000000000000");
    /// An element of the field of BN254, decimal.
    FieldElement = text("^(0|[1-9][0-9]{0,76})$", "6540659283612357651293487");
    /// 32 bytes in hexadecimal digits: of a hash, a root, a digest.
    Hash = text(
        "^0x[0-9a-f]{64}$",
        "0x0fe1d2c3b4a5968778695a4b3c2d1e0f0fe1d2c3b4a5968778695a4b3c2d1e0f"
    );
    /// An owner on the rollup: the public key in bech32m, with `assaydev` on development chains.
    Address = text(
        "^assay(dev)?1[02-9ac-hj-np-z]{58}$",
        "assaydev1r9d9xeq7jj2tlse2y0zemg27vh26as6qulztdftkr6cy9fkjwznql6ylz5"
    );
    /// An address of the layer 1; where cases are mixed, with the checksum of EIP-55.
    L1Address = text("^0x[0-9a-fA-F]{40}$", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
    /// Who is paid: an owner's address, or one of the layer 1.
    Payee = text(
        "^(assay(dev)?1[02-9ac-hj-np-z]{58}|0x[0-9a-fA-F]{40})$",
        "assaydev1r9d9xeq7jj2tlse2y0zemg27vh26as6qulztdftkr6cy9fkjwznql6ylz5"
    );
    /// Number of an account's leaf.
    AccountIndex = number(1, quantity::AccountIndex::END - 1);
    /// Number of a token on the rollup; 0 is the layer 1's ether.
    TokenNumber = number(0, u16::MAX.into());
    /// Number of a shape.
    ShapeNumber = number(0, u8::MAX.into());
    /// Number of a claim among those of its batch.
    ClaimNumber = number(0, u16::MAX.into());
    /// Decimal places of a token.
    Decimals = number(0, u8::MAX.into());
    /// A status of HTTP.
    HttpStatus = number(100, 599);
    /// How many things a page holds at most.
    PageLimit = number(1, PAGE_MAX);
    /// Where a page of payments begins: what the page before it says, and nothing else.
    PaymentsCursor = text("^[0-9a-f]{80}$", PAYMENTS_CURSOR);
    /// Where a page of claims begins: what the page before it says, and nothing else.
    ClaimsCursor = text("^(0|[1-9][0-9]{0,19})-(0|[1-9][0-9]{0,4})$", "17-3");
    /// Accounts by their indexes, at most 100, with commas between them.
    ListenedAccounts = several("[1-9][0-9]{0,7}", "12,70");
    /// Transactions by their hashes, at most 100, with commas between them.
    ListenedTransactions = several(
        "0x[0-9a-f]{64}",
        "0x0fe1d2c3b4a5968778695a4b3c2d1e0f0fe1d2c3b4a5968778695a4b3c2d1e0f"
    );
    /// A point: x and y.
    Point = list("FieldElement", 2);
    /// The three nodes beside the path at one height.
    Siblings = list("FieldElement", 3);
    /// A point of G1 as the layer 1 takes it: x, y.
    G1Words = list("Hash", 2);
    /// A point of G2 as the layer 1 takes it: x1, x0, y1, y0.
    G2Words = list("Hash", 4);
    /// The siblings at each height, from the leaf up.
    MerklePath = list("Siblings", DEPTH);
    /// The shape of a batch.
    ShapeName = names(Shape::ALL.map(Shape::name));
    /// The circuit of a proof: a batch's shape, or the exit's.
    CircuitName = names(CircuitId::ALL.map(CircuitId::name));
    /// The kind of network.
    NetworkName = names([Network::Public, Network::Development].map(network_name));
    /// The name of a proving key's file.
    ProvingKeyFile = names(CircuitId::ALL.map(|circuit| format!("{}.proving.key", circuit.name())));
    /// What a worker calls itself, at most 64 bytes of UTF-8.
    WorkerName = short_text(WORKER_NAME_BYTES_MAX);
    /// For what is paid: 1 to 140 characters, without any that are not seen.
    ReferenceText = short_text(CHARACTERS_MAX);
    /// A Groth16 proof: 256 bytes in hexadecimal digits.
    ProofText = digits(512);
    /// Bytes in base64.
    Base64Text = base64();
    /// The file of a proving key.
    KeyFile = bytes();
}

fn text(description: &str, pattern: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .pattern(Some(pattern))
        .examples([example])
        .into()
}

/// Texts of a form with commas between them.
fn several(description: &str, form: &str, example: &str) -> RefOr<Schema> {
    let further = LISTENED_MAX - 1;
    text(
        description,
        &format!("^{form}(,{form}){{0,{further}}}$"),
        example,
    )
}

fn digits(description: &str, count: usize) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .pattern(Some(format!("^0x[0-9a-fA-F]{{{count}}}$")))
        .into()
}

/// JSON counts characters, of which each takes a byte or more.
fn short_text(description: &str, most_bytes: usize) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .min_length(Some(1))
        .max_length(Some(most_bytes))
        .into()
}

fn base64(description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .content_encoding("base64")
        .into()
}

fn bytes(description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .content_media_type("application/octet-stream")
        .into()
}

fn number(description: &str, least: u32, most: u32) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(description))
        .minimum(Some(least))
        .maximum(Some(most))
        .into()
}

fn names<T: Into<serde_json::Value>>(
    description: &str,
    names: impl IntoIterator<Item = T>,
) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(names))
        .into()
}

fn list(description: &str, of: &str, count: usize) -> RefOr<Schema> {
    ArrayBuilder::new()
        .items(Ref::from_schema_name(of))
        .min_items(Some(count))
        .max_items(Some(count))
        .description(Some(description))
        .into()
}
