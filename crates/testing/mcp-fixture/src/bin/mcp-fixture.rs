//! `mcp-fixture [--era legacy|modern|both] [--listen ADDRESS | --stdio]`: the fixture as a process.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program says where it listens")]

use std::process::ExitCode;

use corten_mcp_fixture::{Era, Fixture, serve};
use rmcp::ServiceExt as _;

const USAGE: &str = "usage: mcp-fixture [--era legacy|modern|both] [--listen ADDRESS | --stdio]";

#[tokio::main]
async fn main() -> ExitCode {
    let (mut era, mut listen, mut stdio) = (Era::Both, "127.0.0.1:8001".to_owned(), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--era", Some(name)) if name == "legacy" => era = Era::Legacy,
            ("--era", Some(name)) if name == "modern" => era = Era::Modern,
            ("--era", Some(name)) if name == "both" => era = Era::Both,
            ("--listen", Some(address)) => listen = address,
            ("--stdio", None) => stdio = true,
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    let fixture = Fixture::new(era);
    let served = if stdio { serve_stdio(fixture).await } else { serve_http(fixture, &listen).await };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mcp-fixture: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve_stdio(fixture: Fixture) -> Result<(), Box<dyn std::error::Error>> {
    fixture.serve(rmcp::transport::stdio()).await?.waiting().await?;
    Ok(())
}

async fn serve_http(fixture: Fixture, address: &str) -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}/mcp", listener.local_addr()?);
    serve(fixture, listener, std::future::pending()).await;
    Ok(())
}
