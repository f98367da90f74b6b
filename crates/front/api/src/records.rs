//! Servers, roles, policies and limits: listed, made, changed, removed, each in the same way.

use corten_govern::ports::{Collection, Record, StoreError};
use corten_govern::{LimitRule, Origin, Policy, Role, Server, Versioned, is_name, role_text};
use corten_store::Store;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::{ApiState, Call};
use crate::problem::Problem;
use crate::reply::{Reply, if_match, page};
use crate::route::Answer;

/// A record as the API shows and takes it.
pub(crate) trait Resource: Record + Serialize + DeserializeOwned {
    /// The path of all of them.
    const PATH: &'static str;
    /// The path's parameter with its id.
    const PARAMETER: &'static str;
    /// The field of the body with its id.
    const FIELD: &'static str;

    /// What is wrong with it, if anything.
    fn check(&self, state: &ApiState) -> Result<(), Problem>;

    /// More than is kept.
    fn add(&self, _view: &mut Value) {}
}

impl Resource for Server {
    const PATH: &'static str = "/api/v1/servers";
    const PARAMETER: &'static str = "name";
    const FIELD: &'static str = "name";

    fn check(&self, state: &ApiState) -> Result<(), Problem> {
        Ok(state.desk.check_server(self)?)
    }
}

impl Resource for Role {
    const PATH: &'static str = "/api/v1/roles";
    const PARAMETER: &'static str = "name";
    const FIELD: &'static str = "name";

    fn check(&self, _state: &ApiState) -> Result<(), Problem> {
        Ok(())
    }

    fn add(&self, view: &mut Value) {
        view["cedar"] = role_text(self).into();
    }
}

impl Resource for Policy {
    const PATH: &'static str = "/api/v1/policies";
    const PARAMETER: &'static str = "id";
    const FIELD: &'static str = "id";

    fn check(&self, _state: &ApiState) -> Result<(), Problem> {
        if self.id.starts_with("role:") {
            return Err(Problem::unprocessable("ids that begin with role: stand for roles"));
        }
        corten_govern::check_policy(self).map_err(|error| Problem::unprocessable(error.to_string()))
    }
}

impl Resource for LimitRule {
    const PATH: &'static str = "/api/v1/limits";
    const PARAMETER: &'static str = "id";
    const FIELD: &'static str = "id";

    fn check(&self, _state: &ApiState) -> Result<(), Problem> {
        Ok(())
    }
}

macro_rules! handlers {
    ($type:ty: $list:ident, $create:ident, $get:ident, $replace:ident, $delete:ident) => {
        pub(crate) fn $list<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
            Box::pin(list::<$type>(state, call))
        }

        pub(crate) fn $create<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
            Box::pin(create::<$type>(state, call))
        }

        pub(crate) fn $get<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
            Box::pin(get::<$type>(state, call))
        }

        pub(crate) fn $replace<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
            Box::pin(replace::<$type>(state, call))
        }

        pub(crate) fn $delete<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
            Box::pin(delete::<$type>(state, call))
        }
    };
}

handlers!(Server: list_servers, create_server, get_server, replace_server, delete_server);
handlers!(Role: list_roles, create_role, get_role, replace_role, delete_role);
handlers!(Policy: list_policies, create_policy, get_policy, replace_policy, delete_policy);
handlers!(LimitRule: list_limits, create_limit, get_limit, replace_limit, delete_limit);

async fn list<T: Resource>(state: &ApiState, call: &Call) -> Result<Reply, Problem>
where
    Store: Collection<T>,
{
    let mut all = Collection::<T>::list(state.store.as_ref()).await?;
    all.extend(built_in::<T>(state, &all));
    all.sort_by(|a, b| a.value.id().cmp(b.value.id()));
    page(&all, call, |record| record.value.id().to_owned(), view)
}

pub(crate) async fn create<T: Resource>(state: &ApiState, call: &Call) -> Result<Reply, Problem>
where
    Store: Collection<T>,
{
    create_from::<T>(state, call, call.body.clone()).await
}

/// Makes a record from a part of a body.
pub(crate) async fn create_from<T: Resource>(state: &ApiState, call: &Call, body: Value) -> Result<Reply, Problem>
where
    Store: Collection<T>,
{
    let record: T = read(body)?;
    check_id(T::FIELD, record.id())?;
    record.check(state)?;
    call.note(format!("{} {}", T::KIND, record.id()));
    let made = Collection::<T>::create(state.store.as_ref(), record).await?;
    let location = format!("{}/{}", T::PATH, made.value.id());
    Ok(Reply::created(view(&made), location).with_version(made.version))
}

async fn get<T: Resource>(state: &ApiState, call: &Call) -> Result<Reply, Problem>
where
    Store: Collection<T>,
{
    let id = call.parameter(T::PARAMETER);
    let found = match Collection::<T>::get(state.store.as_ref(), id).await {
        Err(StoreError::NotFound { kind, id }) => {
            let built_in = built_in::<T>(state, &[]).into_iter().find(|record| record.value.id() == id);
            built_in.ok_or(StoreError::NotFound { kind, id })?
        }
        other => other?,
    };
    Ok(Reply::ok(view(&found)).with_version(found.version).unless_known(&call.headers, found.version))
}

async fn replace<T: Resource>(state: &ApiState, call: &Call) -> Result<Reply, Problem>
where
    Store: Collection<T>,
{
    let expected = if_match(&call.headers)?;
    let id = call.parameter(T::PARAMETER);
    let record: T = read(call.body.clone())?;
    if record.id() != id {
        return Err(Problem::unprocessable(format!("the {} in the body is not the one in the path", T::FIELD)));
    }
    check_id(T::FIELD, record.id())?;
    record.check(state)?;
    let made = Collection::<T>::replace(state.store.as_ref(), record, expected).await?;
    Ok(Reply::ok(view(&made)).with_version(made.version))
}

async fn delete<T: Resource>(state: &ApiState, call: &Call) -> Result<Reply, Problem>
where
    Store: Collection<T>,
{
    let expected = if_match(&call.headers)?;
    Collection::<T>::delete(state.store.as_ref(), call.parameter(T::PARAMETER), expected).await?;
    Ok(Reply::no_content())
}

/// Roles that exist without being declared.
fn built_in<T: Resource>(state: &ApiState, declared: &[Versioned<T>]) -> Vec<Versioned<T>> {
    if T::KIND != Role::KIND {
        return Vec::new();
    }
    let snapshot = state.store.live().load();
    let roles =
        snapshot.authorizer.roles().iter().filter(|role| !declared.iter().any(|own| own.value.id() == role.name));
    roles
        .filter_map(|role| serde_json::from_value(json!(role)).ok())
        .map(|value| Versioned {
            value,
            version: 0,
            origin: Origin::BuiltIn,
            updated: corten_govern::Timestamp::default(),
        })
        .collect()
}

/// A record with its version and where it comes from.
fn view<T: Resource>(record: &Versioned<T>) -> Value {
    let mut view = serde_json::to_value(&record.value).unwrap_or_default();
    record.value.add(&mut view);
    view["version"] = record.version.into();
    view["origin"] = json!(record.origin);
    view["updated"] = record.updated.to_string().into();
    view
}

pub(crate) fn read<T: DeserializeOwned>(body: Value) -> Result<T, Problem> {
    serde_json::from_value(body).map_err(|error| Problem::unprocessable(format!("the body is not right: {error}")))
}

pub(crate) fn check_id(field: &str, id: &str) -> Result<(), Problem> {
    if is_name(id) {
        return Ok(());
    }
    Err(Problem::unprocessable(format!(
        "{field} must have 1 to 128 letters, digits, dots, hyphens or underscores and not start with a dot"
    )))
}
