//! Readiness in case files: kstatus and Helm 3's rules as Go decides them, and our reasons.

use std::process::ExitCode;

use corten_release::json::decode_object;
use corten_release::readiness::{LegacyOptions, Related, Rules, compute, explain, is_ready};
use corten_release::{ClusterEvent, Timestamp};
use corten_testkit::Case;
use corten_value::Value;

type Outcome = Result<Vec<u8>, Vec<u8>>;

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readiness"), |case| {
        match case.attribute("do").unwrap_or_default() {
            "kstatus" => kstatus(case),
            "legacy" => legacy(case),
            "explain" => reason(case),
            other => Err(format!("unknown do={other}").into_bytes()),
        }
    })
}

fn section(case: &Case, name: &str) -> Result<Value, Vec<u8>> {
    decode_object(case.section(name).unwrap_or("[]").as_bytes()).map_err(|error| error.to_string().into_bytes())
}

fn kstatus(case: &Case) -> Outcome {
    let now = Timestamp::parse("2026-06-01T00:00:00Z").map_err(String::into_bytes)?;
    let now = now.ok_or_else(|| b"no time".to_vec())?;
    let readiness = compute(&section(case, "object")?, Rules::Objects, &now);
    let text = format!("{}: {}", readiness.state, readiness.message);
    Ok(text.trim_end().as_bytes().to_vec())
}

fn legacy(case: &Case) -> Outcome {
    let (sets, pods) = (section(case, "sets")?, section(case, "pods")?);
    let related =
        Related { replica_sets: sets.as_list().unwrap_or_default(), pods: pods.as_list().unwrap_or_default() };
    let options = LegacyOptions {
        checks_jobs: case.attribute("jobs").is_some(),
        paused_is_ready: case.attribute("paused").is_some(),
    };
    match is_ready(&section(case, "object")?, related, options) {
        Ok(ready) => Ok(ready.to_string().into_bytes()),
        Err(error) => Err(error.to_string().into_bytes()),
    }
}

fn reason(case: &Case) -> Outcome {
    let (pods, events) = (section(case, "pods")?, section(case, "events")?);
    let event = |event: &Value| {
        let field = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        ClusterEvent { severity: field("type"), reason: field("reason"), message: field("message") }
    };
    let events: Vec<ClusterEvent> = events.as_list().unwrap_or_default().iter().map(event).collect();
    let reason = explain(&section(case, "object")?, pods.as_list().unwrap_or_default(), &events);
    Ok(match reason {
        Some(reason) => {
            let finality = if reason.is_final { " final" } else { "" };
            format!("{:?}{finality}: {reason}", reason.cause).into_bytes()
        }
        None => b"none".to_vec(),
    })
}
