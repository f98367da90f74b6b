//! Merging, overriding and the texts of client-go.
use super::{Access, KubeFlags, access, namespace};

const NONE: &dyn Fn(&str) -> Option<String> = &|_| None;

#[test]
fn nothing_named_means_the_old_insecure_address() {
    let found = access(&KubeFlags::default(), NONE).unwrap();
    assert_eq!((found.server.as_str(), found.is_secure), ("http://localhost:8080", false));
    assert_eq!(namespace(&KubeFlags::default(), NONE), "default");
}

#[test]
fn flags_alone_are_enough() {
    let flags = KubeFlags { apiserver: "https://1.2.3.4".into(), token: "t".into(), ..KubeFlags::default() };
    let Access { server, user, is_secure, .. } = access(&flags, NONE).unwrap();
    assert_eq!((server.as_str(), is_secure, user.token.is_some()), ("https://1.2.3.4", true, true));
}

#[test]
fn an_unknown_context_is_named() {
    let flags = KubeFlags { context: "nope".into(), ..KubeFlags::default() };
    assert_eq!(access(&flags, NONE).unwrap_err().0, "context \"nope\" does not exist");
}

#[test]
fn groups_without_a_user_are_refused() {
    let flags = KubeFlags { as_groups: vec!["g".into()], ..KubeFlags::default() };
    let text = access(&flags, NONE).unwrap_err().0;
    assert_eq!(text, "invalid configuration: requesting uid, groups or user-extra for  without impersonating a user");
}
