//! Listeners and connections, from the first accept to the last answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::gateway::{Answer, Gateway};
use crate::tls::Tls;

/// How large the headers of a request may be together. A session id can be long.
const HEADERS: usize = 64 << 10;
/// How many headers a request may have.
const HEADER_COUNT: usize = 128;
/// How many streams an HTTP/2 connection may have at once.
const H2_STREAMS: u32 = 256;
/// For how long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Where connections come from.
pub struct Listener {
    /// The socket.
    pub socket: TcpListener,
    /// TLS, unless it is spoken in front of us.
    pub tls: Option<Tls>,
}

/// Serves until `shutdown` ends, then lets what is under way end.
pub async fn serve(listeners: Vec<Listener>, gateway: Arc<Gateway>, shutdown: impl Future<Output = ()>) {
    let (stop, stopping) = watch::channel(false);
    let connections = gateway.doors().settings.connections.clamp(1, Semaphore::MAX_PERMITS);
    let places = Arc::new(Semaphore::new(connections));
    let all = u32::try_from(connections).unwrap_or(u32::MAX);
    let accepting: Vec<_> = listeners
        .into_iter()
        .map(|listener| tokio::spawn(accept(listener, Arc::clone(&gateway), Arc::clone(&places), stopping.clone())))
        .collect();
    let posted = tokio::spawn(Arc::clone(&gateway).take_posted());
    shutdown.await;
    gateway.drain();
    stop.send_replace(true);
    for task in accepting {
        drop(task.await);
    }
    // Every connection holds a place: when all places are free, all connections have ended.
    if tokio::time::timeout(gateway.doors().settings.drain, places.acquire_many(all)).await.is_err() {
        tracing::warn!("calls that are still under way are called off");
    }
    posted.abort();
}

async fn accept(
    listener: Listener,
    gateway: Arc<Gateway>,
    places: Arc<Semaphore>,
    mut stopping: watch::Receiver<bool>,
) {
    loop {
        // Without a free place connections wait in the socket's own queue.
        let place = tokio::select! {
            Ok(place) = Arc::clone(&places).acquire_owned() => place,
            () = stopped(&mut stopping) => return,
        };
        let accepted = tokio::select! {
            accepted = listener.socket.accept() => accepted,
            () = stopped(&mut stopping) => return,
        };
        match accepted {
            Ok((socket, _)) => {
                let tls = listener.tls.clone();
                tokio::spawn(connection(socket, tls, Arc::clone(&gateway), place, stopping.clone()));
            }
            Err(error) => {
                // Out of descriptors, mostly: it does not get better by trying at once.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(
    socket: TcpStream,
    tls: Option<Tls>,
    gateway: Arc<Gateway>,
    place: OwnedSemaphorePermit,
    stopping: watch::Receiver<bool>,
) {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "cannot send small packets at once");
    }
    match tls {
        None => one(socket, gateway, stopping).await,
        Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(socket)).await {
            Ok(Ok(socket)) if socket.get_ref().1.alpn_protocol() == Some(b"h2") => two(socket, gateway, stopping).await,
            Ok(Ok(socket)) => one(socket, gateway, stopping).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        },
    }
    drop(place);
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stopping| *stopping).await);
}

/// HTTP/1.1.
async fn one(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    gateway: Arc<Gateway>,
    stopping: watch::Receiver<bool>,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(gateway.doors().settings.read)
        .max_buf_size(HEADERS)
        .max_headers(HEADER_COUNT)
        .serve_connection(TokioIo::new(socket), served(gateway));
    drive(connection, http1::Connection::graceful_shutdown, stopping).await;
}

/// HTTP/2.
async fn two(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    gateway: Arc<Gateway>,
    stopping: watch::Receiver<bool>,
) {
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(HEADERS).unwrap_or(u32::MAX))
        .max_concurrent_streams(H2_STREAMS)
        .serve_connection(TokioIo::new(socket), served(gateway));
    drive(connection, http2::Connection::graceful_shutdown, stopping).await;
}

/// The gateway as the service of a connection.
fn served(
    gateway: Arc<Gateway>,
) -> impl Service<Request<Incoming>, Response = Answer, Error = Infallible, Future: Send + 'static> {
    service_fn(move |request: Request<Incoming>| {
        let gateway = Arc::clone(&gateway);
        async move { Ok(gateway.serve(request).await) }
    })
}

/// Serves a connection to its end; when the gateway stops, to the end of what is under way.
async fn drive<C: Future<Output = hyper::Result<()>>>(
    connection: C,
    let_end: fn(Pin<&mut C>),
    mut stopping: watch::Receiver<bool>,
) {
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stopping) => {
            let_end(connection.as_mut());
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}
