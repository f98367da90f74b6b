//! Chart.lock, and the digests that tell whether it fits Chart.yaml.

use corten_value::Value;
use corten_yaml::{Error, Field, Mode, Struct, Target};

use crate::{Dependency, ModTime};

mod digest;
mod time;

pub use digest::{hash_requirements, hash_v2_requirements};

/// A lock file. Go: `chart.Lock`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// When it was made, as Go writes times: RFC 3339 with a fraction when there is one.
    pub generated: String,
    /// The digest of the requirements it was made for.
    pub digest: String,
    /// The locked dependencies.
    pub dependencies: Vec<Dependency>,
    /// Whether the file does not name any list: Go's nil slice, written as null.
    names_none: bool,
}

static LOCK: Target = Target::Struct(&Struct {
    name: "Lock",
    type_name: "v2.Lock",
    fields: &[
        Field { name: "generated", target: Target::Custom(time::decode) },
        Field { name: "digest", target: Target::String },
        Field { name: "dependencies", target: Target::List(&Target::Pointer(Dependency::TARGET)) },
    ],
});

/// Go: the zero time.
const NEVER: &str = "0001-01-01T00:00:00Z";

impl Lock {
    /// A lock that was just made.
    pub fn new(generated: impl Into<String>, digest: impl Into<String>, dependencies: Vec<Dependency>) -> Self {
        Self { generated: generated.into(), digest: digest.into(), dependencies, names_none: false }
    }

    /// Go: `yaml.Unmarshal` into a pointer to a lock: `null` gives none.
    pub fn decode(text: &[u8]) -> Result<Option<Self>, Error> {
        Ok(Self::from_decoded(&corten_yaml::decode_into(text, &LOCK, Mode::Lenient)?))
    }

    /// Its Go type, for records that hold a chart.
    pub const TARGET: &'static Target = &LOCK;

    /// The lock of a value that was decoded into [`Self::TARGET`]; `null` is none.
    pub fn from_decoded(value: &Value) -> Option<Self> {
        if value.is_null() {
            return None;
        }
        let text = |key, absent: &str| value.get(key).and_then(Value::as_str).unwrap_or(absent).to_owned();
        let dependencies = value.get("dependencies").and_then(Value::as_list);
        Some(Self {
            generated: text("generated", NEVER),
            digest: text("digest", ""),
            names_none: dependencies.is_none(),
            dependencies: dependencies.unwrap_or_default().iter().map(Dependency::from_decoded).collect(),
        })
    }

    /// [`Lock::generated`] as a time.
    pub fn generated_at(&self) -> ModTime {
        time::nanoseconds(&self.generated)
    }

    /// The value that Go's `json.Marshal` writes.
    pub fn to_value(&self) -> Value {
        let dependencies = if self.names_none {
            Value::Null
        } else {
            self.dependencies.iter().map(Dependency::to_value).collect::<Vec<_>>().into()
        };
        Value::from_iter([
            ("generated", self.generated.as_str().into()),
            ("digest", self.digest.as_str().into()),
            ("dependencies", dependencies),
        ])
    }
}
