//! `docs/spec/vectors.json`, worked out with the node's own code; the client in TypeScript makes the
//! file and is tested with it.
#![allow(clippy::unwrap_used)]

use std::str::FromStr;

use ark_bn254::Fr;
use assay_api::{
    ethereum_key, hexadecimal,
    mnemonic::Mnemonic,
    receipt, reference,
    wire::{
        AccountProof, BatchHeaderView, ClaimView, Receipt, Reference, SignatureView,
        SignedOperation, operation::network_name,
    },
};
use assay_circuits::{
    account::Account,
    address::{Address, AddressError, L1Address, Network},
    babyjubjub::Point,
    eddsa::{SecretKey, Signature},
    float::{AMOUNT, FEE, Format},
    forced::{ForcedOrder, ForcedPayee},
    operation::Entry,
    order::{Domain, TxHash},
    quantity::{AccountIndex, Amount, TokenId},
    tree::{SiblingTriple, StateTree},
    word,
};
use assay_l1::{
    address::EthAddress,
    batch::{BatchHeader, Claim, Word, claims_hash},
    client::{L1Signer, TextSignature},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    rollups: Vec<RollupVector>,
    keys: Vec<KeyVector>,
    mnemonics: Vec<MnemonicVector>,
    ethereum_keys: Vec<EthereumKeyVector>,
    invalid_addresses: Vec<InvalidAddress>,
    respelled_address: RespelledAddress,
    floats: Vec<FloatVector>,
    rounded_floats: Vec<RoundedFloat>,
    invalid_floats: Vec<InvalidFloat>,
    signatures: Vec<SignatureVector>,
    orders: Vec<OrderVector>,
    forced: Vec<ForcedVector>,
    receipts: Vec<ReceiptVector>,
    references: Vec<ReferenceVector>,
    proofs: Vec<AccountProof>,
    batches: Vec<BatchVector>,
}

#[derive(Deserialize)]
struct RollupVector {
    chain_id: u64,
    contract: L1Address,
    network: String,
    domain: String,
}

#[derive(Deserialize)]
struct KeyVector {
    seed: String,
    public_key: Point,
    public: String,
    development: String,
}

#[derive(Deserialize)]
struct EthereumKeyVector {
    rollup: usize,
    secret: String,
    account: EthAddress,
    message: String,
    signature: String,
    seed: String,
}

#[derive(Deserialize)]
struct MnemonicVector {
    words: String,
    passphrase: String,
    index: u32,
    seed: String,
}

#[derive(Deserialize)]
struct RespelledAddress {
    text: String,
    of: String,
}

#[derive(Deserialize)]
struct InvalidAddress {
    text: String,
    code: String,
}

#[derive(Deserialize)]
struct FloatVector {
    format: String,
    value: Amount,
    code: u64,
}

#[derive(Deserialize)]
struct RoundedFloat {
    format: String,
    value: Amount,
    below: Amount,
}

#[derive(Deserialize)]
struct InvalidFloat {
    format: String,
    code: u64,
}

#[derive(Deserialize)]
struct SignatureVector {
    seed: String,
    message: String,
    signature: Signature,
}

#[derive(Deserialize)]
struct OrderVector {
    rollup: usize,
    seed: String,
    operation: SignedOperation,
    packed: String,
    message: String,
    hash: TxHash,
}

#[derive(Deserialize)]
struct ForcedVector {
    rollup: usize,
    seed: String,
    order: ForcedFields,
    message: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
struct ForcedFields {
    kind: String,
    from: AccountIndex,
    nonce: u32,
    token: u16,
    to: String,
    to_account: Option<AccountIndex>,
    amount: Amount,
    last: u16,
}

#[derive(Deserialize)]
struct ReceiptVector {
    rollup: usize,
    seed: String,
    message: String,
    receipt: Receipt,
}

#[derive(Deserialize)]
struct ReferenceVector {
    rollup: usize,
    seed: String,
    hash: String,
    message: String,
    reference: Reference,
}

#[derive(Deserialize)]
struct BatchVector {
    header: BatchHeaderView,
    claims: Vec<ClaimView>,
    parent: String,
    hash: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../docs/spec/vectors.json")).unwrap()
}

fn bytes(text: &str) -> Word {
    let mut bytes = [0; 32];
    hexadecimal::read(text, &mut bytes).unwrap();
    bytes
}

fn key(seed: &str) -> SecretKey {
    SecretKey::from_seed(bytes(seed))
}

fn format(name: &str) -> Format {
    match name {
        "fee" => FEE,
        "amount" => AMOUNT,
        other => panic!("there is no format `{other}`"),
    }
}

impl RollupVector {
    fn domain(&self) -> Domain {
        Domain::new(self.chain_id, self.contract)
    }

    fn network(&self) -> Network {
        Network::of_chain(self.chain_id)
    }
}

#[test]
fn domains() {
    for rollup in vectors().rollups {
        assert_eq!(rollup.domain().0.to_string(), rollup.domain);
        assert_eq!(network_name(rollup.network()), rollup.network);
    }
}

#[test]
fn seed_to_key_to_address() {
    for vector in vectors().keys {
        let owner = key(&vector.seed).public_key().0;
        assert_eq!(owner, vector.public_key);
        let texts = [
            (Network::Public, vector.public),
            (Network::Development, vector.development),
        ];
        for (network, text) in texts {
            let address = Address { network, owner };
            assert_eq!(address.to_string(), text);
            assert_eq!(text.parse(), Ok(address));
        }
    }
}

#[test]
fn mnemonic_to_seed() {
    let vectors = vectors().mnemonics;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let words = Mnemonic::parse(&vector.words).unwrap();
        let seed = words.seed(&vector.passphrase, vector.index);
        assert_eq!(*seed, bytes(&vector.seed), "{}", vector.index);
    }
}

#[test]
fn ethereum_account_to_seed() {
    let vectors = vectors();
    assert!(!vectors.ethereum_keys.is_empty());
    for vector in vectors.ethereum_keys {
        let rollup = &vectors.rollups[vector.rollup];
        let message = ethereum_key::message(rollup.chain_id, rollup.contract);
        assert_eq!(message, vector.message);
        let account = L1Signer::from_secret(&bytes(&vector.secret)).unwrap();
        assert_eq!(account.address(), vector.account);
        let signature = account.sign_text(&message).unwrap();
        let given = TextSignature::parse(&vector.signature).unwrap();
        assert_eq!(signature.words(), given.words());
        assert_eq!(given.signer_of(&message), Some(vector.account));
        assert_eq!(*ethereum_key::seed(&given.words()), bytes(&vector.seed));
    }
}

#[test]
fn what_is_no_address() {
    for InvalidAddress { text, code } in vectors().invalid_addresses {
        let found = match Address::from_str(&text) {
            Err(AddressError::Checksum(_)) => "checksum",
            Err(AddressError::Prefix(_)) => "prefix",
            Err(AddressError::Key) => "key",
            Err(AddressError::NobodysKey) => "nobody",
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(found, code, "{text}");
    }
    let RespelledAddress { text, of } = vectors().respelled_address;
    assert_eq!(
        Address::from_str(&text),
        Err(AddressError::Padding(text.clone()))
    );
    let address = Address::from_str(&of);
    assert_eq!(Address::from_str(&of.to_uppercase()), address);
    assert_eq!(address.unwrap().to_string(), of);
}

#[test]
fn floats() {
    let vectors = vectors();
    for vector in vectors.floats {
        let format = format(&vector.format);
        assert_eq!(format.encode(vector.value.0), Ok(vector.code));
        assert_eq!(format.decode(vector.code), Ok(vector.value.0));
    }
    for vector in vectors.rounded_floats {
        let format = format(&vector.format);
        assert_eq!(format.round_down(vector.value.0), vector.below.0);
        assert!(format.encode(vector.value.0).is_err());
    }
    for vector in vectors.invalid_floats {
        assert!(format(&vector.format).decode(vector.code).is_err());
    }
}

#[test]
fn signatures() {
    for vector in vectors().signatures {
        let key = key(&vector.seed);
        let message = Fr::from_str(&vector.message).unwrap();
        assert_eq!(key.sign(message), vector.signature);
        let verified = key.public_key().verify(message, &vector.signature);
        assert_eq!(verified, Ok(()));
    }
}

#[test]
fn orders() {
    let vectors = vectors();
    for vector in vectors.orders {
        let rollup = &vectors.rollups[vector.rollup];
        let (domain, network) = (rollup.domain(), rollup.network());
        let signed = vector.operation.to_signed(network).unwrap();
        assert_eq!(SignedOperation::new(&signed, network), vector.operation);
        assert_eq!(signed.order.packed().to_string(), vector.packed);
        assert_eq!(signed.order.message(domain).to_string(), vector.message);
        assert_eq!(signed.order.sign(domain, &key(&vector.seed)), signed);
        assert_eq!(signed.hash(domain), vector.hash);
    }
}

#[test]
fn forced_orders() {
    let vectors = vectors();
    for vector in vectors.forced {
        let domain = vectors.rollups[vector.rollup].domain();
        let fields = vector.order;
        let payee = match fields.kind.as_str() {
            "forced_transfer" => ForcedPayee::Account {
                to: fields.to_account,
                owner: Address::from_str(&fields.to).unwrap().owner,
            },
            "forced_withdrawal" => ForcedPayee::L1(fields.to.parse().unwrap()),
            other => panic!("there is no kind `{other}`"),
        };
        let order = ForcedOrder {
            from: Some(fields.from),
            nonce: fields.nonce,
            token: TokenId(fields.token),
            payee,
            amount: fields.amount,
            last: fields.last,
            r8: Point::IDENTITY,
            s: Fr::from(0u8),
        };
        assert_eq!(order.message(domain).to_string(), vector.message);
        let words = Entry::Forced(order.sign(domain, &key(&vector.seed))).words();
        assert_eq!(words.map(|word| word.to_string()).to_vec(), vector.words);
    }
}

#[test]
fn receipts() {
    let vectors = vectors();
    for vector in vectors.receipts {
        let rollup = &vectors.rollups[vector.rollup];
        let (domain, key) = (rollup.domain(), key(&vector.seed));
        let Receipt {
            hash,
            received_ms,
            operator,
            signature,
        } = vector.receipt;
        let hash: TxHash = hash.parse().unwrap();
        let message = receipt::message(domain, hash, received_ms);
        assert_eq!(message.to_string(), vector.message);
        let signed = receipt::sign(&key, domain, hash, received_ms);
        assert_eq!(SignatureView::from(&signed), signature);
        let operator: Address = operator.parse().unwrap();
        assert_eq!(operator.owner, key.public_key().0);
    }
}

#[test]
fn references() {
    let vectors = vectors();
    for vector in vectors.references {
        let rollup = &vectors.rollups[vector.rollup];
        let (domain, key) = (rollup.domain(), key(&vector.seed));
        let Reference { text, signature } = vector.reference;
        let hash: TxHash = vector.hash.parse().unwrap();
        let message = reference::message(domain, hash, &text);
        assert_eq!(message.to_string(), vector.message);
        let signed = reference::sign(&key, domain, hash, &text);
        assert_eq!(SignatureView::from(&signed), signature);
    }
}

#[test]
fn leaves_and_their_paths() {
    let proofs = vectors().proofs;
    let mut tree = StateTree::default();
    for proof in &proofs {
        let Some([x, y]) = &proof.owner else { continue };
        let account = Account {
            owner: Point {
                x: Fr::from_str(x).unwrap(),
                y: Fr::from_str(y).unwrap(),
            },
            token: TokenId(proof.token.unwrap()),
            balance: proof.balance.as_ref().unwrap().parse().unwrap(),
            nonce: proof.nonce.unwrap(),
        };
        assert_eq!(account.leaf().to_string(), proof.leaf);
        tree.set(proof.index, account.leaf());
    }
    for proof in &proofs {
        assert_eq!(word::to_bytes(tree.root()), bytes(&proof.root));
        assert_eq!(tree.leaf(proof.index).to_string(), proof.leaf);
        let path = tree.proof(proof.index);
        let texts = path.map(|SiblingTriple(a, b, c)| [a, b, c].map(|node| node.to_string()));
        assert_eq!(texts.to_vec(), proof.siblings);
    }
}

#[test]
fn claims() {
    for vector in vectors().batches {
        let claims: Vec<Claim> = vector.claims.iter().map(claim).collect();
        let view = vector.header;
        let header = BatchHeader {
            commitment: bytes(&view.commitment),
            new_root: bytes(&view.new_root),
            claims_hash: bytes(&view.claims_hash),
            queue_end: view.queue_end,
            timestamp: view.timestamp,
            accounts: view.accounts,
            shape: view.shape,
        };
        assert_eq!(claims_hash(&claims), header.claims_hash);
        assert_eq!(header.hash(bytes(&vector.parent)), bytes(&vector.hash));
    }
}

fn claim(view: &ClaimView) -> Claim {
    Claim {
        token: view.token,
        amount: view.amount.parse().unwrap(),
        receiver: EthAddress::from_str(&view.to).unwrap(),
        from: view.from,
    }
}
