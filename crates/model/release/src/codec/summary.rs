//! The beginning of a record: what lists show, without reading manifest and templates.
//!
//! Records begin with name, info and the metadata of the chart, so a list inflates a kilobyte or
//! two of each instead of all of it.

use std::io::{self, BufRead as _, BufReader, Read};

use corten_value::Value;
use data_encoding::BASE64;
use flate2::bufread::MultiGzDecoder;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};

use super::{CodecError, MAX_RECORD, decode, gzip_error, is_gzip};
use crate::{Info, Release};

/// What a list shows of a revision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The name of the release.
    pub name: String,
    /// Times and state.
    pub info: Info,
    /// The name of the chart.
    pub chart: String,
    /// The version of the chart.
    pub chart_version: String,
    /// The version of the application inside.
    pub app_version: String,
}

impl Summary {
    /// The summary of a whole record.
    pub fn of(release: &Release) -> Self {
        let metadata = release.chart.as_ref().and_then(|chart| chart.metadata.as_ref());
        Self {
            name: release.name.clone(),
            info: release.info.clone(),
            chart: metadata.map(|metadata| metadata.name.clone()).unwrap_or_default(),
            chart_version: metadata.map(|metadata| metadata.version.clone()).unwrap_or_default(),
            app_version: metadata.map(|metadata| metadata.app_version.clone()).unwrap_or_default(),
        }
    }
}

/// Reads the beginning of a record; where it is not as it always is, all of it.
///
/// # Errors
/// Go's text.
pub fn summary(text: &str) -> Result<Summary, CodecError> {
    match head(text) {
        Ok(Some(summary)) => Ok(summary),
        // Unusual records take the long way, which also words errors as Go does.
        _ => decode(text).map(|release| Summary::of(&release)),
    }
}

/// Reads the summary in the beginning of a record; `None` when it does not hold all of it.
pub fn summary_of_head(text: &str) -> Option<Summary> {
    head(text).ok().flatten()
}

fn head(text: &str) -> Result<Option<Summary>, CodecError> {
    let mut chunks = BufReader::with_capacity(CHUNK, Base64Reader(text.as_bytes()));
    let magic = chunks.fill_buf().map_err(|error| gzip_error(&error))?;
    let limit = u64::try_from(MAX_RECORD).unwrap_or(u64::MAX);
    if is_gzip(magic) {
        Ok(read_head(BufReader::with_capacity(4096, MultiGzDecoder::new(chunks).take(limit))))
    } else {
        Ok(read_head(chunks))
    }
}

const CHUNK: usize = 1536;

/// Base64 without line ends, as it is always written.
struct Base64Reader<'a>(&'a [u8]);

impl Read for Base64Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = (buffer.len() / 3 * 4).min(self.0.len());
        let (chunk, rest) = self.0.split_at(wanted);
        let most = BASE64.decode_len(chunk.len()).map_err(io::Error::other)?;
        let Some(room) = buffer.get_mut(..most) else { return Err(io::ErrorKind::InvalidInput.into()) };
        let read = BASE64.decode_mut(chunk, room).map_err(|partial| io::Error::other(partial.error))?;
        self.0 = rest;
        Ok(read)
    }
}

fn read_head(reader: impl Read) -> Option<Summary> {
    let mut parts = Parts::default();
    let mut json = serde_json::Deserializer::from_reader(reader);
    // Reading ends with an error on purpose as soon as everything is there.
    drop(Top(&mut parts).deserialize(&mut json));
    let (name, info, metadata) = (parts.name?, parts.info?, parts.metadata?);
    let text = |key: &str| metadata.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    Some(Summary {
        name,
        info: decode::info_of_json(&value_of(&info)).ok()?,
        chart: text("name"),
        chart_version: text("version"),
        app_version: text("appVersion"),
    })
}

#[derive(Default)]
struct Parts {
    name: Option<String>,
    info: Option<serde_json::Value>,
    metadata: Option<serde_json::Value>,
}

impl Parts {
    fn is_complete(&self) -> bool {
        self.name.is_some() && self.info.is_some() && self.metadata.is_some()
    }
}

/// Only texts matter in an info.
fn value_of(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Object(map) => map.iter().map(|(key, value)| (key, value_of(value))).collect(),
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(_) => Value::Int(0),
        serde_json::Value::Array(_) => Value::from(Vec::new()),
        serde_json::Value::Null => Value::Null,
    }
}

/// The release itself.
struct Top<'a>(&'a mut Parts);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a release")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => self.0.name = Some(map.next_value()?),
                "info" => self.0.info = Some(map.next_value()?),
                "chart" => map.next_value_seed(ChartHead(&mut *self.0))?,
                _ => skip(&mut map)?,
            }
            if self.0.is_complete() {
                return Err(A::Error::custom("everything is there"));
            }
        }
        Ok(())
    }
}

/// The chart inside.
struct ChartHead<'a>(&'a mut Parts);

impl<'de> DeserializeSeed<'de> for ChartHead<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ChartHead<'_> {
    type Value = ();

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a chart")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "metadata" {
                self.0.metadata = Some(map.next_value()?);
                if self.0.is_complete() {
                    return Err(A::Error::custom("everything is there"));
                }
            } else {
                skip(&mut map)?;
            }
        }
        Ok(())
    }
}

fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(|_| ())
}
