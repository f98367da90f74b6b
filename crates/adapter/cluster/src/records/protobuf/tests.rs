//! Lists in any pieces, and refusals.

use super::*;

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![(number << 3) | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap());
    out.extend_from_slice(bytes);
    out
}

fn pair(key: &str, value: &str) -> Vec<u8> {
    [field(1, key.as_bytes()), field(2, value.as_bytes())].concat()
}

fn secret(name: &str, release: &str) -> Vec<u8> {
    let metadata = [
        field(1, name.as_bytes()),
        field(3, b"shop"),
        field(6, b"7"),
        // generation, a number
        vec![7 << 3, 0x96, 0x01],
        field(11, &pair("owner", "helm")),
        field(12, &pair("note", "")),
    ]
    .concat();
    [field(1, &metadata), field(2, &pair("other", "x")), field(2, &pair("release", release)), field(3, b"type")]
        .concat()
}

fn list() -> Vec<u8> {
    let long = "r".repeat(300);
    let raw = [
        field(1, &[field(2, b"9"), field(3, b"more")].concat()),
        field(2, &secret("a", "one")),
        field(2, &secret("b", &long)),
    ]
    .concat();
    [MAGIC.to_vec(), field(1, b"type"), field(2, &raw), field(3, b""), field(4, b"")].concat()
}

fn read(pieces: &[&[u8]]) -> Result<(Vec<(String, usize)>, String), String> {
    let mut reader = Reader::default();
    let (mut found, mut next) = (Vec::new(), String::new());
    for piece in pieces {
        reader.take(piece, &mut |part| {
            match part {
                Part::ListMetadata(metadata) => next = next_page(metadata)?,
                Part::Item(bytes) => {
                    let record = item(bytes)?;
                    assert_eq!(record.metadata.namespace, "shop");
                    assert_eq!(record.metadata.resource_version, "7");
                    assert_eq!(record.metadata.labels["owner"], "helm");
                    assert_eq!(record.metadata.annotations["note"], "");
                    found.push((record.metadata.name, record.content.unwrap().len()));
                }
            }
            Ok(())
        })?;
    }
    reader.finish()?;
    Ok((found, next))
}

#[test]
fn a_list_may_come_in_any_pieces() {
    let list = list();
    let expected = (vec![("a".to_owned(), 3), ("b".to_owned(), 300)], "more".to_owned());
    assert_eq!(read(&[&list[..]]), Ok(expected.clone()));
    for at in 0..=list.len() {
        let (left, right) = list.split_at(at);
        assert_eq!(read(&[left, right]), Ok(expected.clone()), "cut at {at}");
    }
    let bytes: Vec<&[u8]> = list.chunks(1).collect();
    assert_eq!(read(&bytes), Ok(expected));
}

#[test]
fn a_list_that_is_cut_off_is_an_error() {
    let list = list();
    let tail = field(3, b"").len() + field(4, b"").len();
    for at in 0..list.len() - tail {
        assert!(read(&[&list[..at]]).is_err(), "cut at {at}");
    }
    assert!(read(&[&b"{\"kind\":"[..]]).is_err());
    let endless = [MAGIC, &[0xff; 12]].concat();
    assert!(read(&[&endless[..]]).is_err());
}

#[test]
fn a_refusal_is_read() {
    let details = [field(1, b"r"), field(3, b"secrets"), vec![5 << 3, 7]].concat();
    let inner = [
        field(2, b"Failure"),
        field(3, b"you may not"),
        field(4, b"Forbidden"),
        field(5, &details),
        vec![6 << 3, 0x93, 0x03],
    ]
    .concat();
    let status = status(&[MAGIC.to_vec(), field(1, b"type"), field(2, &inner)].concat()).unwrap();
    assert_eq!((status.message.as_str(), status.reason.as_str(), status.code), ("you may not", "Forbidden", 403));
    let details = status.details.unwrap();
    assert_eq!((details.name.as_str(), details.kind.as_str(), details.retry_after_seconds), ("r", "secrets", 7));
    assert!(super::status(b"{}").is_none());
}
