//! Writes gzipped tar archives: USTAR, with a PAX record where a name needs one, as Go chooses.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

const BLOCK: usize = 512;

/// A file to write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed<'a> {
    pub name: &'a str,
    pub data: &'a [u8],
    pub seconds: i64,
}

/// The bytes of an archive.
pub(crate) fn pack<'a>(files: impl Iterator<Item = Packed<'a>>) -> Vec<u8> {
    let mut tar = Vec::new();
    for file in files {
        append(&mut tar, file);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    let mut gzip = GzBuilder::new().comment("Helm").write(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    gzip.write_all(&tar).and_then(|()| gzip.finish()).unwrap_or_default()
}

fn append(out: &mut Vec<u8>, file: Packed<'_>) {
    let size = file.data.len() as u64;
    if let Some((prefix, name)) = split_name(file.name) {
        append_header(out, prefix, name, size, file.seconds, b'0');
    } else {
        let record = path_record(file.name);
        append_header(out, "", "PaxHeaders.0/x", record.len() as u64, 0, b'x');
        append_blocks(out, record.as_bytes());
        let cut: String = file.name.chars().filter(char::is_ascii).take(100).collect();
        append_header(out, "", &cut, size, file.seconds, b'0');
    }
    append_blocks(out, file.data);
}

/// The two fields that USTAR keeps a path in; `None` when it does not fit.
fn split_name(name: &str) -> Option<(&str, &str)> {
    const LONGEST_NAME: usize = 100;
    const LONGEST_PREFIX: usize = 155;
    if !name.is_ascii() {
        return None;
    }
    if name.len() <= LONGEST_NAME {
        return Some(("", name));
    }
    let (prefix, rest) = name.get(..=LONGEST_PREFIX.min(name.len() - 1))?.rsplit_once('/')?;
    let fits = !rest.len().eq(&name.len()) && !prefix.is_empty();
    let name = &name[prefix.len() + 1..];
    (fits && !name.is_empty() && name.len() <= LONGEST_NAME).then_some((prefix, name))
}

/// `LENGTH path=NAME\n`, where the length counts itself.
fn path_record(name: &str) -> String {
    let rest = format!(" path={name}\n");
    let mut length = rest.len() + 1;
    while length.to_string().len() + rest.len() != length {
        length = length.to_string().len() + rest.len();
    }
    format!("{length}{rest}")
}

fn append_header(out: &mut Vec<u8>, prefix: &str, name: &str, size: u64, seconds: i64, kind: u8) {
    let mut block = [0_u8; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, format!("{:011o}\0", seconds.clamp(0, 0o77_777_777_777)).as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    put(329, b"0000000\0");
    put(337, b"0000000\0");
    put(345, prefix.as_bytes());
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out.extend_from_slice(&block);
}

fn append_blocks(out: &mut Vec<u8>, data: &[u8]) {
    out.extend_from_slice(data);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}
