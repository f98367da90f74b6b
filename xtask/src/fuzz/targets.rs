//! What is fuzzed, and from which seeds.

use corten_chart::{Compat, File, load_archive, load_files};
use corten_gotmpl::{MissingKey, Options, TemplateSet, Val};
use corten_testkit::FixedWorld;
use corten_value::Value;
use corten_yaml::written;

/// A target: how to feed it an input.
pub(super) struct Target {
    pub name: &'static str,
    pub seeds: fn() -> Vec<Vec<u8>>,
    pub run: fn(&[u8]),
}

pub(super) const TARGETS: &[Target] = &[
    Target { name: "parse", seeds: template_seeds, run: parse },
    Target { name: "execute", seeds: template_seeds, run: execute },
    Target { name: "yaml", seeds: yaml_seeds, run: yaml },
    Target { name: "set", seeds: set_seeds, run: set },
    Target { name: "archive", seeds: archive_seeds, run: archive },
    Target { name: "schema", seeds: schema_seeds, run: schema },
];

const OPTIONS: Options = Options { missing_key: MissingKey::Zero, lint_mode: false, enable_dns: false };

fn parse(input: &[u8]) {
    drop(TemplateSet::new(corten_sprig::FUNCTIONS, OPTIONS).parse("t", input));
}

fn execute(input: &[u8]) {
    // Loops that only count are not hangs: keep numbers and text short.
    if input.len() > 2048 || input.windows(5).any(|window| window.iter().all(u8::is_ascii_digit)) {
        return;
    }
    let mut set = TemplateSet::new(corten_sprig::FUNCTIONS, OPTIONS);
    if set.parse("t", input).is_err() {
        return;
    }
    let values = corten_yaml::decode(b"s: hello\nn: 3\nl: [1, a, {k: v}]\nd: {a: 1, b: {c: x}}\n").unwrap_or_default();
    let data = Val::from(&Value::from_iter([("Values", values)]));
    drop(set.render("t", &data, &FixedWorld::default()));
}

fn yaml(input: &[u8]) {
    if let Ok(value) = corten_yaml::decode(input) {
        drop(corten_yaml::encode(&value));
        drop(corten_yaml::encode_v3(&value, 2));
    }
    if let Ok(Some(document)) = written::read(input) {
        let text = written::write([document.whole()]);
        drop(written::read(text.as_bytes()));
    }
}

fn set(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut values = Value::from_iter([("a", Value::from_iter([("b", 1_i64)]))]);
    drop(corten_chart::strvals::parse_into(&text, &mut values));
    drop(corten_chart::strvals::parse_into_string(&text, &mut values));
    drop(corten_chart::strvals::parse_json(&text, &mut values));
    drop(corten_chart::strvals::parse_literal_into(&text, &mut values));
}

fn archive(input: &[u8]) {
    drop(load_archive(input, Compat::Helm4, &mut |_| {}));
}

fn schema(input: &[u8]) {
    let files = vec![
        File::new("Chart.yaml", &b"apiVersion: v2\nname: c\nversion: 0.1.0\n"[..]),
        File::new("values.schema.json", input),
    ];
    if let Ok(chart) = load_files(files, Compat::Helm4, &mut |_| {}) {
        let values = Value::from_iter([("a", Value::from("x")), ("n", Value::from(1.5))]);
        let composed = corten_chart::coalesce_values(&chart, &values, Compat::Helm4, &mut |_| {});
        let composed = composed.unwrap_or_default();
        drop(corten_chart::validate_schemas(&chart, &composed, &|url| Err(format!("no {url}")), &mut |_| {}));
    }
}

/// Every template of the examples, and lines that use the language's corners.
fn template_seeds() -> Vec<Vec<u8>> {
    let mut seeds = files_below("examples", &["yaml", "tpl", "txt"]);
    let lines = [
        "{{ range $i, $e := .Values.l }}{{ $i }}{{ else }}x{{ end }}",
        "{{ define \"a\" }}{{ . }}{{ end }}{{ template \"a\" 1 }}{{ block \"b\" . }}{{ end }}",
        "{{ with $x := .Values.d }}{{ $x.a | printf \"%05d %q\" 1 }}{{ end }}",
        "{{ if and (eq 1 1) (lt 1.5 2.5) }}{{ index .Values.l 0 }}{{ else if not nil }}{{ end }}",
        "{{ tpl \"{{ .Values.s }}\" . | upper | quote }}{{ include \"t\" . }}",
        "{{ set .Values.d \"k\" (list 1 'a' 0x1F 1e3 2i `raw`) | toYaml | nindent 2 }}",
        "{{ fromYaml \"a: 1\" | toJson }}{{ regexReplaceAll \"a(b)\" \"ab\" \"$1\" }}{{ semverCompare \">=1\" \"1.2\" }}",
        "{{ date \"2006-01-02\" 0 }}{{ merge (dict) .Values.d | toToml }}{{ range 3 }}{{ break }}{{ end }}",
    ];
    seeds.extend(lines.iter().map(|line| line.as_bytes().to_vec()));
    seeds
}

fn yaml_seeds() -> Vec<Vec<u8>> {
    let mut seeds = files_below("examples", &["yaml"]);
    let lines = [
        "a: &x {b: [1, 2.5, ~, yes]}\nc: *x\n<<: *x\n",
        "- |\n  text\n   more\n- >-\n  folded\n\n  text\n- \"esc\\n\\x41\\u00e9\"\n- 'it''s'\n",
        "? complex\n: value\n? [a, b]\n: {c: d}\n",
        "# head\n\n# top\na: # of a\n  # head\n  b: [1, # one\n    2 # two\n  ]\n  # foot\n\n- # dash\n  - x # line\n\n# end\n",
        "a: |2- # text\n    x\nb: >+ # folded\n  y\n\n  # no comment\n\n# foot\n\n? {k: v} # key\n# between\n: *x\n",
        "%YAML 1.1\n--- !!map\na: !!str 1\nb: !!binary aGk=\n...\n---\n- 0o17\n- 0x1F\n- 1_000\n- .inf\n- 2001-01-01\n",
    ];
    seeds.extend(lines.iter().map(|line| line.as_bytes().to_vec()));
    seeds
}

fn set_seeds() -> Vec<Vec<u8>> {
    let lines =
        ["a=b,c.d=e", "a[0].b={x,y}", "a\\.b=c\\,d", "a=null,b=true,c=1", "a={\"b\":[1]}", "{\"a\":1}", "a[1][2]=x"];
    lines.iter().map(|line| line.as_bytes().to_vec()).collect()
}

/// Archives of the example, made with the system's tar when it is there.
fn archive_seeds() -> Vec<Vec<u8>> {
    let root = crate::workspace::root().join("examples/charts");
    ["storefront", "storefront/charts/web"]
        .iter()
        .filter_map(|chart| {
            let output =
                std::process::Command::new("tar").args(["-czf", "-", chart]).current_dir(&root).output().ok()?;
            Some(output.stdout)
        })
        .collect()
}

fn schema_seeds() -> Vec<Vec<u8>> {
    let mut seeds = files_below("examples", &["json"]);
    seeds.push(br##"{"$defs":{"t":{"type":"string","pattern":"^[a-z]+$"}},"properties":{"a":{"$ref":"#/$defs/t"},"n":{"multipleOf":0.5}},"if":{"required":["a"]},"then":{"minProperties":2}}"##.to_vec());
    seeds
}

fn files_below(folder: &str, extensions: &[&str]) -> Vec<Vec<u8>> {
    let files = crate::workspace::tracked(folder).unwrap_or_default();
    files
        .iter()
        .filter(|file| extensions.iter().any(|extension| file.ends_with(&format!(".{extension}"))))
        .filter_map(|file| std::fs::read(crate::workspace::root().join(file)).ok())
        .collect()
}
