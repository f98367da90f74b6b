//! The address of a database as Go's lib/pq takes it: a URL, or `key=value` pairs.

use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// The options of an address.
pub(super) fn options(address: &str) -> Result<PgConnectOptions, String> {
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        let options = PgConnectOptions::from_str(address).map_err(|error| super::text(&error))?;
        // Go: lib/pq wants TLS unless it is told otherwise.
        return Ok(if address.contains("sslmode=") { options } else { options.ssl_mode(PgSslMode::Require) });
    }
    let mut options = PgConnectOptions::new().ssl_mode(PgSslMode::Require);
    for (name, value) in pairs(address)? {
        options = match name.as_str() {
            "host" if value.starts_with('/') => options.socket(value),
            "host" | "hostaddr" => options.host(&value),
            "port" => options.port(value.parse().map_err(|_| format!("invalid port {value:?}"))?),
            "user" => options.username(&value),
            "password" => options.password(&value),
            "dbname" => options.database(&value),
            "sslmode" => options.ssl_mode(PgSslMode::from_str(&value).map_err(|error| super::text(&error))?),
            "sslrootcert" => options.ssl_root_cert(value),
            "sslcert" => options.ssl_client_cert(value),
            "sslkey" => options.ssl_client_key(value),
            "application_name" | "fallback_application_name" => options.application_name(&value),
            "connect_timeout" | "binary_parameters" => options,
            // Go: everything else is a setting of the session.
            _ => options.options([(name, value)]),
        };
    }
    Ok(options)
}

/// `key=value` pairs; values may be quoted with `'`, and `\` quotes one character.
fn pairs(address: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut letters = address.chars().peekable();
    loop {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        if letters.peek().is_none() {
            return Ok(pairs);
        }
        let mut name = String::new();
        while let Some(letter) = letters.next_if(|letter| *letter != '=' && !letter.is_whitespace()) {
            name.push(letter);
        }
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        if letters.next() != Some('=') {
            return Err(format!("missing \"=\" after {name:?} in connection info string\""));
        }
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        let is_quoted = letters.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match letters.next() {
                Some('\\') => value.extend(letters.next()),
                Some('\'') if is_quoted => break,
                Some(letter) if letter.is_whitespace() && !is_quoted => break,
                Some(letter) => value.push(letter),
                None if is_quoted => return Err("unterminated quoted string literal in connection string".to_owned()),
                None => break,
            }
        }
        pairs.push((name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn pairs_may_be_quoted() {
        let read = pairs(r"host=/tmp  password='a b\'c' dbname = x").unwrap();
        let expected = [("host", "/tmp"), ("password", "a b'c"), ("dbname", "x")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(pairs("host").is_err());
    }
}
