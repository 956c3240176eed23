//! Numbers and slices, one after the other.

/// Fewer bytes than were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CutOff;

/// What is left of a file.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], CutOff> {
        let (field, rest) = self.0.split_first_chunk().ok_or(CutOff)?;
        self.0 = rest;
        Ok(*field)
    }

    pub(super) fn take_slice(&mut self, length: usize) -> Result<&'a [u8], CutOff> {
        let (slice, rest) = self.0.split_at_checked(length).ok_or(CutOff)?;
        self.0 = rest;
        Ok(slice)
    }
}
