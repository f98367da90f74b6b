//! What the configuration says about callers, as records of the store.

use corten_govern::token::TokenRules;
use corten_govern::{
    LimitPer, LimitRule, Origin, Permission, Policy, Rate, Records, Role, Server, Timestamp, Versioned, check_policy,
    role_text,
};

use crate::config::{self, Configuration, Loaded, Rule};

/// The records of a configuration, and the general limit.
pub(super) fn of(loaded: &Loaded) -> Result<(Records, Option<Rate>), String> {
    let configuration = &loaded.configuration;
    let mut policies = Vec::new();
    for (name, role) in &configuration.roles {
        policies.extend(forbidden(name, role));
    }
    for (number, policy) in configuration.policies.iter().enumerate() {
        let wrong = |text: String| loaded.wrong(&["policies", &number.to_string()], text);
        let made = Policy {
            id: policy.name.clone(),
            description: String::new(),
            text: policy_text(loaded, policy).map_err(wrong)?,
            disabled: false,
        };
        check_policy(&made).map_err(|error| wrong(error.to_string()))?;
        policies.push(made);
    }
    let limits = &configuration.limits;
    let per_tool = limits.per_tool.iter().map(|(pattern, calls)| limit(LimitPer::CallerAndTool, pattern, *calls));
    let per_route = limits.per_route.iter().map(|(pattern, calls)| limit(LimitPer::CallerAndRoute, pattern, *calls));
    let records = Records {
        servers: configuration.servers.iter().map(|(name, server)| kept(served(name, server))).collect(),
        keys: Vec::new(),
        roles: configuration.roles.iter().map(|(name, role)| kept(allowed(name, role))).collect(),
        policies: policies.into_iter().map(kept).collect(),
        limits: per_tool.chain(per_route).map(kept).collect(),
    };
    Ok((records, (limits.per_caller > 0).then(|| Rate::per_minute(limits.per_caller))))
}

/// A server of the file, as the admin API shows it: where it is. What else the file says may be a secret.
fn served(name: &str, server: &config::Server) -> Server {
    let texts = [("command", &server.command), ("url", &server.url), ("openapi", &server.openapi)];
    let settings = texts.into_iter().filter_map(|(field, text)| {
        let text = text.as_deref()?.split('?').next().unwrap_or_default();
        Some((field.to_owned(), text.into()))
    });
    Server {
        name: name.to_owned(),
        description: String::new(),
        disabled: server.disabled,
        settings: settings.collect(),
    }
}

fn kept<T>(value: T) -> Versioned<T> {
    Versioned { value, version: 1, origin: Origin::File, updated: Timestamp::from_micros(0) }
}

fn policy_text(loaded: &Loaded, policy: &config::Policy) -> Result<String, String> {
    match (&policy.cedar, &policy.file) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(file)) => {
            let path = loaded.folder().join(file);
            std::fs::read_to_string(&path)
                .map_err(|error| format!("cannot read policy {} from {}: {error}", policy.name, path.display()))
        }
        (None, None) => Ok(String::new()),
    }
}

fn allowed(name: &str, role: &config::Role) -> Role {
    Role {
        name: name.to_owned(),
        description: String::new(),
        permissions: role.allow.iter().flat_map(permissions).collect(),
        inherits: Vec::new(),
    }
}

/// What a role forbids, as a policy: roles themselves can only allow.
fn forbidden(name: &str, role: &config::Role) -> Option<Policy> {
    if role.deny.is_empty() {
        return None;
    }
    let permissions = role.deny.iter().flat_map(permissions).collect();
    let turned = Role { name: name.to_owned(), description: String::new(), permissions, inherits: Vec::new() };
    let text: Vec<String> = role_text(&turned).lines().map(|line| line.replacen("permit", "forbid", 1)).collect();
    Some(Policy {
        id: format!("role-{name}-deny"),
        description: format!("What role {name} forbids"),
        text: text.join("\n"),
        disabled: false,
    })
}

/// A rule that names no tools, resources or prompts is about all three.
fn permissions(rule: &Rule) -> Vec<Permission> {
    let kinds: [(&str, &Vec<String>); 3] =
        [("tool", &rule.tools), ("resource", &rule.resources), ("prompt", &rule.prompts)];
    let is_about_all = kinds.iter().all(|(_, names)| names.is_empty());
    let any = vec!["*".to_owned()];
    let servers = if rule.servers.is_empty() { &any } else { &rule.servers };
    let mut found = Vec::new();
    for (kind, names) in kinds {
        let names = if is_about_all { &any } else { names };
        for server in servers {
            found.extend(names.iter().map(|name| Permission {
                resource: kind.to_owned(),
                action: "*".to_owned(),
                scope: format!("{server}/{name}"),
            }));
        }
    }
    found
}

fn limit(per: LimitPer, pattern: &str, calls: u32) -> LimitRule {
    let any = || "*".to_owned();
    let (tool, route, kind) = match per {
        LimitPer::CallerAndTool => (pattern.to_owned(), any(), "tool"),
        _ => (any(), pattern.to_owned(), "route"),
    };
    LimitRule { id: format!("{kind}-{pattern}"), per, caller: any(), tool, route, rate: Rate::per_minute(calls) }
}

/// Whose tokens are accepted.
pub(super) fn token_rules(configuration: &Configuration) -> Vec<TokenRules> {
    let rules = configuration.auth.tokens.iter().map(|token| TokenRules {
        issuer: token.issuer.clone(),
        jwks_url: token.jwks.clone(),
        audiences: token.audience.clone().into_iter().collect(),
        algorithms: token.algorithms.clone(),
        roles_claim: token.roles_claim.clone(),
        roles: Vec::new(),
        required_scopes: token.scopes.clone(),
        leeway_seconds: 30,
    });
    rules.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn records(text: &str) -> Records {
        let (configuration, notes) = config::read(text).unwrap();
        let loaded = Loaded { configuration, file: None, notes, inputs: BTreeMap::new(), text: String::new() };
        of(&loaded).unwrap().0
    }

    #[test]
    fn servers_of_the_file_are_shown_without_what_may_be_secret() {
        let text = "servers:\n  a: {command: npx, args: [--token, s3cret], env: {T: s3cret}}\n  \
                    b: {url: \"http://h/mcp?key=s3cret\", headers: {x-key: s3cret}, disabled: true}\n";
        let shown: Vec<Server> = records(text).servers.into_iter().map(|kept| kept.value).collect();
        let shown = serde_json::to_value(shown).unwrap();
        assert_eq!(shown[0]["settings"], serde_json::json!({"command": "npx"}));
        assert_eq!(shown[1]["settings"], serde_json::json!({"url": "http://h/mcp"}));
        assert!(!shown.to_string().contains("s3cret") && shown[1]["disabled"] == true, "{shown}");
    }

    #[test]
    fn a_rule_about_tools_allows_no_resources() {
        let made = records("roles: {reader: {allow: [{servers: [files], tools: [\"read_*\"]}]}}");
        let permissions: Vec<String> = made.roles[0].value.permissions.iter().map(ToString::to_string).collect();
        assert_eq!(permissions, ["tool:*:files/read_*"]);
    }

    #[test]
    fn a_rule_about_a_server_is_about_all_that_it_has() {
        let made = records("roles: {user: {allow: [{servers: [files]}], deny: [{tools: [write]}]}}");
        assert_eq!(made.roles[0].value.permissions.len(), 3);
        assert!(made.policies[0].value.text.starts_with("forbid(principal in Role::\"user\""), "{:?}", made.policies);
    }

    #[test]
    fn limits_by_tool_count_each_caller() {
        let made = records("limits: {per_tool: {\"files/*\": 5}}");
        assert_eq!(made.limits[0].value.per, LimitPer::CallerAndTool);
    }
}
