//! Nothing that a template does overflows the stack; what a run notes is right.

use std::sync::Arc;

use corten_gotmpl::{
    Call, Emissions, Error, Function, Map, MissingKey, Observer, Options, Output, TemplateSet, Text, Type, Val,
};
use corten_testkit::FixedWorld;

type Body = fn(&mut Call<'_>, &[Val]) -> Result<Val, Error>;

const fn function(name: &'static str, params: &'static [Type], variadic: bool, call: Body) -> Function {
    Function { name, doc: "", example: ("", ""), params, variadic, call }
}

static FUNCTIONS: &[Function] = &[
    function("include", &[Type::String, Type::Any], false, |call, args| {
        call.engine.include(&args[0].as_text().cloned().unwrap_or_default(), &args[1]).map(Val::Str)
    }),
    function("list", &[Type::Any], true, |_, args| Ok(Val::list(args.to_vec()))),
    function("tpl", &[Type::String, Type::Any], false, |call, args| {
        call.engine.tpl(&args[0].as_text().cloned().unwrap_or_default(), &args[1]).map(Val::Str)
    }),
];

fn set() -> TemplateSet {
    TemplateSet::new(FUNCTIONS, Options { missing_key: MissingKey::Zero, lint_mode: false, enable_dns: false })
}

fn render(text: &str, data: &Val) -> Result<String, String> {
    let mut set = set();
    set.parse("t", text).map_err(|error| error.to_string())?;
    let bytes = set.render("t", data, &FixedWorld::default()).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

fn table(entries: &[(&str, Val)]) -> Val {
    Val::Map(Map::any(entries.iter().map(|(key, value)| (Text::from(*key), value.clone())).collect()))
}

#[test]
fn template_depth_ends_as_in_go() {
    let error = render("{{define \"r\"}}{{template \"r\" .}}{{end}}{{template \"r\" .}}", &Val::Nil).unwrap_err();
    assert_eq!(
        error,
        "template: t:1:25: executing \"r\" at <{{template \"r\" .}}>: exceeded maximum template depth (100000)"
    );
}

#[test]
fn include_depth_ends_as_in_helm() {
    let error = render("{{define \"r\"}}{{include \"r\" .}}{{end}}{{include \"r\" .}}", &Val::Nil).unwrap_err();
    let end = "error calling include: rendering template has a nested reference name: r: unable to execute template";
    assert!(error.ends_with(end), "{}", &error[error.len() - 200..]);
    assert_eq!(error.matches("error calling include").count(), 1002);
}

#[test]
fn tpl_without_end_is_an_error() {
    let data = table(&[("t", Val::str("{{ tpl .t . }}"))]);
    let error = render("{{ tpl .t . }}", &data).unwrap_err();
    assert!(error.ends_with("tpl calls itself more than 1000 times"));
}

#[test]
fn parentheses_end_as_in_go() {
    let deep = |depth: usize| format!("{{{{ {}1{} }}}}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(render(&deep(10_000), &Val::Nil), Ok("1".to_owned()));
    assert_eq!(render(&deep(10_001), &Val::Nil), Err("template: t:1: max expression depth exceeded".to_owned()));
}

#[test]
fn nested_and_chained_branches_have_no_limit() {
    let depth = 50_000;
    let nested = format!("{}x{}", "{{if 1}}".repeat(depth), "{{end}}".repeat(depth));
    assert_eq!(render(&nested, &Val::Nil), Ok("x".to_owned()));
    let chained = format!("{{{{if 0}}}}{}{{{{else}}}}y{{{{end}}}}", "{{else if 0}}".repeat(depth));
    assert_eq!(render(&chained, &Val::Nil), Ok("y".to_owned()));
}

#[test]
fn deep_lists_are_dropped_without_recursion() {
    let deep = "{{ $x := list }}{{ range 300000 }}{{ $x = list $x }}{{ end }}{{ len $x }}";
    assert_eq!(render(deep, &Val::Nil), Ok("1".to_owned()));
}

#[test]
fn emissions_lead_to_templates() {
    let mut set = set();
    set.parse("helper", "{{ define \"h\" }}one\n{{ .a }}{{ end }}").unwrap();
    set.parse("t", "{{ .none }}head\n{{ include \"h\" . }}\ntail").unwrap();
    let data = table(&[("a", Val::str("two"))]);
    let mut output = Output { emissions: Some(Emissions::default()), ..Output::default() };
    set.execute("t", &data, &FixedWorld::default(), &mut output).unwrap();
    output.clean();
    let text = String::from_utf8(output.bytes.clone()).unwrap();
    assert_eq!(text, "head\none\ntwo\ntail");
    let emissions = output.emissions.unwrap();
    let place = |offset: usize| {
        let location = set.locate(&emissions, offset).unwrap();
        (location.file.to_str_lossy().into_owned(), location.line, location.column)
    };
    assert_eq!(place(2), ("t".to_owned(), 1, 13));
    assert_eq!(place(text.find("two").unwrap()), ("t".to_owned(), 2, 3));
    assert_eq!(place(text.find("tail").unwrap()), ("t".to_owned(), 3, 0));
    let captures = emissions.captures(u32::try_from(text.find("two").unwrap()).unwrap());
    assert_eq!(captures.len(), 1);
    let inner = captures[0].text.to_str_lossy().find("two").unwrap();
    assert_eq!(set.locate(&captures[0].emissions, inner).unwrap().line, 2);
    assert!(emissions.captures(2).is_empty());
}

#[test]
fn more_texts_of_tpl_than_are_kept() {
    let template = "{{ range $i := 600 }}{{ tpl (printf \"{{ %d }} \" $i) $ }}{{ tpl \"{{ 1 }}\" $ }}{{ end }}";
    let expected = (0..600).map(|number| format!("{number} 1")).collect::<Vec<String>>().concat();
    assert_eq!(render(template, &Val::Nil), Ok(expected));
}

#[test]
fn texts_of_tpl_are_located_however_they_came_in() {
    let mut set = set();
    set.parse("t", "{{ tpl \"a\\n{{ .a }}\" . }}").unwrap();
    let data = table(&[("a", Val::str("two"))]);
    set.execute("t", &data, &FixedWorld::default(), &mut Output::default()).unwrap();
    let mut output = Output { emissions: Some(Emissions::default()), ..Output::default() };
    set.execute("t", &data, &FixedWorld::default(), &mut output).unwrap();
    let emissions = output.emissions.unwrap();
    let captures = emissions.captures(2);
    let location = set.locate(&captures[0].emissions, 2).unwrap();
    assert_eq!((location.file.to_str_lossy().as_ref(), location.line), ("gotpl", 2));
}

#[derive(Default)]
struct Reads(Vec<String>);

impl Observer for Reads {
    fn read(&mut self, map: &Map, key: &str, file: &str, offset: u32) {
        self.0.push(format!("{file}:{offset} {key} {}", map.len()));
    }
}

#[test]
fn an_observer_is_told_of_reads() {
    let mut set = set();
    set.parse("t", "{{ .a.b }}{{ with .a }}{{ .none }}{{ end }}").unwrap();
    let data = table(&[("a", table(&[("b", Val::int(1)), ("c", Val::int(2))]))]);
    let mut reads = Reads::default();
    let mut output = Output { observer: Some(&mut reads), ..Output::default() };
    set.execute("t", &data, &FixedWorld::default(), &mut output).unwrap();
    assert_eq!(reads.0, ["t:5 a 1", "t:5 b 2", "t:18 a 1", "t:26 none 2"]);
}

#[test]
fn files_parsed_side_by_side_are_one_set() {
    // Long enough to be parsed in two halves.
    let long =
        |text: &str| -> Arc<[u8]> { Arc::from(format!("{{{{/* {} */}}}}{text}", "x".repeat(32 << 10)).as_bytes()) };
    let texts = [
        "{{ define \"n\" }}1{{ end }}",
        "{{ define \"n\" }}2{{ end }}",
        "{{ template \"n\" }}",
        "{{ define \"n\" }}3{{ end }}",
    ];
    let texts = texts.map(long);
    let files: Vec<(&str, &Arc<[u8]>)> = ["a", "b", "c", "d"].into_iter().zip(&texts).collect();
    let mut set = set();
    set.parse_files(&files, &FixedWorld::default()).unwrap();
    assert_eq!(set.render("c", &Val::Nil, &FixedWorld::default()).unwrap(), b"3");
    for wrong in 0..4 {
        let broken = long("{{ end }}");
        let files: Vec<(&str, &Arc<[u8]>)> = files
            .iter()
            .enumerate()
            .map(|(at, (name, text))| (*name, if at >= wrong { &broken } else { *text }))
            .collect();
        let (position, error) = set.parse_files(&files, &FixedWorld::default()).unwrap_err();
        assert_eq!(position, wrong);
        assert_eq!(error.text(), format!("template: {}:1: unexpected {{{{end}}}}", files[wrong].0).as_bytes());
    }
}

#[test]
fn files_of_the_same_text_are_files_of_their_own() {
    let world = FixedWorld::default();
    let long = |text: &str| -> Arc<[u8]> { Arc::from(format!("{text}{}", "x".repeat(600)).as_bytes()) };
    let parse = |texts: [&Arc<[u8]>; 4]| {
        let mut set = set();
        let files: Vec<(&str, &Arc<[u8]>)> = ["a", "b", "c", "d"].into_iter().zip(texts).collect();
        set.parse_files(&files, &world).map(|()| set).map_err(|(position, error)| (position, error.to_string()))
    };
    let (lib, other) = (long("{{ define \"n\" }}{{ .x.y }}{{ end }}"), long("{{ define \"n\" }}2{{ end }}"));
    let main = long("{{ template \"n\" . }}");
    // The last definition wins, and tells where it is.
    let wins = parse([&lib, &other, &lib, &main]).unwrap();
    let error = wins.render("d", &table(&[("x", Val::int(1))]), &world).unwrap_err();
    assert!(error.to_string().starts_with("template: c:1:21: executing \"n\" at"), "{error}");
    // A definition with the name of one of the files.
    let own = long("{{ define \"b\" }}1{{ end }}");
    let Err(error) = parse([&own, &own, &long("{{ end }}"), &own]) else { panic!("accepted") };
    assert_eq!(error, (1, "template: b:1: template: multiple definition of template \"b\"".to_owned()));
    let blank: Arc<[u8]> = Arc::from(format!("{{{{ define \"b\" }}}}1{{{{ end }}}}{}", " ".repeat(600)).as_bytes());
    let set = parse([&blank, &blank, &blank, &main]).unwrap();
    let shown = ["a", "b", "c"].map(|name| set.render(name, &Val::Nil, &world).unwrap().len());
    assert_eq!(shown, [600, 1, 600]);
    // The first that is wrong.
    let broken = long("{{ if }}");
    let Err(error) = parse([&other, &broken, &other, &broken]) else { panic!("accepted") };
    assert_eq!(error, (1, "template: b:1: missing value for if".to_owned()));
}

#[test]
fn definitions_are_known() {
    let mut set = set();
    set.parse("t", "{{ define \"x\" }}{{ list 1 }}{{ end }}").unwrap();
    assert!(set.contains("x") && !set.contains("y"));
}
