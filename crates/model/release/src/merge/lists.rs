//! Lists inside strategic patches: what their items are, how they are named and ordered.

use std::cmp::Ordering;
use std::mem::discriminant;
use std::sync::Arc;

use corten_value::{Map, Value};

use super::MergeError;
use super::create::as_map;
use super::error::{go_text, not_a_map};
use super::order::go_sort;

/// What the items of a list are. Lists of lists are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemKind {
    Map,
    Scalar,
}

/// Go: `sliceElementType`: the one kind of all items of all lists.
pub(super) fn item_kind(lists: &[&[Value]]) -> Result<ItemKind, MergeError> {
    let mut items = lists.iter().flat_map(|list| list.iter());
    let first = items.next().ok_or(MergeError::NoElements)?;
    if matches!(first, Value::List(_)) {
        return Err(MergeError::ListOfLists);
    }
    if items.any(|item| discriminant(item) != discriminant(first)) {
        let texts: Vec<String> = lists.iter().map(|list| go_text(&Value::from(list.to_vec()))).collect();
        return Err(MergeError::MixedList(format!("[{}]", texts.join(" "))));
    }
    Ok(if matches!(first, Value::Map(_)) { ItemKind::Map } else { ItemKind::Scalar })
}

/// The item as a table and the value of its merge key.
pub(super) fn item_key<'a>(item: &'a Value, key: &str) -> Result<(&'a Arc<Map>, &'a Value), MergeError> {
    let map = as_map(item)?;
    Ok((map, merge_key(item, key)?))
}

/// The value of an item's merge key.
pub(super) fn merge_key<'a>(item: &'a Value, key: &str) -> Result<&'a Value, MergeError> {
    let map = item.as_map().ok_or_else(|| not_a_map(item))?;
    map.get(key).ok_or_else(|| MergeError::NoMergeKey { item: go_text(item), key: key.to_owned() })
}

/// Go: `sortMergeListsByNameArray` for objects.
pub(super) fn sorted_by_key(list: &[Value], key: &str) -> Result<Vec<Value>, MergeError> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    if item_kind(&[list])? == ItemKind::Scalar {
        return Ok(sort_scalars(&without_twins(list.to_vec())));
    }
    Ok(go_sorted(list, |item| go_text(item.get(key).unwrap_or(&Value::Null))))
}

/// Go: `sortScalars`: by their texts.
pub(super) fn sort_scalars(list: &[Value]) -> Vec<Value> {
    go_sorted(list, go_text)
}

/// Go: `sort.Sort` by texts, with a `Less` that also holds for equal ones.
fn go_sorted(list: &[Value], text: impl Fn(&Value) -> String) -> Vec<Value> {
    let mut keyed: Vec<(String, &Value)> = list.iter().map(|item| (text(item), item)).collect();
    go_sort(&mut keyed, |left, right| left.0 <= right.0);
    keyed.into_iter().map(|(_, item)| item.clone()).collect()
}

/// Go: `deduplicateScalars`: the last item takes the place of a twin.
pub(super) fn without_twins(mut list: Vec<Value>) -> Vec<Value> {
    let mut position = 0;
    while position < list.len() {
        let mut other = position + 1;
        while other < list.len() {
            if list[position] == list[other] {
                list.swap_remove(other);
            } else {
                other += 1;
            }
        }
        position += 1;
    }
    list
}

/// Go: `index`: where a list holds an item of this name.
fn index(list: &[Value], item: &Value, key: &str, kind: ItemKind) -> Option<usize> {
    match kind {
        ItemKind::Map => {
            let name = item.as_map().and_then(|map| map.get(key));
            list.iter().position(|other| other.as_map().and_then(|map| map.get(key)) == name)
        }
        ItemKind::Scalar => list.iter().position(|other| other == item),
    }
}

/// Go: `normalizeSliceOrder`: `list` in the order of `order`, deletions last.
pub(super) fn sort_to_order(
    list: Vec<Value>,
    order: &[Value],
    key: &str,
    kind: ItemKind,
) -> Result<Vec<Value>, MergeError> {
    let (mut kept, deletions) = if kind == ItemKind::Map {
        for item in list.iter().chain(order) {
            merge_key(item, key)?;
        }
        split_deletions(list)?
    } else {
        (list, Vec::new())
    };
    kept.sort_by_cached_key(|item| index(order, item, key, kind));
    kept.extend(deletions);
    Ok(kept)
}

/// Go: `extractToDeleteItems`: the items to keep, and those with `$patch: delete`.
pub(super) fn split_deletions(list: Vec<Value>) -> Result<(Vec<Value>, Vec<Value>), MergeError> {
    if let Some(odd) = list.iter().find(|item| item.as_map().is_none()) {
        return Err(not_a_map(odd));
    }
    let deletes = |item: &Value| item.get(super::strategic::DIRECTIVE).and_then(Value::as_str) == Some("delete");
    Ok(list.into_iter().partition(|item| !deletes(item)))
}

/// Go: `normalizeElementOrder`: the items of the patch in the patch's order, those of the server
/// in the server's, interleaved as the server had them.
pub(super) fn interleave(
    (patched, others): (Vec<Value>, Vec<Value>),
    patch_order: &[Value],
    server_order: &[Value],
    key: &str,
    kind: ItemKind,
) -> Result<Vec<Value>, MergeError> {
    let patched = sort_to_order(patched, patch_order, key, kind)?;
    let others = sort_to_order(others, server_order, key, kind)?;
    let comes_first = |left: &Value, right: &Value| {
        let left = index(server_order, left, key, kind);
        let right = index(server_order, right, key, kind);
        matches!((left, right), (Some(left), Some(right)) if left.cmp(&right) == Ordering::Less)
    };
    let mut all = Vec::with_capacity(patched.len() + others.len());
    let (mut patched, mut others) = (patched.into_iter().peekable(), others.into_iter().peekable());
    loop {
        let takes_other = match (others.peek(), patched.peek()) {
            (Some(other), Some(patched)) => comes_first(other, patched),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return Ok(all),
        };
        all.extend(if takes_other { others.next() } else { patched.next() });
    }
}

/// The items that `names` names, and the rest. Go: `partition…ByPresentInList`.
pub(super) fn partition(list: Vec<Value>, names: &[Value], key: &str) -> Result<(Vec<Value>, Vec<Value>), MergeError> {
    let (mut wanted, mut others) = (Vec::new(), Vec::new());
    for item in list {
        let is_named =
            if key.is_empty() { names.contains(&item) } else { find(names, key, merge_key(&item, key)?)?.is_some() };
        if is_named { &mut wanted } else { &mut others }.push(item);
    }
    Ok((wanted, others))
}

/// Go: `findMapInSliceBasedOnKeyValue`.
pub(super) fn find(list: &[Value], key: &str, name: &Value) -> Result<Option<usize>, MergeError> {
    for (position, item) in list.iter().enumerate() {
        let map = item.as_map().ok_or_else(|| not_a_map(item))?;
        if map.get(key) == Some(name) {
            return Ok(Some(position));
        }
    }
    Ok(None)
}
