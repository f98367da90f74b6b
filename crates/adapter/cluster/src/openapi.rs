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

/// What was read so far.
#[derive(Default)]
pub(crate) struct Schemas {
    /// The documents by `group/version`; `None` where the server has none.
    documents: Mutex<BTreeMap<String, Option<Arc<OpenApiDocument>>>>,
    /// The schemas made of them, by `group/version/kind`: making one takes a millisecond.
    kinds: Mutex<BTreeMap<String, Arc<MergeSchema>>>,
}

impl Schemas {
    /// Forgets all documents.
    pub(crate) fn forget(&self) {
        if let Ok(mut documents) = self.documents.lock() {
            documents.clear();
        }
        if let Ok(mut kinds) = self.kinds.lock() {
            kinds.clear();
        }
    }

    /// The schema of one of Kubernetes' own kinds; `None` for all others.
    pub(crate) async fn of(
        &self,
        connection: &Connection,
        (group, version, kind): (&str, &str, &str),
    ) -> Result<Option<Arc<MergeSchema>>, ApiError> {
        if !is_native(group, version) {
            return Ok(None);
        }
        let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        let name = format!("{api_version}/{kind}");
        if let Ok(kinds) = self.kinds.lock()
            && let Some(schema) = kinds.get(&name)
        {
            return Ok(Some(Arc::clone(schema)));
        }
        let Some(document) = self.document(connection, &api_version).await? else { return Ok(None) };
        let schema = document.kind(group, version, kind);
        let schema = schema.map_err(|error| ApiError::Unreadable(error.to_string()))?.map(Arc::new);
        if let (Ok(mut kinds), Some(schema)) = (self.kinds.lock(), &schema) {
            kinds.insert(name, Arc::clone(schema));
        }
        Ok(schema)
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
