//! Server-sent events: written one at a time, read from pieces as they arrive.

use bytes::{Buf as _, Bytes, BytesMut};

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its id, for resumption.
    pub id: Option<String>,
    /// Its kind; `message` when not given.
    pub event: Option<String>,
    /// Its text; empty for an event that only carries an id.
    pub data: Bytes,
    /// How long to wait before asking again, in milliseconds.
    pub retry: Option<u64>,
}

impl Event {
    /// An event that carries a message.
    pub fn message(data: Bytes) -> Self {
        Self { data, ..Self::default() }
    }

    /// The bytes of the event. Line breaks in the text become lines of their own.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(self.data.len() + 48);
        if let Some(event) = &self.event {
            put_line(&mut out, b"event: ", event.as_bytes());
        }
        if let Some(id) = &self.id {
            put_line(&mut out, b"id: ", id.as_bytes());
        }
        if let Some(retry) = self.retry {
            put_line(&mut out, b"retry: ", retry.to_string().as_bytes());
        }
        // A carriage return ends a line too; JSON text may hold either between its tokens.
        for line in self.data.split(|byte| matches!(byte, b'\n' | b'\r')) {
            put_line(&mut out, b"data: ", line);
        }
        out.extend_from_slice(b"\n");
        out.freeze()
    }
}

fn put_line(out: &mut BytesMut, field: &[u8], value: &[u8]) {
    out.extend_from_slice(field);
    out.extend_from_slice(value);
    out.extend_from_slice(b"\n");
}

/// A comment that keeps the connection open.
pub const KEEP_ALIVE: &[u8] = b":\n\n";

/// An event that is larger than the reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a server-sent event is larger than {limit} bytes")]
pub struct TooLarge {
    /// The limit.
    pub limit: usize,
}

/// Reads events from pieces of a stream.
#[derive(Debug)]
pub struct Reader {
    pending: BytesMut,
    event: Event,
    data: BytesMut,
    has_data: bool,
    has_fields: bool,
    scanned: usize,
    limit: usize,
}

impl Reader {
    /// A reader that takes events up to this size.
    pub fn new(limit: usize) -> Self {
        Self {
            pending: BytesMut::new(),
            event: Event::default(),
            data: BytesMut::new(),
            has_data: false,
            has_fields: false,
            scanned: 0,
            limit,
        }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), TooLarge> {
        if self.pending.len() + self.data.len() + piece.len() > self.limit.saturating_mul(2) {
            return Err(TooLarge { limit: self.limit });
        }
        self.pending.extend_from_slice(piece);
        Ok(())
    }

    /// The next whole event, if there is one. An event without data is given when it has an id or a
    /// retry time: that is how servers prime a stream for resumption.
    pub fn next_event(&mut self) -> Result<Option<Event>, TooLarge> {
        while let Some(line) = self.next_line() {
            if !line.is_empty() {
                self.field(&line);
            } else if self.has_data || self.has_fields {
                let mut event = std::mem::take(&mut self.event);
                event.data = std::mem::take(&mut self.data).freeze();
                (self.has_data, self.has_fields) = (false, false);
                return Ok(Some(event));
            }
            if self.data.len() > self.limit {
                return Err(TooLarge { limit: self.limit });
            }
        }
        if self.pending.len() > self.limit { Err(TooLarge { limit: self.limit }) } else { Ok(None) }
    }

    fn next_line(&mut self) -> Option<BytesMut> {
        let rest = &self.pending[self.scanned..];
        let Some(found) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            self.scanned = self.pending.len();
            return None;
        };
        let end = self.scanned + found;
        let is_return = self.pending[end] == b'\r';
        // A carriage return at the end of a piece may be the first half of a line break.
        if is_return && end + 1 == self.pending.len() {
            self.scanned = end;
            return None;
        }
        let line = self.pending.split_to(end);
        let is_pair = is_return && self.pending.get(1) == Some(&b'\n');
        self.pending.advance(if is_pair { 2 } else { 1 });
        self.scanned = 0;
        Some(line)
    }

    fn field(&mut self, line: &[u8]) {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = || String::from_utf8_lossy(value).into_owned();
        match name {
            b"data" => {
                if self.has_data {
                    self.data.extend_from_slice(b"\n");
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => self.event.event = Some(text()),
            b"id" if !value.contains(&0) => {
                self.event.id = Some(text());
                self.has_fields = true;
            }
            b"retry" => {
                self.event.retry = text().parse().ok();
                self.has_fields |= self.event.retry.is_some();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(stream: &[u8], step: usize) -> Vec<Event> {
        let mut reader = Reader::new(1000);
        let mut events = Vec::new();
        for piece in stream.chunks(step) {
            reader.push(piece).unwrap();
            while let Some(event) = reader.next_event().unwrap() {
                events.push(event);
            }
        }
        events
    }

    #[test]
    fn events_are_the_same_however_the_stream_is_cut() {
        let stream =
            b":hello\n\nevent: endpoint\r\ndata: /m?s=1\r\n\r\nid: 7\ndata:\n\ndata: {\"a\":\ndata: 1}\nretry: 500\n\n";
        let events = read_all(stream, stream.len());
        assert_eq!(events.len(), 3);
        assert_eq!(events[0].event.as_deref(), Some("endpoint"));
        assert_eq!(events[0].data, "/m?s=1");
        assert_eq!((events[1].id.as_deref(), &events[1].data[..]), (Some("7"), &b""[..]));
        assert_eq!((events[2].retry, &events[2].data[..]), (Some(500), &b"{\"a\":\n1}"[..]));
        for step in 1..stream.len() {
            assert_eq!(read_all(stream, step), events, "cut every {step} bytes");
        }
    }

    #[test]
    fn written_events_are_read_back() {
        let event = Event { id: Some("3".to_owned()), ..Event::message(Bytes::from_static(b"{\"a\":\n1}")) };
        assert_eq!(read_all(&event.encode(), 5), [event]);
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut reader = Reader::new(10);
        reader.push(b"data: 0123456789").unwrap();
        assert_eq!(reader.next_event(), Err(TooLarge { limit: 10 }));
    }
}
