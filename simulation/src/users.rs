//! Users who pay each other, and what must have become of every payment.

use std::collections::BTreeMap;

use assay_api::{client::ClientError, client::NodeClient, stage::Stage};
use assay_circuits::{
    address::{Address, L1Address, Network},
    babyjubjub::Point,
    eddsa::SecretKey,
    operation::Deposit,
    order::{Domain, Order, Payee, Signed},
    quantity::{AccountIndex, Amount, Fee, TokenId},
};
use rand::{Rng as _, RngCore};

use crate::failure::Failure;

/// What each owner deposits at the beginning, wei.
pub(crate) const DEPOSIT: u128 = 100 * 10u128.pow(18);
/// Above the least fee of every kind of record, wei.
const FEE: u128 = 10u128.pow(15);
/// So long orders may wait, seconds.
const LIFETIME_S: u64 = 6 * 3600;
/// Where withdrawals go.
const RECEIVER: L1Address = L1Address([5; 20]);

/// A payment that a node may know.
#[derive(Debug, Clone)]
struct Payment {
    payer: Point,
    signed: Signed<Order>,
    hash: assay_circuits::order::TxHash,
    /// Whether the node promised it.
    is_acknowledged: bool,
}

/// The users, and all that they sent.
#[derive(Debug)]
pub(crate) struct Users {
    domain: Domain,
    keys: Vec<SecretKey>,
    payments: Vec<Payment>,
}

/// An account as it must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) balance: u128,
    pub(crate) nonce: u32,
}

fn name(owner: &Point) -> [u8; 64] {
    let mut name = [0; 64];
    name[..32].copy_from_slice(&assay_circuits::word::to_bytes(owner.x));
    name[32..].copy_from_slice(&assay_circuits::word::to_bytes(owner.y));
    name
}

impl Users {
    pub(crate) fn new(domain: Domain, count: u8) -> Self {
        Self {
            domain,
            keys: (1..=count)
                .map(|user| SecretKey::from_seed([user; 32]))
                .collect(),
            payments: Vec::new(),
        }
    }

    pub(crate) fn owners(&self) -> Vec<Point> {
        self.keys.iter().map(|key| key.public_key().0).collect()
    }

    /// How many payments were acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        let acknowledged = self
            .payments
            .iter()
            .filter(|payment| payment.is_acknowledged);
        acknowledged.count()
    }

    /// A random user pays another one or withdraws.
    pub(crate) async fn pay(
        &mut self,
        node: &NodeClient,
        now_s: u64,
        random: &mut (impl RngCore + Send),
    ) {
        let from = random.random_range(0..self.keys.len());
        let to = random.random_range(0..self.keys.len());
        let amount = random.random_range(1..1_000_000u128);
        let withdraws = random.random_bool(0.15);
        let key = &self.keys[from];
        let payer = Address {
            network: Network::Development,
            owner: key.public_key().0,
        };
        // A node that does not answer is asked another time.
        let Ok(accounts) = node.accounts(&payer).await else {
            return;
        };
        let Some(account) = accounts.first() else {
            return;
        };
        let Ok(index) = AccountIndex::new(account.index) else {
            return;
        };
        let order = Order {
            from: index,
            nonce: account.next_nonce,
            token: TokenId::ETHER,
            to: match withdraws {
                true => Payee::L1(RECEIVER),
                false => Payee::Owner(self.keys[to].public_key().0),
            },
            amount: Amount(amount),
            fee: Fee::from_value(FEE).expect("a power of ten is a 16-bit float"),
            expires: u32::try_from(now_s + LIFETIME_S).unwrap_or(u32::MAX),
        };
        let signed = order.sign(self.domain, key);
        let is_acknowledged = match node.submit(&signed, Network::Development).await {
            Ok(_) => true,
            // It said no.
            Err(ClientError::Refused { status, .. }) if status < 500 => return,
            // It may have taken it and could not say so.
            Err(_) => false,
        };
        self.payments.push(Payment {
            payer: payer.owner,
            hash: signed.hash(self.domain),
            signed,
            is_acknowledged,
        });
    }

    /// What the accounts of these owners must be, by the deposits in the layer 1's queue and by what became
    /// of each payment: every promise is kept
    /// or refused with a reason, and nothing is forgotten. Fees are the operator's.
    pub(crate) async fn expected(
        &self,
        node: &NodeClient,
        operator: &Point,
        deposits: impl IntoIterator<Item = Deposit>,
    ) -> Result<BTreeMap<[u8; 64], Expected>, Failure> {
        let mut accounts: BTreeMap<[u8; 64], Expected> = BTreeMap::new();
        for deposit in deposits {
            accounts.entry(name(&deposit.owner)).or_default().balance += deposit.amount.0;
        }
        for payment in &self.payments {
            let found = match node.transaction(payment.hash).await {
                Ok(found) => found,
                Err(error) if error.code() == Some("unknown_transaction") => {
                    if payment.is_acknowledged {
                        return Err(Failure::Forgotten(payment.hash.to_string()));
                    }
                    continue;
                }
                Err(error) => return Err(Failure::rig(error)),
            };
            match found.stage {
                Stage::Final => {}
                Stage::Rejected if !payment.is_acknowledged => continue,
                stage => {
                    let reason = found.rejection.map_or(String::new(), |reason| reason.code);
                    return Err(Failure::Differs {
                        what: format!("an acknowledged payment {}", payment.hash),
                        found: format!("{stage} {reason}"),
                        expected: Stage::Final.to_string(),
                    });
                }
            }
            let order = &payment.signed.order;
            let payer = payment.payer;
            let fee = order.fee.value().0;
            let account = accounts.entry(name(&payer)).or_default();
            account.nonce += 1;
            let spent = order.amount.0 + fee;
            account.balance = account
                .balance
                .checked_sub(spent)
                .ok_or_else(|| Failure::rig("a user overspends"))?;
            accounts.entry(name(operator)).or_default().balance += fee;
            if let Payee::Owner(payee) = order.to {
                accounts.entry(name(&payee)).or_default().balance += order.amount.0;
            }
        }
        Ok(accounts)
    }

    /// The accounts of a state, by owner.
    pub(crate) fn by_owner(
        accounts: impl Iterator<Item = (Point, Expected)>,
    ) -> BTreeMap<[u8; 64], Expected> {
        accounts
            .map(|(owner, account)| (name(&owner), account))
            .collect()
    }
}
