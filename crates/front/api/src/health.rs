//! How things are, and who asks.

use corten_govern::Access;
use serde_json::{Value, json};

use crate::api::{ApiState, Call};
use crate::reply::Reply;
use crate::route::{Answer, Area};

impl ApiState {
    /// Says whether this process can serve, and how its parts are doing: the body of `/health`.
    /// With the database away calls go on; without the audit spool they do not.
    pub async fn health(&self) -> (bool, Value) {
        let store = self.store.check().await.is_ok();
        let audit = self.store.is_recording();
        let servers = self.desk.health();
        let ready = servers.iter().filter(|server| matches!(server.state.as_str(), "ready" | "idle")).count();
        let word = |is_fine: bool| if is_fine { "ok" } else { "failing" };
        let status = match (audit, store) {
            (false, _) => "failing",
            (true, false) => "degraded",
            (true, true) => "ok",
        };
        let body = json!({
            "status": status,
            "version": self.version,
            "engines": {
                "gateway": { "status": word(audit), "servers": servers.len(), "ready": ready },
                "governance": { "status": "ok" },
                "audit": { "status": word(audit), "waiting": self.store.audit_backlog() },
                "store": { "status": word(store) },
            },
        });
        (audit, body)
    }
}

pub(crate) fn health<'a>(state: &'a ApiState, _call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let (is_fine, body) = state.health().await;
        let status = if is_fine { http::StatusCode::OK } else { http::StatusCode::SERVICE_UNAVAILABLE };
        Ok(Reply::status(status, body))
    })
}

pub(crate) fn servers<'a>(state: &'a ApiState, _call: &'a Call) -> Answer<'a> {
    Box::pin(async move { Ok(Reply::ok(json!({ "items": state.desk.health() }))) })
}

pub(crate) fn me<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    const AREAS: &[Area] =
        &[Area::Server, Area::Tool, Area::Key, Area::Role, Area::Policy, Area::Limit, Area::Audit, Area::Decision];
    Box::pin(async move {
        let caller = &call.caller.principal;
        let snapshot = state.store.live().load();
        let mut may = Vec::new();
        for area in AREAS.iter().filter_map(|area| area.word()) {
            for access in [Access::Read, Access::Write] {
                if snapshot.may_administer(caller, area, access) {
                    may.push(format!("{area}:{}", access.as_str()));
                }
            }
        }
        Ok(Reply::ok(json!({ "id": caller.id(), "roles": caller.roles, "scopes": caller.scopes, "may": may })))
    })
}
