//! Where everything is kept: the data folder, the database, Redis and the keys that seal, as the command line and the
//! file name them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use corten_govern::Secret;
use corten_store::{Store, StoreOptions, SyncMode, parse_seal_key};

use super::Options;
use crate::config::{Loaded, Sources, Syncing};

impl Options {
    /// The data folder: as told, as the file says, beside the file, or in the user's own folder.
    pub(crate) fn data(&self, loaded: &Loaded) -> PathBuf {
        if let Some(data) = &self.data {
            return data.clone();
        }
        if let Some(data) = &loaded.configuration.data {
            return loaded.folder().join(data);
        }
        if loaded.file.is_some() {
            return loaded.folder().join(".corten");
        }
        let variable = |name: &str| (self.variables)(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        let home = variable("XDG_DATA_HOME")
            .or_else(|| variable("LOCALAPPDATA"))
            .or_else(|| variable("HOME").map(|home| home.join(".local/share")));
        home.unwrap_or_else(|| PathBuf::from(".")).join("corten")
    }

    /// The address of the database, where the file names one.
    pub(crate) fn database(&self, loaded: &Loaded) -> Result<Option<Secret<String>>, String> {
        self.filled(loaded, "store", loaded.configuration.store.as_deref())
    }

    /// A text of the file with its secrets.
    fn filled(&self, loaded: &Loaded, field: &str, text: Option<&str>) -> Result<Option<Secret<String>>, String> {
        let folder = loaded.folder();
        let sources = Sources { variables: &*self.variables, folder: &folder, inputs: &loaded.inputs };
        let filled = text.map(|text| sources.fill(text).map_err(|problem| format!("field {field}: {problem}")));
        Ok(filled.transpose()?.map(Secret::new))
    }
}

/// How the store is to be opened.
pub(super) fn options(options: &Options, loaded: &Loaded, data: &Path) -> Result<StoreOptions, String> {
    let configuration = &loaded.configuration;
    let mut made = StoreOptions::new(data);
    made.database = options.database(loaded)?;
    made.redis = options.filled(loaded, "redis", configuration.redis.as_deref())?;
    made.sync = match configuration.audit.sync {
        Syncing::Grouped => SyncMode::Grouped,
        Syncing::Always => SyncMode::Always,
    };
    made.keep_audit = Some(configuration.audit.keep.0).filter(|keep| !keep.is_zero());
    for key in &configuration.seal_keys {
        if let Some(text) = options.filled(loaded, "seal_keys", Some(key))? {
            made.seal_keys.push(parse_seal_key(text.expose()).map_err(|error| format!("field seal_keys: {error}"))?);
        }
    }
    Ok(made)
}

/// Opens the store.
pub(super) async fn open(options: &Options, loaded: &Loaded, data: &Path) -> Result<Arc<Store>, String> {
    let made = self::options(options, loaded, data)?;
    Store::open(made).await.map_err(|error| format!("cannot open the store in {}: {error}", data.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config;
    use crate::up::Hosting;

    fn made(text: &str) -> Result<StoreOptions, String> {
        let (configuration, notes) = config::read(text)?;
        let loaded = Loaded { configuration, file: None, notes, inputs: BTreeMap::new(), text: String::new() };
        let variables = |name: &str| match name {
            "DATABASE" => Some("postgres://corten:sesame@db/corten".to_owned()),
            "SEAL" => Some("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned()),
            _ => None,
        };
        let given = Options {
            file: None,
            data: None,
            listen: None,
            hosting: Hosting::Remote,
            is_demo: false,
            variables: Arc::new(variables),
        };
        options(&given, &loaded, Path::new("d"))
    }

    #[test]
    fn addresses_and_keys_may_be_secrets() {
        let made = made("store: \"${env:DATABASE}\"\nseal_keys: [\"${env:SEAL}\"]\n").unwrap();
        assert_eq!(made.database.unwrap().expose(), "postgres://corten:sesame@db/corten");
        assert_eq!(made.seal_keys[0].expose(), b"0123456789abcdef0123456789abcdef");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(made("redis: \"${env:NONE}\"").unwrap_err().contains("field redis"));
        assert!(made("seal_keys: [short]").unwrap_err().contains("field seal_keys: a sealing key must be 32 bytes"));
    }
}
