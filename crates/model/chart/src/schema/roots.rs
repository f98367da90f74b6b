//! Documents with the schemas inside them that have names: ids and anchors.
//!
//! A document is read once, its subschemas are walked where the draft's keywords hold them, and
//! the whole is checked against its metaschema before anything is compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use corten_gostd::url::Url;

use super::document::Document;
use super::draft::{Dialect, Draft, Shape, metaschema};
use super::location::{Place, Reference, escape, go_quote, join, split, split_fragment};

/// A schema with an id, or a whole document.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) pointer: String,
    pub(super) id: String,
    pub(super) dialect: Dialect,
    pub(super) anchors: BTreeMap<String, String>,
    pub(super) dynamic_anchors: Vec<String>,
}

/// A document.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) url: String,
    pub(super) document: Rc<Document>,
    pub(super) resources: BTreeMap<String, Resource>,
    /// The pointers of the subschemas that were walked.
    pub(super) walked: BTreeSet<String>,
}

impl Root {
    pub(super) fn new(url: &str, document: Rc<Document>) -> Self {
        Self { url: url.to_owned(), document, resources: BTreeMap::new(), walked: BTreeSet::new() }
    }

    /// The resource that a place belongs to.
    pub(super) fn resource(&self, pointer: &str) -> Option<&Resource> {
        let mut pointer = pointer;
        loop {
            if let Some(resource) = self.resources.get(pointer) {
                return Some(resource);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    pub(super) fn resolve_fragment(&self, fragment: &str) -> Result<Place, String> {
        match self.resource("") {
            Some(root) => self.resolve_in(fragment, root),
            None => Ok(self.place(fragment)),
        }
    }

    fn resolve_in(&self, fragment: &str, resource: &Resource) -> Result<Place, String> {
        if fragment.is_empty() || fragment.starts_with('/') {
            return Ok(self.place(&format!("{}{fragment}", resource.pointer)));
        }
        if let Some(pointer) = resource.anchors.get(fragment) {
            return Ok(self.place(pointer));
        }
        let reference = Reference { url: resource.id.clone(), fragment: fragment.to_owned() };
        let reference = go_quote(&reference.to_string());
        Err(format!("anchor in {reference} not found in schema {}", go_quote(&self.url)))
    }

    /// A reference into this document; `None` when it leads elsewhere.
    pub(super) fn resolve(&self, reference: &Reference) -> Result<Option<Place>, String> {
        if reference.url == self.url {
            return self.resolve_fragment(&reference.fragment).map(Some);
        }
        match self.resources.values().find(|resource| resource.id == reference.url) {
            Some(resource) => self.resolve_in(&reference.fragment, resource).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn place(&self, pointer: &str) -> Place {
        Place { url: self.url.clone(), pointer: pointer.to_owned() }
    }

    fn add_anchor(&mut self, resource: &str, anchor: String, pointer: &str) -> Result<(), String> {
        let url = go_quote(&self.url);
        let Some(resource) = self.resources.get_mut(resource) else { return Ok(()) };
        match resource.anchors.get(&anchor) {
            Some(old) if old != pointer => Err(format!(
                "duplicate anchor {} in {url} at {} and {}",
                go_quote(&anchor),
                go_quote(old),
                go_quote(pointer)
            )),
            _ => {
                resource.anchors.insert(anchor, pointer.to_owned());
                Ok(())
            }
        }
    }

    /// The anchors that a subschema declares.
    pub(super) fn collect_anchors(&mut self, schema: &Document, pointer: &str, resource: &str) -> Result<(), String> {
        let Some(draft) = self.resources.get(resource).map(|resource| resource.dialect.draft) else { return Ok(()) };
        if draft < Draft::Draft2019 {
            // All siblings of `$ref` are ignored there.
            if schema.as_map().is_some_and(|map| map.contains_key("$ref")) {
                return Ok(());
            }
            if let Some(id) = schema.text(draft.id_keyword()) {
                let (_, fragment) = split_fragment(id).map_err(|_| {
                    format!("error in parsing anchor at {}", go_quote(&self.place(pointer).to_string()))
                })?;
                if !fragment.is_empty() && !fragment.starts_with('/') {
                    self.add_anchor(resource, fragment, pointer)?;
                }
            }
            return Ok(());
        }
        if let Some(anchor) = schema.text("$anchor") {
            self.add_anchor(resource, anchor.to_owned(), pointer)?;
        }
        if draft >= Draft::Draft2020
            && let Some(anchor) = schema.text("$dynamicAnchor")
        {
            self.add_anchor(resource, anchor.to_owned(), pointer)?;
            if let Some(resource) = self.resources.get_mut(resource) {
                resource.dynamic_anchors.push(anchor.to_owned());
            }
        }
        Ok(())
    }
}

/// Reads the text behind a URL that is neither the schema itself nor a metaschema.
pub(super) type Load<'a> = dyn FnMut(&str) -> Result<Document, String> + 'a;

/// The documents read so far.
pub(super) struct Documents<'a> {
    documents: BTreeMap<String, Rc<Document>>,
    load: &'a mut Load<'a>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(load: &'a mut Load<'a>) -> Self {
        Self { documents: BTreeMap::new(), load }
    }

    pub(super) fn add(&mut self, url: &str, document: Document) {
        self.documents.insert(url.to_owned(), Rc::new(document));
    }

    pub(super) fn get(&mut self, url: &str) -> Result<Rc<Document>, String> {
        if let Some(document) = self.documents.get(url) {
            return Ok(Rc::clone(document));
        }
        let document = match metaschema(url) {
            Some(text) => Document::parse_valid(text.as_bytes()),
            None => self.fetch(url).map_err(|error| format!("failing loading {}: {error}", go_quote(url)))?,
        };
        let document = Rc::new(document);
        self.documents.insert(url.to_owned(), Rc::clone(&document));
        Ok(document)
    }

    /// Go: `SchemeURLLoader`.
    fn fetch(&mut self, url: &str) -> Result<Document, String> {
        let parsed = Url::parse(url.as_bytes()).map_err(|error| error.0)?;
        if !matches!(&parsed.scheme[..], b"file" | b"http" | b"https" | b"urn") {
            let url = String::from_utf8_lossy(&parsed.encode()).into_owned();
            return Err(format!("no URLLoader registered for {}", go_quote(&url)));
        }
        (self.load)(url)
    }

    /// The draft of a schema: its `$schema`, or that of the schema that this names.
    fn draft(
        &mut self,
        place: &Place,
        schema: &Document,
        fallback: Draft,
        seen: &mut BTreeSet<String>,
    ) -> Result<Draft, String> {
        let Some(name) = schema.text("$schema") else { return Ok(fallback) };
        if let Some(draft) = Draft::from_url(name) {
            return Ok(draft);
        }
        let (url, _) = split(name);
        Url::parse(url.as_bytes())
            .map_err(|error| format!("invalid $schema in {}: {error}", go_quote(&place.to_string())))?;
        if place.pointer.is_empty() && url == place.url {
            return Err(format!("draft {} is not supported", go_quote(url)));
        }
        if !seen.insert(url.to_owned()) {
            return Err(format!("cycle in resolving $schema in {}", go_quote(url)));
        }
        let document = self.get(url)?;
        let place = Place { url: url.to_owned(), pointer: String::new() };
        stacker::maybe_grow(32 << 10, 1 << 20, || self.draft(&place, &document, fallback, seen))
    }

    /// The vocabularies that a metaschema of the user's own requires.
    fn vocabularies(&mut self, schema: &Document, draft: Draft) -> Result<Option<Vec<String>>, String> {
        let Some(name) = schema.text("$schema") else { return Ok(None) };
        if Draft::from_url(name).is_some() || draft < Draft::Draft2019 {
            return Ok(None);
        }
        let (url, _) = split(name);
        let document = self.get(url)?;
        let Some(declared) = document.as_map().and_then(|map| map.get("$vocabulary")).and_then(Document::as_map) else {
            return Ok(None);
        };
        let mut chosen: Vec<String> = Vec::new();
        for (vocabulary, required) in declared {
            if *required != Document::Bool(true) {
                continue;
            }
            let name = vocabulary.strip_prefix(draft.vocabulary_prefix());
            match name.filter(|name| draft.vocabularies().contains(name)) {
                Some(name) => chosen.push(name.to_owned()),
                None => {
                    return Err(format!("unsupported vocabulary {} in {}", go_quote(vocabulary), go_quote(url)));
                }
            }
        }
        if !chosen.iter().any(|name| name == "core") {
            chosen.push("core".to_owned());
        }
        Ok(Some(chosen))
    }

    /// Walks a schema and those below it, noting ids and anchors.
    pub(super) fn walk(
        &mut self,
        root: &mut Root,
        schema: &Document,
        base: &str,
        pointer: &str,
        fallback: &Dialect,
    ) -> Result<(), String> {
        if root.walked.contains(pointer) {
            return Ok(());
        }
        stacker::maybe_grow(64 << 10, 1 << 20, || self.walk_schema(root, schema, base, pointer, fallback))?;
        root.walked.insert(pointer.to_owned());
        Ok(())
    }

    fn walk_schema(
        &mut self,
        root: &mut Root,
        schema: &Document,
        base: &str,
        pointer: &str,
        fallback: &Dialect,
    ) -> Result<(), String> {
        let Some(map) = schema.as_map() else {
            if pointer.is_empty() {
                root.resources.insert(String::new(), resource(pointer, base, fallback.clone()));
            }
            return Ok(());
        };
        let mut has_draft = schema.text("$schema").is_some();
        let mut draft = self.draft(&root.place(pointer), schema, fallback.draft, &mut BTreeSet::new())?;
        let mut id = own_id(schema, draft);
        if id.is_empty() && !pointer.is_empty() {
            draft = fallback.draft;
            has_draft = false;
            id = own_id(schema, draft);
        }
        let base = if id.is_empty() {
            base.to_owned()
        } else {
            let place = root.place(pointer);
            join(base, id).map_err(|_| format!("error in parsing id at {}", go_quote(&place.to_string())))?.url
        };
        if !id.is_empty() || pointer.is_empty() {
            let known = root.resources.values().find(|resource| resource.id == base);
            match known {
                Some(known) if known.pointer != pointer => {
                    return Err(format!(
                        "duplicate id {} in {} at {} and {}",
                        go_quote(&base),
                        go_quote(&root.url),
                        go_quote(pointer),
                        go_quote(&known.pointer)
                    ));
                }
                Some(_) => {}
                None => {
                    let dialect = if has_draft {
                        Dialect { draft, vocabularies: self.vocabularies(schema, draft)? }
                    } else {
                        fallback.clone()
                    };
                    root.resources.insert(pointer.to_owned(), resource(pointer, &base, dialect));
                }
            }
        }
        let owner = root.resources.values().find(|resource| resource.id == base);
        let Some((owner, dialect)) = owner.map(|owner| (owner.pointer.clone(), owner.dialect.clone())) else {
            return Err("unable to validate schema: baseres is nil".to_owned());
        };
        root.collect_anchors(schema, pointer, &owner)?;
        if !map.values().any(|value| matches!(value, Document::Bool(_) | Document::List(_) | Document::Map(_))) {
            return Ok(());
        }
        for (keyword, shape) in draft.subschemas() {
            let Some(value) = map.get(keyword) else { continue };
            let pointer = format!("{pointer}/{}", escape(keyword));
            match (shape, value) {
                (Shape::One, value) => self.walk(root, value, &base, &pointer, &dialect)?,
                (Shape::Items, Document::List(items)) => {
                    for (index, item) in items.iter().enumerate() {
                        self.walk(root, item, &base, &format!("{pointer}/{index}"), &dialect)?;
                    }
                }
                (Shape::Entries, Document::Map(entries)) => {
                    for (key, entry) in entries {
                        self.walk(root, entry, &base, &format!("{pointer}/{}", escape(key)), &dialect)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn resource(pointer: &str, id: &str, dialect: Dialect) -> Resource {
    Resource {
        pointer: pointer.to_owned(),
        id: id.to_owned(),
        dialect,
        anchors: BTreeMap::new(),
        dynamic_anchors: Vec::new(),
    }
}

/// The id of a schema without its fragment; empty when it has none.
pub(super) fn own_id(schema: &Document, draft: Draft) -> &str {
    if draft < Draft::Draft2019 && schema.as_map().is_some_and(|map| map.contains_key("$ref")) {
        return "";
    }
    schema.text(draft.id_keyword()).map_or("", |id| split(id).0)
}
