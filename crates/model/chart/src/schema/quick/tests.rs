//! What is sure is what the long way finds too.

use super::*;
use crate::schema::validate_by_documents;

/// Numbers that look random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn pick(&mut self, texts: &[&str]) -> String {
        texts[self.below(texts.len())].to_owned()
    }

    fn value(&mut self, depth: usize) -> String {
        let count = if depth == 0 { 0 } else { self.below(3) };
        let inner: Vec<String> = (0..count).map(|_| self.value(depth - 1)).collect();
        match self.below(if depth == 0 { 8 } else { 12 }) {
            0..8 => self.pick(&["null", "true", "1", "2.5", "-3", "\"a\"", "\"bb\"", "\"2020-01-01\""]),
            8 | 9 => format!("[{}]", inner.join(", ")),
            _ => {
                let keys = ["a", "b", "c"];
                let entries = inner.iter().enumerate().map(|(at, value)| format!("\"{}\": {value}", keys[at]));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn schema(&mut self, depth: usize) -> String {
        if self.below(8) == 0 {
            return self.pick(&["true", "false", "{}", "1"]);
        }
        let keywords: Vec<String> = (0..=self.below(3)).map(|_| self.keyword(depth)).collect();
        format!("{{{}}}", keywords.join(", "))
    }

    fn keyword(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(2) == 0 {
            return self.pick(&[
                r#""type": "object""#,
                r#""type": "string""#,
                r#""type": "integer""#,
                r#""type": ["number", "null", "array", "object"]"#,
                r#""required": ["a"]"#,
                r#""required": ["a", "b"]"#,
                r#""enum": ["a", "bb"]"#,
                r#""enum": [1.0]"#,
                r#""const": true"#,
                r#""const": {"a": 1}"#,
                r#""minLength": 2"#,
                r#""maxLength": 1"#,
                r#""minimum": 1"#,
                r#""exclusiveMaximum": 2.5"#,
                r#""minItems": 1"#,
                r#""maxProperties": 1"#,
                r#""uniqueItems": true"#,
                r#""pattern": "^b""#,
                r#""format": "date""#,
                r#""additionalProperties": false"#,
                r##""$ref": "#/$defs/x""##,
                r##""$ref": "#/$defs/none""##,
                r#""title": "t""#,
                r#""contains": {"type": "null"}"#,
            ]);
        }
        let (one, two) = (self.schema(depth - 1), self.schema(depth - 1));
        let keyword = self.pick(&["not", "additionalProperties", "items", "if", "then", "else", "propertyNames"]);
        let combined = self.pick(&["allOf", "anyOf", "oneOf", "prefixItems"]);
        match self.below(3) {
            0 => format!("\"properties\": {{\"a\": {one}, \"b\": {two}}}"),
            1 => format!("\"{combined}\": [{one}, {two}]"),
            _ => format!("\"{keyword}\": {one}"),
        }
    }
}

/// Whatever is sure here is what the long way finds too.
#[test]
fn what_is_sure_is_true() {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let mut sure = [0, 0];
    for _ in 0..4_000 {
        let draft = dice.pick(&["", r#""$schema": "http://json-schema.org/draft-07/schema#", "#]);
        let (schema, defined) = (dice.keyword(2), dice.schema(1));
        let schema = format!(
            "{{{draft}{schema}, \"properties\": {{\"v\": {}}}, \"$defs\": {{\"x\": {defined}}}}}",
            dice.schema(2)
        );
        let text = format!("{{\"v\": {}, \"a\": {}}}", dice.value(2), dice.value(1));
        let Ok(values) = corten_gostd::json::decode_first(text.as_bytes()).value else { panic!("{text}") };
        let Some(fits) = decide(schema.as_bytes(), &values) else { continue };
        sure[usize::from(fits)] += 1;
        let found = validate_by_documents(&values, schema.as_bytes());
        assert_eq!(fits, found.is_ok(), "{schema}\n{text}\n{found:?}");
    }
    assert!(sure[0] > 200 && sure[1] > 200, "{sure:?}");
}

#[test]
fn ordinary_values_are_accepted() {
    let schema = br##"{
        "type": "object", "required": ["image"], "additionalProperties": false,
        "properties": {
            "image": {"type": "object", "properties": {"tag": {"type": "string", "pattern": "^v\\d+$"}}},
            "ports": {"type": "array", "items": {"$ref": "#/$defs/port"}, "maxItems": 2},
            "mode": {"enum": ["a", "b"], "description": "a \"mode\""}
        },
        "$defs": {"port": {"type": "integer", "minimum": 1}}
    }"##;
    let decide = |text: &str| {
        let values = corten_gostd::json::decode_first(text.as_bytes()).value.unwrap();
        decide(schema, &values)
    };
    assert_eq!(decide(r#"{"image": {"tag": "v1"}, "ports": [80, 443], "mode": "b"}"#), Some(true));
    for refused in [
        "{}",
        r#"{"image": {"tag": "1"}}"#,
        r#"{"image": {}, "ports": [0]}"#,
        r#"{"image": {}, "ports": [1, 2, 3]}"#,
        r#"{"image": {}, "mode": "c"}"#,
        r#"{"image": {}, "other": 1}"#,
    ] {
        assert_eq!(decide(refused), Some(false), "{refused}");
    }
}

#[test]
fn references_without_end_are_doubtful() {
    let schema = br##"{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}"##;
    assert_eq!(decide(schema, &Value::empty_map()), None);
}
