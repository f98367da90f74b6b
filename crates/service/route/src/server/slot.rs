//! A place for one connection: opened when it is first needed, and again when it has ended.

use std::sync::{Arc, PoisonError, RwLock};

use corten_mcp::upstream::{Connection, UpstreamError};
use tokio::time::Instant;

/// A connection, or the place for one.
#[derive(Default)]
pub(crate) struct Slot {
    open: RwLock<Option<Arc<dyn Connection>>>,
    opening: tokio::sync::Mutex<()>,
    used: RwLock<Option<Instant>>,
}

impl Slot {
    /// A place that has its connection already.
    pub(crate) fn with(connection: Arc<dyn Connection>) -> Self {
        Self { open: RwLock::new(Some(connection)), ..Self::default() }
    }

    /// The connection, opened by `open` when there is none that works. Of several that wait one opens.
    pub(crate) async fn get<F>(&self, open: impl FnOnce() -> F) -> Result<Arc<dyn Connection>, UpstreamError>
    where
        F: Future<Output = Result<Arc<dyn Connection>, UpstreamError>>,
    {
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        let _opening = self.opening.lock().await;
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        let connection = open().await?;
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// The connection, if there is one that works.
    pub(crate) fn current(&self) -> Option<Arc<dyn Connection>> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().filter(|connection| !connection.is_closed()).map(Arc::clone)
    }

    /// Forgets a connection, unless another has taken its place.
    pub(crate) fn forget(&self, connection: &Arc<dyn Connection>) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_some_and(|current| Arc::ptr_eq(current, connection)) {
            *open = None;
        }
    }

    /// Takes the connection out.
    pub(crate) fn take(&self) -> Option<Arc<dyn Connection>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Notes that the connection is used now.
    pub(crate) fn touch(&self) {
        *self.used.write().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// When the connection was used last.
    pub(crate) fn used(&self) -> Option<Instant> {
        *self.used.read().unwrap_or_else(PoisonError::into_inner)
    }
}
