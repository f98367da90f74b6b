//! Go's library, case by case; the attribute `kind` of a case names what it asks.
//!
//! Sections hold one question or operand per line. Texts are Go literals, so that any byte can
//! stand in a case file; the answers are printed as Go's `fmt` would print them.

#[path = "support/operand.rs"]
mod operand;

use std::process::ExitCode;

use corten_gostd::fmt::{Operand, sprintf};
use corten_gostd::{json, path, strconv, text, url};
use corten_testkit::Case;

use operand::Given;

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"), evaluate)
}

fn evaluate(case: &Case) -> Result<Vec<u8>, Vec<u8>> {
    let kind = case.attribute("kind").unwrap_or_default();
    if kind == "printf" {
        return printf(case);
    }
    let mut answers = Vec::new();
    for line in case.section("input").unwrap_or_default().lines() {
        let input = strconv::unquote(line.as_bytes()).ok_or_else(|| format!("no literal: {line}"))?;
        answers.push(answer(kind, &input)?);
    }
    Ok(answers.join("\n").into_bytes())
}

fn printf(case: &Case) -> Result<Vec<u8>, Vec<u8>> {
    let lines = case.section("args").unwrap_or_default().lines().filter(|line| !line.is_empty());
    let given: Vec<Given> = lines.map(Given::parse).collect::<Result<_, String>>()?;
    let operands: Vec<&dyn Operand> = given.iter().map(|operand| operand as &dyn Operand).collect();
    Ok(sprintf(case.section("format").unwrap_or_default().as_bytes(), &operands))
}

/// What Go prints for a value or its error.
fn show<T: Into<Given>, E: ToString>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => lossy(&sprintf(b"%v", &[&value.into()])),
        Err(error) => error.to_string(),
    }
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

fn answer(kind: &str, input: &[u8]) -> Result<String, String> {
    Ok(match kind {
        "parse-int" => show(strconv::parse_int(input, 0, 0)),
        "atoi" => show(strconv::atoi(input)),
        "parse-float" => show(strconv::parse_float(input, 64)),
        "parse-bool" => show(strconv::parse_bool(input)),
        "quote" => strconv::quote(input),
        "quote-ascii" => {
            let mut out = Vec::new();
            strconv::append_quote_to_ascii(&mut out, input);
            lossy(&out)
        }
        "unquote" => strconv::unquote(input).map_or("invalid syntax".to_owned(), |text| strconv::quote(&text)),
        "json" => match json::decode(input) {
            Ok(value) => lossy(&json::encode(&value, true)),
            Err(error) => error.to_string(),
        },
        "url" => url_parts(input),
        "match" => {
            let mut words = input.splitn(2, |byte| *byte == b' ');
            let (pattern, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            show(path::matches(pattern, name))
        }
        "text" => text_forms(input),
        _ => return Err(format!("no such kind: {kind}")),
    })
}

fn url_parts(input: &[u8]) -> String {
    let url = match url::Url::parse(input) {
        Ok(url) => url,
        Err(error) => return error.to_string(),
    };
    let user = url.user.as_ref().map(url::UserInfo::encode).unwrap_or_default();
    let parts = [&url.scheme, &url.opaque, &user, url.hostname(), &url.path, &url.raw_query, &url.fragment];
    let parts: Vec<String> = parts.into_iter().map(strconv::quote).collect();
    format!("{} -> {}", parts.join(" "), lossy(&url.encode()))
}

fn text_forms(input: &[u8]) -> String {
    let fields: Vec<String> = text::fields(input).into_iter().map(strconv::quote).collect();
    format!(
        "{} {} {} [{}] {}",
        strconv::quote(&text::to_upper(input)),
        strconv::quote(&text::to_lower(input)),
        strconv::quote(&text::title(input)),
        fields.join(" "),
        strconv::quote(text::trim_space(input))
    )
}
