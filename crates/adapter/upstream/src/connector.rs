//! Opens connections: resolves a name, checks every address against the rule, connects, speaks TLS.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::address::Reach;

/// Makes connections for one upstream.
#[derive(Clone)]
pub(crate) struct Connector {
    /// Where connections may go.
    pub(crate) reach: Reach,
    /// How TLS is spoken.
    pub(crate) tls: Arc<rustls::ClientConfig>,
    /// For how long a connection may take to come about.
    pub(crate) timeout: Duration,
}

/// Why no connection came about.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// A rule says no.
    Forbidden(String),
    /// It did not work.
    Failed(String),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden(text) | Self::Failed(text) => out.write_str(text),
        }
    }
}

impl std::error::Error for ConnectError {}

/// A connection, with or without TLS.
pub(crate) struct Socket {
    io: TokioIo<Box<dyn Duplex>>,
    is_h2: bool,
}

/// What can be read and written.
trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Connection for Socket {
    fn connected(&self) -> Connected {
        let connected = Connected::new();
        if self.is_h2 { connected.negotiated_h2() } else { connected }
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl Write for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }
}

impl tower::Service<Uri> for Connector {
    type Response = Socket;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Socket, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let connecting = connector.connect(&uri);
            tokio::time::timeout(connector.timeout, connecting).await.unwrap_or_else(|_| {
                let waited = connector.timeout.as_millis();
                Err(ConnectError::Failed(format!("no connection within {waited} ms")))
            })
        })
    }
}

impl Connector {
    async fn connect(&self, uri: &Uri) -> Result<Socket, ConnectError> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let is_tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let stream = self.dial(host, port).await?;
        // Small messages both ways: waiting for more to send only adds time.
        drop(stream.set_nodelay(true));
        if !is_tls {
            return Ok(Socket { io: TokioIo::new(Box::new(stream)), is_h2: false });
        }
        let failed = |error: &dyn fmt::Display| ConnectError::Failed(format!("TLS with {host}: {error}"));
        let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(&error))?;
        let tls = tokio_rustls::TlsConnector::from(Arc::clone(&self.tls));
        let stream = tls.connect(name, stream).await.map_err(|error| failed(&error))?;
        let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok(Socket { io: TokioIo::new(Box::new(stream)), is_h2 })
    }

    async fn dial(&self, host: &str, port: u16) -> Result<TcpStream, ConnectError> {
        let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
            Ok(address) => vec![(address, port).into()],
            Err(_) => tokio::net::lookup_host((host, port))
                .await
                .map_err(|error| ConnectError::Failed(format!("cannot resolve {host}: {error}")))?
                .collect(),
        };
        let mut last = ConnectError::Failed(format!("{host} has no address"));
        for address in addresses {
            if let Some(kind) = self.reach.refusal(address.ip()) {
                last = ConnectError::Forbidden(format!("{host} is {address}, which is {kind}"));
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = ConnectError::Failed(format!("{address}: {error}")),
            }
        }
        Err(last)
    }
}
