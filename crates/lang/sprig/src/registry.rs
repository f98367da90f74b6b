//! The function table: all families joined and sorted by name, at compile time.
//!
//! A family is a file with a `TABLE`; an entry is written with [`fixed`] or [`variadic`] or as a
//! plain [`Function`]. Names are unique over all families, which a test proves.

use corten_gotmpl::{Call, Error, Function, Type, Val};

use crate::{
    crypto, date, dicts, encoding, flow, helm, json, lists, math, paths, random, regex, semver, strings, toml, types,
    urls, yaml,
};

/// The body of a function.
pub(crate) type Body = fn(&mut Call<'_>, &[Val]) -> Result<Val, Error>;

static FAMILIES: &[&[Function]] = &[
    crypto::TABLE,
    date::TABLE,
    dicts::TABLE,
    encoding::TABLE,
    flow::TABLE,
    helm::TABLE,
    json::TABLE,
    lists::TABLE,
    math::TABLE,
    paths::TABLE,
    random::TABLE,
    regex::TABLE,
    semver::TABLE,
    strings::TABLE,
    toml::TABLE,
    types::TABLE,
    urls::TABLE,
    yaml::TABLE,
];

const COUNT: usize = crypto::TABLE.len()
    + date::TABLE.len()
    + dicts::TABLE.len()
    + encoding::TABLE.len()
    + flow::TABLE.len()
    + helm::TABLE.len()
    + json::TABLE.len()
    + lists::TABLE.len()
    + math::TABLE.len()
    + paths::TABLE.len()
    + random::TABLE.len()
    + regex::TABLE.len()
    + semver::TABLE.len()
    + strings::TABLE.len()
    + toml::TABLE.len()
    + types::TABLE.len()
    + urls::TABLE.len()
    + yaml::TABLE.len();

static SORTED: [Function; COUNT] = sorted();

/// Every function, sorted by name.
pub static FUNCTIONS: &[Function] = &SORTED;

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok().map(|position| &FUNCTIONS[position])
}

/// An entry with a fixed number of arguments.
pub(crate) const fn fixed(
    name: &'static str,
    params: &'static [Type],
    call: Body,
    doc: &'static str,
    example: (&'static str, &'static str),
) -> Function {
    Function { name, doc, example, params, variadic: false, call }
}

/// An entry whose last parameter repeats.
pub(crate) const fn variadic(
    name: &'static str,
    params: &'static [Type],
    call: Body,
    doc: &'static str,
    example: (&'static str, &'static str),
) -> Function {
    Function { name, doc, example, params, variadic: true, call }
}

#[expect(clippy::large_stack_arrays, reason = "runs at compile time")]
const fn sorted() -> [Function; COUNT] {
    let mut table = [const { fixed("", &[], nothing, "", ("", "")) }; COUNT];
    let mut filled = 0;
    let mut family = 0;
    while family < FAMILIES.len() {
        let mut member = 0;
        while member < FAMILIES[family].len() {
            let mut place = filled;
            while place > 0 && is_less(FAMILIES[family][member].name, table[place - 1].name) {
                table[place] = copy(&table[place - 1]);
                place -= 1;
            }
            table[place] = copy(&FAMILIES[family][member]);
            filled += 1;
            member += 1;
        }
        family += 1;
    }
    table
}

const fn copy(function: &Function) -> Function {
    Function {
        name: function.name,
        doc: function.doc,
        example: function.example,
        params: function.params,
        variadic: function.variadic,
        call: function.call,
    }
}

const fn is_less(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut position = 0;
    while position < left.len() && position < right.len() {
        if left[position] != right[position] {
            return left[position] < right[position];
        }
        position += 1;
    }
    left.len() < right.len()
}

fn nothing(_: &mut Call<'_>, _: &[Val]) -> Result<Val, Error> {
    Ok(Val::Nil)
}

#[cfg(test)]
mod tests {
    use corten_gotmpl::{MapEntries, MissingKey, Options, TemplateSet};
    use corten_testkit::FixedWorld;

    use super::*;

    const OPTIONS: Options = Options { missing_key: MissingKey::Zero, lint_mode: false, enable_dns: false };

    fn run(template: &str) -> Result<String, String> {
        let mut set = TemplateSet::new(FUNCTIONS, OPTIONS);
        set.parse("example", template).map_err(|error| error.to_string())?;
        let data = Val::Map(corten_gotmpl::Map::any(MapEntries::new()));
        let output = set.render("example", &data, &FixedWorld::default()).map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }

    #[test]
    fn names_are_unique_and_sorted() {
        assert!(FUNCTIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert_eq!(FUNCTIONS.len(), 222);
    }

    #[test]
    fn every_function_is_documented() {
        for function in FUNCTIONS {
            assert!(function.doc.ends_with('.') && !function.doc.contains('\n'), "{}", function.name);
            assert!(function.example.0.contains(function.name), "{}", function.name);
        }
    }

    #[test]
    fn examples_print_what_they_say() {
        for Function { name, example: (template, output), .. } in FUNCTIONS {
            match run(template) {
                Ok(text) if output.is_empty() || text == *output => {}
                Err(error) if output.is_empty() && error.contains("a fixed world makes no keys") => {}
                other => panic!("{name}: {template}: want {output:?}, got {other:?}"),
            }
        }
    }

    #[test]
    fn find_knows_names_exactly() {
        assert_eq!(find("quote").map(|function| function.name), Some("quote"));
        assert!(find("Quote").is_none());
    }
}
