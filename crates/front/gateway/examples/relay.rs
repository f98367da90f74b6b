//! Gateways without policies, keys and store, for trying protocols: `relay LISTEN[,LISTEN…] NAME=URL|NAME=!COMMAND…`.
//! Several addresses are gateways that share nothing but keys and shared state, as replicas do.
#![expect(clippy::print_stdout, reason = "a program says where it listens")]

use std::sync::Arc;

use corten_gateway::{Authenticator, Doors, Gateway, HttpSettings, Listener, nobody, serve};
use corten_govern::metrics::Metrics;
use corten_govern::ports::Clock;
use corten_govern::{Governance, Live, Timestamp};
use corten_mcp::upstream::{Command, Target, Transport, Upstream, UpstreamConfig};
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
    let servers: Vec<String> = arguments.collect();
    let shared = Arc::new(MemoryState::default());
    let sealer = Arc::new(Sealer::ephemeral()?);
    let mut serving = Vec::new();
    for address in listen.split(',') {
        let router = Router::new(Parts {
            upstreams: upstreams(&servers, &outside)?,
            tracer: None,
            settings: Settings { naming: Naming::None, ..Settings::default() },
            governor: Arc::new(Ungoverned),
            shared: Arc::<MemoryState>::clone(&shared),
            sealer: Arc::clone(&sealer),
        })?;
        let authenticator = Authenticator {
            live: Arc::new(Live::new(Governance::build(Arc::default(), None, None)?)),
            tokens: None,
            anonymous: Some(nobody(Vec::new())),
            clock: Arc::new(Now),
            metrics: Arc::new(Metrics::new()),
        };
        let gateway = Arc::new(Gateway::new(router, Doors::new(authenticator, HttpSettings::default(), None)));
        let socket = tokio::net::TcpListener::bind(address).await?;
        println!("http://{}/mcp", socket.local_addr()?);
        serving.push(tokio::spawn(serve(vec![Listener { socket, tls: None }], gateway, async {
            drop(tokio::signal::ctrl_c().await);
        })));
    }
    for task in serving {
        task.await?;
    }
    Ok(())
}

fn upstreams(servers: &[String], outside: &Arc<Outside>) -> Result<Vec<Arc<dyn Upstream>>, Box<dyn std::error::Error>> {
    let mut upstreams = Vec::new();
    for server in servers {
        let (name, target) = server.split_once('=').ok_or("a server is NAME=URL or NAME=!COMMAND")?;
        let target = match target.strip_prefix('!') {
            Some(command) => {
                let mut words = command.split(' ').map(str::to_owned);
                let program = words.next().unwrap_or_default();
                Target::Command(Command { program, args: words.collect(), ..Command::default() })
            }
            None => Target::Http { url: target.into(), transport: Transport::Auto, headers: [].into() },
        };
        upstreams.push(connect(UpstreamConfig::new(name, target), outside)?);
    }
    Ok(upstreams)
}
