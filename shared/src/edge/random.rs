//! Words that nobody can guess.

use crate::base::failure::Failure;

/// The system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness(#[source] getrandom::Error);

impl Failure for NoRandomness {}

/// Returns `length` random letters, of both cases: the first is a capital, the second a small one.
pub fn word(length: usize) -> Result<String, NoRandomness> {
    const SMALL: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    let letter = |(index, byte): (usize, &u8)| {
        let small = char::from(SMALL[usize::from(byte % 26)]);
        let is_capital = index == 0 || (index > 1 && byte & 0x80 != 0);
        if is_capital { small.to_ascii_uppercase() } else { small }
    };
    Ok(bytes.iter().enumerate().map(letter).collect())
}
