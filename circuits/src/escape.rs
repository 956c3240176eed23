//! How an owner leaves without anybody's help (`docs/spec/operations.md`): the orders that are
//! executed by the contract and not by a batch, and the statement that their proof is of.

pub mod r1cs;

use ark_bn254::Fr;
use ark_ff::Zero;

use crate::{
    account::Account,
    address::L1Address,
    babyjubjub::Point,
    eddsa::{PublicKey, SecretKey, SignatureError},
    order::{Domain, Kind, Message, Signed},
    quantity::{AccountIndex, Amount, BatchNumber, StateRoot, TokenId},
    tree::{self, MerkleProof},
    word::shifted,
};

/// What is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// The whole balance of an account, once the rollup is frozen.
    Balance {
        /// The token of the account.
        token: TokenId,
        /// All that it holds.
        balance: Amount,
    },
    /// A claim that cannot be delivered to the address it was made out to.
    Claim(ClaimReference),
}

/// Names a claim of a rollup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimReference {
    batch: BatchNumber,
    which: u16,
}

/// A batch whose number has more than 48 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("claims of batch {0} cannot be redirected: its number has more than 48 bits")]
pub struct BatchTooLarge(pub BatchNumber);

impl ClaimReference {
    const BATCH_BITS: u32 = 48;

    /// The claim number `which`, from 0, of a batch.
    ///
    /// # Errors
    /// [`BatchTooLarge`].
    pub fn new(batch: BatchNumber, which: u16) -> Result<Self, BatchTooLarge> {
        if batch.0 >> Self::BATCH_BITS != 0 {
            return Err(BatchTooLarge(batch));
        }
        Ok(Self { batch, which })
    }

    /// `batch u48 | which u16`.
    #[must_use]
    pub fn number(self) -> u64 {
        self.batch.0 << 16 | u64::from(self.which)
    }
}

/// An escape or a redirect as its signer means it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExitOrder {
    /// The account that it is of.
    pub from: AccountIndex,
    /// What is taken out.
    pub exit: Exit,
    /// Who is paid on the layer 1.
    pub to: L1Address,
}

impl AsRef<ExitOrder> for ExitOrder {
    fn as_ref(&self) -> &ExitOrder {
        self
    }
}

/// Bit at which the reference of a claim starts in a destination.
const REFERENCE_SHIFT: usize = 160;

impl ExitOrder {
    /// Escape or redirect.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.exit {
            Exit::Balance { .. } => Kind::Escape,
            Exit::Claim(_) => Kind::Redirect,
        }
    }

    /// What is signed: of an escape with the leaf's token and balance, of a redirect with neither;
    /// nonce, fee and expiry are 0.
    #[must_use]
    pub fn fields(&self) -> Message {
        let (token, amount) = match self.exit {
            Exit::Balance { token, balance } => (token, balance),
            Exit::Claim(_) => (TokenId::default(), Amount::ZERO),
        };
        Message {
            kind: self.kind(),
            from: self.from.get(),
            nonce: 0,
            token,
            amount,
            fee_code: 0,
            expires: 0,
            to: (self.destination(), Fr::zero()),
        }
    }

    /// [`Message::packed`].
    #[must_use]
    pub fn packed(&self) -> Fr {
        self.fields().packed()
    }

    /// The first word of the payee: the address, above it the reference of a claim.
    #[must_use]
    pub fn destination(&self) -> Fr {
        match self.exit {
            Exit::Balance { .. } => self.to.word(),
            Exit::Claim(claim) => self.to.word() + shifted(claim.number().into(), REFERENCE_SHIFT),
        }
    }

    /// The message that is signed.
    #[must_use]
    pub fn message(&self, domain: Domain) -> Fr {
        self.fields().hash(domain)
    }

    /// Signs it.
    #[must_use]
    pub fn sign(self, domain: Domain, key: &SecretKey) -> Signed<ExitOrder> {
        Signed {
            order: self,
            signature: key.sign(self.message(domain)),
        }
    }
}

impl Signed<ExitOrder> {
    /// Checks the signature under the owner of the account.
    ///
    /// # Errors
    /// The rule of `docs/spec/primitives.md` that it breaks.
    pub fn verify(&self, domain: Domain, owner: &Point) -> Result<(), SignatureError> {
        PublicKey(*owner).verify(self.order.message(domain), &self.signature)
    }
}

/// What the contract knows of an exit: the public inputs of its proof, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitStatement {
    /// The state that the account is in.
    pub root: StateRoot,
    /// Of the rollup.
    pub domain: Domain,
    /// [`ExitOrder::packed`].
    pub packed: Fr,
    /// [`ExitOrder::destination`].
    pub destination: Fr,
}

impl ExitStatement {
    /// The inputs as the verifier takes them.
    #[must_use]
    pub fn public_inputs(&self) -> [Fr; 4] {
        [self.root.0, self.domain.0, self.packed, self.destination]
    }
}

/// All that the proof of an exit is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EscapeWitness {
    /// The state that the account is in.
    pub root: StateRoot,
    /// Of the rollup.
    pub domain: Domain,
    /// The account as it is in that state.
    pub account: Account,
    /// The nodes beside its path.
    pub proof: MerkleProof,
    /// What its owner signed.
    pub signed: Signed<ExitOrder>,
}

/// Why there is no proof of an exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExitError {
    /// The account is not what the state holds at this place.
    #[error("account {0} is not in the state so: its path does not lead to the root")]
    NotInState(AccountIndex),
    /// An escape takes the whole balance, in the account's token.
    #[error("the account holds {found} of token {token}, which is not what was signed")]
    OtherBalance {
        /// The token that it holds.
        token: TokenId,
        /// Its balance.
        found: Amount,
    },
    /// The account's owner did not sign this.
    #[error("the order is not signed by the account's owner: {0}")]
    Signature(#[from] SignatureError),
}

impl EscapeWitness {
    /// What is proved.
    #[must_use]
    pub fn statement(&self) -> ExitStatement {
        ExitStatement {
            root: self.root,
            domain: self.domain,
            packed: self.signed.order.packed(),
            destination: self.signed.order.destination(),
        }
    }

    /// Whether the statement is true, by this witness.
    ///
    /// # Errors
    /// [`ExitError`].
    pub fn check(&self) -> Result<(), ExitError> {
        let ExitOrder { from, exit, .. } = self.signed.order;
        let Account { token, balance, .. } = self.account;
        if tree::root_of(from.get(), self.account.leaf(), &self.proof) != self.root.0 {
            return Err(ExitError::NotInState(from));
        }
        let whole = Exit::Balance { token, balance };
        if matches!(exit, Exit::Balance { .. }) && exit != whole {
            return Err(ExitError::OtherBalance {
                token,
                found: balance,
            });
        }
        Ok(self.signed.verify(self.domain, &self.account.owner)?)
    }
}
