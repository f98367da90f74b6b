//! URLs taken apart and put together: sprig's `url.go`.

use corten_gostd::url::Url;
use corten_gotmpl::{Call, Error, Function, Kind, Map, MapEntries, MapType, Text, Type, Val};

use crate::arguments::{NIL_DEREFERENCE, bytes, map};
use crate::registry::fixed;

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("urlJoin", &[Type::Map(MapType::ANY)], url_join,
        "The URL of a dict of its parts.", (r#"{{ urlJoin (dict "scheme" "http" "host" "a:1" "path" "/b") }}"#, "http://a:1/b")),
    fixed("urlParse", &[Type::String], url_parse,
        "The parts of a URL as a dict.", (r#"{{ (urlParse "http://a:1/b?c").host }}"#, "a:1")),
];

fn url_parse(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let url = Url::parse(bytes(args, 0)).map_err(|error| Error::new(format!("unable to parse url: {error}")))?;
    let userinfo = url.user.as_ref().map(corten_gostd::url::UserInfo::encode).unwrap_or_default();
    let parts: [(&str, &[u8]); 8] = [
        ("scheme", &url.scheme),
        ("host", &url.host),
        ("hostname", url.hostname()),
        ("path", &url.path),
        ("query", &url.raw_query),
        ("opaque", &url.opaque),
        ("fragment", &url.fragment),
        ("userinfo", &userinfo),
    ];
    let entries: MapEntries = parts.into_iter().map(|(key, part)| (Text::from(key), Val::str(part))).collect();
    Ok(Val::Map(Map::any(entries)))
}

fn url_join(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let parts = map(args, 0);
    let mut url = Url {
        scheme: part(&parts, "scheme")?,
        host: part(&parts, "host")?,
        path: part(&parts, "path")?,
        raw_query: part(&parts, "query")?,
        opaque: part(&parts, "opaque")?,
        fragment: part(&parts, "fragment")?,
        ..Url::default()
    };
    let userinfo = part(&parts, "userinfo")?;
    if !userinfo.is_empty() {
        let text = [b"proto://", &userinfo[..], b"@host"].concat();
        let parsed = Url::parse(&text);
        url.user = parsed.map_err(|error| Error::new(format!("unable to parse userinfo in dict: {error}")))?.user;
    }
    Ok(Val::str(url.encode()))
}

/// sprig: `dictGetOrEmpty`.
fn part(parts: &Map, key: &str) -> Result<Vec<u8>, Error> {
    match parts.get(key.as_bytes()) {
        None => Ok(Vec::new()),
        Some(Val::Str(text)) => Ok(text.as_bytes().to_vec()),
        Some(Val::Nil) => Err(Error::new(NIL_DEREFERENCE)),
        Some(other) => {
            let kind: Kind = other.kind();
            let text = format!("unable to parse {key} key, must be of type string, but {} found", kind.name());
            Err(Error::new(text))
        }
    }
}
