//! Pages of what can be claimed, latest first.

use assay_api::wire::Claimant;
use assay_circuits::quantity::BatchNumber;

use super::{
    Storage,
    claims::{ClaimPlace, ClaimsPage, concerns},
    error::StorageError,
    table,
};
use crate::record::StoredClaim;

impl Storage {
    /// What can be claimed of a sealed batch, in the contract's order.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn claims(&self, number: BatchNumber) -> Result<Vec<StoredClaim>, StorageError> {
        Ok(self.rows.get(&table::CLAIMS, &number)?.unwrap_or_default())
    }

    /// What of it concerns somebody, of sealed batches: the latest first, below a place, at most `limit`,
    /// which is not 0. The work is that of a page, however much there is.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn claims_of(
        &self,
        claimant: Claimant,
        before: ClaimPlace,
        limit: usize,
    ) -> Result<ClaimsPage, StorageError> {
        let first = (claimant, BatchNumber(0));
        let end = (claimant, BatchNumber(before.0.0.saturating_add(1)));
        let mut claims = Vec::new();
        for number in self.rows.latest(&table::CLAIMANTS, &first, &end) {
            let number = number?;
            let of_batch = (0..).zip(self.claims(number)?);
            let mut places: Vec<ClaimPlace> = of_batch
                .filter(|(_, claim)| concerns(claim, claimant))
                .map(|(which, _)| (number, which))
                .filter(|place| *place < before)
                .collect();
            while let Some(place) = places.pop() {
                if claims.len() >= limit {
                    let next = claims.last().copied();
                    return Ok(ClaimsPage { claims, next });
                }
                claims.push(place);
            }
        }
        Ok(ClaimsPage { claims, next: None })
    }
}
