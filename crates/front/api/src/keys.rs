//! API keys: made once, shown never again.

use corten_govern::ports::{Collection, KeyStore as _};
use corten_govern::{ADMIN_SCOPE, ApiKey, MCP_SCOPE, Rate, Timestamp, Versioned, rfc3339_option};
use corten_store::generate_key;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{ApiState, Call};
use crate::problem::Problem;
use crate::records::read;
use crate::reply::{Reply, if_match, page};
use crate::route::Answer;

/// What a caller may say about a key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyBody {
    name: String,
    #[serde(default = "use_servers")]
    scopes: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default, with = "rfc3339_option")]
    expires: Option<Timestamp>,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    limit: Option<Rate>,
}

fn use_servers() -> Vec<String> {
    vec![MCP_SCOPE.to_owned()]
}

pub(crate) fn list<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let all = Collection::<ApiKey>::list(state.store.as_ref()).await?;
        page(&all, call, |key| key.value.id.clone(), view)
    })
}

pub(crate) fn create<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let body: KeyBody = read(call.body.clone())?;
        check(&body)?;
        check_grant(state, call, &body.scopes, &body.roles)?;
        let mut new = generate_key(&body.name).map_err(|error| Problem::unavailable(error.to_string()))?;
        apply(&mut new.key, body);
        call.note(format!("key {}", new.key.id));
        let made = Collection::<ApiKey>::create(state.store.as_ref(), new.key).await?;
        let location = format!("/api/v1/keys/{}", made.value.id);
        // The one place where a key is shown.
        let answer = json!({ "key": view(&made), "secret": new.secret.expose() });
        Ok(Reply::created(answer, location).with_version(made.version))
    })
}

pub(crate) fn get<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let found = Collection::<ApiKey>::get(state.store.as_ref(), call.parameter("id")).await?;
        let mut view = view(&found);
        // Counts are worth an answer also while the store is away.
        if let Ok(uses) = state.store.uses(&found.value.id).await {
            view["uses"] = uses.count.into();
            view["last_used"] = uses.last.map(|time| time.to_string()).into();
        }
        Ok(Reply::ok(view).with_version(found.version))
    })
}

pub(crate) fn replace<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let expected = if_match(&call.headers)?;
        let body: KeyBody = read(call.body.clone())?;
        check(&body)?;
        let found = Collection::<ApiKey>::get(state.store.as_ref(), call.parameter("id")).await?;
        check_grant(state, call, &body.scopes, &body.roles)?;
        check_grant(state, call, &found.value.scopes, &found.value.roles)?;
        let mut key = found.value;
        apply(&mut key, body);
        check_last(state, &key.id, Some(&key))?;
        let made = Collection::<ApiKey>::replace(state.store.as_ref(), key, expected).await?;
        Ok(Reply::ok(view(&made)).with_version(made.version))
    })
}

pub(crate) fn delete<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let expected = if_match(&call.headers)?;
        let found = Collection::<ApiKey>::get(state.store.as_ref(), call.parameter("id")).await?;
        check_grant(state, call, &found.value.scopes, &found.value.roles)?;
        check_last(state, &found.value.id, None)?;
        Collection::<ApiKey>::delete(state.store.as_ref(), call.parameter("id"), expected).await?;
        Ok(Reply::no_content())
    })
}

fn check(body: &KeyBody) -> Result<(), Problem> {
    if body.name.trim().is_empty() || body.name.chars().count() > 128 {
        return Err(Problem::unprocessable("name must have 1 to 128 characters that are not all blank"));
    }
    let is_word = |word: &String| {
        !word.is_empty()
            && word.len() <= 128
            && word.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'"' && byte != b'\\')
    };
    if body.scopes.len() > 100 || body.roles.len() > 100 || !body.scopes.iter().chain(&body.roles).all(is_word) {
        return Err(Problem::unprocessable(
            "scopes and roles are at most 100 words of 1 to 128 printable ASCII characters without quotes and backslashes",
        ));
    }
    Ok(())
}

/// Nobody makes, changes or removes a key that can do more than its own.
fn check_grant(state: &ApiState, call: &Call, scopes: &[String], roles: &[String]) -> Result<(), Problem> {
    let own = &call.caller.principal;
    let snapshot = state.store.live().load();
    let own_roles = snapshot.authorizer.roles().closure(&own.roles);
    if own.has_scope(ADMIN_SCOPE) || own_roles.contains("admin") {
        return Ok(());
    }
    if let Some(scope) = scopes.iter().find(|scope| !own.has_scope(scope)) {
        return Err(Problem::escalation(&format!("the scope {scope:?}")));
    }
    if let Some(role) = roles.iter().find(|role| !own_roles.contains(role.as_str())) {
        return Err(Problem::escalation(&format!("the role {role:?}")));
    }
    Ok(())
}

/// The last key that may administer everything stays, so that nobody locks everybody out.
fn check_last(state: &ApiState, id: &str, next: Option<&ApiKey>) -> Result<(), Problem> {
    let snapshot = state.store.live().load();
    let roles = snapshot.authorizer.roles();
    let now = state.now();
    let is_admin = |key: &ApiKey| {
        !key.disabled
            && key.expires.is_none_or(|end| end > now)
            && (key.scopes.iter().any(|scope| scope == ADMIN_SCOPE) || roles.closure(&key.roles).contains("admin"))
    };
    let was_admin = snapshot.keys.get(id).is_some_and(is_admin);
    let is_other = snapshot.keys.iter().any(|(key, _)| key.id != id && is_admin(key));
    if was_admin && !is_other && !next.is_some_and(is_admin) {
        return Err(Problem::conflict("this is the last key with the scope admin; make another one first"));
    }
    Ok(())
}

fn apply(key: &mut ApiKey, body: KeyBody) {
    key.name = body.name;
    key.scopes = body.scopes;
    key.roles = body.roles;
    key.expires = body.expires;
    key.disabled = body.disabled;
    key.limit = body.limit;
}

/// A key without its hash.
fn view(record: &Versioned<ApiKey>) -> Value {
    let key = &record.value;
    json!({
        "id": key.id, "name": key.name, "scopes": key.scopes, "roles": key.roles, "disabled": key.disabled,
        "expires": key.expires.map(|time| time.to_string()), "created": key.created.map(|time| time.to_string()),
        "limit": key.limit, "version": record.version, "origin": record.origin, "updated": record.updated.to_string(),
    })
}
