//! Applies compiled schemas to an instance and collects what is wrong.
//!
//! Keywords are looked at in the order of Go's validator, so findings of one schema come in its
//! order; properties are walked by name where Go walks a map at random.

mod collections;
mod combined;

use std::collections::BTreeMap;

use super::failure::{Failure, FailureKind, quote};
use super::instance::{Instance, Kind, Number, View, equals};
use super::location::escape;
use super::node::{Schema, SchemaId, Unevaluated};
use super::number::{Decimal, show_float, show_int};
use super::{document::Document, draft::Draft};

/// Checks a schema document against a metaschema; `others` are the metaschemas of the schemas with
/// ids inside it.
pub(super) fn metaschema(
    schemas: &[Schema],
    id: SchemaId,
    others: &BTreeMap<String, SchemaId>,
    document: &Document,
) -> Result<(), Failure> {
    Checker { schemas, path: String::new(), meta: Some(id), others: Some(others) }.check_root(id, document)
}

/// Checks an instance.
pub(super) fn instance<T: Instance>(schemas: &[Schema], id: SchemaId, instance: &T) -> Result<(), Failure> {
    Checker { schemas, path: String::new(), meta: None, others: None }.check_root(id, instance)
}

/// What stays the same, or is put back, while an instance is walked.
struct Checker<'a> {
    schemas: &'a [Schema],
    /// The JSON pointer of the instance at hand.
    path: String,
    /// The metaschema, when the instance is a schema.
    meta: Option<SchemaId>,
    others: Option<&'a BTreeMap<String, SchemaId>>,
}

/// The schemas that led here, innermost first.
#[derive(Clone, Copy)]
struct Scope<'s> {
    id: SchemaId,
    /// The keyword of the reference that led here.
    keyword: &'static str,
    /// Tells instances apart: schemas that look at the same one have the same number.
    instance: usize,
    parent: Option<&'s Scope<'s>>,
}

/// One schema applied to one instance.
struct Run<'c, 'r, 'a, 's, T> {
    checker: &'c mut Checker<'a>,
    schema: &'a Schema,
    value: &'r T,
    scope: Scope<'s>,
    unevaluated: Unevaluated<'r>,
    failures: Vec<Failure>,
    /// Only whether anything is wrong matters, not what.
    is_quiet: bool,
}

type Outcome<'r> = Result<Unevaluated<'r>, Failure>;

impl Checker<'_> {
    fn check_root<T: Instance>(&mut self, id: SchemaId, value: &T) -> Result<(), Failure> {
        let scope = Scope { id, keyword: "", instance: 0, parent: None };
        self.run(value, scope, false, false).map(|_| ()).map_err(|failure| {
            let place = &self.schemas[id].place;
            Failure {
                at: String::new(),
                message: format!("jsonschema validation failed with {}", quote(&place.to_string())),
                kind: FailureKind::Root,
                causes: failure.into_causes(),
            }
        })
    }

    /// Applies the schema of a scope; `wants_rest` when the caller needs what stays unevaluated.
    fn run<'r, T: Instance>(
        &mut self,
        value: &'r T,
        scope: Scope<'_>,
        is_quiet: bool,
        wants_rest: bool,
    ) -> Outcome<'r> {
        let meta = self.meta;
        let schemas = self.schemas;
        let unevaluated = unevaluated(value, &schemas[scope.id], wants_rest);
        // A schema with an id inside a schema is checked in its own dialect.
        let mut id = scope.id;
        if self.meta == Some(id)
            && let Some(other) = self.others.and_then(|others| others.get(&self.path))
        {
            id = *other;
            self.meta = Some(id);
        }
        let outcome = stacker::maybe_grow(128 << 10, 2 << 20, || {
            let schema = &schemas[id];
            Run { checker: &mut *self, schema, value, scope, unevaluated, failures: Vec::new(), is_quiet }.check()
        });
        self.meta = meta;
        outcome
    }
}

impl Failure {
    /// Go: a group gives its findings to whoever asked.
    fn into_causes(self) -> Vec<Self> {
        if self.kind == FailureKind::Group { self.causes } else { vec![self] }
    }
}

/// What a schema (or its caller) wants to know of unevaluated parts.
fn unevaluated<'v, T: Instance>(value: &'v T, schema: &Schema, wants_rest: bool) -> Unevaluated<'v> {
    let mut rest = Unevaluated::default();
    match value.view() {
        View::Map(map) if !schema.evaluates_all_properties && (wants_rest || schema.object.unevaluated.is_some()) => {
            rest.properties = map.keys().map(|key| &**key).collect();
        }
        View::List(list) if !schema.evaluates_all_items && (wants_rest || schema.array.unevaluated.is_some()) => {
            rest.items = (schema.evaluated_items..list.len()).collect();
        }
        _ => {}
    }
    rest
}

impl<'r, T: Instance> Run<'_, 'r, '_, '_, T> {
    fn check(mut self) -> Outcome<'r> {
        let schema = self.schema;
        match schema.boolean {
            Some(true) => return Ok(self.unevaluated),
            Some(false) => return Err(self.failure(|| "false schema".to_owned())),
            None => {}
        }
        if let Some(earlier) = self.scope.circle() {
            let (here, there) = (self.location(&self.scope), self.location(earlier));
            let url = super::location::go_quote(&schema.place.to_string());
            return Err(self.failure(|| format!("both {here} and {there} resolve to {url} causing reference cycle")));
        }
        if let Some(failure) = self.check_value() {
            return Err(failure);
        }
        if let Some(target) = schema.reference {
            let outcome = self.follow(target, "$ref");
            if schema.draft < Draft::Draft2019 {
                return match outcome {
                    Some(failure) => Err(failure),
                    None => Ok(self.unevaluated),
                };
            }
            self.failures.extend(outcome);
        }
        match self.value.view() {
            View::Map(map) => self.check_map(map),
            View::List(list) => self.check_list(list),
            View::String(text) => self.check_text(text),
            View::Number(number) => self.check_number(number),
            View::Null | View::Bool(_) => {}
        }
        if self.failures.is_empty() || !self.is_quiet {
            if schema.draft >= Draft::Draft2019 {
                self.follow_dynamic();
            }
            self.check_combined();
            if schema.draft >= Draft::Draft2019 {
                self.check_unevaluated();
            }
        }
        match self.failures.len() {
            0 => Ok(self.unevaluated),
            1 => Err(self.failures.remove(0)),
            _ => {
                let mut group = self.failure(|| "validation failed".to_owned());
                group.kind = FailureKind::Group;
                group.causes = self.failures;
                Err(group)
            }
        }
    }

    /// Type, constant, enumeration and format: the first that fails is the only finding.
    fn check_value(&self) -> Option<Failure> {
        let schema = self.schema;
        let kind = Kind::of(self.value);
        if !schema.types.is_empty() && !schema.types.contains(kind) && !self.is_wanted_integer() {
            return Some(self.failure(|| format!("got {}, want {}", kind.name(), schema.types.text())));
        }
        if let Some(constant) = &schema.constant
            && !equals(self.value, constant)
        {
            return Some(self.failure(|| match constant {
                Document::List(_) | Document::Map(_) => "'const' failed".to_owned(),
                constant => format!("value must be {}", display(constant)),
            }));
        }
        if let Some((kinds, values)) = &schema.enumeration
            && !(kinds.contains(kind) && values.iter().any(|value| equals(self.value, value)))
        {
            return Some(self.failure(|| enumeration(values)));
        }
        if let Some(format) = &schema.format
            && let View::String(text) = self.value.view()
            && let Err(reason) = (format.check)(text)
        {
            return Some(self.failure(|| format!("{} is not valid {}: {reason}", quote(text), format.name)));
        }
        None
    }

    fn is_wanted_integer(&self) -> bool {
        self.schema.types.contains(Kind::Integer)
            && match self.value.view() {
                View::Number(number) => Decimal::of(number).is_some_and(|number| number.is_integer()),
                _ => false,
            }
    }

    fn check_text(&mut self, text: &str) {
        let rules = &self.schema.string;
        if rules.min.is_some() || rules.max.is_some() {
            let length = corten_value::number::length(text.chars().count());
            self.check_bounds("Length", length, rules.min, rules.max);
        }
        if let Some(pattern) = &rules.pattern
            && !pattern.regexp.is_match(text)
        {
            self.fail(|| format!("{} does not match pattern {}", quote(text), quote(&pattern.text)));
        }
    }

    fn check_bounds(&mut self, what: &str, got: i64, min: Option<i64>, max: Option<i64>) {
        if let Some(want) = min.filter(|min| got < *min) {
            self.fail(|| format!("min{what}: got {}, want {}", show_int(got), show_int(want)));
        }
        if let Some(want) = max.filter(|max| got > *max) {
            self.fail(|| format!("max{what}: got {}, want {}", show_int(got), show_int(want)));
        }
    }

    fn check_number(&mut self, number: Number<'_>) {
        let rules = &self.schema.number;
        let bounds = [&rules.min, &rules.max, &rules.above, &rules.below, &rules.multiple_of];
        if bounds.iter().all(|bound| bound.is_none()) {
            return;
        }
        let Some(got) = Decimal::of(number) else { return };
        let mut check = |keyword: &str, want: &Option<Decimal>, is_met: fn(&Decimal, &Decimal) -> bool| {
            if let Some(want) = want
                && !is_met(&got, want)
            {
                let (got, want) = (show_float(got.to_float()), show_float(want.to_float()));
                self.fail(|| format!("{keyword}: got {got}, want {want}"));
            }
        };
        check("minimum", &rules.min, |got, want| got >= want);
        check("maximum", &rules.max, |got, want| got <= want);
        check("exclusiveMinimum", &rules.above, |got, want| got > want);
        check("exclusiveMaximum", &rules.below, |got, want| got < want);
        check("multipleOf", &rules.multiple_of, Decimal::is_multiple_of);
    }

    /// A finding about the instance at hand.
    fn failure(&self, message: impl FnOnce() -> String) -> Failure {
        if self.is_quiet {
            return Failure::default();
        }
        Failure { at: self.checker.path.clone(), message: message(), kind: FailureKind::Plain, causes: Vec::new() }
    }

    fn fail(&mut self, message: impl FnOnce() -> String) {
        let failure = self.failure(message);
        self.failures.push(failure);
    }

    fn fail_with(&mut self, causes: Vec<Failure>, message: impl FnOnce() -> String) {
        let failure = self.failure(message);
        self.failures.push(Failure { causes, ..failure });
    }

    /// Applies another schema to the same instance.
    fn apply(&mut self, id: SchemaId, keyword: &'static str, is_quiet: bool) -> Result<(), Failure> {
        let scope = Scope { id, keyword, instance: self.scope.instance, parent: Some(&self.scope) };
        let wants_rest = !self.unevaluated.is_empty();
        let rest = self.checker.run(self.value, scope, self.is_quiet || is_quiet, wants_rest)?;
        self.unevaluated.merge(&rest);
        Ok(())
    }

    /// Applies a schema to a part of the instance.
    fn apply_below(&mut self, id: SchemaId, part: &T, token: Token<'_>) -> Result<(), Failure> {
        let scope = Scope { id, keyword: "", instance: self.scope.instance + 1, parent: Some(&self.scope) };
        let length = self.checker.path.len();
        self.checker.path.push('/');
        match token {
            Token::Key(key) if key.contains(['~', '/']) => self.checker.path.push_str(&escape(key)),
            Token::Key(key) => self.checker.path.push_str(key),
            Token::Index(index) => self.checker.path.push_str(&index.to_string()),
        }
        let outcome = self.checker.run(part, scope, self.is_quiet, false).map(|_| ());
        self.checker.path.truncate(length);
        outcome
    }

    /// Go: `validateRef`.
    fn follow(&mut self, target: SchemaId, keyword: &'static str) -> Option<Failure> {
        let failure = self.apply(target, keyword, false).err()?;
        let mut reference = self.failure(|| "validation failed".to_owned());
        reference.kind = FailureKind::Reference;
        reference.causes = failure.into_causes();
        Some(reference)
    }

    /// Go: `kwLoc`: the keywords that led to a scope.
    fn location(&self, scope: &Scope<'_>) -> String {
        let mut scope = scope;
        let mut parts = Vec::new();
        while let Some(parent) = scope.parent {
            if scope.keyword.is_empty() {
                let here = self.checker.schemas[scope.id].place.to_string();
                let above = self.checker.schemas[parent.id].place.to_string();
                parts.push(here.get(above.len()..).unwrap_or_default().to_owned());
            } else {
                parts.push(format!("/{}", escape(scope.keyword)));
            }
            scope = parent;
        }
        parts.reverse();
        parts.concat()
    }
}

/// A step into an instance.
#[derive(Clone, Copy)]
enum Token<'k> {
    Key(&'k str),
    Index(usize),
}

impl Scope<'_> {
    /// An outer scope that applies the same schema to the same instance.
    fn circle(&self) -> Option<&Self> {
        let mut outer = self.parent;
        while let Some(scope) = outer.filter(|scope| scope.instance == self.instance) {
            if scope.id == self.id {
                return Some(scope);
            }
            outer = scope.parent;
        }
        None
    }
}

fn enumeration(values: &[Document]) -> String {
    if values.iter().any(|value| matches!(value, Document::List(_) | Document::Map(_))) {
        return "'enum' failed".to_owned();
    }
    let shown: Vec<String> = values.iter().map(display).collect();
    if shown.len() == 1 {
        return format!("value must be {}", shown[0]);
    }
    format!("value must be one of {}", shown.join(", "))
}

/// Go: `display`: strings quoted, numbers as they were written.
fn display(document: &Document) -> String {
    match document {
        Document::Null => "<nil>".to_owned(),
        Document::Bool(truth) => truth.to_string(),
        Document::Number(text) => text.to_string(),
        Document::String(text) => quote(text),
        Document::List(_) | Document::Map(_) => "value".to_owned(),
    }
}
