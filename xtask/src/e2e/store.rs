//! The store's suite, the same tests on every database, with and without Redis.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::e2e::parts;

/// Runs the suite on PostgreSQL, on MariaDB (which stands for MySQL), and with Redis.
pub(super) fn run() -> anyhow::Result<()> {
    let server = parts::redis()?;
    let redis = format!("redis://127.0.0.1:{}/", server.port);
    suite("SQLite and Redis", None, Some(&redis))?;
    let (tls, authority) = parts::redis_over_tls()?;
    let url = format!("rediss://localhost:{}/", tls.port);
    suite_trusting("SQLite and Redis over TLS", None, Some(&url), Some(&authority))?;
    drop(tls);
    let postgres = parts::postgres()?;
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", postgres.port);
    suite("PostgreSQL", Some(&url), None)?;
    suite("PostgreSQL and Redis", Some(&url), Some(&redis))?;
    drop(postgres);
    let mariadb = parts::mariadb()?;
    let url = format!("mysql://corten:corten@127.0.0.1:{}/mysql", mariadb.port);
    suite("MariaDB", Some(&url), None)?;
    suite("MariaDB and Redis", Some(&url), Some(&redis))
}

fn suite(name: &str, database: Option<&str>, redis: Option<&str>) -> anyhow::Result<()> {
    suite_trusting(name, database, redis, None)
}

/// The suite with another authority of certificates than those that the system trusts.
fn suite_trusting(
    name: &str,
    database: Option<&str>,
    redis: Option<&str>,
    authority: Option<&Path>,
) -> anyhow::Result<()> {
    println!("-- {name}");
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--quiet", "-p", "corten-store", "--test", "suite"]);
    command.current_dir(crate::workspace::root());
    for (variable, value) in [("CORTEN_TEST_DATABASE", database), ("CORTEN_TEST_REDIS", redis)] {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    if let Some(authority) = authority {
        command.env("SSL_CERT_FILE", authority);
    }
    let status = command.status().context("cannot run cargo")?;
    ensure!(status.success(), "the store's suite fails on {name}");
    Ok(())
}
