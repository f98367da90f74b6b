//! Callers, targets, arguments and times as Cedar sees them.

use std::str::FromStr as _;

use cedar_policy::{Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use serde_json::Value;

use crate::decide::{Action, Arguments, Kind};
use crate::principal::Principal;
use crate::role::Roles;
use crate::timestamp::Timestamp;

/// How deep arguments may nest for policies to look at them.
const MAX_DEPTH: usize = 64;

/// A request without its context.
pub(super) struct Facts {
    pub(super) entities: Entities,
    pub(super) principal: EntityUid,
    pub(super) action: EntityUid,
    pub(super) resource: EntityUid,
}

/// The entities of a caller and a target.
pub(super) fn facts(caller: &Principal, action: &Action<'_>, roles: &Roles) -> Result<Facts, String> {
    let principal = uid(caller.kind.entity_type(), &caller.name)?;
    let verb = uid("Action", action.kind.verb())?;
    let path = format!("{}/{}", action.server, action.name);
    let resource = uid(entity_type(action.kind), &path)?;
    let server = uid("Server", action.server)?;
    let mut all = Vec::new();
    // Roles keep their inheritance flat: every ancestor is a parent of the caller.
    let mut parents = Vec::new();
    for name in roles.closure(&caller.roles) {
        let role = uid("Role", name)?;
        parents.push(role.clone());
        all.push(Entity::with_uid(role));
    }
    all.push(entity(principal.clone(), caller_attributes(caller)?, parents)?);
    all.push(Entity::with_uid(server.clone()));
    let attributes = vec![
        ("server".to_owned(), text(action.server)),
        ("name".to_owned(), text(action.name)),
        ("path".to_owned(), text(&path)),
        ("read_only".to_owned(), RestrictedExpression::new_bool(action.hints.read_only)),
        ("destructive".to_owned(), RestrictedExpression::new_bool(action.hints.destructive)),
    ];
    all.push(entity(resource.clone(), attributes, vec![server])?);
    let entities = Entities::from_entities(all, None).map_err(|error| error.to_string())?;
    Ok(Facts { entities, principal, action: verb, resource })
}

/// The context of one call. Policies fail closed on what cannot be shown to them, so nothing is
/// left out silently but nulls.
pub(super) fn context(arguments: Arguments<'_>, time: Timestamp) -> Result<Context, String> {
    let read;
    let arguments = match arguments {
        Arguments::None => &Value::Null,
        Arguments::Value(value) => value,
        Arguments::Text(text) => {
            read = serde_json::from_str(text).map_err(|_| "the arguments are not JSON".to_owned())?;
            &read
        }
    };
    let arguments = match arguments {
        Value::Null => record(Vec::new())?,
        Value::Object(_) => expression(arguments, MAX_DEPTH)?,
        _ => return Err("the arguments are not an object".to_owned()),
    };
    let pairs = [("arguments".to_owned(), arguments), ("time".to_owned(), moment(time)?)];
    Context::from_pairs(pairs).map_err(|error| error.to_string())
}

fn caller_attributes(caller: &Principal) -> Result<Vec<(String, RestrictedExpression)>, String> {
    let set = |list: &[String]| RestrictedExpression::new_set(list.iter().map(|item| text(item)));
    let claims = caller.claims.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let mut attributes = vec![
        ("id".to_owned(), text(&caller.id())),
        ("name".to_owned(), text(&caller.name)),
        ("roles".to_owned(), set(&caller.roles)),
        ("scopes".to_owned(), set(&caller.scopes)),
        ("claims".to_owned(), record(claims)?),
    ];
    if let Some(issuer) = &caller.issuer {
        attributes.push(("issuer".to_owned(), text(issuer)));
    }
    Ok(attributes)
}

/// `context.time`: the clock in UTC, in forms that policies can compare.
fn moment(time: Timestamp) -> Result<RestrictedExpression, String> {
    let Some(utc) = time.utc() else { return Err("the time lies outside of the calendar".to_owned()) };
    let number = |value: i8| RestrictedExpression::new_long(i64::from(value));
    record(vec![
        ("at".to_owned(), RestrictedExpression::new_datetime(utc.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
        ("date".to_owned(), text(&utc.date().to_string())),
        ("day".to_owned(), number(utc.weekday().to_monday_one_offset())),
        ("hour".to_owned(), number(utc.hour())),
        ("minute".to_owned(), number(utc.minute())),
        ("seconds".to_owned(), RestrictedExpression::new_long(time.secs())),
    ])
}

fn expression(value: &Value, depth: usize) -> Result<RestrictedExpression, String> {
    if depth == 0 {
        return Err(format!("the arguments nest deeper than the {MAX_DEPTH} levels that policies can look at"));
    }
    Ok(match value {
        Value::Null => text("null"),
        Value::Bool(flag) => RestrictedExpression::new_bool(*flag),
        Value::Number(number) => self::number(number),
        Value::String(string) => text(string),
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| expression(item, depth - 1)).collect();
            RestrictedExpression::new_set(items?)
        }
        Value::Object(map) => {
            let fields = map.iter().filter(|(_, value)| !value.is_null());
            let fields: Result<Vec<_>, String> =
                fields.map(|(name, value)| Ok((name.clone(), expression(value, depth - 1)?))).collect();
            record(fields?)?
        }
    })
}

/// Whole numbers as Long, numbers of at most four decimals as decimal, all others as text, on
/// which comparisons fail.
fn number(number: &serde_json::Number) -> RestrictedExpression {
    if let Some(whole) = number.as_i64() {
        return RestrictedExpression::new_long(whole);
    }
    let shown = number.to_string();
    let is_decimal = number.as_f64().is_some_and(|value| value.abs() < 1e14)
        && shown.split_once('.').is_some_and(|(whole, fraction)| {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits(whole.trim_start_matches('-')) && digits(fraction) && fraction.len() <= 4
        });
    if is_decimal { RestrictedExpression::new_decimal(shown) } else { RestrictedExpression::new_string(shown) }
}

fn entity(
    uid: EntityUid,
    attributes: Vec<(String, RestrictedExpression)>,
    parents: Vec<EntityUid>,
) -> Result<Entity, String> {
    Entity::new_with_tags(uid, attributes, parents, []).map_err(|error| error.to_string())
}

fn record(fields: Vec<(String, RestrictedExpression)>) -> Result<RestrictedExpression, String> {
    RestrictedExpression::new_record(fields).map_err(|error| error.to_string())
}

fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

fn uid(entity: &str, id: &str) -> Result<EntityUid, String> {
    let name = EntityTypeName::from_str(entity).map_err(|error| error.to_string())?;
    Ok(EntityUid::from_type_name_and_id(name, EntityId::new(id)))
}

const fn entity_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Tool => "Tool",
        Kind::Resource => "Resource",
        Kind::Prompt => "Prompt",
    }
}
