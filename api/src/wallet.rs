//! A key with its node: payments that are signed here, handed in once, and promised by a receipt that is
//! checked.

mod error;
mod hand_in;
mod replace;
#[cfg(test)]
mod tests;

use std::{
    pin::Pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use assay_circuits::{
    address::{Address, L1Address, Network},
    eddsa::SecretKey,
    order::{Domain, Order, Payee, Signed, TxHash},
    quantity::{AccountIndex, Amount, Fee, TokenId},
};
use tokio::{sync::Mutex, time::sleep};

use crate::{
    client::NodeClient,
    receipt,
    wire::{AccountView, Receipt},
};
pub use error::WalletError;
use hand_in::Desk;
pub use hand_in::HandedIn;

/// How often a payment is signed anew because something else took its nonce.
const NONCE_ATTEMPTS: u32 = 32;
/// Between two of them.
const NONCE_PAUSE: Duration = Duration::from_millis(50);
/// How long a payment may take to be executed where nobody says otherwise, seconds.
pub const EXPIRES_IN_S: u32 = 2 * 3600;

/// What a call of a wallet will answer. Boxed, so that it is compiled once, here.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, WalletError>> + Send + 'a>>;

/// A payment as its sender means it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// Who is paid: on the rollup, or on the layer 1.
    pub to: Payee,
    /// In which token.
    pub token: TokenId,
    /// How much, base units.
    pub amount: Amount,
    /// What the operator gets on top; `None` for what the node suggests.
    pub fee: Option<Fee>,
    /// What the node may suggest at most: what is above is not signed. `None` for whatever it suggests,
    /// which is for whoever trusts it.
    pub max_fee: Option<Amount>,
    /// How long it may take to be executed, seconds.
    pub expires_in_s: u32,
}

impl Payment {
    /// So much ether, in wei, to an address of the rollup, for the fee that the node suggests where that is not
    /// above what is paid.
    #[must_use]
    pub fn ether(to: &Address, wei: u128) -> Self {
        Self {
            to: Payee::Owner(to.owner),
            token: TokenId::ETHER,
            amount: Amount(wei),
            fee: None,
            max_fee: Some(Amount(wei)),
            expires_in_s: EXPIRES_IN_S,
        }
    }
}

/// How one that waits is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replacement {
    /// What the operator gets; `None` for the least for which the other gives way, a tenth more.
    pub fee: Option<Fee>,
    /// How long it may take to be executed, seconds.
    pub expires_in_s: u32,
}

impl Default for Replacement {
    fn default() -> Self {
        Self {
            fee: None,
            expires_in_s: EXPIRES_IN_S,
        }
    }
}

/// A payment that the node has.
#[derive(Debug, Clone)]
pub struct Sent {
    /// What was signed.
    pub order: Order,
    /// Names it: [`NodeClient::wait_for`] follows it.
    pub hash: TxHash,
    /// The operator's promise, checked; `None` where its answer was lost on the way.
    pub receipt: Option<Receipt>,
}

/// A key with its node.
#[derive(Debug)]
pub struct Wallet<'k> {
    desk: Desk,
    key: &'k SecretKey,
    address: Address,
    /// Payments of one key are signed one after the other, since each takes the next nonce.
    turn: Mutex<()>,
}

impl<'k> Wallet<'k> {
    /// A wallet on a rollup that is known: its chain, its contract there, and who signs its receipts.
    #[must_use]
    pub fn new(
        node: NodeClient,
        key: &'k SecretKey,
        (chain_id, contract): (u64, L1Address),
        operator: Option<Address>,
    ) -> Self {
        let network = Network::of_chain(chain_id);
        Self {
            desk: Desk {
                node,
                network,
                domain: Domain::new(chain_id, contract),
                operator,
            },
            address: Address {
                network,
                owner: key.public_key().0,
            },
            key,
            turn: Mutex::new(()),
        }
    }

    /// A wallet on the rollup that a node serves: the one that is `meant`, by chain id and contract. Without
    /// that the node is believed about which rollup it is; about its operator it is believed here.
    ///
    /// # Errors
    /// [`WalletError::OtherRollup`], [`WalletError::Domain`], or where the node does not answer.
    pub fn connect(
        node: NodeClient,
        key: &'k SecretKey,
        meant: Option<(u64, L1Address)>,
    ) -> Answer<'k, Self> {
        Box::pin(async move {
            let status = node.status().await?;
            let contract: Result<L1Address, _> = status.contract.parse();
            let contract = contract.map_err(|error| WalletError::unreadable("contract", error))?;
            let served = (status.chain_id, contract);
            if meant.is_some_and(|meant| meant != served) {
                let (chain_id, contract) = served;
                return Err(WalletError::OtherRollup { chain_id, contract });
            }
            let operator = status.operator.as_deref().map(str::parse).transpose();
            let operator = operator.map_err(|error| WalletError::unreadable("operator", error))?;
            let wallet = Self::new(node, key, served, operator);
            if wallet.domain().0.to_string() != status.domain {
                return Err(WalletError::Domain);
            }
            Ok(wallet)
        })
    }

    /// Where others pay this key.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// What signatures are bound to.
    #[must_use]
    pub fn domain(&self) -> Domain {
        self.desk.domain
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> &NodeClient {
        &self.desk.node
    }

    /// The key's account of a token, by the node's word; `None` where it has none.
    ///
    /// # Errors
    /// Where the node does not answer.
    pub fn account(&self, token: TokenId) -> Answer<'_, Option<AccountView>> {
        Box::pin(self.account_of(self.address, token))
    }

    /// What the node suggests as a fee: more for what takes a full record, a withdrawal or a transfer that
    /// makes an account.
    ///
    /// # Errors
    /// Where the node does not answer.
    pub fn fee(&self, token: TokenId, to: Payee) -> Answer<'_, Fee> {
        Box::pin(async move {
            let fees = self.desk.node.fees().await?;
            let of_token = fees.iter().find(|fee| fee.token == token.0 && fee.accepted);
            let Some(of_token) = of_token else {
                return Ok(Fee::ZERO);
            };
            let makes_full_record = match to {
                Payee::L1(_) => true,
                Payee::Owner(owner) => {
                    let network = self.desk.network;
                    let account = self.account_of(Address { network, owner }, token);
                    account.await?.is_none()
                }
            };
            let suggested = match makes_full_record {
                true => &of_token.full_record,
                false => &of_token.suggested,
            };
            let suggested = suggested.parse();
            suggested.map_err(|error| WalletError::unreadable("suggested fee", error))
        })
    }

    /// Signs a payment with the account's next nonce. It is nothing before it is handed in, and good until it
    /// expires afterwards.
    ///
    /// # Errors
    /// [`WalletError::NoAccount`], [`WalletError::TooDear`], or where the node does not answer.
    pub fn sign<'a>(&'a self, payment: &'a Payment) -> Answer<'a, Signed<Order>> {
        Box::pin(self.sign_with(payment, None))
    }

    /// Signs a payment with this nonce: one ahead of the next waits for those between, and that of a payment
    /// which waits replaces it, for a fee higher by a tenth.
    ///
    /// # Errors
    /// As [`Wallet::sign`].
    pub fn sign_with_nonce<'a>(
        &'a self,
        payment: &'a Payment,
        nonce: u32,
    ) -> Answer<'a, Signed<Order>> {
        Box::pin(self.sign_with(payment, Some(nonce)))
    }

    /// Signs a payment and hands it in. Where something else took its nonce meanwhile, it is signed anew on a
    /// development network. Calls at the same time take turns.
    ///
    /// # Errors
    /// [`WalletError`]; after [`WalletError::Unknown`] look for the hash before paying again. On a public network
    /// it is also what comes of a nonce that is used, by the node's word.
    pub fn pay<'a>(&'a self, payment: &'a Payment, patience: Duration) -> Answer<'a, Sent> {
        Box::pin(async move {
            let _turn = self.turn.lock().await;
            let mut attempt = 1;
            loop {
                let signed = self.sign(payment).await?;
                match self.hand_in(&signed, patience).await? {
                    HandedIn::Taken(receipt) => {
                        return Ok(Sent {
                            order: signed.order,
                            hash: signed.hash(self.desk.domain),
                            receipt,
                        });
                    }
                    // The node's word. Where there is money it is not enough: a node that has taken the order
                    // all the same could have it signed again and again.
                    HandedIn::NonceIsTaken(source) if self.desk.network == Network::Public => {
                        let hash = signed.hash(self.desk.domain);
                        return Err(WalletError::Unknown { hash, source });
                    }
                    HandedIn::NonceIsTaken(error) if attempt == NONCE_ATTEMPTS => {
                        return Err(error.into());
                    }
                    HandedIn::NonceIsTaken(_) => {
                        attempt += 1;
                        sleep(NONCE_PAUSE).await;
                    }
                }
            }
        })
    }

    /// Hands a signed order in. Where the answer is lost the same order is handed in again, which has one
    /// effect however often it arrives.
    ///
    /// # Errors
    /// [`WalletError::Node`] where the node does not have it and will not; [`WalletError::Unknown`] where it
    /// may; [`WalletError::Receipt`] where it has it, and promises nothing.
    pub fn hand_in<'a>(
        &'a self,
        signed: &'a Signed<Order>,
        patience: Duration,
    ) -> Answer<'a, HandedIn> {
        Box::pin(self.desk.hand_in(signed, patience))
    }

    /// Checks that a receipt is the promise of the node's operator for this order.
    ///
    /// # Errors
    /// [`WalletError::Receipt`].
    pub fn check_receipt(
        &self,
        receipt: &Receipt,
        signed: &Signed<Order>,
    ) -> Result<(), WalletError> {
        let Desk {
            domain, operator, ..
        } = self.desk;
        let hash = signed.hash(domain);
        receipt::check(receipt, operator, domain, hash)
            .map_err(|source| WalletError::Receipt { hash, source })
    }

    async fn account_of(
        &self,
        owner: Address,
        token: TokenId,
    ) -> Result<Option<AccountView>, WalletError> {
        let accounts = self.desk.node.accounts(&owner).await?;
        Ok(accounts
            .into_iter()
            .find(|account| account.token == token.0))
    }

    async fn sign_with(
        &self,
        payment: &Payment,
        nonce: Option<u32>,
    ) -> Result<Signed<Order>, WalletError> {
        let account = self.account(payment.token).await?;
        let account = account.ok_or(WalletError::NoAccount(payment.token))?;
        let from = AccountIndex::new(account.index);
        let fee = match payment.fee {
            Some(fee) => fee,
            None => self.bounded_fee(payment).await?,
        };
        let order = Order {
            from: from.map_err(|error| WalletError::unreadable("account", error))?,
            nonce: nonce.unwrap_or(account.next_nonce),
            token: payment.token,
            to: payment.to,
            amount: payment.amount,
            fee,
            expires: self.expires(payment.expires_in_s).await?,
        };
        Ok(order.sign(self.desk.domain, self.key))
    }

    /// What the node suggests, which nobody else has seen: an operator could ask for all that there is.
    async fn bounded_fee(&self, payment: &Payment) -> Result<Fee, WalletError> {
        let asked = self.fee(payment.token, payment.to).await?;
        match payment.max_fee {
            Some(most) if asked.value() > most => Err(WalletError::TooDear { asked, most }),
            _ => Ok(asked),
        }
    }

    /// When an order expires that may take so long, s, to be executed.
    async fn expires(&self, in_s: u32) -> Result<u32, WalletError> {
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH);
        let now_s = now_s.map_err(|_| WalletError::Clock)?.as_secs();
        // The layer 1's clock counts in the end; that of a simulated one may be ahead. Where there is money a
        // node is not believed: it could have an order signed that it may keep back for years.
        let now_s = match self.desk.network {
            Network::Public => now_s,
            Network::Development => now_s.max(self.desk.node.status().await?.l1.timestamp),
        };
        let expires = now_s.saturating_add(in_s.into());
        Ok(u32::try_from(expires).unwrap_or(u32::MAX))
    }
}
