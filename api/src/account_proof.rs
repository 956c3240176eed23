//! An account under a root, by the path that a node gives: who has the root from the layer 1 believes no node.

use ark_bn254::Fr;
use assay_circuits::{
    account::Account,
    quantity::{AccountIndex, Amount, QuantityError, StateRoot, TokenId},
    tree::{MerkleProof, SiblingTriple, root_of},
};

use crate::wire::AccountProof;

/// What a node's path is of, read and not checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Index of the leaf.
    pub index: AccountIndex,
    /// What is there; `None` for an empty leaf.
    pub account: Option<Account>,
    /// The nodes beside the path.
    pub path: MerkleProof,
}

/// Why a path shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// A node beside the path is no number.
    #[error("`{0}` in the node's path is no field element")]
    Sibling(String),
    /// The path is too short, or too long.
    #[error("the node's path has {0} levels")]
    Levels(usize),
    /// An index or a balance out of range.
    #[error("the account of the node's path: {0}")]
    Quantity(#[from] QuantityError),
    /// The owner is no pair of field elements.
    #[error("the owner of the node's path: {0}")]
    Owner(#[source] serde_json::Error),
    /// An account with a part missing.
    #[error("the account of the node's path is given in part")]
    Partial,
    /// It leads to another root.
    #[error("the node's path leads to another root")]
    Root,
}

/// Reads a path.
///
/// # Errors
/// All of [`ProofError`] but `Root`.
pub fn read(proof: &AccountProof) -> Result<Leaf, ProofError> {
    let number = |text: &String| -> Result<Fr, ProofError> {
        let parsed = text.parse();
        parsed.map_err(|()| ProofError::Sibling(text.clone()))
    };
    let triples = proof
        .siblings
        .iter()
        .map(|[a, b, c]| Ok(SiblingTriple(number(a)?, number(b)?, number(c)?)));
    let triples: Vec<_> = triples.collect::<Result<_, ProofError>>()?;
    let levels = triples.len();
    let path = triples.try_into().map_err(|_| ProofError::Levels(levels))?;
    Ok(Leaf {
        index: AccountIndex::new(proof.index)?,
        account: account(proof)?,
        path,
    })
}

fn account(proof: &AccountProof) -> Result<Option<Account>, ProofError> {
    match (&proof.owner, proof.token, &proof.balance, proof.nonce) {
        (None, None, None, None) => Ok(None),
        (Some([x, y]), Some(token), Some(balance), Some(nonce)) => {
            let owner = serde_json::from_value(serde_json::json!([x, y]));
            Ok(Some(Account {
                owner: owner.map_err(ProofError::Owner)?,
                token: TokenId(token),
                balance: balance.parse::<Amount>()?,
                nonce,
            }))
        }
        _ => Err(ProofError::Partial),
    }
}

/// The account under a root, or `None` where the leaf is empty there. Of the proof's own `root` and `leaf`
/// nothing is believed.
///
/// # Errors
/// [`ProofError`], `Root` where the path does not lead to this root.
pub fn check(proof: &AccountProof, root: StateRoot) -> Result<Option<Account>, ProofError> {
    let Leaf {
        index,
        account,
        path,
    } = read(proof)?;
    let leaf = account.map_or(Fr::from(0u8), |account| account.leaf());
    if root_of(index.get(), leaf, &path) != root.0 {
        return Err(ProofError::Root);
    }
    Ok(account)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assay_circuits::{eddsa::SecretKey, tree::StateTree};

    use super::*;

    fn owned(balance: u128) -> Account {
        let owner = SecretKey::from_seed([7; 32]).public_key().0;
        Account {
            balance: Amount(balance),
            nonce: 3,
            ..Account::new(owner, TokenId(1))
        }
    }

    /// A tree with one account at 5, and the path of a leaf in it.
    fn proof(index: u32) -> (AccountProof, StateRoot) {
        let mut tree = StateTree::default();
        tree.set(5, owned(100).leaf());
        let siblings = tree.proof(index);
        let account = (index == 5).then(|| owned(100));
        let proof = AccountProof {
            batch: 1,
            root: "0x00".to_owned(),
            index,
            owner: account
                .map(|account| [account.owner.x.to_string(), account.owner.y.to_string()]),
            token: account.map(|account| account.token.0),
            balance: account.map(|account| account.balance.to_string()),
            nonce: account.map(|account| account.nonce),
            leaf: "0".to_owned(),
            siblings: siblings
                .iter()
                .map(|SiblingTriple(a, b, c)| [a.to_string(), b.to_string(), c.to_string()])
                .collect(),
        };
        (proof, StateRoot(tree.root()))
    }

    #[test]
    fn an_account_is_shown_under_its_root_alone() {
        let (proof, root) = proof(5);
        assert_eq!(check(&proof, root).unwrap(), Some(owned(100)));
        let other = StateRoot(root.0 + Fr::from(1u8));
        assert!(matches!(check(&proof, other), Err(ProofError::Root)));
    }

    #[test]
    fn an_empty_leaf_is_shown_as_empty() {
        let (empty, root) = proof(6);
        assert_eq!(check(&empty, root).unwrap(), None);
        // That of an account is not.
        let (mut of_account, _) = proof(5);
        (of_account.owner, of_account.token) = (None, None);
        (of_account.balance, of_account.nonce) = (None, None);
        assert!(matches!(check(&of_account, root), Err(ProofError::Root)));
    }

    #[test]
    fn whatever_is_changed_shows_nothing() {
        let (good, root) = proof(5);
        let changes: [fn(&mut AccountProof); 9] = [
            |proof| proof.index = 4,
            |proof| proof.index = 1 << 24,
            |proof| proof.token = Some(0),
            |proof| proof.token = None,
            |proof| proof.balance = Some("101".to_owned()),
            |proof| proof.balance = Some("-1".to_owned()),
            |proof| proof.nonce = Some(4),
            |proof| proof.siblings.truncate(11),
            |proof| proof.siblings[11][2] = "x".to_owned(),
        ];
        for change in changes {
            let mut changed = good.clone();
            change(&mut changed);
            assert!(check(&changed, root).is_err(), "{changed:?}");
        }
        let mut changed = good.clone();
        changed.owner = Some(["1".to_owned(), "x".to_owned()]);
        assert!(matches!(check(&changed, root), Err(ProofError::Owner(_))));
    }
}
