//! A gateway without policies, keys and store, for trying protocols: `relay LISTEN NAME=URL|NAME=!COMMAND…`.
#![expect(clippy::print_stdout, reason = "a program says where it listens")]

use std::sync::Arc;

use corten_gateway::{Authenticator, Gateway, HttpSettings, Listener, nobody, serve};
use corten_govern::metrics::Metrics;
use corten_govern::ports::Clock;
use corten_govern::{Governance, Live, Timestamp};
use corten_mcp::upstream::{Command, Target, Transport, UpstreamConfig};
use corten_route::{MemoryState, Naming, Parts, Router, Sealer, Settings, Ungoverned};
use corten_upstream::{Outside, connect};

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or_default())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let listen = arguments.next().ok_or("usage: relay LISTEN NAME=URL…")?;
    let outside = Arc::new(Outside::plain());
    let mut upstreams = Vec::new();
    for argument in arguments {
        let (name, target) = argument.split_once('=').ok_or("a server is NAME=URL or NAME=!COMMAND")?;
        let target = match target.strip_prefix('!') {
            Some(command) => {
                let mut words = command.split(' ').map(str::to_owned);
                let program = words.next().unwrap_or_default();
                Target::Command(Command { program, args: words.collect(), ..Command::default() })
            }
            None => Target::Http { url: target.into(), transport: Transport::Auto, headers: [].into() },
        };
        upstreams.push(connect(UpstreamConfig::new(name, target), &outside)?);
    }
    let metrics = Arc::new(Metrics::new());
    let router = Router::new(Parts {
        upstreams,
        settings: Settings { naming: Naming::None, ..Settings::default() },
        governor: Arc::new(Ungoverned),
        shared: Arc::new(MemoryState::default()),
        sealer: Arc::new(Sealer::ephemeral()?),
    });
    let authenticator = Authenticator {
        live: Arc::new(Live::new(Governance::build(Arc::default(), None, None)?)),
        tokens: None,
        anonymous: Some(nobody(Vec::new())),
        clock: Arc::new(Now),
        metrics,
    };
    let gateway = Arc::new(Gateway::new(router, authenticator, HttpSettings::default(), None));
    let socket = tokio::net::TcpListener::bind(&listen).await?;
    println!("http://{}/mcp", socket.local_addr()?);
    serve(vec![Listener { socket, tls: None }], gateway, async {
        drop(tokio::signal::ctrl_c().await);
    })
    .await;
    Ok(())
}
