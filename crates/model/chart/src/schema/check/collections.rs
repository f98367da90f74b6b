//! Objects and arrays.

use std::sync::Arc;

use corten_value::{SortedMap, number::length};

use super::super::draft::Draft;
use super::super::failure::{quote, quote_all};
use super::super::instance::{Instance, duplicates};
use super::super::node::{Additional, Items, Needs, SchemaId};
use super::super::number::show_int;
use super::{Checker, Run, Token};

type Entries<T> = SortedMap<Arc<str>, T>;

impl<'r, T: Instance> Run<'_, 'r, '_, '_, T> {
    pub(super) fn check_map(&mut self, map: &'r Entries<T>) {
        let rules = &self.schema.object;
        self.check_bounds("Properties", length(map.len()), rules.min, rules.max);
        let missing = missing(map, &rules.required);
        match missing.as_slice() {
            [] => {}
            [name] => self.fail(|| format!("missing property {}", quote(name))),
            names => self.fail(|| format!("missing properties {}", quote_all(names.iter().copied()))),
        }
        if self.is_quiet && !self.failures.is_empty() {
            return;
        }
        for (name, needs) in &rules.dependencies {
            if !map.contains_key(name.as_str()) {
                continue;
            }
            match needs {
                Needs::Names(names) => self.require(map, name, names),
                Needs::Schema(id) => {
                    let failure = self.apply(*id, "", false).err();
                    self.failures.extend(failure);
                }
            }
        }
        if !self.check_properties(map) || self.schema.draft == Draft::Draft4 {
            return;
        }
        if let Some(id) = rules.names {
            self.check_names(map, id);
        }
        if self.schema.draft == Draft::Draft6 {
            return;
        }
        for (name, id) in &rules.dependent_schemas {
            if map.contains_key(name.as_str()) {
                let failure = self.apply(*id, "", false).err();
                self.failures.extend(failure);
            }
        }
        for (name, names) in &rules.dependent_required {
            if map.contains_key(name.as_str()) {
                self.require(map, name, names);
            }
        }
    }

    fn require(&mut self, map: &Entries<T>, name: &str, names: &[String]) {
        let missing = missing(map, names);
        if !missing.is_empty() {
            self.fail(|| format!("properties {} required, if {} exists", quote_all(missing), quote(name)));
        }
    }

    /// Every property against the schemas that apply to it; false when there is nothing left to
    /// find out.
    fn check_properties(&mut self, map: &'r Entries<T>) -> bool {
        let rules = &self.schema.object;
        let mut additional = Vec::new();
        for (name, value) in map {
            if self.is_quiet && !self.failures.is_empty() {
                return false;
            }
            let mut is_evaluated = false;
            if let Some(id) = rules.properties.get(&**name) {
                is_evaluated = true;
                let failure = self.apply_below(*id, value, Token::Key(name)).err();
                self.failures.extend(failure);
            }
            for (pattern, id) in &rules.patterns {
                if pattern.regexp.is_match(&**name) {
                    is_evaluated = true;
                    let failure = self.apply_below(*id, value, Token::Key(name)).err();
                    self.failures.extend(failure);
                }
            }
            match rules.additional {
                None => {}
                Some(_) if is_evaluated => {}
                Some(Additional::Allowed(is_allowed)) => {
                    is_evaluated = true;
                    if !is_allowed {
                        additional.push(&**name);
                    }
                }
                Some(Additional::Schema(id)) => {
                    is_evaluated = true;
                    let failure = self.apply_below(id, value, Token::Key(name)).err();
                    self.failures.extend(failure);
                }
            }
            if is_evaluated && !self.unevaluated.properties.is_empty() {
                self.unevaluated.properties.remove(&**name);
            }
        }
        if !additional.is_empty() {
            // compat: schema-sorted-findings. Go names them in random order.
            self.fail(|| format!("additional properties {} not allowed", quote_all(additional)));
        }
        true
    }

    /// `propertyNames`: each name is an instance of its own.
    fn check_names(&mut self, map: &Entries<T>, id: SchemaId) {
        for name in map.keys() {
            let Checker { schemas, meta, others, .. } = *self.checker;
            let mut checker = Checker { schemas, path: String::new(), meta, others };
            if let Err(failure) = checker.check_root(id, &T::from_text(name)) {
                // Go: the finding keeps the place that it has as an instance of its own.
                let failure = super::Failure {
                    message: format!("invalid propertyName {}", quote(name)),
                    kind: super::FailureKind::Plain,
                    ..failure
                };
                self.failures.push(failure);
            }
        }
    }

    pub(super) fn check_list(&mut self, list: &'r [T]) {
        let rules = &self.schema.array;
        self.check_bounds("Items", length(list.len()), rules.min, rules.max);
        if rules.is_unique
            && let Some((first, second)) = duplicates(list)
        {
            let (first, second) = (show_int(length(first)), show_int(length(second)));
            self.fail(|| format!("items at {first} and {second} are equal"));
        }
        if self.schema.draft < Draft::Draft2020 {
            self.check_items(list);
        } else {
            let fixed = rules.prefix.len().min(list.len());
            for (index, (id, item)) in rules.prefix.iter().zip(list).enumerate() {
                self.check_item(*id, item, index);
            }
            if let Some(id) = rules.rest {
                // Go: these are counted from 0 again.
                list[fixed..].iter().enumerate().for_each(|(index, item)| self.check_item(id, item, index));
            }
        }
        if let Some(id) = rules.contains {
            self.check_contains(list, id);
        }
    }

    fn check_item(&mut self, id: SchemaId, item: &T, index: usize) {
        let failure = self.apply_below(id, item, Token::Index(index)).err();
        self.failures.extend(failure);
    }

    fn check_items(&mut self, list: &[T]) {
        let rules = &self.schema.array;
        let mut evaluated = 0;
        match &rules.items {
            None => {}
            Some(Items::All(id)) => {
                list.iter().enumerate().for_each(|(index, item)| self.check_item(*id, item, index));
                evaluated = list.len();
            }
            Some(Items::Each(ids)) => {
                for (index, (id, item)) in ids.iter().zip(list).enumerate() {
                    self.check_item(*id, item, index);
                }
                evaluated = ids.len().min(list.len());
            }
        }
        match rules.additional {
            Some(Additional::Allowed(false)) if evaluated < list.len() => {
                let count = show_int(length(list.len() - evaluated));
                self.fail(|| format!("last {count} additionalItem(s) not allowed"));
            }
            Some(Additional::Schema(id)) => {
                list[evaluated..].iter().enumerate().for_each(|(index, item)| self.check_item(id, item, index));
            }
            _ => {}
        }
    }

    fn check_contains(&mut self, list: &[T], id: SchemaId) {
        let rules = &self.schema.array;
        let mut failures = Vec::new();
        let mut matched = Vec::new();
        for (index, item) in list.iter().enumerate() {
            if let Err(failure) = self.apply_below(id, item, Token::Index(index)) {
                failures.push(failure);
                continue;
            }
            matched.push(index);
            if self.schema.draft >= Draft::Draft2020 {
                self.unevaluated.items.remove(&index);
            }
        }
        let count = length(matched.len());
        let places = || matched.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        match rules.min_contains {
            Some(want) if count < want => self.fail_with(failures, || {
                let want = show_int(want);
                if count == 0 {
                    return format!("min {want} items required to match contains schema, but none matched");
                }
                let (count, places) = (show_int(count), places());
                format!("min {want} items required to match contains schema, but matched {count} items at {places}")
            }),
            None if count == 0 => self.fail_with(failures, || "no items match contains schema".to_owned()),
            _ => {}
        }
        if let Some(want) = rules.max_contains.filter(|want| count > *want) {
            let (want, count, places) = (show_int(want), show_int(count), places());
            self.fail(|| {
                format!("max {want} items required to match contains schema, but matched {count} items at {places}")
            });
        }
    }
}

fn missing<'n, T>(map: &Entries<T>, names: &'n [String]) -> Vec<&'n str> {
    names.iter().map(String::as_str).filter(|name| !map.contains_key(*name)).collect()
}
