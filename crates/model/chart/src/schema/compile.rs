//! From documents to compiled schemas.
//!
//! A queue holds the places that are referred to; each is compiled once, so references may form
//! circles. Two compilers exist: that of the user's schema and, inside [`Metaschemas`], one that
//! asserts formats and compiles the drafts' own schemas when they are first needed.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::check;
use super::document::Document;
use super::draft::{Dialect, Draft, is_on_site};
use super::keywords;
use super::location::{Place, Reference, go_quote};
use super::node::{Schema, SchemaId};
use super::roots::{Documents, Root};

/// Compiles schemas and what they refer to.
pub(super) struct Compiler<'a> {
    pub(super) schemas: Vec<Schema>,
    index: BTreeMap<Place, SchemaId>,
    roots: BTreeMap<String, Root>,
    documents: Documents<'a>,
    /// Whether `format` is checked in every draft, as for metaschemas.
    pub(super) asserts_formats: bool,
    metaschemas: Option<&'a mut Metaschemas>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(documents: Documents<'a>, metaschemas: Option<&'a mut Metaschemas>) -> Self {
        Self {
            schemas: Vec::new(),
            index: BTreeMap::new(),
            roots: BTreeMap::new(),
            documents,
            asserts_formats: metaschemas.is_none(),
            metaschemas,
        }
    }

    /// Compiles the document at a URL.
    pub(super) fn compile(&mut self, url: &str) -> Result<SchemaId, String> {
        let place = self.resolve(&Reference { url: url.to_owned(), fragment: String::new() })?;
        let first = self.schemas.len();
        let id = self.enqueue(place);
        let mut next = first;
        while next < self.schemas.len() {
            self.compile_place(next)?;
            next += 1;
        }
        Ok(id)
    }

    /// The schema at a place, which is compiled later when it is new.
    pub(super) fn enqueue(&mut self, place: Place) -> SchemaId {
        if let Some(id) = self.index.get(&place) {
            return *id;
        }
        let id = self.schemas.len();
        self.schemas.push(Schema::new(place.clone(), id));
        self.index.insert(place, id);
        id
    }

    /// A reference to another document.
    fn resolve(&mut self, reference: &Reference) -> Result<Place, String> {
        self.load(&reference.url)?;
        match self.roots.get(&reference.url) {
            Some(root) => root.resolve_fragment(&reference.fragment),
            None => Err(format!("failing loading {}", go_quote(&reference.url))),
        }
    }

    /// A reference from inside a document.
    pub(super) fn resolve_from(&mut self, url: &str, reference: &Reference) -> Result<Place, String> {
        if let Some(root) = self.roots.get(url)
            && let Some(place) = root.resolve(reference)?
        {
            return Ok(place);
        }
        self.resolve(reference)
    }

    fn load(&mut self, url: &str) -> Result<(), String> {
        if self.roots.contains_key(url) {
            return Ok(());
        }
        let document = self.documents.get(url)?;
        let mut root = Root::new(url, Rc::clone(&document));
        let dialect = Dialect { draft: Draft::LATEST, vocabularies: None };
        self.documents.walk(&mut root, &document, url, "", &dialect)?;
        if !is_on_site(url) {
            self.check(&root, &document, "")?;
        }
        self.roots.insert(url.to_owned(), root);
        Ok(())
    }

    /// Checks a schema against its metaschema.
    fn check(&mut self, root: &Root, schema: &Document, pointer: &str) -> Result<(), String> {
        let (Some(metaschemas), Some(resource)) = (self.metaschemas.as_mut(), root.resource(pointer)) else {
            return Ok(());
        };
        let id = metaschemas.of(&resource.dialect)?;
        let mut others = BTreeMap::new();
        for (pointer, resource) in &root.resources {
            others.insert(pointer.clone(), metaschemas.of(&resource.dialect)?);
        }
        check::metaschema(&metaschemas.schemas, id, &others, schema).map_err(|failure| {
            let place = go_quote(&root.place(pointer).to_string());
            format!("{place} is not valid against metaschema: {}", failure.text())
        })
    }

    /// Makes sure that a place is known as a schema, even where no keyword says so.
    fn ensure(&mut self, place: &Place) -> Result<Rc<Document>, String> {
        self.load(&place.url)?;
        let Some(mut root) = self.roots.remove(&place.url) else {
            return Err(format!("failing loading {}", go_quote(&place.url)));
        };
        let document = Rc::clone(&root.document);
        let done = self.ensure_in(&mut root, &document, place);
        self.roots.insert(place.url.clone(), root);
        done.map(|()| document)
    }

    fn ensure_in(&mut self, root: &mut Root, document: &Document, place: &Place) -> Result<(), String> {
        if root.walked.contains(&place.pointer) {
            return Ok(());
        }
        let schema = place.lookup(document)?;
        let owner = root.resource(&place.pointer);
        let Some((owner, id, dialect)) =
            owner.map(|owner| (owner.pointer.clone(), owner.id.clone(), owner.dialect.clone()))
        else {
            return Ok(());
        };
        self.documents.walk(root, schema, &id, &place.pointer, &dialect)?;
        if !root.resources.contains_key(&place.pointer) {
            root.collect_anchors(schema, &place.pointer, &owner)?;
        }
        self.check(root, schema, &place.pointer)
    }

    fn compile_place(&mut self, id: SchemaId) -> Result<(), String> {
        let place = self.schemas[id].place.clone();
        let document = self.ensure(&place)?;
        let value = place.lookup(&document)?;
        let Some((base, resource_id, dialect, anchors)) = self.owner(&place) else { return Ok(()) };
        let mut schema = Schema::new(place.clone(), id);
        schema.draft = dialect.draft;
        schema.resource = self.enqueue(Place { url: place.url.clone(), pointer: base });
        if dialect.draft >= Draft::Draft2020 && schema.resource == id {
            for (anchor, pointer) in anchors {
                let target = self.enqueue(Place { url: place.url.clone(), pointer });
                schema.dynamic_anchors.insert(anchor, target);
            }
        }
        match value {
            Document::Bool(truth) => schema.boolean = Some(*truth),
            Document::Map(map) if map.is_empty() => schema.boolean = Some(true),
            Document::Map(map) => {
                let mut reader =
                    keywords::Reader { compiler: self, map, place: &place, base: &resource_id, dialect: &dialect };
                reader.read(&mut schema)?;
            }
            _ => {}
        }
        schema.evaluates_all_properties = schema.object.additional.is_some();
        keywords::note_evaluated_items(&mut schema);
        self.schemas[id] = schema;
        Ok(())
    }

    /// The resource of a place: its pointer, id, dialect and dynamic anchors.
    #[expect(clippy::type_complexity, reason = "taken apart at once by the only caller")]
    fn owner(&self, place: &Place) -> Option<(String, String, Dialect, Vec<(String, String)>)> {
        let resource = self.roots.get(&place.url)?.resource(&place.pointer)?;
        let anchors = resource.dynamic_anchors.iter();
        let anchors = anchors.filter_map(|anchor| Some((anchor.clone(), resource.anchors.get(anchor)?.clone())));
        Some((resource.pointer.clone(), resource.id.clone(), resource.dialect.clone(), anchors.collect()))
    }
}

/// The compiled schemas of the drafts.
#[derive(Default)]
pub(super) struct Metaschemas {
    pub(super) schemas: Vec<Schema>,
    /// By the URL of the schema, or by draft and vocabularies.
    known: BTreeMap<String, SchemaId>,
}

impl Metaschemas {
    /// The schema of a dialect's schemas.
    fn of(&mut self, dialect: &Dialect) -> Result<SchemaId, String> {
        let Some(vocabularies) = &dialect.vocabularies else { return self.at(dialect.draft.url()) };
        let key = format!("{} {}", dialect.draft.url(), vocabularies.join(" "));
        if let Some(id) = self.known.get(&key) {
            return Ok(*id);
        }
        let mut all_of = Vec::new();
        for name in vocabularies {
            all_of.push(self.at(&dialect.draft.vocabulary_schema(name))?);
        }
        let id = self.schemas.len();
        let place = Place { url: "urn:mem:metaschema".to_owned(), pointer: String::new() };
        let mut schema = Schema::new(place, id);
        schema.draft = dialect.draft;
        schema.all_of = all_of;
        if dialect.draft >= Draft::Draft2020 {
            "meta".clone_into(&mut schema.dynamic_anchor);
            schema.dynamic_anchors.insert("meta".to_owned(), id);
        }
        self.schemas.push(schema);
        self.known.insert(key, id);
        Ok(id)
    }

    fn at(&mut self, url: &str) -> Result<SchemaId, String> {
        if let Some(id) = self.known.get(url) {
            return Ok(*id);
        }
        let mut no_more = |url: &str| Err(format!("no URLLoader registered for {}", go_quote(url)));
        let mut compiler = Compiler::new(Documents::new(&mut no_more), None);
        // Numbers go on where the schemas compiled before end.
        compiler.schemas = std::mem::take(&mut self.schemas);
        let outcome = compiler.compile(url);
        self.schemas = compiler.schemas;
        let id = outcome?;
        self.known.insert(url.to_owned(), id);
        Ok(id)
    }
}
