//! Files from URLs: charts and values, by web servers or by the plugins that know other schemes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use corten_gotmpl::LogLevel;
use corten_repo::{Credentials, FetchError, FetchOptions};

use crate::flags::FlagSet;
use crate::paths;
use crate::plugins;
use crate::run::plugin::environment;
use crate::runtime;
use crate::session::{Failure, Session};
use crate::settings::Settings;

/// Go: getter.DefaultHTTPTimeout.
const TIMEOUT: Duration = Duration::from_mins(2);

/// Go: `newHTTPURLLoader` of jsonschema.go.
const SCHEMA_TIMEOUT: Duration = Duration::from_secs(15);

/// Larger than any chart may be; what an archive holds is bounded where it is read.
const LIMIT: u64 = 1 << 30;

/// The scheme of a URL that can be fetched: the web's, or one that a plugin knows.
pub(super) fn scheme<'n>(settings: &Settings, name: &'n str) -> Option<&'n str> {
    let (scheme, _) = name.split_once("://")?;
    let is_known = matches!(scheme, "http" | "https") || plugins::getter(settings, scheme).is_some();
    is_known.then_some(scheme)
}

/// What the URL of a values file holds. Go: values.readFile gives no flags of charts along.
pub(super) fn values(session: &Session<'_>, url: &str) -> Result<Vec<u8>, String> {
    get(session, &FlagSet::default(), url, "")
}

/// Fetches a chart into the content cache and returns its path. Go: `ChartDownloader.DownloadToCache`.
pub(super) fn chart(session: &mut Session<'_>, flags: &FlagSet, url: &str) -> Result<PathBuf, Failure> {
    let cache = session.settings.repository_cache.clone();
    fs::create_dir_all(&cache).map_err(|error| corten_host::path_error("mkdir", Path::new(&cache), &error))?;
    let version = flags.text("version").to_owned();
    session.log(LogLevel::Debug, "attempting to download chart", &[("ref", url), ("version", &version)]);
    let data = get(session, flags, url, "application/gzip,application/octet-stream")?;
    let digest = corten_repo::digest(&data);
    let folder = paths::join(&[&session.settings.content_cache, digest.get(..2).unwrap_or_default()]);
    let path = paths::join(&[&folder, &format!("{digest}.chart")]);
    fs::create_dir_all(&folder).map_err(|error| corten_host::path_error("mkdir", Path::new(&folder), &error))?;
    // Written beside and renamed, so that nobody reads half a chart.
    let fresh = format!("{path}.{}", std::process::id());
    let write = fs::write(&fresh, &data).and_then(|()| fs::rename(&fresh, &path));
    write.map_err(|error| corten_host::path_error("open", Path::new(&path), &error))?;
    session.log(LogLevel::Debug, "put downloaded chart in cache", &[("id", &digest)]);
    Ok(PathBuf::from(path))
}

fn get(session: &Session<'_>, flags: &FlagSet, url: &str, accept: &str) -> Result<Vec<u8>, String> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme).unwrap_or_default();
    if !matches!(scheme, "http" | "https") {
        return by_plugin(session, flags, url, scheme);
    }
    let pem = |name: &str| match flags.text(name) {
        "" => Ok(None),
        file => match fs::read(file) {
            Ok(data) => Ok(Some(data)),
            Err(error) => {
                let cause = corten_host::path_error("open", Path::new(file), &error);
                Err(format!("can't create TLS config for client: can't read file \"{file}\": {cause}"))
            }
        },
    };
    let identity = match (pem("cert-file")?, pem("key-file")?) {
        (Some(certificate), Some(key)) => Some([certificate, b"\n".to_vec(), key].concat()),
        _ => None,
    };
    let user = flags.text("username");
    let options = FetchOptions {
        accept: accept.to_owned(),
        user_agent: user_agent(),
        credentials: (!user.is_empty()).then(|| Credentials {
            user: user.to_owned(),
            password: flags.text("password").to_owned(),
            url: url.to_owned(),
            everywhere: flags.is_on("pass-credentials"),
        }),
        authorities: pem("ca-file")?,
        identity,
        insecure: flags.is_on("insecure-skip-tls-verify"),
        timeout: TIMEOUT,
        limit: LIMIT,
    };
    let runtime = runtime::start()?;
    runtime.block_on(corten_repo::fetch(url, &options)).map_err(|error| error.to_string())
}

/// What a schema's `$ref` to the web holds. Go: `HTTPURLLoader` of jsonschema.go.
///
/// Schemas are read in the middle of commands that have a runtime of their own, so this one gets a
/// thread of its own.
pub(super) fn schema(url: &str) -> Result<String, String> {
    let options = FetchOptions {
        accept: String::new(),
        user_agent: user_agent(),
        credentials: None,
        authorities: None,
        identity: None,
        insecure: false,
        timeout: SCHEMA_TIMEOUT,
        limit: LIMIT,
    };
    let fetch = || -> Result<Vec<u8>, String> {
        runtime::start()?.block_on(corten_repo::fetch(url, &options)).map_err(|error| match error {
            FetchError::Status { url, status, words } => {
                format!("HTTP request to {url} returned status {status} ({words})")
            }
            other => format!("HTTP request failed for {url}: {other}"),
        })
    };
    let ended = std::thread::scope(|scope| scope.spawn(fetch).join());
    let data = ended.map_err(|_| format!("HTTP request failed for {url}: the request was given up"))??;
    Ok(String::from_utf8_lossy(&data).into_owned())
}

/// Go: `version.GetUserAgent`.
fn user_agent() -> String {
    format!("Helm/{}", corten_render::BuildInfo::default().version.trim_start_matches('v'))
}

/// Go: runGetter of internal/plugin.
fn by_plugin(session: &Session<'_>, flags: &FlagSet, url: &str, scheme: &str) -> Result<Vec<u8>, String> {
    let none = || format!("scheme \"{scheme}\" not supported");
    let plugin = plugins::getter(&session.settings, scheme).ok_or_else(none)?;
    let commands = plugin.protocols.get(scheme).ok_or_else(none)?;
    let mut variables = environment(session);
    for (name, flag) in [("HELM_PLUGIN_USERNAME", "username"), ("HELM_PLUGIN_PASSWORD", "password")] {
        variables.push((name.to_owned(), flags.text(flag).to_owned()));
    }
    let everywhere = flags.is_on("pass-credentials").to_string();
    variables.push(("HELM_PLUGIN_PASS_CREDENTIALS_ALL".to_owned(), everywhere));
    let extra = ["cert-file", "key-file", "ca-file"].map(|name| flags.text(name).to_owned());
    let extra: Vec<String> = extra.into_iter().chain([url.to_owned()]).collect();
    let prepare = plugins::prepare(&plugin, commands, &extra, variables);
    let mut prepared = prepare.map_err(|problem| problem.to_string())?;
    prepared.program = paths::join(&[&plugin.dir, &prepared.program]);
    let output = prepared.command().stderr(std::process::Stdio::inherit()).output();
    let output = output.map_err(|error| plugins::start_error(&prepared.program, &error))?;
    match plugins::exit_problem(&plugin.name, output.status) {
        Some(problem) => Err(format!("plugin \"{}\" failed to invoke: {problem}", plugin.name)),
        None => Ok(output.stdout),
    }
}
