//! What memory is read and written in.

/// Elements in one vector.
pub const WIDTH: usize = 8;

/// One cache line: two elements of a prime field, four words each, least significant first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
pub struct Line(pub [u64; 8]);
