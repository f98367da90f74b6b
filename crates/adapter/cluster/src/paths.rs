//! The addresses of objects and collections, and the queries behind them.

use corten_release::Object;

/// The parts of an address that do not name an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Collection<'a> {
    pub group: &'a str,
    pub version: &'a str,
    pub resource: &'a str,
    /// Empty for cluster-wide kinds, and for all namespaces.
    pub namespace: &'a str,
}

impl<'a> Collection<'a> {
    /// The collection of an object.
    pub(crate) fn of(object: &'a Object) -> Self {
        let namespace = if object.namespaced { object.namespace.as_str() } else { "" };
        Self { group: &object.group, version: &object.version, resource: &object.resource, namespace }
    }

    /// A collection of the core group.
    pub(crate) fn core(resource: &'a str, namespace: &'a str) -> Self {
        Self { group: "", version: "v1", resource, namespace }
    }

    /// The path of the collection.
    pub(crate) fn path(&self) -> String {
        let root = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        if self.namespace.is_empty() {
            format!("{root}/{}", self.resource)
        } else {
            format!("{root}/namespaces/{}/{}", escape(self.namespace), self.resource)
        }
    }

    /// The path of an object in it.
    pub(crate) fn item(&self, name: &str) -> String {
        format!("{}/{}", self.path(), escape(name))
    }
}

/// A path with a query; empty values are left out.
pub(crate) fn with_query(path: String, parameters: &[(&str, &str)]) -> String {
    let mut address = path;
    let mut separator = '?';
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(separator);
        address.push_str(name);
        address.push('=');
        address.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
        separator = '&';
    }
    address
}

/// `%2F` for a byte.
pub(crate) fn hex(byte: u8) -> [char; 3] {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase();
    ['%', digit(byte >> 4), digit(byte & 15)]
}

/// A name as a segment of a path. Names of objects may have a colon or other characters.
pub(crate) fn escape(segment: &str) -> String {
    let mut escaped = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:$&+=@,;".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.extend(hex(byte));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Collection, with_query};

    #[test]
    fn addresses_of_core_and_group_collections() {
        let pods = Collection::core("pods", "a b");
        assert_eq!(pods.item("x/y"), "/api/v1/namespaces/a%20b/pods/x%2Fy");
        let roles =
            Collection { group: "rbac.authorization.k8s.io", version: "v1", resource: "clusterroles", namespace: "" };
        assert_eq!(roles.item("system:node"), "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node");
    }

    #[test]
    fn empty_parameters_are_left_out() {
        let address = with_query("/x".to_owned(), &[("a", ""), ("labelSelector", "name=x,owner=helm"), ("b", "1")]);
        assert_eq!(address, "/x?labelSelector=name%3Dx%2Cowner%3Dhelm&b=1");
    }
}
