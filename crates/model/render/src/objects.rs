//! `.Capabilities` and what hangs off it, as Go structs with methods.

use std::any::Any;

use corten_gotmpl::{Call, Error, Kind, List, ListType, Map, MapType, Method, Object, ObjectType, Text, Type, Val};

use crate::{BuildInfo, Capabilities, KubeVersion};

impl Object for Capabilities {
    fn go_type(&self) -> &'static ObjectType {
        &ObjectType { name: "*common.Capabilities", kind: Kind::Ptr, methods: CAPABILITIES_METHODS }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Val)> {
        ["KubeVersion", "APIVersions", "HelmVersion"]
            .into_iter()
            .filter_map(|name| self.field(name).map(|value| (name, value)))
            .collect()
    }

    fn field(&self, name: &str) -> Option<Val> {
        match name {
            "KubeVersion" => Some(Val::object(self.kube_version.clone())),
            "APIVersions" => {
                let versions = self.api_versions.iter().map(|version| Val::str(version.as_str())).collect();
                Some(Val::List(List::new(VERSION_SET, versions)))
            }
            "HelmVersion" => Some(Val::object(self.helm_version.clone())),
            _ => None,
        }
    }
}

/// `Copy` is a method of Go's type; charts that call it get the same thing, which they cannot change.
const CAPABILITIES_METHODS: &[Method] =
    &[Method { name: "Copy", params: &[], variadic: false, call: |_, receiver, _| Ok(receiver.clone()) }];

/// `common.VersionSet`.
const VERSION_SET: &ListType = &ListType {
    name: "common.VersionSet",
    elem: Type::String,
    methods: &[Method { name: "Has", params: &[Type::String], variadic: false, call: version_set_has }],
};

#[expect(clippy::unnecessary_wraps, reason = "the signature of methods")]
fn version_set_has(_: &mut Call<'_>, receiver: &Val, arguments: &[Val]) -> Result<Val, Error> {
    let wanted = arguments.first().and_then(Val::as_text);
    let has = receiver.as_list().is_some_and(|list| list.iter().any(|version| version.as_text() == wanted));
    Ok(Val::Bool(has))
}

impl Object for KubeVersion {
    fn go_type(&self) -> &'static ObjectType {
        &ObjectType { name: "common.KubeVersion", kind: Kind::Struct, methods: KUBE_VERSION_METHODS }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Val)> {
        vec![
            ("Version", Val::str(self.version.as_str())),
            ("Major", Val::str(self.major.as_str())),
            ("Minor", Val::str(self.minor.as_str())),
        ]
    }

    fn all_fields(&self) -> Vec<(&'static str, Val)> {
        let mut fields = self.fields();
        fields.insert(1, ("normalizedVersion", Val::str(self.normalized.as_str())));
        fields
    }

    fn addressed_display(&self) -> Option<Text> {
        Some(Text::from(self.normalized.as_str()))
    }

    fn deep_copy(&self) -> Option<Val> {
        Some(Val::object(Self { normalized: String::new(), ..self.clone() }))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref::<Self>() == Some(self)
    }
}

const KUBE_VERSION_METHODS: &[Method] = &[
    Method {
        name: "String",
        params: &[],
        variadic: false,
        call: |_, receiver, _| Ok(kube_version_text(receiver, |version| &version.normalized)),
    },
    Method {
        name: "GitVersion",
        params: &[],
        variadic: false,
        call: |_, receiver, _| Ok(kube_version_text(receiver, |version| &version.version)),
    },
];

fn kube_version_text(receiver: &Val, part: fn(&KubeVersion) -> &String) -> Val {
    receiver.as_object().map_or(Val::Nil, |version| Val::str(part(version).as_str()))
}

impl Object for BuildInfo {
    fn go_type(&self) -> &'static ObjectType {
        &ObjectType { name: "version.BuildInfo", kind: Kind::Struct, methods: &[] }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Val)> {
        vec![
            ("Version", Val::str(self.version.as_str())),
            ("GitCommit", Val::str(self.git_commit.as_str())),
            ("GitTreeState", Val::str(self.git_tree_state.as_str())),
            ("GoVersion", Val::str(self.go_version.as_str())),
            ("KubeClientVersion", Val::str(self.kube_client_version.as_str())),
        ]
    }

    fn to_json(&self) -> Option<Val> {
        // Go: the json tags of version.BuildInfo, `omitempty` on all but the last.
        let tags = ["version", "git_commit", "git_tree_state", "go_version", "kube_client_version"];
        let entries = tags
            .into_iter()
            .zip(self.fields())
            .filter(|(tag, (_, value))| *tag == "kube_client_version" || value.is_true())
            .map(|(tag, (_, value))| (Text::from(tag), value))
            .collect();
        Some(Val::Map(Map::new(MapType::ANY, entries)))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref::<Self>() == Some(self)
    }
}
