//! `.Files`: the files of a chart beside its templates.

use corten_chart::File;
use corten_gostd::{glob::Glob, path};
use corten_gotmpl::{Call, Error, Map, MapEntries, MapType, Method, Text, Type, Val};
use corten_value::Value;
use data_encoding::BASE64;

/// `engine.files`, a `map[string][]byte` with methods.
pub(crate) const FILES: &MapType = &MapType {
    name: "engine.files",
    elem: Type::Bytes,
    methods: &[
        Method { name: "Get", params: &[Type::String], variadic: false, call: get },
        Method { name: "GetBytes", params: &[Type::String], variadic: false, call: get_bytes },
        Method { name: "Glob", params: &[Type::String], variadic: false, call: glob },
        Method { name: "Lines", params: &[Type::String], variadic: false, call: lines },
        Method { name: "AsConfig", params: &[], variadic: false, call: as_config },
        Method { name: "AsSecrets", params: &[], variadic: false, call: as_secrets },
    ],
};

/// The files as templates see them; the contents are shared, not copied.
pub(crate) fn files_value<'a>(files: impl Iterator<Item = &'a File>) -> Val {
    let entries: MapEntries =
        files.map(|file| (Text::from(&*file.name), Val::Bytes(std::sync::Arc::clone(&file.data)))).collect();
    Val::Map(Map::new(FILES, entries))
}

/// The content of the file that the first argument names.
fn content(receiver: &Val, arguments: &[Val]) -> Option<std::sync::Arc<[u8]>> {
    let name = arguments.first()?.as_text()?;
    match receiver.as_map()?.get(name.as_bytes())? {
        Val::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of methods")]
fn get(_: &mut Call<'_>, receiver: &Val, arguments: &[Val]) -> Result<Val, Error> {
    Ok(Val::Str(content(receiver, arguments).map(|bytes| Text::from(&*bytes)).unwrap_or_default()))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of methods")]
fn get_bytes(_: &mut Call<'_>, receiver: &Val, arguments: &[Val]) -> Result<Val, Error> {
    Ok(Val::Bytes(content(receiver, arguments).unwrap_or_else(|| std::sync::Arc::from(&b""[..]))))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of methods")]
fn glob(_: &mut Call<'_>, receiver: &Val, arguments: &[Val]) -> Result<Val, Error> {
    let pattern = arguments.first().and_then(Val::as_text).cloned().unwrap_or_default();
    // compat: files-glob-broken-pattern. Go: files.go Glob falls back to `**` without separators.
    let compiled = Glob::compile(pattern.as_bytes(), &['/']).ok();
    let entries = receiver.as_map().map(|map| {
        let matches = |name: &Text| compiled.as_ref().is_none_or(|glob| glob.is_match(name.as_bytes()));
        map.entries()
            .iter()
            .filter(|(name, _)| matches(name))
            .map(|(name, data)| (name.clone(), data.clone()))
            .collect()
    });
    Ok(Val::Map(Map::new(FILES, entries.unwrap_or_default())))
}

fn lines(_: &mut Call<'_>, receiver: &Val, arguments: &[Val]) -> Result<Val, Error> {
    let Some(bytes) = content(receiver, arguments) else {
        return Ok(Val::strings([""; 0]));
    };
    let Some(last) = bytes.last() else {
        // Go: files.go Lines indexes the last byte without looking.
        return Err(Error::new("runtime error: index out of range [-1]"));
    };
    let text = if *last == b'\n' { &bytes[..bytes.len() - 1] } else { &bytes[..] };
    Ok(Val::strings(text.split(|byte| *byte == b'\n')))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of methods")]
fn as_config(_: &mut Call<'_>, receiver: &Val, _: &[Val]) -> Result<Val, Error> {
    Ok(Val::Str(flattened(receiver, |bytes| Text::from(bytes).to_shared())))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of methods")]
fn as_secrets(_: &mut Call<'_>, receiver: &Val, _: &[Val]) -> Result<Val, Error> {
    Ok(Val::Str(flattened(receiver, |bytes| std::sync::Arc::from(BASE64.encode(bytes)))))
}

/// Base names and contents as YAML; where two base names are the same the last path wins (in Go, a
/// random one).
fn flattened(receiver: &Val, encode: impl Fn(&[u8]) -> std::sync::Arc<str>) -> Text {
    let Some(map) = receiver.as_map() else {
        return Text::default();
    };
    let table: Value = map
        .entries()
        .iter()
        .filter_map(|(name, data)| match data {
            Val::Bytes(bytes) => {
                let base = String::from_utf8_lossy(path::base(name.as_bytes())).into_owned();
                Some((base, Value::String(encode(bytes))))
            }
            _ => None,
        })
        .collect();
    // Go: toYAML gives "" for what cannot be marshalled and cuts one newline.
    corten_yaml::encode(&table).map(|text| Text::from(text.strip_suffix('\n').unwrap_or(&text))).unwrap_or_default()
}
