//! The drafts of JSON Schema: where their keywords hold subschemas, which vocabularies they have.

/// A draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    Draft4,
    Draft6,
    Draft7,
    Draft2019,
    Draft2020,
}

/// Where a keyword holds subschemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The value itself.
    One,
    /// Each element of a list.
    Items,
    /// Each entry of a table.
    Entries,
}

/// Keywords with subschemas and the draft that brought them.
const SUBSCHEMAS: &[(Draft, &str, Shape)] = &[
    (Draft::Draft4, "definitions", Shape::Entries),
    (Draft::Draft4, "not", Shape::One),
    (Draft::Draft4, "allOf", Shape::Items),
    (Draft::Draft4, "anyOf", Shape::Items),
    (Draft::Draft4, "oneOf", Shape::Items),
    (Draft::Draft4, "properties", Shape::Entries),
    (Draft::Draft4, "additionalProperties", Shape::One),
    (Draft::Draft4, "patternProperties", Shape::Entries),
    (Draft::Draft4, "items", Shape::One),
    (Draft::Draft4, "items", Shape::Items),
    (Draft::Draft4, "additionalItems", Shape::One),
    (Draft::Draft4, "dependencies", Shape::Entries),
    (Draft::Draft6, "propertyNames", Shape::One),
    (Draft::Draft6, "contains", Shape::One),
    (Draft::Draft7, "if", Shape::One),
    (Draft::Draft7, "then", Shape::One),
    (Draft::Draft7, "else", Shape::One),
    (Draft::Draft2019, "$defs", Shape::Entries),
    (Draft::Draft2019, "dependentSchemas", Shape::Entries),
    (Draft::Draft2019, "unevaluatedProperties", Shape::One),
    (Draft::Draft2019, "unevaluatedItems", Shape::One),
    (Draft::Draft2019, "contentSchema", Shape::One),
    (Draft::Draft2020, "prefixItems", Shape::Items),
];

/// The documents that define the drafts, by their place below `https://json-schema.org/`.
const METASCHEMAS: &[(&str, &str)] = &[
    ("draft-04/schema", include_str!("metaschemas/draft-04_schema.json")),
    ("draft-06/schema", include_str!("metaschemas/draft-06_schema.json")),
    ("draft-07/schema", include_str!("metaschemas/draft-07_schema.json")),
    ("draft/2019-09/schema", include_str!("metaschemas/draft_2019-09_schema.json")),
    ("draft/2019-09/meta/applicator", include_str!("metaschemas/draft_2019-09_meta_applicator.json")),
    ("draft/2019-09/meta/content", include_str!("metaschemas/draft_2019-09_meta_content.json")),
    ("draft/2019-09/meta/core", include_str!("metaschemas/draft_2019-09_meta_core.json")),
    ("draft/2019-09/meta/format", include_str!("metaschemas/draft_2019-09_meta_format.json")),
    ("draft/2019-09/meta/meta-data", include_str!("metaschemas/draft_2019-09_meta_meta-data.json")),
    ("draft/2019-09/meta/validation", include_str!("metaschemas/draft_2019-09_meta_validation.json")),
    ("draft/2020-12/schema", include_str!("metaschemas/draft_2020-12_schema.json")),
    ("draft/2020-12/meta/applicator", include_str!("metaschemas/draft_2020-12_meta_applicator.json")),
    ("draft/2020-12/meta/content", include_str!("metaschemas/draft_2020-12_meta_content.json")),
    ("draft/2020-12/meta/core", include_str!("metaschemas/draft_2020-12_meta_core.json")),
    ("draft/2020-12/meta/format-annotation", include_str!("metaschemas/draft_2020-12_meta_format-annotation.json")),
    ("draft/2020-12/meta/format-assertion", include_str!("metaschemas/draft_2020-12_meta_format-assertion.json")),
    ("draft/2020-12/meta/meta-data", include_str!("metaschemas/draft_2020-12_meta_meta-data.json")),
    ("draft/2020-12/meta/unevaluated", include_str!("metaschemas/draft_2020-12_meta_unevaluated.json")),
    ("draft/2020-12/meta/validation", include_str!("metaschemas/draft_2020-12_meta_validation.json")),
];

const SITES: [&str; 2] = ["http://json-schema.org/", "https://json-schema.org/"];

/// The text of a metaschema, when the URL is one's.
pub(super) fn metaschema(url: &str) -> Option<&'static str> {
    let place = SITES.iter().find_map(|site| url.strip_prefix(site))?;
    let place = if place == "schema" { "draft/2020-12/schema" } else { place };
    METASCHEMAS.iter().find(|(name, _)| *name == place).map(|(_, text)| *text)
}

/// Whether a document comes from the site of JSON Schema, and so is not checked itself.
pub(super) fn is_on_site(url: &str) -> bool {
    SITES.iter().any(|site| url.starts_with(site))
}

impl Draft {
    /// The newest, which schemas without `$schema` follow.
    pub(super) const LATEST: Self = Self::Draft2020;

    /// The draft that a `$schema` names.
    pub(super) fn from_url(url: &str) -> Option<Self> {
        let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
        if !fragment.is_empty() {
            return None;
        }
        let place = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).unwrap_or(url);
        match place.strip_prefix("json-schema.org/")? {
            "schema" | "draft/2020-12/schema" => Some(Self::Draft2020),
            "draft/2019-09/schema" => Some(Self::Draft2019),
            "draft-07/schema" => Some(Self::Draft7),
            "draft-06/schema" => Some(Self::Draft6),
            "draft-04/schema" => Some(Self::Draft4),
            _ => None,
        }
    }

    /// Where its own schema lies.
    pub(super) fn url(self) -> &'static str {
        match self {
            Self::Draft4 => "http://json-schema.org/draft-04/schema",
            Self::Draft6 => "http://json-schema.org/draft-06/schema",
            Self::Draft7 => "http://json-schema.org/draft-07/schema",
            Self::Draft2019 => "https://json-schema.org/draft/2019-09/schema",
            Self::Draft2020 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// The keyword that names a schema.
    pub(super) fn id_keyword(self) -> &'static str {
        if self == Self::Draft4 { "id" } else { "$id" }
    }

    /// The keywords that hold subschemas.
    pub(super) fn subschemas(self) -> impl Iterator<Item = (&'static str, Shape)> {
        SUBSCHEMAS.iter().filter(move |(since, ..)| *since <= self).map(|(_, keyword, shape)| (*keyword, *shape))
    }

    /// The start of the URLs of its vocabularies.
    pub(super) fn vocabulary_prefix(self) -> &'static str {
        match self {
            Self::Draft2019 => "https://json-schema.org/draft/2019-09/vocab/",
            Self::Draft2020 => "https://json-schema.org/draft/2020-12/vocab/",
            _ => "",
        }
    }

    /// The names of its vocabularies.
    pub(super) fn vocabularies(self) -> &'static [&'static str] {
        match self {
            Self::Draft2019 => &["core", "applicator", "validation", "meta-data", "format", "content"],
            Self::Draft2020 => &[
                "core",
                "applicator",
                "unevaluated",
                "validation",
                "meta-data",
                "format-annotation",
                "format-assertion",
                "content",
            ],
            _ => &[],
        }
    }

    fn default_vocabularies(self) -> &'static [&'static str] {
        match self {
            Self::Draft2019 => &["core", "applicator", "validation"],
            Self::Draft2020 => &["core", "applicator", "unevaluated", "validation"],
            _ => &[],
        }
    }

    /// Where the schema of a vocabulary lies.
    pub(super) fn vocabulary_schema(self, name: &str) -> String {
        format!("{}meta/{name}", self.url().trim_end_matches("schema"))
    }
}

/// A draft with the vocabularies that a metaschema of its own chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) draft: Draft,
    /// `None`: those that the draft has by default.
    pub(super) vocabularies: Option<Vec<String>>,
}

impl Dialect {
    pub(super) fn has(&self, vocabulary: &str) -> bool {
        if vocabulary == "core" || self.draft < Draft::Draft2019 {
            return true;
        }
        match &self.vocabularies {
            Some(chosen) => chosen.iter().any(|name| name == vocabulary),
            None => self.draft.default_vocabularies().contains(&vocabulary),
        }
    }
}
