//! Arrays that are in memory or in a mapped file, and look the same.

mod mapping;

use std::{fmt, marker::PhantomData, ops::Deref, ops::Range, sync::Arc};

use bytemuck::AnyBitPattern;

pub(crate) use mapping::Mapping;

/// An array that somebody made, or that a mapped file holds. A clone shares it.
pub(crate) struct Stored<T>(Place<T>);

enum Place<T> {
    Made(Arc<Vec<T>>),
    Mapped(Arc<Mapping>, Range<usize>, PhantomData<T>),
}

impl<T: AnyBitPattern> Stored<T> {
    /// The array that a range of a mapped file holds, or `None` where it holds no whole number
    /// of elements, is not aligned for them, or is not inside the file.
    pub(crate) fn mapped(file: Arc<Mapping>, range: Range<usize>) -> Option<Self> {
        bytemuck::try_cast_slice::<u8, T>(file.get(range.clone())?).ok()?;
        Some(Self(Place::Mapped(file, range, PhantomData)))
    }
}

impl<T> From<Vec<T>> for Stored<T> {
    fn from(elements: Vec<T>) -> Self {
        Self(Place::Made(Arc::new(elements)))
    }
}

impl<T: AnyBitPattern> Deref for Stored<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Place::Made(elements) => elements,
            Place::Mapped(file, range, _) => bytemuck::cast_slice(&file[range.clone()]),
        }
    }
}

impl<T: AnyBitPattern> AsRef<[T]> for Stored<T> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T> Clone for Stored<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Place::Made(elements) => Place::Made(Arc::clone(elements)),
            Place::Mapped(file, range, _) => {
                Place::Mapped(Arc::clone(file), range.clone(), PhantomData)
            }
        })
    }
}

impl<T: AnyBitPattern + PartialEq> PartialEq for Stored<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: AnyBitPattern + Eq> Eq for Stored<T> {}

impl<T: AnyBitPattern> fmt::Debug for Stored<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.0 {
            Place::Made(_) => "made",
            Place::Mapped(..) => "mapped",
        };
        write!(f, "Stored({} elements, {place})", self.len())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn mapped_arrays_are_whole_aligned_and_inside_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("numbers");
        let numbers = [7u32, 8, 9];
        fs::write(&path, numbers.map(u32::to_ne_bytes).as_flattened()).unwrap();
        let file = Arc::new(Mapping::of(&fs::File::open(&path).unwrap()).unwrap());
        let mapped = |range| Stored::<u32>::mapped(Arc::clone(&file), range);
        assert_eq!(*mapped(4..12).unwrap(), [8, 9]);
        assert!(mapped(12..12).unwrap().is_empty());
        for outside in [0..6, 2..6, 8..16, 13..13] {
            assert!(mapped(outside).is_none());
        }
        assert_eq!(mapped(0..12).unwrap(), Stored::from(numbers.to_vec()));
    }
}
