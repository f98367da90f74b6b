//! `.Chart` as Helm 3 has it: a struct, where Helm 4 has a map.

use std::any::Any;

use corten_chart::Metadata;
use corten_gotmpl::{Kind, Object, ObjectType, Val};

use crate::context::metadata_entries;

/// Go: the anonymous struct in Helm 3's engine.go: chart.Metadata and `IsRoot`.
#[derive(Debug)]
pub(crate) struct ChartStruct {
    metadata: Metadata,
    is_root: bool,
}

impl ChartStruct {
    pub(crate) fn value(metadata: &Metadata, is_root: bool) -> Val {
        Val::object(Self { metadata: metadata.clone(), is_root })
    }
}

const TYPE: &ObjectType =
    &ObjectType { name: "struct { chart.Metadata; IsRoot bool }", kind: Kind::Struct, methods: &[] };

impl Object for ChartStruct {
    fn go_type(&self) -> &'static ObjectType {
        TYPE
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Val)> {
        metadata_entries(&self.metadata, self.is_root)
    }

    fn to_json(&self) -> Option<Val> {
        // Go: the fields of the embedded struct stand beside IsRoot, under their json tags.
        let value = Val::from(&self.metadata.to_value());
        if let Val::Map(map) = &value {
            map.insert("IsRoot", Val::Bool(self.is_root));
        }
        Some(value)
    }
}
