//! Every change of an entry or a checkpoint is found.

use super::{
    Chain, ChainVerifier, Checkpoint, Entry, Event, EventKind, Fault, FaultKind, Head, LetGo, Signer, Summary,
    Verifier, make_checkpoint,
};
use crate::timestamp::Timestamp;

struct Reversing;

impl Signer for Reversing {
    fn key_id(&self) -> String {
        "key".to_owned()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        message.iter().rev().copied().collect()
    }
}

impl Verifier for Reversing {
    fn verify(&self, key_id: &str, message: &[u8], signature: &[u8]) -> bool {
        key_id == "key" && self.sign(message) == signature
    }
}

fn entries(writer: &str, count: i64) -> Vec<Entry> {
    let mut chain = Chain::resume(writer, None);
    (0..count)
        .map(|number| {
            let event = Event::new(Timestamp::from_secs(number), EventKind::Call, "key:a", "tools/call");
            let link = chain.link(&event).unwrap();
            let entry = serde_json::from_slice(&link.line).unwrap();
            chain.take(link);
            entry
        })
        .collect()
}

fn head(entry: &Entry) -> Head {
    let body = entry.read().unwrap();
    Head { writer: body.writer, seq: body.seq, hash: entry.hash.clone() }
}

fn verify(checkpoints: &[Checkpoint], entries: &[Entry]) -> Summary {
    let mut verifier = ChainVerifier::default();
    for checkpoint in checkpoints {
        verifier.checkpoint(checkpoint, &Reversing);
    }
    for entry in entries {
        verifier.entry(entry);
    }
    verifier.finish()
}

fn fault(writer: &str, seq: u64, kind: FaultKind) -> Fault {
    Fault { writer: writer.to_owned(), seq, kind }
}

fn checkpoints(all: &[Entry]) -> Vec<Checkpoint> {
    let first = make_checkpoint(None, vec![head(&all[1])], None, Timestamp::from_secs(10), &Reversing).unwrap();
    let hash = first.hash();
    let second =
        make_checkpoint(Some((1, &hash)), vec![head(&all[3])], None, Timestamp::from_secs(20), &Reversing).unwrap();
    vec![first, second]
}

#[test]
fn an_untouched_chain_is_whole() {
    let mut all = entries("a", 5);
    let marks = checkpoints(&all);
    all.extend(entries("b", 2));
    let expected = Summary { entries: 7, writers: 2, checkpoints: 2, uncovered: 3, faults: Vec::new() };
    assert_eq!(verify(&marks, &all), expected);
}

#[test]
fn any_changed_byte_is_found() {
    let all = entries("a", 3);
    let line = serde_json::to_string(&all[1]).unwrap();
    for at in 0..line.len() {
        let mut bytes = line.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = serde_json::from_slice::<Entry>(&bytes) else { continue };
        let summary = verify(&[], &[all[0].clone(), changed, all[2].clone()]);
        assert!(!summary.faults.is_empty(), "byte {at} of {line}");
    }
}

#[test]
fn removed_reordered_and_rewritten_entries_are_found() {
    let all = entries("a", 5);
    let marks = checkpoints(&all);
    let without = [all[0].clone(), all[2].clone()];
    assert_eq!(verify(&[], &without).faults, [fault("a", 3, FaultKind::Gap)]);
    assert_eq!(
        verify(&marks, &all[..3]).faults,
        [fault("a", 4, FaultKind::Missing)],
        "a cut end is found by the checkpoint"
    );
    let mut chain = Chain::resume("a", None);
    let rewritten: Vec<Entry> = (0..5)
        .map(|_| {
            let link = chain.link(&Event::new(Timestamp::default(), EventKind::Call, "x", "y")).unwrap();
            let entry = serde_json::from_slice(&link.line).unwrap();
            chain.take(link);
            entry
        })
        .collect();
    assert_eq!(verify(&[], &rewritten).faults, []);
    assert_eq!(verify(&marks, &rewritten).faults, [fault("a", 2, FaultKind::Head), fault("a", 4, FaultKind::Head)]);
}

#[test]
fn forged_and_removed_checkpoints_are_found() {
    let all = entries("a", 5);
    let mut marks = checkpoints(&all);
    assert_eq!(verify(&marks[1..], &all).faults, [fault("", 2, FaultKind::CheckpointLink)]);
    marks[1].signature = "AAAA".to_owned();
    assert_eq!(verify(&marks, &all).faults, [fault("", 2, FaultKind::Signature)]);
}

#[test]
fn what_was_removed_is_not_missed_where_a_checkpoint_says_so() {
    let all = entries("a", 6);
    let mut marks = checkpoints(&all);
    let hash = marks[1].hash();
    let let_go = LetGo { checkpoint: 1, hash: marks[0].hash(), entries: vec![head(&all[2])] };
    let time = Timestamp::from_secs(30);
    marks.push(make_checkpoint(Some((2, &hash)), vec![head(&all[5])], Some(let_go), time, &Reversing).unwrap());
    assert_eq!(verify(&marks[1..], &all[3..]).faults, []);
    assert_eq!(verify(&marks, &all).faults, [], "said, and not done yet");
    assert_eq!(verify(&marks, &all[1..]).faults, [], "done in part");
    assert_eq!(verify(&marks[1..], &all[4..]).faults[0], fault("a", 5, FaultKind::Gap), "more than was said");
    assert_eq!(verify(&marks[2..], &all[3..]).faults, [fault("", 3, FaultKind::CheckpointLink)]);
    let mut forged = marks.clone();
    forged[2].signature = "AAAA".to_owned();
    let faults = verify(&forged[1..], &all[3..]).faults;
    assert!(faults.contains(&fault("a", 4, FaultKind::Gap)), "nobody signed that it was removed: {faults:?}");
}
