//! Keys from twelve or twenty-four words (`docs/spec/vectors.md`): a backup that fits on paper.

use std::fmt;

use bip0039::{English, Error, Mnemonic as Bip39};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

/// The salt that sets these seeds apart from what other programs make of the same words.
const SALT: &[u8] = b"assay/mnemonic";
/// Names what the derived bytes are for; the number of the key follows it.
const INFO: &[u8] = b"key";

/// Twelve or twenty-four English words of BIP-39. They are wiped when dropped and never printed by
/// accident: only [`Mnemonic::words`] shows them.
pub struct Mnemonic(Bip39<English>);

/// Why words are no mnemonic. No word is repeated in the message: each is a part of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MnemonicError {
    /// Not 12 and not 24.
    #[error("a mnemonic has 12 or 24 words, and these are {0}")]
    Count(usize),
    /// A word that BIP-39 does not have; counted from 1.
    #[error("word {0} is not in the English list of BIP-39: a typing error, most likely")]
    Word(usize),
    /// Each word is in the list, and together they are no mnemonic.
    #[error("the checksum of the words does not fit: one is wrong, or they are in another order")]
    Checksum,
    /// Not 16 and not 32 bytes.
    #[error("a mnemonic is made of 16 or 32 random bytes, and these are {0}")]
    Entropy(usize),
}

impl fmt::Debug for Mnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mnemonic(..)")
    }
}

impl Mnemonic {
    /// The words of random bytes: 12 of 16 bytes, 24 of 32.
    ///
    /// # Errors
    /// [`MnemonicError::Entropy`].
    pub fn from_entropy(entropy: &[u8]) -> Result<Self, MnemonicError> {
        let length = MnemonicError::Entropy(entropy.len());
        if !matches!(entropy.len(), 16 | 32) {
            return Err(length);
        }
        Bip39::from_entropy(entropy).map(Self).map_err(|_| length)
    }

    /// Reads words with any space between them, in upper or lower case.
    ///
    /// # Errors
    /// [`MnemonicError`], which says what does not fit and repeats no word.
    pub fn parse(text: &str) -> Result<Self, MnemonicError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if !matches!(words.len(), 12 | 24) {
            return Err(MnemonicError::Count(words.len()));
        }
        // As long as what is joined, so that nothing of it is left where it grew.
        let mut phrase = Zeroizing::new(String::with_capacity(text.len()));
        for word in words {
            if !phrase.is_empty() {
                phrase.push(' ');
            }
            phrase.push_str(word);
        }
        phrase.make_ascii_lowercase();
        let read = Bip39::from_normalized_phrase(phrase.as_str());
        read.map(Self).map_err(|error| match error {
            Error::UnknownWord(word) => {
                let word = Zeroizing::new(word);
                let place = phrase.split(' ').position(|other| other == word.as_str());
                MnemonicError::Word(place.unwrap_or_default() + 1)
            }
            _ => MnemonicError::Checksum,
        })
    }

    /// The words, for whoever is to write them down.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.phrase().split(' ')
    }

    /// The seed of key number `number` of these words: HKDF-SHA-256 of the seed of BIP-39. The first
    /// key has number 0. Most people have no passphrase: an empty one.
    #[must_use]
    pub fn seed(&self, passphrase: &str, number: u32) -> Zeroizing<[u8; 32]> {
        let mut of_words = self.0.to_seed(passphrase);
        let derived = Hkdf::<Sha256>::new(Some(SALT), &of_words);
        of_words.zeroize();
        let mut seed = Zeroizing::new([0; 32]);
        derived
            .expand_multi_info(&[INFO, &number.to_be_bytes()], &mut *seed)
            .expect("32 bytes are within the length of HKDF-SHA-256");
        seed
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Of 16 zero bytes; the first vector of BIP-39.
    const ZEROS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                         abandon abandon about";

    fn text(words: &Mnemonic) -> String {
        words.words().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_are_those_of_bip_39() {
        let made = Mnemonic::from_entropy(&[0; 16]).unwrap();
        assert_eq!(text(&made), ZEROS);
        // The vector of BIP-39 for 32 bytes of 0xff.
        let long = Mnemonic::from_entropy(&[0xff; 32]).unwrap();
        assert_eq!(text(&long), format!("{}vote", "zoo ".repeat(23)));
        assert_eq!(
            Mnemonic::from_entropy(&[0; 20]).unwrap_err(),
            MnemonicError::Entropy(20)
        );
    }

    #[test]
    fn space_and_case_do_not_count() {
        let spread = format!("  {}\r\n", ZEROS.to_uppercase().replace(' ', " \n\t"));
        let read = Mnemonic::parse(&spread).unwrap();
        let plain = Mnemonic::parse(ZEROS).unwrap();
        assert_eq!(text(&read), ZEROS);
        assert_eq!(read.seed("", 0), plain.seed("", 0));
        assert_ne!(plain.seed("", 0), plain.seed("", 1));
        assert_ne!(plain.seed("", 0), plain.seed(" ", 0));
    }

    #[test]
    fn what_is_no_mnemonic_is_refused_without_a_word_of_it() {
        let wrong_word = ZEROS.replacen("abandon", "abandonn", 1);
        let wrong_end = ZEROS.replace("about", "zoo");
        // 15 words are a mnemonic of BIP-39, and none of ours.
        let fifteen = format!("{}address", "abandon ".repeat(14));
        for (words, expected) in [
            ("", MnemonicError::Count(0)),
            ("abandon about", MnemonicError::Count(2)),
            (fifteen.as_str(), MnemonicError::Count(15)),
            (wrong_word.as_str(), MnemonicError::Word(1)),
            (wrong_end.as_str(), MnemonicError::Checksum),
        ] {
            let refused = Mnemonic::parse(words).unwrap_err();
            assert_eq!(refused, expected);
            assert!(!refused.to_string().contains("abandon"), "{refused}");
        }
        assert_eq!(format!("{:?}", Mnemonic::parse(ZEROS)), "Ok(Mnemonic(..))");
    }
}
