//! Table: every route, with what the router, the OpenAPI document and the docs say of it.

use std::pin::Pin;

use corten_govern::Access::{self, Read, Write};
use corten_govern::audit::EventKind;

use crate::api::{ApiState, Call};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::{audit, governance, health, keys, records, tools};

/// What a handler returns.
pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + 'a>>;

/// A handler.
pub(crate) type Handler = for<'a> fn(&'a ApiState, &'a Call) -> Answer<'a>;

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What a route is about, which decides who may use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// Open to everybody.
    Public,
    /// Open to everybody with a credential.
    Caller,
    Server,
    Tool,
    Key,
    Role,
    Policy,
    Limit,
    Audit,
    Decision,
}

impl Area {
    /// The word in permissions: `server:read:*`.
    pub(crate) const fn word(self) -> Option<&'static str> {
        match self {
            Self::Public | Self::Caller => None,
            Self::Server => Some("server"),
            Self::Tool => Some("tool"),
            Self::Key => Some("key"),
            Self::Role => Some("role"),
            Self::Policy => Some("policy"),
            Self::Limit => Some("limit"),
            Self::Audit => Some("audit"),
            Self::Decision => Some("decision"),
        }
    }
}

/// A query parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    /// Its JSON schema.
    pub(crate) schema: &'static str,
    pub(crate) doc: &'static str,
}

/// One route.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    /// The operation's id in the OpenAPI document.
    pub(crate) id: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) area: Area,
    /// Writes are recorded, and refused while nothing can be recorded.
    pub(crate) access: Access,
    /// What its audit entry is about.
    pub(crate) kind: EventKind,
    pub(crate) query: &'static [Parameter],
    /// The schema of the body.
    pub(crate) body: Option<&'static str>,
    /// The status and the schema of the answer.
    pub(crate) answer: (u16, Option<&'static str>),
    /// Says whether the answer has an `ETag` and changes need `If-Match`.
    pub(crate) versioned: bool,
    pub(crate) handler: Handler,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.method.as_str(), self.path)
    }
}

const LIMIT: Parameter = Parameter {
    name: "limit",
    schema: r#"{"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}"#,
    doc: "Items of a page.",
};
const CURSOR: Parameter = Parameter {
    name: "cursor",
    schema: r#"{"type": "string", "pattern": "^[A-Za-z0-9_-]*$"}"#,
    doc: "Where the page begins: `next` of the page before.",
};
const PAGED: &[Parameter] = &[LIMIT, CURSOR];

const TEXT: &str = r#"{"type": "string", "maxLength": 512}"#;
const TIME: &str = r#"{"type": "string", "format": "date-time"}"#;
const EVENTS: &str = r#"{"type": "string", "enum": ["call", "authentication", "decision", "change", "external"]}"#;
const OUTCOMES: &str = r#"{"type": "string", "enum": ["ok", "error", "denied", "limited", "cancelled", "failed"]}"#;

const AUDIT_QUERY: &[Parameter] = &[
    LIMIT,
    CURSOR,
    Parameter { name: "start_time", schema: TIME, doc: "Not before." },
    Parameter { name: "end_time", schema: TIME, doc: "Before." },
    Parameter { name: "caller", schema: TEXT, doc: "By whom: `key:…`, `user:issuer|subject`, `anonymous`." },
    Parameter { name: "server", schema: TEXT, doc: "To which server." },
    Parameter { name: "name", schema: TEXT, doc: "With which tool, prompt, resource or record." },
    Parameter { name: "kind", schema: EVENTS, doc: "About what." },
    Parameter { name: "outcome", schema: OUTCOMES, doc: "Ended how." },
];

/// A route with what most have.
const fn route(method: Method, path: &'static str, id: &'static str, area: Area, handler: Handler) -> Route {
    let access = match method {
        Get => Read,
        _ => Write,
    };
    Route {
        method,
        path,
        id,
        tag: "",
        doc: "",
        area,
        access,
        kind: EventKind::Change,
        query: &[],
        body: None,
        answer: (200, None),
        versioned: false,
        handler,
    }
}

use Area::{Audit, Caller, Decision, Key, Limit, Policy, Public, Role, Server, Tool};
use Method::{Delete, Get, Post, Put};

/// Every route.
#[rustfmt::skip]
pub(crate) const ROUTES: &[Route] = &[
    Route { tag: "health", doc: "How this process, its store and its servers are doing.", answer: (200, Some("Health")),
        ..route(Get, "/api/v1/health", "getHealth", Public, health::health) },
    Route { tag: "health", doc: "Who calls, and what it may administer.", answer: (200, Some("Me")),
        ..route(Get, "/api/v1/me", "getMe", Caller, health::me) },

    Route { tag: "servers", doc: "Lists registered servers.", query: PAGED, answer: (200, Some("ServerPage")),
        ..route(Get, "/api/v1/servers", "listServers", Server, records::list_servers) },
    Route { tag: "servers", doc: "Registers a server.", body: Some("NewServer"), answer: (201, Some("Server")), versioned: true,
        ..route(Post, "/api/v1/servers", "createServer", Server, records::create_server) },
    Route { tag: "servers", doc: "Shows a server.", answer: (200, Some("Server")), versioned: true,
        ..route(Get, "/api/v1/servers/{name}", "getServer", Server, records::get_server) },
    Route { tag: "servers", doc: "Changes a server.", body: Some("NewServer"), answer: (200, Some("Server")), versioned: true,
        ..route(Put, "/api/v1/servers/{name}", "replaceServer", Server, records::replace_server) },
    Route { tag: "servers", doc: "Removes a server.", answer: (204, None), versioned: true,
        ..route(Delete, "/api/v1/servers/{name}", "deleteServer", Server, records::delete_server) },

    Route { tag: "tools", doc: "Asks servers for their tools, as far as the caller may use them.", answer: (200, Some("ToolPage")),
        query: &[LIMIT, CURSOR, Parameter { name: "server", schema: TEXT, doc: "Of this server only." }],
        ..route(Get, "/api/v1/tools", "listTools", Caller, tools::list) },
    Route { tag: "tools", doc: "Asks one server for its tools.", query: PAGED, answer: (200, Some("ToolPage")),
        ..route(Get, "/api/v1/servers/{name}/tools", "listServerTools", Caller, tools::list_of_server) },
    Route { tag: "tools", doc: "Calls a tool, under the caller's policies, limits and records.", body: Some("ToolCall"),
        answer: (200, Some("ToolResult")), access: Read,
        ..route(Post, "/api/v1/servers/{name}/tools/{tool}/call", "callTool", Caller, tools::call) },
    Route { tag: "tools", doc: "How every server is doing.", answer: (200, Some("ServerHealthList")),
        ..route(Get, "/api/v1/health/servers", "listServerHealth", Tool, health::servers) },

    Route { tag: "keys", doc: "Lists API keys; never the keys themselves.", query: PAGED, answer: (200, Some("KeyPage")),
        ..route(Get, "/api/v1/keys", "listKeys", Key, keys::list) },
    Route { tag: "keys", doc: "Makes an API key; the answer shows it once.", body: Some("NewKey"), answer: (201, Some("CreatedKey")), versioned: true,
        ..route(Post, "/api/v1/keys", "createKey", Key, keys::create) },
    Route { tag: "keys", doc: "Shows an API key with its use count.", answer: (200, Some("Key")), versioned: true,
        ..route(Get, "/api/v1/keys/{id}", "getKey", Key, keys::get) },
    Route { tag: "keys", doc: "Changes an API key's name, scopes, roles, end or limit, or disables it.", body: Some("ChangedKey"), answer: (200, Some("Key")), versioned: true,
        ..route(Put, "/api/v1/keys/{id}", "replaceKey", Key, keys::replace) },
    Route { tag: "keys", doc: "Removes an API key; it is refused from then on.", answer: (204, None), versioned: true,
        ..route(Delete, "/api/v1/keys/{id}", "deleteKey", Key, keys::delete) },

    Route { tag: "roles", doc: "Lists roles, the built-in ones too.", query: PAGED, answer: (200, Some("RolePage")),
        ..route(Get, "/api/v1/roles", "listRoles", Role, records::list_roles) },
    Route { tag: "roles", doc: "Makes a role, or replaces a built-in one.", body: Some("NewRole"), answer: (201, Some("Role")), versioned: true,
        ..route(Post, "/api/v1/roles", "createRole", Role, records::create_role) },
    Route { tag: "roles", doc: "Shows a role, with the Cedar policies that it stands for.", answer: (200, Some("Role")), versioned: true,
        ..route(Get, "/api/v1/roles/{name}", "getRole", Role, records::get_role) },
    Route { tag: "roles", doc: "Changes a role.", body: Some("NewRole"), answer: (200, Some("Role")), versioned: true,
        ..route(Put, "/api/v1/roles/{name}", "replaceRole", Role, records::replace_role) },
    Route { tag: "roles", doc: "Removes a role; a built-in one of that name is back then.", answer: (204, None), versioned: true,
        ..route(Delete, "/api/v1/roles/{name}", "deleteRole", Role, records::delete_role) },

    Route { tag: "policies", doc: "Lists policies.", query: PAGED, answer: (200, Some("PolicyPage")),
        ..route(Get, "/api/v1/policies", "listPolicies", Policy, records::list_policies) },
    Route { tag: "policies", doc: "Adds a policy in Cedar.", body: Some("NewPolicy"), answer: (201, Some("Policy")), versioned: true,
        ..route(Post, "/api/v1/policies", "createPolicy", Policy, records::create_policy) },
    Route { tag: "policies", doc: "Shows a policy.", answer: (200, Some("Policy")), versioned: true,
        ..route(Get, "/api/v1/policies/{id}", "getPolicy", Policy, records::get_policy) },
    Route { tag: "policies", doc: "Changes a policy.", body: Some("NewPolicy"), answer: (200, Some("Policy")), versioned: true,
        ..route(Put, "/api/v1/policies/{id}", "replacePolicy", Policy, records::replace_policy) },
    Route { tag: "policies", doc: "Removes a policy.", answer: (204, None), versioned: true,
        ..route(Delete, "/api/v1/policies/{id}", "deletePolicy", Policy, records::delete_policy) },

    Route { tag: "limits", doc: "Lists limits besides the general one.", query: PAGED, answer: (200, Some("LimitPage")),
        ..route(Get, "/api/v1/limits", "listLimits", Limit, records::list_limits) },
    Route { tag: "limits", doc: "Adds a limit.", body: Some("NewLimit"), answer: (201, Some("Limit")), versioned: true,
        ..route(Post, "/api/v1/limits", "createLimit", Limit, records::create_limit) },
    Route { tag: "limits", doc: "Shows a limit.", answer: (200, Some("Limit")), versioned: true,
        ..route(Get, "/api/v1/limits/{id}", "getLimit", Limit, records::get_limit) },
    Route { tag: "limits", doc: "Changes a limit.", body: Some("NewLimit"), answer: (200, Some("Limit")), versioned: true,
        ..route(Put, "/api/v1/limits/{id}", "replaceLimit", Limit, records::replace_limit) },
    Route { tag: "limits", doc: "Removes a limit.", answer: (204, None), versioned: true,
        ..route(Delete, "/api/v1/limits/{id}", "deleteLimit", Limit, records::delete_limit) },

    Route { tag: "audit", doc: "Finds audit entries, newest first.", query: AUDIT_QUERY, answer: (200, Some("AuditPage")),
        ..route(Get, "/api/v1/audit", "findAudit", Audit, audit::find) },

    Route { tag: "governance", doc: "Decides about a request without running it, and says which policy decided.", access: Read,
        body: Some("Evaluation"), answer: (200, Some("EvaluationResult")),
        ..route(Post, "/api/v1/governance/policy/evaluate", "evaluatePolicy", Decision, governance::evaluate) },
    Route { tag: "governance", doc: "Adds a policy in Cedar.", body: Some("PolicyCreation"), answer: (201, Some("PolicyCreated")),
        ..route(Post, "/api/v1/governance/policy/create", "createGovernancePolicy", Policy, governance::create) },
    Route { tag: "governance", doc: "Says whether roles allow something.", access: Read, body: Some("RoleCheck"), answer: (200, Some("RoleCheckResult")),
        ..route(Post, "/api/v1/governance/rbac/check", "checkRoles", Decision, governance::rbac) },
    Route { tag: "governance", doc: "Says whether policies allow something to a caller of these attributes.", access: Read, body: Some("AttributeCheck"),
        answer: (200, Some("AttributeCheckResult")),
        ..route(Post, "/api/v1/governance/abac/check", "checkAttributes", Decision, governance::abac) },
    Route { tag: "governance", doc: "Adds an event of an outside system to the audit log.", body: Some("AuditEvent"), answer: (201, Some("AuditLogged")),
        ..route(Post, "/api/v1/governance/audit/log", "logAudit", Audit, audit::log) },
    Route { tag: "governance", doc: "Finds audit entries, newest first.", query: AUDIT_QUERY, answer: (200, Some("AuditLogs")),
        ..route(Get, "/api/v1/governance/audit/query", "queryAudit", Audit, audit::query) },
    Route { tag: "governance", doc: "Looks for signs of prompt injection in a text.", access: Read, body: Some("PromptCheck"), answer: (200, Some("PromptCheckResult")),
        ..route(Post, "/api/v1/governance/prompt/validate", "validatePrompt", Caller, governance::prompt) },
];
