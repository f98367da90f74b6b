//! Records as Helm 4 and Helm 3 write them.

use corten_gostd::time::Zone;
use corten_value::Value;

use super::*;
use crate::{Status, Timestamp};

/// A record as Helm 4.2.4 writes it.
const HELM_4: &str = r#"{"name":"web","info":{"first_deployed":"2026-11-21T13:55:04.1Z","last_deployed":"2026-11-21T13:55:05Z","description":"Install complete","status":"deployed","notes":"a \u003c b"},"chart":{"metadata":{"name":"web","version":"0.1.0","apiVersion":"v2","appVersion":"1.0"},"lock":null,"templates":[{"name":"templates/a.yaml","data":"a2luZDogQQo=","modtime":"2026-01-01T00:00:00+01:00"}],"values":{"big":1000000,"n":null,"x":0.5},"schema":null,"schemamodtime":"0001-01-01T00:00:00Z","files":null,"modtime":"2026-01-01T00:00:00+01:00"},"config":{"a":[1,"b",true]},"manifest":"---\nkind: A\n","hooks":[{"name":"h","kind":"Job","path":"web/templates/h.yaml","manifest":"kind: Job","events":["pre-install"],"last_run":{"phase":""},"weight":-5,"delete_policies":["before-hook-creation"]}],"version":1,"namespace":"default","apply_method":"ssa"}"#;

fn sorted(text: &[u8]) -> Value {
    json::decode(text).unwrap()
}

#[test]
fn a_record_of_helm_4_is_written_as_it_was_read() {
    let release = from_json(HELM_4.as_bytes()).unwrap();
    assert_eq!(release.info.status, Status::Deployed);
    assert_eq!(release.chart.as_ref().unwrap().templates.as_ref().unwrap()[0].data[..], b"kind: A\n"[..]);
    assert_eq!(sorted(&to_json(&release)), sorted(HELM_4.as_bytes()));
    assert_eq!(decode(&encode(&release)).unwrap(), release);
}

#[test]
fn helm_3_writes_zero_times_as_empty_texts() {
    let helm_3 = br#"{"name":"web","info":{"first_deployed":"2026-11-21T13:55:04.1Z","last_deployed":"","deleted":"","status":"superseded"},"chart":{"metadata":{"name":"web"},"lock":null,"templates":[],"values":{},"schema":null,"files":null},"hooks":[{"name":"h","last_run":{"started_at":"","completed_at":"","phase":""}}],"version":2,"namespace":"default"}"#;
    let release = from_json(helm_3).unwrap();
    assert_eq!(release.info.deleted, None);
    assert!(!release.is_server_side());
    let written = sorted(&to_json(&release));
    assert_eq!(written.at("info.deleted"), None);
    assert_eq!(written.at("chart.templates"), Some(&Value::from(Vec::new())));
    assert_eq!(written.at("chart.schemamodtime"), Some(&Value::from("0001-01-01T00:00:00Z")));
}

#[test]
fn a_list_reads_only_the_beginning() {
    let mut release = from_json(HELM_4.as_bytes()).unwrap();
    release.manifest = "x".repeat(100_000);
    let text = encode(&release);
    let read = summary(&text).unwrap();
    assert_eq!(read, Summary::of(&release));
    assert_eq!((read.chart.as_str(), read.chart_version.as_str(), read.app_version.as_str()), ("web", "0.1.0", "1.0"));
    // Cut off behind what a list needs, the record still has a summary.
    let cut = &text[..text.len() / 8 * 4];
    assert!(decode(cut).is_err());
    assert!(summary(cut).is_ok());
}

#[test]
fn records_from_before_compression_are_read() {
    let text = BASE64.encode(HELM_4.as_bytes());
    assert_eq!(decode(&text).unwrap().name, "web");
    assert_eq!(summary(&text).unwrap().chart, "web");
}

#[test]
fn errors_are_those_of_go() {
    let text = |json: &str| from_json(json.as_bytes()).unwrap_err().to_string();
    assert_eq!(decode("!").unwrap_err().to_string(), "illegal base64 data at input byte 0");
    assert_eq!(text("x"), "invalid character 'x' looking for beginning of value");
    assert_eq!(
        text(r#"{"version":"1"}"#),
        "json: cannot unmarshal string into Go struct field Release.version of type int"
    );
    let mut cut = encode(&Release { name: "web".to_owned(), ..Release::default() });
    cut.truncate(cut.len() / 8 * 4);
    assert_eq!(decode(&cut).unwrap_err().to_string(), "unexpected EOF");
}

#[test]
fn the_largest_parts_come_first() {
    let mut release = from_json(HELM_4.as_bytes()).unwrap();
    release.info.notes = "n".repeat(5000);
    assert_eq!(sizes(&release)[0], SizeOf { part: "the notes".to_owned(), bytes: 5000 });
}

#[test]
fn times_are_written_in_their_zone() {
    let mut release = Release::default();
    release.info.last_deployed = Some(Timestamp::from_unix_nanos(0, Zone::fixed("", 3600)));
    let written = sorted(&to_json(&release));
    assert_eq!(written.at("info.last_deployed"), Some(&Value::from("1970-01-01T01:00:00+01:00")));
}
