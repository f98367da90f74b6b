//! The schemas of the server's own kinds, for strategic merges.
//!
//! One document per group and version (`/openapi/v3/apis/apps/v1`), read when a client-side release
//! first changes an object of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use corten_release::merge::{MergeSchema, OpenApiDocument, is_native};

use crate::connection::{Connection, Request};
use crate::discovery::version_path;
use crate::status::ApiError;

/// The documents read so far, by `group/version`; `None` where the server has none.
#[derive(Default)]
pub(crate) struct Schemas {
    documents: Mutex<BTreeMap<String, Option<Arc<OpenApiDocument>>>>,
}

impl Schemas {
    /// Forgets all documents.
    pub(crate) fn forget(&self) {
        if let Ok(mut documents) = self.documents.lock() {
            documents.clear();
        }
    }

    /// The schema of one of Kubernetes' own kinds; `None` for all others.
    pub(crate) async fn of(
        &self,
        connection: &Connection,
        (group, version, kind): (&str, &str, &str),
    ) -> Result<Option<MergeSchema>, ApiError> {
        if !is_native(group, version) {
            return Ok(None);
        }
        let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        let Some(document) = self.document(connection, &api_version).await? else { return Ok(None) };
        document.kind(group, version, kind).map_err(|error| ApiError::Unreadable(error.to_string()))
    }

    async fn document(
        &self,
        connection: &Connection,
        api_version: &str,
    ) -> Result<Option<Arc<OpenApiDocument>>, ApiError> {
        if let Ok(documents) = self.documents.lock()
            && let Some(document) = documents.get(api_version)
        {
            return Ok(document.clone());
        }
        let path = format!("/openapi/v3{}", version_path(api_version));
        let document = match connection.send(&Request::get(path)).await {
            Ok(answer) => {
                let parsed = OpenApiDocument::parse(&answer.body);
                Some(Arc::new(parsed.map_err(|error| ApiError::Unreadable(error.to_string()))?))
            }
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        if let Ok(mut documents) = self.documents.lock() {
            documents.insert(api_version.to_owned(), document.clone());
        }
        Ok(document)
    }
}
