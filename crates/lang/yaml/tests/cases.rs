//! Runs the case files: texts in, what Go's libraries say out.

use std::process::ExitCode;

use corten_gostd::json;
use corten_testkit::Case;
use corten_value::Value;
use corten_yaml::{Error, Field, Mode, Struct, Target, decode, decode_into, decode_strict, encode, encode_v3};

/// Go: `chart.Metadata` of Helm 4, in the parts that the cases use.
static CHART: Target = Target::Struct(&Struct {
    name: "Metadata",
    type_name: "v2.Metadata",
    fields: &[
        text("name"),
        text("version"),
        text("description"),
        text("appVersion"),
        text("apiVersion"),
        Field { name: "deprecated", target: Target::Bool },
        Field { name: "annotations", target: Target::Map(&Target::String) },
        Field { name: "maintainers", target: Target::List(&Target::Pointer(&MAINTAINER)) },
        Field { name: "dependencies", target: Target::List(&Target::Pointer(&DEPENDENCY)) },
    ],
});

static MAINTAINER: Target =
    Target::Struct(&Struct { name: "Maintainer", type_name: "v2.Maintainer", fields: &[text("name")] });

static DEPENDENCY: Target = Target::Struct(&Struct {
    name: "Dependency",
    type_name: "v2.Dependency",
    fields: &[text("name"), text("version"), Field { name: "enabled", target: Target::Bool }],
});

/// The head of a manifest, with a struct that has no name.
static HEAD: Target = Target::Struct(&Struct {
    name: "SimpleHead",
    type_name: "main.SimpleHead",
    fields: &[
        text("apiVersion"),
        text("kind"),
        Field {
            name: "metadata",
            target: Target::Pointer(&Target::Struct(&Struct {
                name: "",
                type_name: r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#,
                fields: &[text("name"), Field { name: "annotations", target: Target::Map(&Target::String) }],
            })),
        },
    ],
});

const fn text(name: &'static str) -> Field {
    Field { name, target: Target::String }
}

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"), |case| {
        evaluate(case).map_err(|error| error.message().as_bytes().to_vec())
    })
}

fn evaluate(case: &Case) -> Result<Vec<u8>, Error> {
    let input = input(case)?;
    let chart = |mode| decode_into(&input, &CHART, mode).map(|chart| fields(&chart, &["version", "appVersion"]));
    match case.attribute("op").unwrap_or_default() {
        "decode" => decode(&input).map(|value| json::encode(&value, false)),
        "decode-strict" => decode_strict(&input).map(|value| json::encode(&value, false)),
        "chart" => chart(Mode::Lenient),
        "chart-strict" => chart(Mode::Strict),
        "head" => decode_into(&input, &HEAD, Mode::Lenient).map(|_| Vec::new()),
        "encode" => encode(&decode(&input)?).map(String::into_bytes),
        "encode-v3" => encode_v3(&decode(&input)?, 2).map(String::into_bytes),
        other => Err(Error::new(format!("unknown op {other}"))),
    }
}

/// The bytes of a case: as they are, as a JSON string, or as base64.
fn input(case: &Case) -> Result<Vec<u8>, Error> {
    if let Some(quoted) = case.section("quoted") {
        let value = json::decode(quoted.as_bytes()).map_err(|error| Error::new(error.text))?;
        return Ok(value.as_str().unwrap_or_default().as_bytes().to_vec());
    }
    if let Some(packed) = case.section("base64") {
        let bytes = data_encoding::BASE64.decode(packed.as_bytes());
        return bytes.map_err(|error| Error::new(error.to_string()));
    }
    Ok(case.section("input").unwrap_or_default().as_bytes().to_vec())
}

/// The texts of some fields as Go's zero value or the text, each in quotes.
fn fields(value: &Value, names: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for name in names {
        let field = value.get(name).and_then(Value::as_str).unwrap_or_default();
        json::append_string(&mut out, field.as_bytes(), false);
    }
    out
}
