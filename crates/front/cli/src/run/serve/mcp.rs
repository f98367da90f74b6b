//! `mcp list|call|get|read`: one question to one server.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use corten_mcp::upstream::{Target, Transport, UpstreamConfig};
use corten_mcp::{Revision, Secret};
use serde_json::{Map, Value};

use super::block_on;
use crate::client::{self, Client, Fault, Listed};
use crate::config::{self, Sources};
use crate::flags::FlagSet;
use crate::session::{Failure, Session};

/// `mcp list SERVER [KIND…]`.
pub(super) fn list(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let kinds = kinds(&arguments[1..])?;
    let is_all = arguments.len() == 1;
    let (lists, left_out) = ask(session, flags, &arguments[0], async |client, _| {
        let mut lists = Vec::new();
        for kind in kinds {
            if !is_all || client.offers(kind) {
                lists.push((kind, client.list(kind).await?));
            }
        }
        Ok((lists, client.left_out()))
    })?;
    for (server, reason) in left_out {
        session.complain(&format!("warning: what server {server} offers is missing: {reason}\n"));
    }
    if is_json(flags)? {
        let object = lists.into_iter().map(|(kind, entries)| (kind.member().to_owned(), Value::Array(entries)));
        return session.print(&format!("{:#}\n", Value::Object(object.collect())));
    }
    let tables = lists.iter().filter(|(_, entries)| !is_all || !entries.is_empty());
    let tables: Vec<String> = tables.map(|(kind, entries)| client::listed(*kind, entries)).collect();
    session.print(&tables.join("\n"))
}

/// `mcp call SERVER TOOL`.
pub(super) fn call(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let given = given(flags)?;
    let tool = arguments[1].as_str();
    let result = ask(session, flags, &arguments[0], async |client, notice| {
        client.ask("tools/call", Some(tool), named(tool, given), notice).await
    })?;
    complete(&result)?;
    let text = if is_json(flags)? { format!("{result:#}\n") } else { client::called(&result) };
    session.print(&text)?;
    if result.get("isError").and_then(Value::as_bool) == Some(true) { Err(Failure::Silent) } else { Ok(()) }
}

/// `mcp get SERVER PROMPT`.
pub(super) fn get(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let given = given(flags)?;
    let prompt = arguments[1].as_str();
    let result = ask(session, flags, &arguments[0], async |client, notice| {
        client.ask("prompts/get", Some(prompt), named(prompt, given), notice).await
    })?;
    complete(&result)?;
    let text = if is_json(flags)? { format!("{result:#}\n") } else { client::got(&result) };
    session.print(&text)
}

/// `mcp read SERVER URI`.
pub(super) fn read(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let uri = arguments[1].as_str();
    let result = ask(session, flags, &arguments[0], async |client, notice| {
        let params = Map::from_iter([("uri".to_owned(), Value::from(uri))]);
        client.ask("resources/read", Some(uri), params, notice).await
    })?;
    complete(&result)?;
    if is_json(flags)? {
        return session.print(&format!("{result:#}\n"));
    }
    session.print_bytes(&client::read(&result)?)
}

/// Refuses results that ask back: answering needs somebody to ask.
fn complete(result: &Value) -> Result<(), Failure> {
    match result.get("resultType").and_then(Value::as_str) {
        Some("input_required") => Err(Failure::Hint {
            error: "the server asks back before it answers".to_owned(),
            hint: "use a client that can answer, or give the tool what it asks for as arguments".to_owned(),
        }),
        _ => Ok(()),
    }
}

fn named(name: &str, arguments: Map<String, Value>) -> Map<String, Value> {
    Map::from_iter([("name".to_owned(), Value::from(name)), ("arguments".to_owned(), Value::Object(arguments))])
}

fn kinds(words: &[String]) -> Result<Vec<Listed>, Failure> {
    if words.is_empty() {
        return Ok(Listed::ALL.to_vec());
    }
    let kind = |word: &String| {
        let found = Listed::ALL.into_iter().find(|kind| kind.word() == word);
        found
            .ok_or_else(|| Failure::Error(format!("unknown list {word:?}: use tools, resources, templates or prompts")))
    };
    words.iter().map(kind).collect()
}

fn is_json(flags: &FlagSet) -> Result<bool, Failure> {
    match flags.text("output") {
        "table" => Ok(false),
        "json" => Ok(true),
        other => Err(Failure::Error(format!("unknown output {other:?}: use table or json"))),
    }
}

/// The arguments of `--json`, then those of `--arg` over them.
fn given(flags: &FlagSet) -> Result<Map<String, Value>, Failure> {
    let mut all = match flags.text("json") {
        "" => Map::new(),
        "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            object(&text)?
        }
        text => object(text)?,
    };
    for argument in flags.list("arg") {
        let (name, value) = argument
            .split_once('=')
            .ok_or_else(|| Failure::Error(format!("argument {argument:?} has no value: write name=value")))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        all.insert(name.to_owned(), value);
    }
    Ok(all)
}

fn object(text: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::Error(format!("--json is not a JSON object: {error}")))
}

/// Opens a connection, asks, and closes it again whatever the answer is.
fn ask<T>(
    session: &mut Session<'_>,
    flags: &FlagSet,
    server: &str,
    question: impl AsyncFnOnce(&mut Client, &mut (dyn FnMut(&str) + Send)) -> Result<T, Fault>,
) -> Result<T, Failure> {
    let config = config_of(session, flags, server)?;
    let timeout = timeout(flags)?;
    let is_terminal = session.is_terminal;
    let mut notices = Vec::new();
    let outcome = block_on(async {
        let mut client = Client::open(config, timeout).await?;
        let answer = question(&mut client, &mut |text| {
            if is_terminal {
                notices.push(text.to_owned());
            }
        })
        .await;
        client.close().await;
        answer
    })?;
    for notice in notices {
        session.complain(&format!("{notice}\n"));
    }
    outcome.map_err(|fault| Failure::Error(format!("cannot ask {server}: {fault}")))
}

fn timeout(flags: &FlagSet) -> Result<Duration, Failure> {
    let text = flags.text("timeout");
    let parsed = corten_gostd::time::Duration::parse(text);
    let nanoseconds = parsed.ok().and_then(|duration| u64::try_from(duration.0).ok());
    nanoseconds.map(Duration::from_nanos).ok_or_else(|| Failure::Error(format!("{text:?} is no time to wait")))
}

/// A URL as it is, or a server of the configuration; headers and revision of the command line over both.
fn config_of(session: &Session<'_>, flags: &FlagSet, server: &str) -> Result<UpstreamConfig, Failure> {
    let mut config = if server.starts_with("http://") || server.starts_with("https://") {
        let target = Target::Http { url: server.into(), transport: Transport::Auto, headers: BTreeMap::new() };
        let host = server.split("//").nth(1).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or(server);
        let host = host.rsplit('@').next().unwrap_or(host);
        UpstreamConfig::new(host, target)
    } else {
        configured(session, flags, server)?
    };
    if let Target::Http { headers, .. } = &mut config.target {
        for header in flags.list("header") {
            let (name, value) = header
                .split_once(':')
                .ok_or_else(|| Failure::Error(format!("header {header:?} has no value: write \"Name: value\"")))?;
            headers.insert(name.trim().to_ascii_lowercase().into(), Secret::new(value.trim().to_owned()));
        }
    }
    let revision = flags.text("revision");
    if !revision.is_empty() {
        let parsed = Revision::parse(revision);
        config.revision =
            Some(parsed.ok_or_else(|| Failure::Error(format!("{revision:?} is no revision of the protocol")))?);
    }
    Ok(config)
}

fn configured(session: &Session<'_>, flags: &FlagSet, name: &str) -> Result<UpstreamConfig, Failure> {
    let file = flags.text("file");
    let loaded = config::load((!file.is_empty()).then(|| Path::new(file)))?;
    let Some(server) = loaded.configuration.servers.get(name) else {
        let place = loaded.file.as_deref().map_or_else(
            || "there is no corten.yaml here".to_owned(),
            |file| {
                let known: Vec<&str> = loaded.configuration.servers.keys().map(String::as_str).collect();
                format!(
                    "{} has {}",
                    file.display(),
                    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
                )
            },
        );
        return Err(Failure::Hint {
            error: format!("no server is called {name}: {place}"),
            hint: "give the URL of a server, or a file with --file".to_owned(),
        });
    };
    let variables = |name: &str| session.variable(name);
    let folder = loaded.folder();
    let sources = Sources { variables: &variables, folder: &folder, inputs: &loaded.inputs };
    Ok(config::upstream(name, server, &sources)?)
}
