//! AES-256 in CBC mode: `encryptAES` and `decryptAES`.

use aes::Aes256;
use aes::cipher::{Block, BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use corten_gotmpl::{Error, Val, World};
use data_encoding::BASE64;

use crate::encoding::base64;

const BLOCK: usize = 16;

/// sprig: the key is cut or filled with zeros.
fn cipher(password: &[u8]) -> Aes256 {
    let mut key = [0; 32];
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    Aes256::new(&key.into())
}

/// Encrypts and puts the random start in front.
pub(super) fn encrypt(world: &dyn World, password: &[u8], text: &[u8]) -> Val {
    if text.is_empty() {
        return Val::str("");
    }
    let cipher = cipher(password);
    let padding = BLOCK - text.len() % BLOCK;
    let mut last = [0; BLOCK];
    world.random(&mut last);
    let mut out = last.to_vec();
    let mut plain = text.to_vec();
    plain.extend(std::iter::repeat_n(u8::try_from(padding).unwrap_or_default(), padding));
    for chunk in plain.chunks(BLOCK) {
        let mut block: Block<Aes256> = last.into();
        for (byte, plain) in block.iter_mut().zip(chunk) {
            *byte ^= plain;
        }
        cipher.encrypt_block(&mut block);
        last = block.into();
        out.extend_from_slice(&last);
    }
    Val::str(BASE64.encode(&out))
}

/// Decrypts; a wrong password or a broken text ends in Go's panics or in garbage.
pub(super) fn decrypt(password: &[u8], text: &[u8]) -> Result<Val, Error> {
    if text.is_empty() {
        return Ok(Val::str(""));
    }
    let panic = |text: String| Err(Error::new(text));
    let data = base64::decode(text).map_err(|at| Error::new(format!("illegal base64 data at input byte {at}")))?;
    let capacity = text.len() / 4 * 3;
    if capacity < BLOCK {
        return panic(format!("runtime error: slice bounds out of range [:{BLOCK}] with capacity {capacity}"));
    }
    if data.len() < BLOCK {
        return panic(format!("runtime error: slice bounds out of range [{BLOCK}:{}]", data.len()));
    }
    let (start, data) = data.split_at(BLOCK);
    if data.len() % BLOCK != 0 {
        return panic("crypto/cipher: input not full blocks".to_owned());
    }
    let cipher = cipher(password);
    let mut last = start;
    let mut out = Vec::with_capacity(data.len());
    for chunk in data.chunks_exact(BLOCK) {
        let mut bytes = [0; BLOCK];
        bytes.copy_from_slice(chunk);
        let mut block: Block<Aes256> = bytes.into();
        cipher.decrypt_block(&mut block);
        out.extend(block.iter().zip(last).map(|(byte, last)| byte ^ last));
        last = chunk;
    }
    let Some(padding) = out.last().copied().map(usize::from) else {
        return panic("runtime error: index out of range [-1]".to_owned());
    };
    match out.len().checked_sub(padding) {
        Some(length) => Ok(Val::str(&out[..length])),
        None => panic(format!("runtime error: slice bounds out of range [:-{}]", padding - out.len())),
    }
}
