//! Many files are executed from both ends on two threads; what comes out, and what the outside sees, must not tell.

use std::cell::RefCell;

use corten_chart::{Chart, Compat, File, load_files};
use corten_gostd::time::Zone;
use corten_gotmpl::{Job, KeyKind, LogLevel, OwnJob, World};
use corten_render::{Capabilities, Files, ReleaseOptions, RenderError, RenderOptions, render};
use corten_testkit::FixedWorld;
use corten_value::Value;

/// Who comes first.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    /// The first thread does everything.
    Front,
    /// The second thread begins when the first one is done.
    Back,
    /// Both at once.
    Both,
}

/// A fixed world that also notes what it is asked.
struct Noting {
    fixed: FixedWorld,
    asked: RefCell<Vec<String>>,
    order: Order,
}

impl World for Noting {
    fn now(&self) -> i128 {
        self.fixed.now()
    }

    fn local_zone(&self) -> Zone {
        self.fixed.local_zone()
    }

    fn random(&self, buffer: &mut [u8]) {
        self.fixed.random(buffer);
    }

    fn generate_key(&self, kind: KeyKind) -> Result<Vec<u8>, String> {
        self.fixed.generate_key(kind)
    }

    fn host_by_name(&self, name: &str) -> String {
        self.asked.borrow_mut().push(format!("host {name}"));
        "10.0.0.1".to_owned()
    }

    fn lookup(&self, _: &str, kind: &str, _: &str, name: &str) -> Result<Value, String> {
        self.asked.borrow_mut().push(format!("lookup {kind} {name}"));
        Ok(Value::empty_map())
    }

    fn schema_text(&self, url: &str) -> Result<String, String> {
        self.fixed.schema_text(url)
    }

    fn join(&self, left: OwnJob<'_>, right: Job<'_>) {
        match self.order {
            Order::Front => {
                left();
                right();
            }
            Order::Back => {
                right();
                left();
            }
            Order::Both => std::thread::scope(|scope| {
                scope.spawn(right);
                left();
            }),
        }
    }

    fn log(&self, _: LogLevel, message: &str, _: &[(&str, &str)]) {
        self.asked.borrow_mut().push(format!("log {message}"));
    }
}

const FILES: usize = 40;

/// A chart with so much text that two threads are worth it. Files are executed from the last to the first.
fn chart(special: &[(usize, &str)]) -> Chart {
    let template = |number: usize| {
        let text = special.iter().find(|(at, _)| *at == number).map_or("", |(_, text)| text);
        let body = format!("{text}\n# {}\n", "x".repeat(4096));
        File::new(format!("templates/t{number:02}.yaml"), body.into_bytes())
    };
    let mut files: Vec<File> = (0..FILES).map(template).collect();
    files.push(File::new("Chart.yaml", &b"apiVersion: v2\nname: c\nversion: 0.1.0\n"[..]));
    files.push(File::new("values.yaml", &b"a: {b: 1, c: [{d: 1}]}\n"[..]));
    files.push(File::new("templates/_h.tpl", &b"{{ define \"h\" }}{{ .Values.a.b }}{{ end }}"[..]));
    load_files(files, Compat::Helm4, &mut |_| ()).expect("a chart")
}

/// The names and texts of the files, without the padding and what is empty, or the error; and what was asked.
type Outcome = (Result<Vec<(String, String)>, String>, Vec<String>);

fn outcome(special: &[(usize, &str)], order: Order) -> Outcome {
    let world = Noting { fixed: FixedWorld::default(), asked: RefCell::default(), order };
    let release =
        ReleaseOptions { name: "r".into(), namespace: "n".into(), revision: 1, is_install: true, is_upgrade: false };
    let options = RenderOptions {
        strict: false,
        lint_mode: false,
        enable_dns: true,
        skip_schema_validation: false,
        compat: Compat::Helm4,
    };
    let rendered = render(&chart(special), &Value::empty_map(), &release, &Capabilities::default(), &options, &world);
    let shown = |files: Files| {
        let shown = |text: &[u8]| String::from_utf8_lossy(text).lines().next().unwrap_or_default().to_owned();
        files.iter().map(|(name, text)| (name.clone(), shown(text))).filter(|(_, text)| !text.is_empty()).collect()
    };
    let text = |error: RenderError| String::from_utf8_lossy(&error.text()).into_owned();
    (rendered.map(|rendered| shown(rendered.files)).map_err(text), world.asked.into_inner())
}

/// The outcome, which is the same whoever comes first.
fn agreed(special: &[(usize, &str)]) -> Outcome {
    let front = outcome(special, Order::Front);
    for order in [Order::Back, Order::Both] {
        assert_eq!(outcome(special, order), front, "{order:?}");
    }
    front
}

fn texts(special: &[(usize, &str)]) -> Vec<String> {
    agreed(special).0.expect("texts").into_iter().map(|(_, text)| text).collect()
}

#[test]
fn files_come_out_under_their_names() {
    let special = [(0, "{{ include \"h\" . }}"), (20, "{{ .Template.Name }}"), (39, "{{ .Values.a.c }}")];
    assert_eq!(texts(&special), ["1", "c/templates/t20.yaml", "[map[d:1]]"]);
}

#[test]
fn a_file_is_found_by_its_name() {
    let special = [(30, "{{ include \"c/templates/t05.yaml\" . | len }}"), (5, "{{ .Values.a.b }}")];
    assert_eq!(texts(&special), ["1", "4101"]);
}

#[test]
fn changes_reach_the_files_executed_later_and_no_others() {
    for at in [0, 1, 20, 38, 39] {
        let change = "{{ $_ := set .Values.a \"b\" 2 }}{{ $_ := set (index .Values.a.c 0) \"d\" 2 }}";
        let mut special = vec![(at, change)];
        special.extend(
            (0..FILES)
                .filter(|number| *number != at)
                .map(|number| (number, "{{ .Values.a.b }} {{ index .Values.a.c 0 }}")),
        );
        let expected: Vec<&str> = (0..FILES)
            .filter(|number| *number != at)
            .map(|number| if number < at { "2 map[d:2]" } else { "1 map[d:1]" })
            .collect();
        assert_eq!(texts(&special), expected, "{at}");
    }
}

#[test]
fn what_is_random_and_what_is_asked_keeps_its_order() {
    let ask = "{{ (lookup \"v1\" \"Pod\" \"n\" .Template.Name) | len }}{{ getHostByName \"h\" }} {{ randAlphaNum 8 }}";
    let special: Vec<(usize, &str)> = (0..FILES).filter(|number| number % 3 == 0).map(|number| (number, ask)).collect();
    let (files, asked) = agreed(&special);
    assert_eq!(files.unwrap().len(), 14);
    assert_eq!(asked[0], "lookup Pod c/templates/t39.yaml");
    assert_eq!(asked.len(), 28);
}

#[test]
fn whatever_is_drawn_until_it_fits_is_found() {
    let draws = [
        "{{ randAlpha 9 | len }}",
        "{{ randNumeric 9 | len }}",
        "{{ randAscii 9 | len }}",
        "{{ randAlphaNum 9 | len }}",
        "{{ randInt 3 1000 | lt 2 }}",
        "{{ shuffle \"abc\" | len }}",
        "{{ uuidv4 | len }}",
        "{{ randBytes 9 | len }}",
        "{{ htpasswd \"u\" \"p\" | len }}",
    ];
    let special: Vec<(usize, &str)> = draws.into_iter().enumerate().collect();
    assert_eq!(texts(&special), ["9", "9", "9", "9", "true", "3", "36", "12", "62"]);
}

#[test]
fn the_first_failure_is_told() {
    for (first, second) in [(39, 38), (39, 0), (20, 19), (1, 0)] {
        let (outcome, _) = agreed(&[(first, "{{ fail \"first\" }}"), (second, "{{ fail \"second\" }}")]);
        let error = outcome.unwrap_err();
        assert!(error.contains(&format!("t{first:02}.yaml:1:3")) && error.contains("first"), "{error}");
    }
}

#[test]
fn a_file_that_does_not_parse_comes_before_all_that_run() {
    for (broken, again) in [(39, 20), (20, 0), (5, 0)] {
        let special = [
            (broken, "{{ if }}"),
            (again, "{{ end }}"),
            (30, "{{ fail \"x\" }}{{ getHostByName \"h\" }}"),
            (38, "{{ getHostByName \"h\" }}"),
        ];
        let (outcome, asked) = agreed(&special);
        let error = outcome.unwrap_err();
        assert!(
            error.contains(&format!("parse error at (c/templates/t{broken:02}.yaml:1): missing value for if")),
            "{error}"
        );
        // Nothing is asked when not all files parse.
        assert_eq!(asked, [""; 0]);
    }
}

#[test]
fn a_file_that_does_not_parse_is_told_although_its_name_is_defined_elsewhere() {
    let special = [
        (39, "{{ if }}"),
        (38, "{{ define \"c/templates/t39.yaml\" }}defined{{ end }}"),
        (37, "{{ define \"x\" }}{{ end }}{{ end }}"),
    ];
    let error = agreed(&special).0.unwrap_err();
    assert!(error.starts_with("parse error at (c/templates/t39.yaml:1)"), "{error}");
}

#[test]
fn a_broken_file_is_no_file_that_can_be_included() {
    let special = [(39, "{{ include \"c/templates/t00.yaml\" . }}"), (0, "{{ if }}")];
    let error = agreed(&special).0.unwrap_err();
    assert!(error.starts_with("parse error at (c/templates/t00.yaml:1)"), "{error}");
}

#[test]
fn a_definition_under_the_name_of_a_file_replaces_it_or_not_as_their_order_says() {
    let define = "{{ define \"c/templates/t20.yaml\" }}defined{{ end }}";
    // Executed from the last to the first: a file that is parsed later wins.
    assert_eq!(texts(&[(30, define), (20, "file")]), ["file"]);
    assert_eq!(texts(&[(10, define), (20, "file")]), ["defined"]);
}
