//! The way to the server: certificates, server names and proxies.

use data_encoding::BASE64;
use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::Matcher;
use kube::client::ConfigExt as _;

use super::auth::Credentials;
use super::transport::{Client, Https, pool};
use crate::kubeconfig::{Access, Environment};
use crate::status::ApiError;

/// The way to a server.
pub(super) struct Way {
    pub credentials: Credentials,
    pub client: Client,
    /// The address of a proxy that tunnels, for what goes wrong there.
    pub proxy: Option<String>,
}

/// The credentials and the client of an access.
pub(super) fn prepare(access: &Access, environment: Environment<'_>) -> Result<Way, ApiError> {
    let mut credentials = Credentials::of(access)?;
    let mut config = kube_config(access)?;
    // The certificate of a plugin is needed before the first connection, a token before the first request.
    if let Credentials::Exec(plugin) = &mut credentials {
        match plugin.run_first() {
            Ok(printed) => {
                if let Some((certificate, key)) = printed.certificate() {
                    config.auth_info.client_certificate_data = Some(BASE64.encode(certificate.as_bytes()));
                    config.auth_info.client_key_data = Some(BASE64.encode(key.as_bytes()).into());
                }
            }
            Err(reason) => credentials = Credentials::Failed(reason),
        }
    }
    let (client, proxy) = client(access, &config, environment)?;
    Ok(Way { credentials, client, proxy })
}

fn kube_config(access: &Access) -> Result<kube::Config, ApiError> {
    let fail = |text: String| ApiError::Config(text);
    let uri = access
        .server
        .parse()
        .map_err(|error: http::uri::InvalidUri| fail(format!("invalid server address {:?}: {error}", access.server)))?;
    let mut config = kube::Config::new(uri);
    config.accept_invalid_certs = access.cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name.clone_from(&access.cluster.tls_server_name);
    config.root_cert = authorities(access)?;
    if config.accept_invalid_certs && config.root_cert.is_some() {
        return Err(fail("specifying a root certificates file with the insecure flag is not allowed".to_owned()));
    }
    if access.is_secure {
        config.auth_info = access.user.clone();
        config.auth_info.exec = None;
        config.auth_info.auth_provider = None;
    }
    Ok(config)
}

fn authorities(access: &Access) -> Result<Option<Vec<Vec<u8>>>, ApiError> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    let cluster = &access.cluster;
    let pem = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) if !data.is_empty() => BASE64
            .decode(data.trim().as_bytes())
            .map_err(|error| ApiError::Config(format!("illegal base64 data in certificate-authority-data: {error}")))?,
        (_, Some(file)) if !file.is_empty() => std::fs::read(file).map_err(|error| {
            ApiError::Config(format!(
                "unable to load root certificates: open {file}: {}",
                crate::go_text::io_reason(&error)
            ))
        })?,
        _ => return Ok(None),
    };
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate =
            certificate.map_err(|error| ApiError::Config(format!("unable to load root certificates: {error:?}")))?;
        found.push(certificate.as_ref().to_vec());
    }
    if found.is_empty() {
        return Err(ApiError::Config(
            "unable to load root certificates: unable to parse bytes as PEM block".to_owned(),
        ));
    }
    Ok(Some(found))
}

fn client(
    access: &Access,
    config: &kube::Config,
    environment: Environment<'_>,
) -> Result<(Client, Option<String>), ApiError> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    // Go: http.DefaultTransport dials for 30 seconds at most.
    tcp.set_connect_timeout(Some(std::time::Duration::from_secs(30)));
    tcp.set_keepalive(Some(std::time::Duration::from_secs(30)));
    let Some((proxy, authorization)) = proxy(access, environment)? else {
        return Ok((Client::Direct(pool(https(config, tcp)?)), None));
    };
    let authorized = |tunnel: Tunnel<_>| match &authorization {
        Some(value) => tunnel.with_auth(value.clone()),
        None => tunnel,
    };
    let address = Some(proxy.to_string());
    match proxy.scheme_str() {
        Some("socks5") => Ok((Client::Socks(pool(https(config, SocksV5::new(proxy, tcp))?)), None)),
        Some("https") => {
            let outer = plain_https(tcp)?;
            let tunnel = Tunnel::new(proxy, outer);
            let tunnel = match authorization {
                Some(value) => tunnel.with_auth(value),
                None => tunnel,
            };
            Ok((Client::TlsTunnel(Box::new(pool(https(config, tunnel)?))), address))
        }
        _ => Ok((Client::Tunnel(pool(https(config, authorized(Tunnel::new(proxy, tcp)))?)), address)),
    }
}

fn https<C>(config: &kube::Config, connector: C) -> Result<Https<C>, ApiError> {
    install_provider();
    let tls = config.rustls_client_config().map_err(|error| ApiError::Config(error.to_string()))?;
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    if let Some(name) = config.tls_server_name.as_ref().filter(|name| !name.is_empty()) {
        let name =
            name.clone().try_into().map_err(|_| ApiError::Config(format!("invalid TLS server name {name:?}")))?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    Ok(builder.enable_all_versions().wrap_connector(connector))
}

// The connection to a proxy has nothing of the cluster's certificates.
fn plain_https(connector: HttpConnector) -> Result<Https<HttpConnector>, ApiError> {
    install_provider();
    let config = kube::Config::new(http::Uri::from_static("https://proxy"));
    let tls = config.rustls_client_config().map_err(|error| ApiError::Config(error.to_string()))?;
    Ok(HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(connector))
}

fn install_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else may have been faster, with the same one.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    }
}

/// The proxy of the kubeconfig, else that of the environment. Go: `http.ProxyFromEnvironment`.
fn proxy(
    access: &Access,
    environment: Environment<'_>,
) -> Result<Option<(http::Uri, Option<http::HeaderValue>)>, ApiError> {
    let uri: http::Uri =
        access.server.parse().map_err(|error: http::uri::InvalidUri| ApiError::Config(error.to_string()))?;
    let matcher = if let Some(proxy) = access.cluster.proxy_url.as_ref().filter(|proxy| !proxy.is_empty()) {
        Matcher::builder().all(proxy.clone()).build()
    } else {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if is_local {
            return Ok(None);
        }
        let variable = |name: &str| {
            environment(&name.to_uppercase())
                .filter(|value| !value.is_empty())
                .or_else(|| environment(name))
                .unwrap_or_default()
        };
        Matcher::builder().http(variable("http_proxy")).https(variable("https_proxy")).no(variable("no_proxy")).build()
    };
    Ok(matcher.intercept(&uri).map(|found| (found.uri().clone(), found.basic_auth().cloned())))
}
