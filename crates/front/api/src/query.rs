//! Query parameters: declared by the route, read once, never guessed.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;

use crate::problem::Problem;
use crate::route::Route;

/// How many items a page has unless something else is said, and at most.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;

/// The longest value of a query parameter, as the route table declares it.
const MAX_VALUE: usize = 512;

/// Reads the query; parameters that the route does not declare, or that come twice, are refused.
pub(crate) fn parse(text: &str, route: &Route) -> Result<BTreeMap<String, String>, Problem> {
    let mut found = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        if !route.query.iter().any(|parameter| parameter.name == name) {
            return Err(Problem::invalid_request(format!("the query parameter {name:?} does not exist here")));
        }
        if value.chars().count() > MAX_VALUE {
            return Err(Problem::invalid_request(format!("the query parameter {name:?} is longer than {MAX_VALUE}")));
        }
        if value.chars().any(char::is_control) {
            return Err(Problem::invalid_request(format!("the query parameter {name:?} holds a control character")));
        }
        if found.insert(name.clone(), value).is_some() {
            return Err(Problem::invalid_request(format!("the query parameter {name:?} comes twice")));
        }
    }
    Ok(found)
}

/// How many items are asked for.
pub(crate) fn limit(query: &BTreeMap<String, String>) -> Result<usize, Problem> {
    let Some(text) = query.get("limit") else { return Ok(PAGE) };
    match text.parse() {
        Ok(limit @ 1..=MAX_PAGE) => Ok(limit),
        _ => Err(Problem::invalid_request(format!("limit must be a number from 1 to {MAX_PAGE}"))),
    }
}

/// The place after an id, as callers hand it back.
pub(crate) fn cursor(id: &str) -> String {
    BASE64URL_NOPAD.encode(id.as_bytes())
}

/// The id that a cursor stands for.
pub(crate) fn open_cursor(cursor: &str) -> Result<String, Problem> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
    let id = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    id.ok_or_else(|| Problem::invalid_request("the cursor is not one that a page gave"))
}

fn decode(text: &str) -> Result<String, Problem> {
    let bad = || Problem::invalid_request("the query is not well formed");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else { return Err(bad()) };
                bytes.push(u8::try_from(high * 16 + low).map_err(|_| bad())?);
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn queries_are_decoded_or_refused() {
        assert_eq!(decode("a%20b+c%C3%BC").unwrap(), "a b cü");
        for bad in ["%", "%2", "%zz", "%ff"] {
            assert!(decode(bad).is_err(), "{bad}");
        }
    }
}
