//! What a wallet and its layer 1 account can still get out of a frozen rollup.

use anyhow::Result;
use assay_circuits::order::Kind;
use assay_exit::{
    claims::OpenClaims,
    packet::{ExitPacket, ProvedAccount},
};
use assay_l1::{
    address::EthAddress,
    batch::{Claim, Tail, Word, next_link},
    client::{QueueEntry, RollupClient, RollupStatus},
};

/// A claim that was not paid.
#[derive(Debug, Clone)]
pub(super) struct DueClaim {
    /// Its batch's.
    pub of_batch: OpenClaims,
    /// Its number there.
    pub which: u16,
    /// The claim.
    pub claim: Claim,
}

/// An entry of the queue that no batch took.
#[derive(Debug, Clone)]
pub(super) struct DueRefund {
    /// The entry.
    pub entry: QueueEntry,
    /// The link of the queue before it.
    pub previous_link: Word,
    /// Who gets it.
    pub refund_to: EthAddress,
}

/// All that can be taken out.
#[derive(Debug)]
pub(super) struct Holdings {
    /// What the wallet has in the last proved state.
    pub packet: ExitPacket,
    /// Those of its accounts that hold something and have not left.
    pub accounts: Vec<ProvedAccount>,
    /// Those of its claims that were not paid.
    pub claims: Vec<DueClaim>,
    /// Entries of the queue that name one of the layer 1 accounts.
    pub refunds: Vec<DueRefund>,
    /// What the contract owes the account that pays for the calls, wei.
    pub credit_wei: u128,
}

impl Holdings {
    /// Asks the layer 1 what of a packet was not taken yet, and what waits for the payer or the
    /// receiver.
    pub(super) async fn find(
        client: &RollupClient,
        status: &RollupStatus,
        packet: ExitPacket,
        [payer, receiver]: [EthAddress; 2],
        from_block: u64,
    ) -> Result<Self> {
        let mut accounts = Vec::new();
        for proved in &packet.accounts {
            let index = proved.index.get();
            if proved.account.balance.0 > 0 && !client.is_escaped(index).await? {
                accounts.push(*proved);
            }
        }
        let mut claims = Vec::new();
        for open in &packet.claims {
            for (which, claim) in open.open() {
                if !client.is_claimed(open.batch, which).await? {
                    claims.push(DueClaim {
                        of_batch: open.clone(),
                        which,
                        claim: *claim,
                    });
                }
            }
        }
        let refunds = refunds(client, status, [payer, receiver], from_block).await?;
        Ok(Self {
            packet,
            accounts,
            claims,
            refunds,
            credit_wei: client.credit(payer).await?,
        })
    }

    /// The tokens that are in it.
    pub(super) fn tokens(&self) -> impl Iterator<Item = u16> + '_ {
        let accounts = self.accounts.iter().map(|proved| proved.account.token.0);
        let claims = self.claims.iter().map(|due| due.claim.token);
        let refunds = self
            .refunds
            .iter()
            .filter_map(|due| Some(due.deposited()?.0));
        accounts.chain(claims).chain(refunds)
    }
}

/// The entries of the queue that no batch took and that name one of these accounts.
async fn refunds(
    client: &RollupClient,
    status: &RollupStatus,
    owners: [EthAddress; 2],
    from_block: u64,
) -> Result<Vec<DueRefund>> {
    let (from, to) = (status.queue_consumed, status.queue_length);
    if from == to {
        return Ok(Vec::new());
    }
    let entries = client.queue_entries(from, to, from_block).await?;
    let mut link = client.queue_link(from).await?;
    let mut due = Vec::new();
    for entry in entries {
        let previous_link = link;
        link = next_link(&previous_link, &entry.words, &entry.tail);
        let refund_to = Tail::from_word(&entry.tail).refund_to;
        if owners.contains(&refund_to) && !client.is_refunded(entry.index).await? {
            due.push(DueRefund {
                entry,
                previous_link,
                refund_to,
            });
        }
    }
    Ok(due)
}

impl DueRefund {
    /// Token and amount of a deposit.
    pub(super) fn deposited(&self) -> Option<(u16, u128)> {
        let [
            _,
            kind,
            _,
            _,
            _,
            _,
            _,
            _,
            t0,
            t1,
            _,
            _,
            _,
            _,
            amount @ ..,
            _,
            _,
        ] = self.entry.words[0];
        (kind >> 4 == Kind::Deposit as u8)
            .then(|| (u16::from_be_bytes([t0, t1]), u128::from_be_bytes(amount)))
    }
}
