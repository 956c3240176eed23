//! Deposits, forced orders and tokens.

use alloy::primitives::{Address, U256};

use super::{
    Assay, AssayEvents, At, Entry, Model, Outcome, Outside, Refusals, curve,
    records::{self, Fields},
};
use crate::batch::Word;

const GWEI: u64 = 1_000_000_000;
/// 0.001 ether.
const REGISTRATION_WEI: u64 = 1_000_000 * GWEI;

impl Model {
    /// For inclusion, and what is burned, in wei.
    pub(in super::super) fn inclusion_fee(&self, base_fee: U256) -> (U256, U256) {
        let gwei = U256::from(GWEI);
        let base = (U256::from(self.config.inclusionGas) * base_fee).div_ceil(gwei) * gwei;
        let waiting = U256::from(self.entries.len() - self.taken);
        let step = U256::from(self.config.inclusionStep);
        let surcharge = (base * waiting).div_ceil(step).div_ceil(gwei) * gwei;
        (base, surcharge)
    }

    /// Due time of the next entry, and its fees in gwei; what hinders it.
    fn next_entry(&self, at: &At, cost: U256, refusals: &mut Refusals) -> (u64, [u64; 2], U256) {
        let (base, surcharge) = self.inclusion_fee(U256::from(at.base_fee));
        let [base_gwei, surcharge_gwei] = [base, surcharge].map(|wei| wei / U256::from(GWEI));
        let limit = U256::from(1_u64 << 48);
        refusals.when(base_gwei >= limit || surcharge_gwei >= limit, "FeeOverflow");
        let needed = cost + base + surcharge;
        refusals.when(at.value < needed, "ValueTooLow");
        let soonest = at.now + u64::from(self.config.queueDelayS);
        let gap = u64::from(self.config.queueGapS);
        let apart = self.entries.last().map_or(0, |last| last.due + gap);
        let due = soonest.max(apart);
        refusals.when(due > u64::from(u32::MAX), "TimeOverflow");
        let fees = [base_gwei, surcharge_gwei].map(|gwei| gwei.saturating_to());
        (due, fees, at.value.saturating_sub(needed))
    }

    fn queue(
        &mut self,
        words: [Word; 6],
        refund_to: Address,
        (due, [base, surcharge], surplus): (u64, [u64; 2], U256),
    ) -> Vec<AssayEvents> {
        let tail = records::tail(refund_to, base, surcharge);
        let index = self.entries.len() as u64;
        let before = self.link;
        self.link = records::link(&before, &words, &tail);
        self.entries.push(Entry {
            words,
            tail,
            due,
            before,
            refunded: false,
        });
        let mut events = self.credit(refund_to, surplus);
        events.push(AssayEvents::Queued(Assay::Queued {
            index,
            due: u32::try_from(due).unwrap(),
            words: words.map(U256::from_be_bytes),
            tail: U256::from_be_bytes(tail),
        }));
        events
    }

    pub(super) fn deposit(
        &mut self,
        call: &Assay::depositCall,
        at: &At,
        outside: &mut Outside,
    ) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(self.frozen, "IsFrozen");
        refusals.when(self.closing != 0, "IsClosing");
        refusals.when(call.refundTo.is_zero(), "NoRefundTo");
        refusals.when(!self.is_token(call.token), "UnknownToken");
        refusals.when(!curve::is_owner(call.ownerX, call.ownerY), "InvalidOwner");
        let cost = if call.token == 0 { call.amount } else { 0 };
        let entry = self.next_entry(at, U256::from(cost), &mut refusals);
        let mut after = None;
        let address = self.token_address(call.token);
        let token = address.map(|address| outside.token(address).cloned());
        let arrived = match token {
            None => call.amount,
            // Another contract, which has no balances.
            Some(None) => {
                refusals.when(true, "");
                call.amount
            }
            Some(Some(mut token)) => {
                let before = token.balance_of(self.rollup);
                let amount = U256::from(call.amount);
                let moved = token.transfer(at.caller, self.rollup, amount, true);
                let later = token.balance_of(self.rollup);
                after = Some(token);
                // Where it cannot even be asked, what it says is passed on: nothing.
                refusals.when(before.is_none() || later.is_none(), "");
                refusals.when(!moved, "TokenCallFailed");
                match (before, later) {
                    (Some(before), Some(later)) if moved => (later - before).to(),
                    _ => call.amount,
                }
            }
        };
        refusals.when(arrived == 0, "NoAmount");
        let held = self.held.get(usize::from(call.token)).copied();
        let cap = held.unwrap_or(0).checked_add(arrived).is_none();
        refusals.when(cap, "DepositCap");
        refusals.or()?;

        if let Some(after) = after {
            let token = outside.token(after.address);
            *token.unwrap() = after;
        }
        self.held[usize::from(call.token)] += arrived;
        let [x, y] = [call.ownerX, call.ownerY].map(|word| word.to_be_bytes());
        let zero = [0; 32];
        let words = [
            records::deposit_head(call.token, arrived),
            x,
            y,
            zero,
            zero,
            zero,
        ];
        Ok(self.queue(words, call.refundTo, entry))
    }

    pub(super) fn force(&mut self, call: &Assay::forceCall, at: &At) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(self.frozen, "IsFrozen");
        refusals.when(call.refundTo.is_zero(), "NoRefundTo");
        let words = call.words.map(|word| word.to_be_bytes());
        let order = Fields::of(&words[0]);
        let [_, first, second, r8x, r8y, s] = call.words;
        let unused = order.unused != 0 || order.status != 0;
        refusals.when(unused || !matches!(order.kind, 4 | 5), "InvalidOrder");
        refusals.when(order.amount == 0, "NoAmount");
        refusals.when(!self.is_token(order.token), "UnknownToken");
        let expires = u64::from(order.last) * 65_536 + 65_535;
        // The last of all is never, as far as 32 bits of time go: behind them nothing is queued.
        refusals.when(expires < at.now, "Expired");
        let signature = curve::is_owner(r8x, r8y) && s < curve::l();
        refusals.when(!signature, "InvalidSignature");
        if order.kind == 4 {
            refusals.when(!curve::is_owner(first, second), "InvalidOwner");
        }
        if order.kind == 5 {
            refusals.when(order.to != 0 || !second.is_zero(), "InvalidOrder");
            let rollup = U256::from_be_slice(self.rollup.as_slice());
            let nobody = first.is_zero() || first >> 160 != U256::ZERO || first == rollup;
            refusals.when(nobody, "InvalidReceiver");
        }
        let entry = self.next_entry(at, U256::ZERO, &mut refusals);
        refusals.or()?;
        Ok(self.queue(words, call.refundTo, entry))
    }

    pub(in super::super) fn registration_fee(&self) -> U256 {
        let more = self.tokens.len() as u64 / 16;
        U256::from(REGISTRATION_WEI) * U256::from(1 + more)
    }

    pub(super) fn register_token(
        &mut self,
        call: &Assay::registerTokenCall,
        at: &At,
        outside: &mut Outside,
    ) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(self.tokens.contains(&call.token), "TokenExists");
        let code = call.token == self.rollup || outside.has_code(call.token);
        refusals.when(!code, "NotAToken");
        let fee = self.registration_fee();
        refusals.when(at.value < fee, "ValueTooLow");
        refusals.or()?;
        self.tokens.push(call.token);
        self.held.push(0);
        outside.pay(Address::ZERO, fee);
        let mut events = self.credit(at.caller, at.value - fee);
        events.push(AssayEvents::TokenRegistered(Assay::TokenRegistered {
            token: self.tokens.len() as u16,
            tokenAddress: call.token,
        }));
        Ok(events)
    }
}
