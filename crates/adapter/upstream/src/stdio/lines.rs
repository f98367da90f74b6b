//! Lines of a stream, each within a bound.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Reads lines.
pub(crate) struct Lines<R> {
    source: R,
    pending: BytesMut,
    scanned: usize,
    limit: usize,
}

/// Why there is no next line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The stream ended or broke.
    Closed,
    /// A line is longer than the bound.
    TooLong,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(source: R, limit: usize) -> Self {
        Self { source, pending: BytesMut::new(), scanned: 0, limit }
    }

    /// The next line without its end; empty lines are left out.
    pub(crate) async fn next(&mut self) -> Result<Bytes, End> {
        loop {
            if let Some(found) = memchr::memchr(b'\n', &self.pending[self.scanned..]) {
                let mut line = self.pending.split_to(self.scanned + found + 1);
                self.scanned = 0;
                line.truncate(line.trim_ascii_end().len());
                if !line.is_empty() {
                    return Ok(line.freeze());
                }
                continue;
            }
            self.scanned = self.pending.len();
            if self.pending.len() > self.limit {
                return Err(End::TooLong);
            }
            self.pending.reserve(8 << 10);
            match self.source.read_buf(&mut self.pending).await {
                Ok(1..) => {}
                _ => return Err(End::Closed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[tokio::test]
    async fn lines_come_whole_and_within_the_bound() {
        let (mut writer, reader) = tokio::io::duplex(16);
        let writing = tokio::spawn(async move {
            writer.write_all(b"one\r\n\n{\"two\":2}\n0123456789012345678901234567890").await.unwrap();
        });
        let mut lines = Lines::new(reader, 20);
        assert_eq!(lines.next().await.unwrap(), "one");
        assert_eq!(lines.next().await.unwrap(), "{\"two\":2}");
        assert_eq!(lines.next().await, Err(End::TooLong));
        writing.abort();
    }
}
