//! Decisions: default deny, forbid wins, arguments and time, failures, memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Action, Authorizer, Decision, Hints, Kind};
use crate::policy::Policy;
use crate::principal::{Principal, PrincipalKind};
use crate::role::{Role, Roles, built_in_roles};
use crate::timestamp::Timestamp;

/// 2026-11-21T10:00:00Z, a Saturday.
const MORNING: Timestamp = Timestamp::from_secs(1_795_255_200);

fn user(name: &str, roles: &[&str]) -> Arc<Principal> {
    Arc::new(Principal {
        kind: PrincipalKind::User,
        name: name.to_owned(),
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
        scopes: vec!["files:read".to_owned()],
        issuer: Some("https://issuer.example".to_owned()),
        claims: BTreeMap::from([("team".to_owned(), "blue".to_owned())]),
    })
}

fn authorizer(policies: &[(&str, &str)]) -> Authorizer {
    let policies: Vec<Policy> = policies
        .iter()
        .map(|&(id, text)| Policy {
            id: id.to_owned(),
            description: String::new(),
            text: text.to_owned(),
            disabled: false,
        })
        .collect();
    let mut roles = built_in_roles();
    roles.push(Role {
        name: "reader".to_owned(),
        description: String::new(),
        permissions: vec!["tool:call:files/read_*".parse().unwrap()],
        inherits: Vec::new(),
    });
    roles.push(Role {
        name: "lead".to_owned(),
        description: String::new(),
        permissions: Vec::new(),
        inherits: vec!["reader".to_owned()],
    });
    Authorizer::build(&policies, Arc::new(Roles::build(roles).unwrap())).unwrap()
}

fn tool<'a>(name: &'a str, arguments: Option<&'a Value>) -> Action<'a> {
    Action {
        kind: Kind::Tool,
        server: "files",
        name,
        hints: Hints::default(),
        arguments: arguments.into(),
        time: MORNING,
    }
}

fn summary(decision: &Decision) -> (bool, Vec<&str>) {
    (decision.allow, decision.policies.iter().map(|policy| &**policy).collect())
}

#[test]
fn nothing_is_allowed_that_no_policy_permits() {
    let authorizer = authorizer(&[]);
    let decision = authorizer.decide(&user("ann", &[]), &tool("read_file", None));
    assert_eq!(summary(&decision), (false, vec![]));
    assert_eq!(&*decision.reasons, ["no policy permits it".to_owned()]);
    assert!(!decision.visible);
}

#[test]
fn inherited_roles_permit_and_forbid_wins() {
    let authorizer =
        authorizer(&[("no-secrets", "forbid(principal, action, resource == Tool::\"files/read_secret\");")]);
    let ann = user("ann", &["lead"]);
    assert_eq!(summary(&authorizer.decide(&ann, &tool("read_file", None))), (true, vec!["role:reader"]));
    assert_eq!(summary(&authorizer.decide(&ann, &tool("read_secret", None))), (false, vec!["no-secrets"]));
    assert_eq!(summary(&authorizer.decide(&ann, &tool("write_file", None))), (false, vec![]));
    let prompt = Action { kind: Kind::Prompt, ..tool("read_file", None) };
    assert!(!authorizer.decide(&ann, &prompt).allow);
}

#[test]
fn attributes_of_caller_and_server_decide() {
    let authorizer = authorizer(&[(
        "team",
        "permit(principal, action == Action::\"call\", resource in Server::\"files\")
         when { principal.claims.team == \"blue\" && principal.scopes.contains(\"files:read\") && resource.read_only };",
    )]);
    let ann = user("ann", &[]);
    let read_only = Action { hints: Hints { read_only: true, destructive: false }, ..tool("x", None) };
    assert!(authorizer.decide(&ann, &read_only).allow);
    assert!(!authorizer.decide(&ann, &tool("x", None)).allow, "other hints, other decision");
}

#[test]
fn arguments_are_looked_at_on_every_call_but_not_for_the_list() {
    let authorizer = authorizer(&[(
        "tmp-only",
        "permit(principal, action, resource) when { context.arguments.path like \"/tmp/*\" };",
    )]);
    let ann = user("ann", &[]);
    let (good, bad) = (json!({"path": "/tmp/x"}), json!({"path": "/etc/x"}));
    assert_eq!(summary(&authorizer.decide(&ann, &tool("read", Some(&good)))), (true, vec!["tmp-only"]));
    let decision = authorizer.decide(&ann, &tool("read", Some(&bad)));
    assert_eq!((decision.allow, decision.visible), (false, true));
    assert!(authorizer.visible(&ann, &tool("read", None)));
    assert!(!authorizer.decide(&ann, &tool("read", None)).allow, "a permit that fails permits nothing");
}

#[test]
fn scopes_are_named_to_those_whom_only_scopes_keep_out() {
    let writes = "@scopes(\"files:write admin\")
        forbid(principal, action, resource == Tool::\"files/read_all\")
        unless { principal.scopes.contains(\"files:write\") };";
    let secrets = "forbid(principal, action, resource == Tool::\"files/read_secret\");";
    let authorizer = authorizer(&[("writes", writes), ("secrets", secrets)]);
    let (ann, bob) = (user("ann", &["reader"]), user("bob", &[]));
    let decided = authorizer.decide(&ann, &tool("read_all", None));
    assert_eq!((decided.allow, decided.visible), (false, true));
    assert_eq!(&*decided.scopes, ["files:write".into(), "admin".into()]);
    assert!(authorizer.visible(&ann, &tool("read_all", None)));
    let hidden = authorizer.decide(&bob, &tool("read_all", None));
    assert_eq!((hidden.allow, hidden.visible, hidden.scopes.len()), (false, false, 0), "no role of bob's allows it");
    let secret = authorizer.decide(&ann, &tool("read_secret", None));
    assert_eq!((secret.allow, secret.visible, secret.scopes.len()), (false, false, 0), "no scope lifts it");
    let able = Principal { scopes: vec!["files:write".to_owned()], ..user("ann", &["reader"]).as_ref().clone() };
    assert!(authorizer.decide(&Arc::new(able), &tool("read_all", None)).allow);
}

#[test]
fn a_forbid_that_cannot_be_evaluated_forbids() {
    let authorizer = authorizer(&[
        ("all", "permit(principal, action, resource);"),
        ("small", "forbid(principal, action, resource) when { context.arguments.amount > 100 };"),
    ]);
    let ann = user("ann", &[]);
    let allowed = |arguments: Value| authorizer.decide(&ann, &tool("pay", Some(&arguments))).allow;
    assert!(allowed(json!({"amount": 100})));
    assert!(!allowed(json!({"amount": 101})));
    assert!(!allowed(json!({"amount": "x"})));
    assert!(!allowed(json!({})));
    assert!(!allowed(json!({"amount": 1e300})));
    assert!(!allowed(json!([1])));
    assert!(authorizer.visible(&ann, &tool("pay", None)));
    // As text they decide the same; what is no JSON is not permitted.
    let by_text = |text| authorizer.decide(&ann, &Action { arguments: Some(text).into(), ..tool("pay", None) }).allow;
    assert!(by_text(r#"{"amount": 100}"#) && !by_text(r#"{"amount": 101}"#) && !by_text("{"));
}

#[test]
fn the_given_time_decides_also_for_the_list() {
    let authorizer = authorizer(&[
        ("all", "permit(principal, action, resource);"),
        ("hours", "forbid(principal, action, resource) unless { context.time.hour >= 9 && context.time.hour < 17 };"),
        ("sunday", "forbid(principal, action, resource) when { context.time.day == 7 };"),
    ]);
    let ann = user("ann", &[]);
    let at = |hours: i64| Action { time: Timestamp::from_secs(MORNING.secs() + hours * 3_600), ..tool("x", None) };
    assert!(authorizer.decide(&ann, &at(0)).allow);
    assert_eq!(summary(&authorizer.decide(&ann, &at(10))), (false, vec!["hours"]));
    assert!(authorizer.visible(&ann, &at(0)) && !authorizer.visible(&ann, &at(10)));
    assert_eq!(summary(&authorizer.decide(&ann, &at(24))), (false, vec!["sunday"]));
}

#[test]
fn a_key_needs_the_scope_to_use_servers() {
    let authorizer = authorizer(&[("all", "permit(principal, action, resource);")]);
    let mut key = (*user("k", &[])).clone();
    key.kind = PrincipalKind::Key;
    assert!(!authorizer.decide(&Arc::new(key.clone()), &tool("x", None)).allow);
    key.scopes.push("mcp".to_owned());
    assert!(authorizer.decide(&Arc::new(key), &tool("x", None)).allow);
}

#[test]
fn arguments_that_nest_too_deep_are_denied_where_they_matter() {
    let authorizer = authorizer(&[
        ("all", "permit(principal, action, resource);"),
        ("x", "forbid(principal, action, resource) when { context.arguments has secret };"),
    ]);
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let arguments = json!({ "deep": deep });
    let decision = authorizer.decide(&user("ann", &[]), &tool("x", Some(&arguments)));
    assert!(!decision.allow && decision.reasons[0].contains("64 levels"), "{decision:?}");
}

#[test]
fn what_nothing_permits_is_not_told_of_because_some_arguments_are_forbidden() {
    let text = "permit(principal, action, resource == Tool::\"files/read\");\n\
                forbid(principal, action, resource) when { context.arguments.path like \"*secret*\" };";
    let authorizer = authorizer(&[("one", text)]);
    let (plain, secret) = (serde_json::json!({"path": "x"}), serde_json::json!({"path": "secret"}));
    let decide = |name, arguments| authorizer.decide(&user("ann", &[]), &tool(name, arguments));
    assert!(decide("read", Some(&plain)).allow);
    let forbidden = decide("read", Some(&secret));
    assert!(!forbidden.allow && forbidden.visible, "other arguments are allowed: {forbidden:?}");
    for arguments in [None, Some(&secret)] {
        let unknown = decide("write", arguments);
        assert!(!unknown.allow && !unknown.visible, "{unknown:?}");
    }
}

/// Statements with every word that is read at a glance, and some that are not.
const STATEMENTS: [&str; 26] = [
    "permit(principal, action, resource);",
    "permit(principal == Key::\"k\", action, resource);",
    "permit(principal is User, action == Action::\"call\", resource is Tool in Server::\"files\");",
    "permit(principal is User in Role::\"reader\", action in [Action::\"call\", Action::\"get\"], resource);",
    "permit(principal, action, resource == Tool::\"files/read_all\");",
    "permit(principal, action == Action::\"read\", resource in Server::\"files\");",
    "permit(principal, action, resource) when { resource.path like \"files/re*d_*\" };",
    "permit(principal, action, resource) when { resource.name like \"*\\**\" };",
    "permit(principal, action, resource) unless { resource.server == \"web\" || resource.destructive };",
    "permit(principal, action, resource) when { principal.claims.team == \"blue\" && resource.read_only };",
    "permit(principal, action, resource) when { principal.scopes.contains(\"files:read\") } unless { resource.name != \"x\" };",
    "permit(principal, action, resource) when { [\"x\", \"read_all\"].contains(resource.name) };",
    "permit(principal, action, resource) when { principal in [Role::\"lead\", User::\"bob\"] };",
    "permit(principal, action, resource) when { principal.id == \"user:https://issuer.example|ann\" };",
    "permit(principal, action, resource) when { resource in Tool::\"files/x\" };",
    "permit(principal, action, resource) when { principal.issuer == resource.name };",
    "forbid(principal, action, resource == Tool::\"files/x\");",
    "forbid(principal, action, resource) when { resource.server == 7 };",
    "forbid(principal, action, resource) when { principal.claims.color == \"red\" };",
    "forbid(principal, action, resource) when { principal has issuer && resource.name == \"x\" };",
    "forbid(principal in Role::\"lead\", action, resource) when { !resource.read_only };",
    "@scopes(\"more\") forbid(principal, action, resource) unless { principal.scopes.contains(\"more\") };",
    "permit(principal, action, resource is Tool) when { context.arguments.a == 1 };",
    "forbid(principal, action, resource in Server::\"web\") when { context.arguments.a == 1 };",
    "forbid(principal, action, resource == Tool::\"files/x\") when { context.time.hour > 9 };",
    "permit(principal, action, resource in Server::\"web\") when { context.time.hour > 9 };",
];

#[test]
fn a_glance_sees_what_cedar_says() {
    let key = |scopes: &[&str]| Principal {
        kind: PrincipalKind::Key,
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        ..(*user("k", &["developer"])).clone()
    };
    let callers = [
        user("ann", &["reader"]),
        user("bob", &["lead"]),
        Arc::new(Principal::anonymous(Vec::new())),
        Arc::new(key(&["mcp", "more"])),
        Arc::new(key(&["more"])),
    ];
    let mut targets = Vec::new();
    for (server, name) in [("files", "x"), ("files", "read_all"), ("web", "x"), ("web", "a*b"), ("files/read", "all")] {
        for (kind, read_only) in [(Kind::Tool, false), (Kind::Tool, true), (Kind::Resource, false)] {
            let hints = Hints { read_only, destructive: read_only };
            targets.push(Action { kind, server, hints, ..tool(name, None) });
        }
    }
    let (mut glanced, mut all) = (0_u32, 0_u32);
    for (at, first) in STATEMENTS.iter().enumerate() {
        for step in [0, 1, 3, 7] {
            let second = STATEMENTS[(at + step) % STATEMENTS.len()];
            let authorizer = authorizer(&[("one", first), ("two", second)]);
            for caller in &callers {
                for target in &targets {
                    let sight = authorizer.sight(caller, target.kind);
                    let expected = authorizer.visible(caller, target);
                    assert_eq!(authorizer.sees(&sight, target), expected, "{caller} {target:?}: {first} {second}");
                    let decision = authorizer.decide(caller, target);
                    assert_eq!(decision.visible, expected, "as lists do: {caller} {target:?}: {first} {second}");
                    all += 1;
                    glanced += u32::from(authorizer.glance(&sight, target).is_some());
                }
            }
        }
    }
    assert!(glanced * 10 > all * 7, "only {glanced} of {all} were told at a glance");
}
