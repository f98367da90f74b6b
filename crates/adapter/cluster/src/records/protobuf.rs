//! Lists of Secrets and `ConfigMaps` in protobuf, read as they come.
//!
//! Kubernetes: apimachinery `runtime.Unknown` (an envelope after four bytes of magic), `meta/v1` and `core/v1`
//! `generated.proto`, of which only what a record needs is read. Both kinds have the same numbers of fields: metadata 1,
//! data 2. The buffer holds one item at most.

use super::listing::Metadata;
use crate::status::{Details, Status};

const MAGIC: &[u8] = b"k8s\0";
/// Larger parts are no objects: the server takes 1.5 MiB, and some room.
const LARGEST: usize = 64 * 1024 * 1024;

/// A part of a list.
pub(super) enum Part<'a> {
    ListMetadata(&'a [u8]),
    Item(&'a [u8]),
}

/// Takes the bytes of a list as they come.
#[derive(Default)]
pub(super) struct Reader {
    buffer: Vec<u8>,
    place: Place,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Magic,
    Envelope,
    /// In the list, with so many bytes of it left.
    List(usize),
    /// Behind the list, where the envelope ends.
    End,
}

impl Reader {
    /// The next bytes; the parts that are complete with them are given on.
    pub(super) fn take(
        &mut self,
        piece: &[u8],
        give: &mut dyn FnMut(Part<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        self.buffer.extend_from_slice(piece);
        let mut used = 0;
        while let Some(step) = step(self.place, self.buffer.get(used..).unwrap_or_default(), give)? {
            used += step.used;
            self.place = step.place;
        }
        self.buffer.drain(..used);
        Ok(())
    }

    /// Whether the list was at its end.
    pub(super) fn finish(&self) -> Result<(), String> {
        match self.place {
            Place::End if self.buffer.is_empty() => Ok(()),
            _ => Err("the answer ends too early".to_owned()),
        }
    }
}

/// What was read, and where the reader is then.
struct Step {
    used: usize,
    place: Place,
}

/// Reads one thing; `None` when it is not there as a whole.
fn step(
    place: Place,
    bytes: &[u8],
    give: &mut dyn FnMut(Part<'_>) -> Result<(), String>,
) -> Result<Option<Step>, String> {
    match place {
        Place::Magic => match bytes.get(..MAGIC.len()) {
            None => Ok(None),
            Some(MAGIC) => Ok(Some(Step { used: MAGIC.len(), place: Place::Envelope })),
            Some(_) => Err("the answer is not protobuf of Kubernetes".to_owned()),
        },
        Place::Envelope | Place::End => {
            // The list itself is entered, everything else is skipped.
            let mut cursor = Cursor { bytes, at: 0 };
            match cursor.length_of(2)? {
                Found::Length(length) => Ok(Some(Step { used: cursor.at, place: Place::List(length) })),
                Found::Other => {
                    let mut cursor = Cursor { bytes, at: 0 };
                    Ok(cursor.field()?.map(|_| Step { used: cursor.at, place }))
                }
                Found::Nothing => Ok(None),
            }
        }
        Place::List(0) => Ok(Some(Step { used: 0, place: Place::End })),
        Place::List(left) => {
            let mut cursor = Cursor { bytes, at: 0 };
            let Some(field) = cursor.field()? else { return Ok(None) };
            match field {
                Field { number: 1, bytes: Some(part), .. } => give(Part::ListMetadata(part))?,
                Field { number: 2, bytes: Some(part), .. } => give(Part::Item(part))?,
                _ => {}
            }
            let left = left.checked_sub(cursor.at).ok_or("the list is longer than it says")?;
            Ok(Some(Step { used: cursor.at, place: Place::List(left) }))
        }
    }
}

/// A Secret or `ConfigMap`.
#[derive(Default)]
pub(super) struct Record<'a> {
    pub metadata: Metadata,
    /// What it has under `release`.
    pub content: Option<&'a [u8]>,
}

/// Reads an item.
pub(super) fn item(bytes: &[u8]) -> Result<Record<'_>, String> {
    let mut record = Record::default();
    fields(bytes, |field| {
        match field {
            Field { number: 1, bytes: Some(part), .. } => record.metadata = metadata(part)?,
            Field { number: 2, bytes: Some(part), .. } => {
                let (key, value) = entry(part)?;
                if key == b"release" {
                    record.content = Some(value);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(record)
}

/// The token of the next page in the metadata of a list.
pub(super) fn next_page(bytes: &[u8]) -> Result<String, String> {
    let mut next = String::new();
    fields(bytes, |field| {
        if let Field { number: 3, bytes: Some(part), .. } = field {
            next = text(part)?;
        }
        Ok(())
    })?;
    Ok(next)
}

/// A refusal.
pub(crate) fn status(body: &[u8]) -> Option<Status> {
    let mut status = Status::default();
    let mut inner = None;
    fields(body.strip_prefix(MAGIC)?, |field| {
        if let Field { number: 2, bytes: Some(part), .. } = field {
            inner = Some(part);
        }
        Ok(())
    })
    .ok()?;
    fields(inner?, |field| {
        match field {
            Field { number: 3, bytes: Some(part), .. } => status.message = text(part)?,
            Field { number: 4, bytes: Some(part), .. } => status.reason = text(part)?,
            Field { number: 5, bytes: Some(part), .. } => status.details = Some(details(part)?),
            Field { number: 6, value, .. } => status.code = u16::try_from(value).unwrap_or_default(),
            _ => {}
        }
        Ok(())
    })
    .ok()?;
    Some(status)
}

fn details(bytes: &[u8]) -> Result<Details, String> {
    let mut details = Details::default();
    fields(bytes, |field| {
        match field {
            Field { number: 1, bytes: Some(part), .. } => details.name = text(part)?,
            Field { number: 2, bytes: Some(part), .. } => details.group = text(part)?,
            Field { number: 3, bytes: Some(part), .. } => details.kind = text(part)?,
            Field { number: 5, value, .. } => details.retry_after_seconds = value,
            _ => {}
        }
        Ok(())
    })?;
    Ok(details)
}

fn metadata(bytes: &[u8]) -> Result<Metadata, String> {
    let mut found = Metadata::default();
    fields(bytes, |field| {
        let Field { number, bytes: Some(part), .. } = field else { return Ok(()) };
        match number {
            1 => found.name = text(part)?,
            3 => found.namespace = text(part)?,
            6 => found.resource_version = text(part)?,
            11 | 12 => {
                let (key, value) = entry(part)?;
                let map = if number == 11 { &mut found.labels } else { &mut found.annotations };
                map.insert(text(key)?, text(value)?);
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

/// Key and value of an entry of a map.
fn entry(bytes: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let (mut key, mut value) = (&[][..], &[][..]);
    fields(bytes, |field| {
        match field {
            Field { number: 1, bytes: Some(part), .. } => key = part,
            Field { number: 2, bytes: Some(part), .. } => value = part,
            _ => {}
        }
        Ok(())
    })?;
    Ok((key, value))
}

fn text(bytes: &[u8]) -> Result<String, String> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| error.to_string())
}

/// All fields of a message that is there as a whole.
fn fields<'a>(bytes: &'a [u8], mut take: impl FnMut(Field<'a>) -> Result<(), String>) -> Result<(), String> {
    let mut cursor = Cursor { bytes, at: 0 };
    while cursor.at < bytes.len() {
        let field = cursor.field()?.ok_or("a part of the answer is cut off")?;
        take(field)?;
    }
    Ok(())
}

/// A field: its bytes, or its value when it is a number.
struct Field<'a> {
    number: u64,
    bytes: Option<&'a [u8]>,
    value: u64,
}

/// What stands at a place.
enum Found {
    /// The field that was asked for, with so many bytes.
    Length(usize),
    Other,
    Nothing,
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The next field; `None` when it is not there as a whole.
    fn field(&mut self) -> Result<Option<Field<'a>>, String> {
        let Some(tag) = self.number()? else { return Ok(None) };
        let number = tag >> 3;
        let size = match tag & 7 {
            0 => {
                let value = self.number()?;
                return Ok(value.map(|value| Field { number, bytes: None, value }));
            }
            1 => 8,
            2 => match self.length()? {
                Some(length) => length,
                None => return Ok(None),
            },
            5 => 4,
            other => return Err(format!("a field has the unknown type {other}")),
        };
        let part = self.at.checked_add(size).and_then(|end| self.bytes.get(self.at..end));
        let Some(part) = part else { return Ok(None) };
        self.at += size;
        Ok(Some(Field { number, bytes: Some(part), value: 0 }))
    }

    /// The length of a field of bytes, which need not be there yet.
    fn length_of(&mut self, wanted: u64) -> Result<Found, String> {
        let Some(tag) = self.number()? else { return Ok(Found::Nothing) };
        if (tag >> 3, tag & 7) != (wanted, 2) {
            return Ok(Found::Other);
        }
        let length = self.number()?.map(|length| usize::try_from(length).map_err(|error| error.to_string()));
        Ok(length.transpose()?.map_or(Found::Nothing, Found::Length))
    }

    fn length(&mut self) -> Result<Option<usize>, String> {
        let Some(length) = self.number()? else { return Ok(None) };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > LARGEST { Err(format!("a part of {length} bytes is too large")) } else { Ok(Some(length)) }
    }

    /// A number of variable length; `None` when it is not there as a whole.
    fn number(&mut self) -> Result<Option<u64>, String> {
        let mut value = 0;
        for (index, byte) in self.bytes.iter().skip(self.at).enumerate() {
            if index == 10 {
                return Err("a number is too long".to_owned());
            }
            value |= u64::from(byte & 0x7f) << (7 * index).min(63);
            if byte & 0x80 == 0 {
                self.at += index + 1;
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
