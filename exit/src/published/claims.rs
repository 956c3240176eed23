//! The open claims of a published state.

use assay_l1::{
    address::EthAddress,
    batch::{BatchHeader, Claim},
};

use super::fields::{CutOff, Fields};
use crate::claims::OpenClaims;

pub(super) fn write(all: &[OpenClaims], bytes: &mut Vec<u8>) {
    // A rollup has fewer batches than accounts fit into memory.
    bytes.extend((all.len() as u32).to_be_bytes());
    for open in all {
        let BatchHeader {
            commitment,
            new_root,
            claims_hash,
            queue_end,
            timestamp,
            accounts,
            shape,
        } = open.header;
        bytes.extend(open.batch.to_be_bytes());
        bytes.extend([commitment, new_root, claims_hash].as_flattened());
        bytes.extend(queue_end.to_be_bytes());
        bytes.extend(timestamp.to_be_bytes());
        bytes.extend(accounts.to_be_bytes());
        bytes.push(shape);
        bytes.extend((open.claims.len() as u16).to_be_bytes());
        for claim in &open.claims {
            bytes.extend(claim.token.to_be_bytes());
            bytes.extend(claim.amount.to_be_bytes());
            bytes.extend(claim.receiver.0);
            bytes.extend(&claim.from.to_be_bytes()[1..]);
        }
        bytes.extend((open.which.len() as u16).to_be_bytes());
        bytes.extend(open.which.iter().flat_map(|which| which.to_be_bytes()));
    }
}

pub(super) fn read(fields: &mut Fields<'_>) -> Result<Vec<OpenClaims>, CutOff> {
    let batches = u32::from_be_bytes(fields.take()?);
    (0..batches).map(|_| read_one(fields)).collect()
}

fn read_one(fields: &mut Fields<'_>) -> Result<OpenClaims, CutOff> {
    let batch = u64::from_be_bytes(fields.take()?);
    let header = BatchHeader {
        commitment: fields.take()?,
        new_root: fields.take()?,
        claims_hash: fields.take()?,
        queue_end: u64::from_be_bytes(fields.take()?),
        timestamp: u32::from_be_bytes(fields.take()?),
        accounts: u32::from_be_bytes(fields.take()?),
        shape: u8::from_be_bytes(fields.take()?),
    };
    let count = u16::from_be_bytes(fields.take()?);
    let mut claim = || {
        let token = u16::from_be_bytes(fields.take()?);
        let amount = u128::from_be_bytes(fields.take()?);
        let receiver = EthAddress(fields.take()?);
        let [a, b, c] = fields.take()?;
        Ok(Claim {
            token,
            amount,
            receiver,
            from: u32::from_be_bytes([0, a, b, c]),
        })
    };
    let claims = (0..count).map(|_| claim()).collect::<Result<_, _>>()?;
    let count = u16::from_be_bytes(fields.take()?);
    let mut number = || Ok(u16::from_be_bytes(fields.take()?));
    let which = (0..count).map(|_| number()).collect::<Result<_, _>>()?;
    Ok(OpenClaims {
        batch,
        header,
        claims,
        which,
    })
}
