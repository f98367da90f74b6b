//! `--set` arguments and schemas in case files: what Helm 4.2.4 makes of them.
//!
//! `do=set` takes sections `arg` and `base`, a values file; `do=schema` takes `schema` and `values`.

use std::fmt::Display;
use std::process::ExitCode;

use corten_chart::values::Options;
use corten_chart::{Compat, load_values, validate_schema};
use corten_gostd::json;
use corten_testkit::Case;

type Outcome = Result<Vec<u8>, Vec<u8>>;

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/values"), |case| {
        match case.attribute("do").unwrap_or_default() {
            "set" => set(case),
            "schema" => schema(case),
            other => Err(format!("unknown do={other}").into_bytes()),
        }
    })
}

fn text(error: &dyn Display) -> Vec<u8> {
    error.to_string().into_bytes()
}

fn set(case: &Case) -> Outcome {
    let base = case.section("base").unwrap_or_default();
    let argument = vec![case.section("arg").unwrap_or_default().to_owned()];
    let mut options = Options { files: vec!["base.yaml".to_owned()], ..Options::default() };
    match case.attribute("flag").unwrap_or_default() {
        "set" => options.set = argument,
        "set-string" => options.strings = argument,
        "set-json" => options.json = argument,
        _ => options.literals = argument,
    }
    let values = options.merge(Compat::Helm4, &mut |_| Ok(base.as_bytes().to_vec())).map_err(|error| text(&error))?;
    Ok(json::encode(&values, true))
}

fn schema(case: &Case) -> Outcome {
    let section = |name: &str| case.section(name).unwrap_or_default().as_bytes();
    let values = load_values(section("values")).map_err(|error| text(&error))?;
    let load = |url: &str| Err(format!("open {url}: no such file or directory"));
    match validate_schema(&values, section("schema"), &load, &mut |_| {}) {
        Ok(()) => Ok(b"ok".to_vec()),
        Err(error) => Err(format!("c:\n{error}").trim_end().as_bytes().to_vec()),
    }
}
