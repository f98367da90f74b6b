//! From a server as it is written to one that can be reached: secrets filled in, paths made whole.

use std::collections::BTreeMap;
use std::path::PathBuf;

use corten_mcp::Secret;
use corten_mcp::upstream::{
    Command, Credentials as SignIn, Limits, Listing, NameRules, OpenApi, Target, ToolChange, Transport as Spoken,
    UpstreamConfig,
};

use super::secrets::Sources;
use super::server::{Credentials, ListOf, Server, Transport};

/// Turns one server into what the gateway reaches.
///
/// # Errors
/// A secret that is not there, a revision that nobody speaks, with the server's name and field.
pub(crate) fn upstream(name: &str, server: &Server, sources: &Sources<'_>) -> Result<UpstreamConfig, String> {
    let fill = |field: &str, text: &str| {
        sources.fill(text).map_err(|problem| format!("server {name}, field {field}: {problem}"))
    };
    let mut config = UpstreamConfig::new(name, target(server, &fill, sources)?);
    if let Some(credentials) = &server.auth {
        config.credentials = sign_in(credentials, &fill)?;
    }
    if let Some(text) = &server.revision {
        let revision = corten_mcp::Revision::parse(text);
        config.revision =
            Some(revision.ok_or_else(|| format!("server {name}: {text} is no revision of the protocol"))?);
    }
    if let Some(timeout) = server.timeout {
        config.limits = Limits { call: timeout.0, ..config.limits };
    }
    config.names = names(server);
    config.allow_private = server.allow_private.unwrap_or(false);
    Ok(config)
}

type Fill<'a> = &'a dyn Fn(&str, &str) -> Result<String, String>;

fn target(server: &Server, fill: Fill<'_>, sources: &Sources<'_>) -> Result<Target, String> {
    if let Some(program) = &server.command {
        return Ok(Target::Command(Command {
            program: fill("command", program)?,
            args: server.args.iter().map(|argument| fill("args", argument)).collect::<Result<_, _>>()?,
            env: secrets("env", &server.env, fill)?,
            inherit: server.inherit.clone(),
            folder: Some(match &server.cwd {
                Some(folder) => sources.folder.join(fill("cwd", folder)?),
                None => PathBuf::from(sources.folder),
            }),
            memory: server.memory.map(|size| size.0),
            processes: server.processes,
            idle: server.idle.map(|period| period.0),
        }));
    }
    let headers = secrets::<String>("headers", &server.headers, fill)?;
    let headers = headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase().into(), value)).collect();
    let url = server.url.as_deref().map(|url| fill("url", url)).transpose()?;
    if let Some(document) = &server.openapi {
        let document = fill("openapi", document)?;
        let is_url = document.starts_with("http://") || document.starts_with("https://");
        let document = if is_url { document } else { sources.folder.join(document).to_string_lossy().into_owned() };
        return Ok(Target::OpenApi(OpenApi { document: document.into(), base: url.map(Into::into), headers }));
    }
    let transport = match server.transport {
        Transport::Auto | Transport::Stdio => Spoken::Auto,
        Transport::Http => Spoken::Streamable,
        Transport::Sse => Spoken::Sse,
    };
    Ok(Target::Http { url: url.unwrap_or_default().into(), transport, headers })
}

fn secrets<K: From<String> + Ord>(
    field: &str,
    texts: &BTreeMap<String, String>,
    fill: Fill<'_>,
) -> Result<BTreeMap<K, Secret>, String> {
    texts.iter().map(|(name, text)| Ok((K::from(name.clone()), Secret::new(fill(field, text)?)))).collect()
}

fn sign_in(credentials: &Credentials, fill: Fill<'_>) -> Result<SignIn, String> {
    let text = |text: &str| fill("auth", text).map(String::into_boxed_str);
    let secret = |text: &str| fill("auth", text).map(Secret::new);
    let maybe = |given: &Option<String>| given.as_deref().map(text).transpose();
    Ok(match credentials {
        Credentials::Bearer { token } => SignIn::Bearer(secret(token)?),
        Credentials::Client { token_url, client_id, client_secret, scopes, resource } => SignIn::ClientCredentials {
            token_url: text(token_url)?,
            client_id: text(client_id)?,
            client_secret: secret(client_secret)?,
            scopes: scopes.clone(),
            resource: maybe(resource)?,
        },
        Credentials::TokenExchange { token_url, client_id, client_secret, audience, scopes } => SignIn::TokenExchange {
            token_url: text(token_url)?,
            client_id: text(client_id)?,
            client_secret: secret(client_secret)?,
            audience: maybe(audience)?,
            scopes: scopes.clone(),
        },
        Credentials::User { client_id, client_secret, scopes } => SignIn::PerUser {
            client_id: maybe(client_id)?,
            client_secret: client_secret.as_deref().map(secret).transpose()?,
            scopes: scopes.clone(),
        },
        Credentials::Forward => SignIn::Forward,
    })
}

fn names(server: &Server) -> NameRules {
    let listing = |list: &ListOf| Listing { include: list.include.clone(), exclude: list.exclude.clone() };
    let changes = server.tools.change.iter().map(|(name, tool)| {
        let change = ToolChange {
            name: tool.name.as_deref().map(Into::into),
            title: tool.title.as_deref().map(Into::into),
            description: tool.description.as_deref().map(Into::into),
            annotations: tool.annotations.clone(),
        };
        (name.as_str().into(), change)
    });
    NameRules {
        prefix: server.prefix.as_deref().map(Into::into),
        // Who says nothing comes after all who do.
        priority: server.priority.unwrap_or(u32::MAX),
        tools: Listing { include: server.tools.include.clone(), exclude: server.tools.exclude.clone() },
        prompts: listing(&server.prompts),
        resources: listing(&server.resources),
        changes: changes.collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config;

    fn upstreams(text: &str) -> Result<Vec<UpstreamConfig>, String> {
        let (configuration, _) = config::read(text)?;
        let variables = |name: &str| (name == "TOKEN").then(|| "sesame".to_owned());
        let inputs = BTreeMap::new();
        let sources = Sources { variables: &variables, folder: Path::new("/etc/corten"), inputs: &inputs };
        configuration.servers.iter().map(|(name, server)| upstream(name, server, &sources)).collect()
    }

    #[test]
    fn a_command_runs_in_the_folder_of_the_file() {
        let found = upstreams("servers:\n  a: {command: run, args: [x], env: {K: \"${TOKEN}\"}, cwd: sub}\n").unwrap();
        let Target::Command(command) = &found[0].target else { panic!("a command") };
        assert_eq!(command.folder.as_deref(), Some(Path::new("/etc/corten/sub")));
        assert_eq!(command.env["K"].expose(), "sesame");
        assert!(!format!("{command:?}").contains("sesame"));
    }

    #[test]
    fn headers_are_lower_case_and_hidden() {
        let found = upstreams("servers:\n  a: {url: \"http://h/mcp\", headers: {X-Key: \"${TOKEN}\"}}\n").unwrap();
        let Target::Http { headers, .. } = &found[0].target else { panic!("an address") };
        assert_eq!(headers["x-key"].expose(), "sesame");
    }

    #[test]
    fn a_missing_secret_names_its_server_and_field() {
        let error = upstreams("servers:\n  a: {url: \"http://h\", auth: {kind: bearer, token: \"${env:NONE}\"}}\n");
        let error = error.unwrap_err();
        assert!(error.starts_with("server a, field auth: the environment has no variable NONE"), "{error}");
    }

    #[test]
    fn an_unknown_revision_is_refused() {
        assert!(upstreams("servers:\n  a: {url: \"http://h\", revision: \"2020-01-01\"}\n").is_err());
    }
}
