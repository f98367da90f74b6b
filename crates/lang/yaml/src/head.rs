//! The head of a manifest: what it is and what it is called, without its values.
//!
//! All of the document is read, so that whatever could be an error is noticed, but only four fields
//! are kept. Anything but an ordinary document with texts in those fields is refused; the caller then
//! decodes it into the whole type, which has the errors.

use std::borrow::Cow;

use corten_value::Value;

use crate::direct::{Step, is_json_scalar, key_text};
use crate::lines::{self, Sink};
use crate::resolve::{Scalar, resolve_plain};
use crate::target::equal_fold;
use crate::{Flavour, Style, reader};

/// What a manifest says of itself; empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.annotations`, in the order in which they stand.
    pub annotations: Vec<(String, String)>,
}

impl Head {
    /// An annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }
}

/// Reads the head of an ordinary document; `None` refuses.
pub fn read_head(text: &[u8]) -> Option<Head> {
    let source = reader::read(text);
    if source.fault.is_some() {
        return None;
    }
    let mut reader =
        Reader { head: Head::default(), place: Place::Outside, field: Field::Other, skipped: 0, seen: [false; 5] };
    lines::read(&source.text, &mut reader)?;
    Some(reader.head)
}

/// The innermost mapping of which something is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Root,
    Metadata,
    Annotations,
}

/// What the next child is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    ApiVersion,
    Kind,
    Metadata,
    Name,
    Annotations,
    /// The value of the annotation that came last.
    Annotation,
    Other,
}

const ROOT_FIELDS: &[(&str, Field)] =
    &[("apiVersion", Field::ApiVersion), ("kind", Field::Kind), ("metadata", Field::Metadata)];
const METADATA_FIELDS: &[(&str, Field)] = &[("name", Field::Name), ("annotations", Field::Annotations)];

struct Reader {
    head: Head,
    place: Place,
    field: Field,
    /// The open collections that nobody wants.
    skipped: usize,
    /// The fields that have been read, by their number.
    seen: [bool; 5],
}

impl Reader {
    /// The field of a key. A key that differs in case only and one that comes again are unusual.
    fn known(&mut self, key: &str, fields: &[(&str, Field)]) -> Step {
        self.field = Field::Other;
        for &(name, field) in fields {
            if key == name && !std::mem::replace(&mut self.seen[field as usize], true) {
                self.field = field;
            } else if equal_fold(name, key) {
                return Step::Unusual;
            }
        }
        Step::More
    }
}

impl Sink for Reader {
    fn skips_child(&self) -> bool {
        self.skipped > 0 || self.field == Field::Other
    }

    fn value(&mut self, text: Cow<'_, str>, style: Style) -> Step {
        if self.skips_child() {
            let is_fine = style != Style::Plain || is_json_scalar(&text);
            return if is_fine { Step::More } else { Step::Unusual };
        }
        let field = std::mem::replace(&mut self.field, Field::Other);
        if style == Style::Plain {
            match resolve_plain(&text, Flavour::V2) {
                Scalar::String | Scalar::Timestamp => {}
                // Go leaves a field alone that is null.
                Scalar::Null if field != Field::Annotation => return Step::More,
                _ => return Step::Unusual,
            }
        }
        let text = text.into_owned();
        match field {
            Field::ApiVersion => self.head.api_version = text,
            Field::Kind => self.head.kind = text,
            Field::Name => self.head.name = text,
            Field::Annotation => match self.head.annotations.last_mut() {
                Some((_, value)) => *value = text,
                None => return Step::Unusual,
            },
            Field::Metadata | Field::Annotations | Field::Other => return Step::Unusual,
        }
        Step::More
    }

    fn key(&mut self, text: &str, style: Style) -> Step {
        let Some(key) = key_text(text, style) else { return Step::Unusual };
        if self.skipped > 0 {
            return Step::More;
        }
        match self.place {
            Place::Root => self.known(&key, ROOT_FIELDS),
            Place::Metadata => self.known(&key, METADATA_FIELDS),
            Place::Annotations => {
                if self.head.annotations.iter().any(|(known, _)| *known == *key) {
                    return Step::Unusual;
                }
                self.head.annotations.push((key.into_owned(), String::new()));
                self.field = Field::Annotation;
                Step::More
            }
            Place::Outside => Step::Unusual,
        }
    }

    fn open(&mut self, is_map: bool) -> Step {
        if self.place != Place::Outside && self.skips_child() {
            self.skipped += 1;
            return Step::More;
        }
        self.place = match (self.place, self.field) {
            (Place::Outside, _) if is_map => Place::Root,
            (Place::Root, Field::Metadata) if is_map => Place::Metadata,
            (Place::Metadata, Field::Annotations) if is_map => Place::Annotations,
            _ => return Step::Unusual,
        };
        self.field = Field::Other;
        Step::More
    }

    fn close(&mut self) -> Step {
        if self.skipped > 0 {
            self.skipped -= 1;
            return Step::More;
        }
        self.field = Field::Other;
        self.place = match self.place {
            Place::Annotations => Place::Metadata,
            Place::Metadata => Place::Root,
            Place::Root | Place::Outside => return Step::Root(Value::Null),
        };
        Step::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_read_past_everything_else() {
        let text = "# c\napiVersion: v1\nkind: \"Pod\"\nmetadata:\n  labels: {name: x}\n  name: a\n  annotations:\n    helm.sh/hook: test\n    b: 'c'\n  other:\n  - name: y\nspec:\n  kind: z\n  list: [1, 2]\n  text: |\n    metadata: 1\n";
        let annotations = [("helm.sh/hook", "test"), ("b", "c")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let wanted = Head {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            name: "a".to_owned(),
            annotations: annotations.to_vec(),
        };
        assert_eq!(read_head(text.as_bytes()), Some(wanted));
    }

    #[test]
    fn nothing_said_is_empty() {
        assert_eq!(read_head(b"kind:\nmetadata:\n  annotations: {}\n"), Some(Head::default()));
        assert_eq!(read_head(b"a: 1\nmetadata: null\n"), Some(Head::default()));
    }

    /// Texts of pieces that matter: whatever is taken here, the parser takes without an error.
    #[test]
    fn whatever_is_taken_has_no_error() {
        const PIECES: [&str; 32] = [
            "kind: ",
            "metadata:\n",
            "  name: ",
            "  annotations:\n",
            "    a: ",
            "spec:\n",
            "  - ",
            "  b: ",
            "x",
            "y z",
            "1",
            ".inf",
            "null",
            "\n",
            "\n",
            "\n",
            "\n  ",
            "\n    ",
            " ",
            "#",
            " # c",
            "|\n",
            ">-\n",
            "\"",
            "'",
            "\"q\"",
            "'s'",
            "[x]",
            "{c: d}",
            ": ",
            "-",
            "\\",
        ];
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut taken = 0;
        for _ in 0..200_000 {
            let mut text = String::from("apiVersion: v1\n");
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let mut bits = state;
            for _ in 0..2 + state % 10 {
                text.push_str(PIECES[usize::try_from(bits % 32).unwrap()]);
                bits = (bits / 32) ^ state.rotate_left(u32::try_from(text.len() % 64).unwrap());
            }
            let Some(head) = read_head(text.as_bytes()) else { continue };
            taken += 1;
            let value = crate::decode(text.as_bytes()).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            let said = |path: &str| value.at(path).and_then(Value::as_str).unwrap_or_default().to_owned();
            assert_eq!((head.kind, head.name), (said("kind"), said("metadata.name")), "{text:?}");
            for (key, text) in head.annotations {
                let annotations = value.at("metadata.annotations").unwrap();
                assert_eq!(annotations.get(&key), Some(&Value::from(text)));
            }
        }
        assert!(taken > 5_000, "{taken}");
    }

    #[test]
    fn what_could_be_an_error_is_refused() {
        for text in [
            "kind: 1\n",
            "kind: [a]\n",
            "Kind: a\n",
            "kind: a\nkind: b\n",
            "metadata: a\n",
            "metadata:\n- name: a\n",
            "metadata:\n  annotations:\n    a: 1\n",
            "metadata:\n  annotations:\n    a:\n",
            "metadata:\n  annotations:\n    a: {}\n",
            "metadata:\n  annotations:\n    a: b\n    a: c\n",
            "spec: .inf\n",
            "spec: {<<: a}\n",
            "spec: &a 1\n",
            "- kind: a\n",
            "a\n",
            "",
        ] {
            assert_eq!(read_head(text.as_bytes()), None, "{text:?}");
        }
    }
}
