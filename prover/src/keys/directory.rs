//! A directory of keys: made there, opened there.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use assay_circuits::circuit::CircuitId;

use super::{
    container::Header,
    error::{KeyError, Kind},
    key_file,
    loaded::{Keys, VerifyingKeyFile},
    records,
};
use crate::groth16::{
    description::Description,
    matrices::Matrices,
    setup::{SetupError, SetupObserver, SetupRandomness, setup_described},
};

/// Where a directory keeps a circuit's proving key.
#[must_use]
pub fn proving_key_path(dir: &Path, circuit: CircuitId) -> PathBuf {
    dir.join(format!("{}.proving.key", circuit.name()))
}

/// Where a directory keeps a circuit's verifying key.
#[must_use]
pub fn verifying_key_path(dir: &Path, circuit: CircuitId) -> PathBuf {
    dir.join(format!("{}.verifying.key", circuit.name()))
}

impl Keys {
    /// Makes the keys of a described circuit and writes both files.
    ///
    /// # Errors
    /// [`KeyError::Setup`], [`KeyError::Io`].
    pub fn create(
        dir: &Path,
        circuit: CircuitId,
        description: &Description,
        randomness: SetupRandomness,
        observer: SetupObserver<'_>,
    ) -> Result<Self, KeyError> {
        let keys = Self {
            circuit,
            randomness,
            circuit_digest: description.digest(),
            proving_key: Arc::new(setup_described(description, randomness, observer)?),
        };
        keys.write(dir)?;
        Ok(keys)
    }

    /// Writes both files, each at once or not at all, and none where there is no room for both: those that
    /// stood there fit each other. The proving key comes last, so that where it stands its verifying key
    /// stands too.
    ///
    /// # Errors
    /// [`KeyError::Io`].
    pub fn write(&self, dir: &Path) -> Result<(), KeyError> {
        fs::create_dir_all(dir).map_err(KeyError::io(dir))?;
        let header = |kind| Header {
            kind,
            circuit: self.circuit,
            randomness: self.randomness,
            circuit_digest: self.circuit_digest,
        };
        let verifying = records::verifying_key_sections(self.proving_key.verifying_key());
        let verifying_path = verifying_key_path(dir, self.circuit);
        let verifying = key_file::draft(&verifying_path, &header(Kind::Verifying), verifying)?;
        let proving = records::proving_key_sections(&self.proving_key);
        let path = proving_key_path(dir, self.circuit);
        let proving = key_file::draft(&path, &header(Kind::Proving), proving.into_iter())?;
        let verifying = verifying.replace();
        verifying.map_err(KeyError::io(&verifying_path))?;
        proving.replace().map_err(KeyError::io(&path))
    }

    /// Maps a circuit's keys, checking every section's digest. That the points are on their
    /// curve is not checked again: the digest says that they are those that the setup wrote.
    ///
    /// # Errors
    /// [`KeyError`], never of setup.
    pub fn open(dir: &Path, circuit: CircuitId) -> Result<Self, KeyError> {
        let path = proving_key_path(dir, circuit);
        if !path.exists() {
            return Err(KeyError::Missing { path, circuit });
        }
        let reader = key_file::open(&path, Kind::Proving, &records::PROVING_KEY_SECTIONS)?;
        Self::of(&path, circuit, &reader)
    }

    /// Refuses keys of another circuit than this.
    ///
    /// # Errors
    /// [`KeyError::OtherVersion`].
    pub fn expect_circuit(&self, dir: &Path, description: &Description) -> Result<(), KeyError> {
        let (expected, found) = (description.digest(), self.circuit_digest);
        if expected == found {
            return Ok(());
        }
        Err(KeyError::OtherVersion {
            path: proving_key_path(dir, self.circuit),
            expected,
            found,
        })
    }

    /// Refuses keys whose matrices are not the circuit's, whatever digest they carry.
    ///
    /// # Errors
    /// [`KeyError::OtherVersion`], [`KeyError::OtherMatrices`].
    pub fn expect_matrices(&self, dir: &Path, description: &Description) -> Result<(), KeyError> {
        self.expect_circuit(dir, description)?;
        let matrices = Matrices::of(description).map_err(SetupError::from)?;
        if *self.proving_key.matrices() == matrices {
            return Ok(());
        }
        Err(KeyError::OtherMatrices {
            path: proving_key_path(dir, self.circuit),
            circuit: self.circuit,
        })
    }

    /// Refuses a verifying key in the directory that is not these keys' own.
    ///
    /// # Errors
    /// [`KeyError::OtherHalf`] and those of [`VerifyingKeyFile::open`].
    pub fn expect_verifying_key(&self, dir: &Path) -> Result<(), KeyError> {
        let path = verifying_key_path(dir, self.circuit);
        let other = VerifyingKeyFile::open(&path)?;
        let halves_fit = other.verifying_key == *self.proving_key.verifying_key()
            && (other.circuit, other.circuit_digest) == (self.circuit, self.circuit_digest);
        if halves_fit {
            Ok(())
        } else {
            Err(KeyError::OtherHalf { path })
        }
    }

    /// Reads the keys of a described circuit, or makes them where there are none. Development
    /// keys of another circuit, or of another version of the format, are made again. One process
    /// makes them, others wait for it.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Insecure`] when system randomness is asked for and the keys
    /// that are there were made for development.
    pub fn open_or_create(
        dir: &Path,
        circuit: CircuitId,
        description: &Description,
        randomness: SetupRandomness,
        observer: SetupObserver<'_>,
    ) -> Result<Self, KeyError> {
        fs::create_dir_all(dir).map_err(KeyError::io(dir))?;
        let lock_path = dir.join(format!("{}.lock", circuit.name()));
        let lock = File::create(&lock_path).map_err(KeyError::io(&lock_path))?;
        // Held until `lock` is closed at the end.
        lock.lock().map_err(KeyError::io(&lock_path))?;
        let create = || Self::create(dir, circuit, description, randomness, observer);
        let development = SetupRandomness::Development;
        let keys = match Self::open(dir, circuit) {
            Err(KeyError::Missing { .. }) => return create(),
            // What an earlier version made for development can be made again by anybody.
            Err(KeyError::UnsupportedVersion { path, .. })
                if randomness == development && key_file::is_for_development(&path) =>
            {
                return create();
            }
            found => found?,
        };
        match keys.expect_circuit(dir, description) {
            Err(_) if keys.randomness == development && randomness == development => create(),
            Ok(()) if keys.randomness == development && randomness != development => {
                Err(KeyError::Insecure {
                    path: proving_key_path(dir, circuit),
                })
            }
            checked => checked.map(|()| keys),
        }
    }
}

impl VerifyingKeyFile {
    /// Reads a verifying key's file.
    ///
    /// # Errors
    /// [`KeyError`], never of setup.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let sections = &records::VERIFYING_KEY_SECTIONS;
        Self::of(path, &key_file::open(path, Kind::Verifying, sections)?)
    }
}
