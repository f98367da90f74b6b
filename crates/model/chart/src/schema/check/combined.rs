//! Schemas made of schemas, and references that depend on the way that led to them.

use super::super::instance::{Instance, View};
use super::super::node::SchemaId;
use super::{Run, Scope, Token};

impl<T: Instance> Run<'_, '_, '_, '_, T> {
    /// `not`, `allOf`, `anyOf`, `oneOf`, `if`.
    pub(super) fn check_combined(&mut self) {
        let schema = self.schema;
        if let Some(not) = schema.not
            && self.apply(not, "", true).is_ok()
        {
            self.fail(|| "'not' failed".to_owned());
        }
        let mut failures = Vec::new();
        for id in &schema.all_of {
            failures.extend(self.apply(*id, "", false).err());
            if self.is_quiet && !failures.is_empty() {
                break;
            }
        }
        if !failures.is_empty() {
            self.fail_with(failures, || "'allOf' failed".to_owned());
        }
        if !schema.any_of.is_empty() {
            self.check_any(&schema.any_of);
        }
        if !schema.one_of.is_empty() {
            self.check_one(&schema.one_of);
        }
        if let Some(condition) = schema.condition {
            let branch = if self.apply(condition, "", true).is_ok() { schema.then } else { schema.otherwise };
            if let Some(branch) = branch {
                let failure = self.apply(branch, "", false).err();
                self.failures.extend(failure);
            }
        }
    }

    fn check_any(&mut self, schemas: &[SchemaId]) {
        let mut failures = Vec::new();
        let mut is_matched = false;
        for id in schemas {
            if let Err(failure) = self.apply(*id, "", false) {
                failures.push(failure);
                continue;
            }
            is_matched = true;
            // Others may evaluate more.
            if self.unevaluated.is_empty() {
                break;
            }
        }
        if !is_matched {
            self.fail_with(failures, || "'anyOf' failed".to_owned());
        }
    }

    fn check_one(&mut self, schemas: &[SchemaId]) {
        let mut failures = Vec::new();
        let mut matched: Option<usize> = None;
        for (index, id) in schemas.iter().enumerate() {
            match (self.apply(*id, "", matched.is_some()), matched) {
                (Err(failure), None) => failures.push(failure),
                (Err(_), Some(_)) => {}
                (Ok(()), None) => matched = Some(index),
                (Ok(()), Some(first)) => {
                    self.fail(|| format!("'oneOf' failed, subschemas {first}, {index} matched"));
                    break;
                }
            }
        }
        if matched.is_none() {
            self.fail_with(failures, || "'oneOf' failed, none matched".to_owned());
        }
    }

    /// `$recursiveRef` and `$dynamicRef`: the outermost schema on the way that has the anchor.
    pub(super) fn follow_dynamic(&mut self) {
        let schemas = self.checker.schemas;
        if let Some(target) = self.schema.recursive_reference {
            let found = |resource: SchemaId| schemas[resource].is_recursive_anchor.then_some(None);
            let target = if found(target).is_some() { self.outermost(target, found) } else { target };
            let failure = self.follow(target, "$recursiveRef");
            self.failures.extend(failure);
        }
        if let Some((target, anchor)) = &self.schema.dynamic_reference {
            let found = |resource: SchemaId| schemas[resource].dynamic_anchors.get(anchor).map(|id| Some(*id));
            let is_dynamic = !anchor.is_empty() && schemas[*target].dynamic_anchor == *anchor;
            let target = if is_dynamic { self.outermost(*target, found) } else { *target };
            let failure = self.follow(target, "$dynamicRef");
            self.failures.extend(failure);
        }
    }

    /// The last hit on the way outwards: the schema that `found` gives for a scope's resource, or
    /// the scope's own.
    fn outermost(&self, fallback: SchemaId, found: impl Fn(SchemaId) -> Option<Option<SchemaId>>) -> SchemaId {
        let mut target = fallback;
        let mut scope: Option<&Scope<'_>> = Some(&self.scope);
        while let Some(current) = scope {
            if let Some(hit) = found(self.checker.schemas[current.id].resource) {
                target = hit.unwrap_or(current.id);
            }
            scope = current.parent;
        }
        target
    }

    /// `unevaluatedProperties` and `unevaluatedItems`.
    pub(super) fn check_unevaluated(&mut self) {
        match self.value.view() {
            View::Map(map) => {
                if let Some(id) = self.schema.object.unevaluated {
                    for name in std::mem::take(&mut self.unevaluated.properties) {
                        if let Some(value) = map.get(name) {
                            let failure = self.apply_below(id, value, Token::Key(name)).err();
                            self.failures.extend(failure);
                        }
                    }
                }
            }
            View::List(list) => {
                if let Some(id) = self.schema.array.unevaluated {
                    for index in std::mem::take(&mut self.unevaluated.items) {
                        if let Some(value) = list.get(index) {
                            let failure = self.apply_below(id, value, Token::Index(index)).err();
                            self.failures.extend(failure);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
