//! The keywords of one schema, draft by draft.

use std::collections::BTreeMap;
use std::sync::Arc;

use corten_gostd::regexp::Regexp;
use corten_value::SortedMap;

use super::compile::Compiler;
use super::document::Document;
use super::draft::{Dialect, Draft};
use super::formats;
use super::instance::{Kind, Kinds, Number};
use super::location::{Place, escape, go_quote, join, split_fragment};
use super::node::{Additional, Items, Needs, Pattern, Schema, SchemaId};
use super::number::Decimal;

/// Reads the keywords of a schema.
pub(super) struct Reader<'r, 'a> {
    pub(super) compiler: &'r mut Compiler<'a>,
    pub(super) map: &'r SortedMap<Arc<str>, Document>,
    pub(super) place: &'r Place,
    /// The URL that references are relative to.
    pub(super) base: &'r str,
    pub(super) dialect: &'r Dialect,
}

impl Reader<'_, '_> {
    pub(super) fn read(&mut self, schema: &mut Schema) -> Result<(), String> {
        let draft = self.dialect.draft;
        self.draft4(schema)?;
        if draft >= Draft::Draft6 {
            self.draft6(schema);
        }
        if draft >= Draft::Draft7 {
            self.draft7(schema);
        }
        if draft >= Draft::Draft2019 {
            self.draft2019(schema)?;
        }
        if draft >= Draft::Draft2020 {
            self.draft2020(schema)?;
        }
        Ok(())
    }

    fn draft4(&mut self, schema: &mut Schema) -> Result<(), String> {
        schema.reference = self.reference("$ref")?;
        if self.dialect.draft < Draft::Draft2019 && schema.reference.is_some() {
            // All siblings of `$ref` are ignored there.
            return Ok(());
        }
        if self.dialect.has("applicator") {
            self.applicators(schema)?;
        }
        if self.dialect.has("validation") {
            self.assertions(schema)?;
        }
        if self.asserts_format()
            && let Some(name) = self.text("format")
        {
            schema.format = formats::find(name);
        }
        Ok(())
    }

    fn applicators(&mut self, schema: &mut Schema) -> Result<(), String> {
        schema.all_of = self.list("allOf");
        schema.any_of = self.list("anyOf");
        schema.one_of = self.list("oneOf");
        schema.not = self.one("not");
        if self.dialect.draft < Draft::Draft2020 {
            match self.map.get("items") {
                Some(Document::List(_)) => {
                    schema.array.items = Some(Items::Each(self.list("items")));
                    schema.array.additional = self.additional("additionalItems");
                }
                _ => schema.array.items = self.one("items").map(Items::All),
            }
        }
        schema.object.properties = self.entries("properties");
        for (pattern, id) in self.entries("patternProperties") {
            let regexp = self.regexp("patternProperties", &pattern)?;
            schema.object.patterns.push((Pattern { text: pattern, regexp }, id));
        }
        schema.object.additional = self.additional("additionalProperties");
        if let Some(Document::Map(dependencies)) = self.map.get("dependencies") {
            for (name, needs) in dependencies {
                let needs = match needs {
                    Document::List(names) => Needs::Names(texts(names)),
                    _ => Needs::Schema(self.at(&format!("/dependencies/{}", escape(name)))),
                };
                schema.object.dependencies.insert(name.to_string(), needs);
            }
        }
        Ok(())
    }

    fn assertions(&mut self, schema: &mut Schema) -> Result<(), String> {
        schema.types = self.map.get("type").map(Kinds::read).unwrap_or_default();
        if let Some(Document::List(values)) = self.map.get("enum") {
            let mut kinds = Kinds::default();
            for value in values {
                kinds.add(Kind::of(value));
            }
            schema.enumeration = Some((kinds, values.clone()));
        }
        schema.number.multiple_of = self.number("multipleOf");
        // Draft 4 has booleans that make a bound exclusive.
        (schema.number.max, schema.number.below) = if self.truth("exclusiveMaximum") {
            (None, self.number("maximum"))
        } else {
            (self.number("maximum"), self.number("exclusiveMaximum"))
        };
        (schema.number.min, schema.number.above) = if self.truth("exclusiveMinimum") {
            (None, self.number("minimum"))
        } else {
            (self.number("minimum"), self.number("exclusiveMinimum"))
        };
        schema.string.min = self.int("minLength");
        schema.string.max = self.int("maxLength");
        if let Some(pattern) = self.text("pattern") {
            let regexp = self.regexp("pattern", pattern)?;
            schema.string.pattern = Some(Pattern { text: pattern.to_owned(), regexp });
        }
        schema.array.min = self.int("minItems");
        schema.array.max = self.int("maxItems");
        schema.array.is_unique = self.truth("uniqueItems");
        schema.object.max = self.int("maxProperties");
        schema.object.min = self.int("minProperties");
        if let Some(Document::List(names)) = self.map.get("required") {
            schema.object.required = texts(names);
        }
        Ok(())
    }

    fn draft6(&mut self, schema: &mut Schema) {
        if self.dialect.has("applicator") {
            schema.array.contains = self.one("contains");
            schema.object.names = self.one("propertyNames");
        }
        if self.dialect.has("validation") {
            schema.constant = self.map.get("const").cloned();
        }
    }

    fn draft7(&mut self, schema: &mut Schema) {
        if !self.dialect.has("applicator") {
            return;
        }
        schema.condition = self.one("if");
        if schema.condition.is_some() {
            let condition = self.map.get("if");
            if condition != Some(&Document::Bool(false)) {
                schema.then = self.one("then");
            }
            if condition != Some(&Document::Bool(true)) {
                schema.otherwise = self.one("else");
            }
        }
    }

    fn draft2019(&mut self, schema: &mut Schema) -> Result<(), String> {
        schema.recursive_reference = self.reference("$recursiveRef")?;
        schema.is_recursive_anchor = self.truth("$recursiveAnchor");
        if self.dialect.has("validation") {
            if schema.array.contains.is_some() {
                schema.array.min_contains = self.int("minContains");
                schema.array.max_contains = self.int("maxContains");
            }
            if let Some(Document::Map(required)) = self.map.get("dependentRequired") {
                let lists = required.iter().filter_map(|(name, names)| match names {
                    Document::List(names) => Some((name.to_string(), texts(names))),
                    _ => None,
                });
                schema.object.dependent_required = lists.collect();
            }
        }
        if self.dialect.has("applicator") {
            schema.object.dependent_schemas = self.entries("dependentSchemas");
        }
        let vocabulary = if self.dialect.draft == Draft::Draft2019 { "applicator" } else { "unevaluated" };
        if self.dialect.has(vocabulary) {
            schema.array.unevaluated = self.one("unevaluatedItems");
            schema.object.unevaluated = self.one("unevaluatedProperties");
        }
        Ok(())
    }

    fn draft2020(&mut self, schema: &mut Schema) -> Result<(), String> {
        if let Some(target) = self.reference("$dynamicRef")? {
            let (_, fragment) = split_fragment(self.text("$dynamicRef").unwrap_or_default())?;
            let anchor = if fragment.starts_with('/') { String::new() } else { fragment };
            schema.dynamic_reference = Some((target, anchor));
        }
        self.text("$dynamicAnchor").unwrap_or_default().clone_into(&mut schema.dynamic_anchor);
        if self.dialect.has("applicator") {
            schema.array.prefix = self.list("prefixItems");
            schema.array.rest = self.one("items");
        }
        Ok(())
    }

    fn asserts_format(&self) -> bool {
        match self.dialect.draft {
            _ if self.compiler.asserts_formats => true,
            Draft::Draft2019 => self.dialect.has("format"),
            Draft::Draft2020 => self.dialect.has("format-assertion"),
            _ => true,
        }
    }

    /// The schema at a pointer below this one.
    fn at(&mut self, pointer: &str) -> SchemaId {
        let pointer = format!("{}{pointer}", self.place.pointer);
        self.compiler.enqueue(Place { url: self.place.url.clone(), pointer })
    }

    fn one(&mut self, keyword: &str) -> Option<SchemaId> {
        self.map.contains_key(keyword).then(|| self.at(&format!("/{keyword}")))
    }

    fn list(&mut self, keyword: &str) -> Vec<SchemaId> {
        let Some(Document::List(items)) = self.map.get(keyword) else { return Vec::new() };
        (0..items.len()).map(|index| self.at(&format!("/{keyword}/{index}"))).collect()
    }

    fn entries(&mut self, keyword: &str) -> BTreeMap<String, SchemaId> {
        let Some(Document::Map(entries)) = self.map.get(keyword) else { return BTreeMap::new() };
        entries.keys().map(|key| (key.to_string(), self.at(&format!("/{keyword}/{}", escape(key))))).collect()
    }

    fn additional(&mut self, keyword: &str) -> Option<Additional> {
        match self.map.get(keyword)? {
            Document::Bool(truth) => Some(Additional::Allowed(*truth)),
            _ => self.one(keyword).map(Additional::Schema),
        }
    }

    fn reference(&mut self, keyword: &str) -> Result<Option<SchemaId>, String> {
        let Some(text) = self.text(keyword) else { return Ok(None) };
        let reference = join(self.base, text)?;
        let place = self.compiler.resolve_from(&self.place.url, &reference)?;
        Ok(Some(self.compiler.enqueue(place)))
    }

    fn regexp(&self, keyword: &str, pattern: &str) -> Result<Regexp, String> {
        Regexp::compile(pattern).map_err(|error| {
            format!("invalid regex {} at {}: {error}", go_quote(pattern), go_quote(&self.place.with(keyword)))
        })
    }

    fn text(&self, keyword: &str) -> Option<&'_ str> {
        self.map.get(keyword)?.as_str()
    }

    fn truth(&self, keyword: &str) -> bool {
        self.map.get(keyword) == Some(&Document::Bool(true))
    }

    fn number(&self, keyword: &str) -> Option<Decimal> {
        match self.map.get(keyword)? {
            Document::Number(text) => Decimal::of(Number::Text(text)),
            _ => None,
        }
    }

    fn int(&self, keyword: &str) -> Option<i64> {
        self.number(keyword).filter(Decimal::is_integer).map(|number| number.to_int())
    }
}

fn texts(documents: &[Document]) -> Vec<String> {
    documents.iter().filter_map(Document::as_str).map(str::to_owned).collect()
}

/// Which elements the schema evaluates whatever they are.
pub(super) fn note_evaluated_items(schema: &mut Schema) {
    if schema.draft >= Draft::Draft2020 {
        schema.evaluates_all_items = schema.array.rest.is_some();
        schema.evaluated_items = schema.array.prefix.len();
        return;
    }
    schema.evaluates_all_items = schema.array.additional.is_some();
    match &schema.array.items {
        Some(Items::All(_)) => schema.evaluates_all_items = true,
        Some(Items::Each(items)) => schema.evaluated_items = items.len(),
        None => {}
    }
}
