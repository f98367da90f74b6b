//! How Go words the errors of files, sockets and lists of errors.

use std::collections::BTreeSet;
use std::io;

/// The reason of an operating system error as Go's `syscall.Errno` prints it.
pub(crate) fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset by peer".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network is unreachable".to_owned(),
        io::ErrorKind::HostUnreachable => "no route to host".to_owned(),
        io::ErrorKind::TimedOut => "connection timed out".to_owned(),
        io::ErrorKind::BrokenPipe => "broken pipe".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => error.to_string(),
    }
}

/// Several errors in one line. Go: apimachinery util/errors `NewAggregate`.
pub(crate) fn aggregate(errors: &[String]) -> String {
    if let [only] = errors {
        return only.clone();
    }
    let mut seen = BTreeSet::new();
    let texts: Vec<&str> = errors.iter().map(String::as_str).filter(|text| seen.insert(*text)).collect();
    if let [only] = texts.as_slice() { (*only).to_owned() } else { format!("[{}]", texts.join(", ")) }
}
