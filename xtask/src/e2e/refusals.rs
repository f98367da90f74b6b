//! Manifests and flags that cannot work: refused with Helm's texts, and the cluster as it was.

use std::process::Output;

use anyhow::Context as _;

use super::stand::{Stand, Who};
use super::{Depth, objects, texts};

/// A case: what is wrong, the manifest, and flags of `install`.
struct Case {
    name: &'static str,
    manifest: &'static str,
    flags: &'static [&'static str],
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
const LONG: &str = "a-name-of-a-release-that-is-longer-than-the-fifty-three-letters-it-may-have";

const CASES: &[Case] = &[
    case("a label that is true", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a: yes}}", &[]),
    case("a label that is a number", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a: 1}}", &[]),
    case(
        "an annotation that is nothing",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {a: null}}",
        &[],
    ),
    case("labels that are text", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: text}", &[]),
    case("metadata that are text", "apiVersion: v1\nkind: ConfigMap\nmetadata: text", &[]),
    case("a name that is a number", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 12}", &[]),
    case("data that are numbers", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 1}", &[]),
    case("an unknown field", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndat: {a: b}", &[]),
    case(
        "the same, not looked at",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndat: {a: b}",
        &["--disable-openapi-validation"],
    ),
    case("no name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}", &[]),
    case("a made-up name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}", &[]),
    case("a name with other letters", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A_b}", &[]),
    case("no kind", "apiVersion: v1\nmetadata: {name: a}", &[]),
    case("no version", "kind: ConfigMap\nmetadata: {name: a}", &[]),
    case("neither", "metadata: {name: a}", &[]),
    case("no kind, not looked at", "apiVersion: v1\nmetadata: {name: a}", &["--disable-openapi-validation"]),
    case("a version that is a number", "apiVersion: 1\nkind: ConfigMap\nmetadata: {name: a}", &[]),
    case("an unknown kind", "apiVersion: v1\nkind: Nope\nmetadata: {name: a}", &[]),
    case("an unknown group", "apiVersion: nope.example/v1\nkind: Nope\nmetadata: {name: a}", &[]),
    case("a list", "- a\n- b", &[]),
    case("a word", "word", &[]),
    case("broken YAML", "a: [b", &[]),
    case(
        "a namespace that is not there",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: nowhere}",
        &[],
    ),
    case(
        "a word where a number belongs",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: two}",
        &[],
    ),
    case(
        "the same, client-side",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: two}",
        &["--server-side=false"],
    ),
    case("an unknown choice", "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: Nope}", &[]),
    case("somebody who may do nothing", MAP, &["--kube-as-user", "nobody"]),
    case("a name that is too long", MAP, &["--name-template", LONG]),
    case("a name with other letters for the release", MAP, &["--name-template", "A_b"]),
];

const fn case(name: &'static str, manifest: &'static str, flags: &'static [&'static str]) -> Case {
    Case { name, manifest, flags }
}

/// Runs all cases.
pub(super) fn run(stand: &Stand, _: Depth) -> anyhow::Result<()> {
    let folder = stand.plane.folder().join("charts/refused");
    std::fs::create_dir_all(folder.join("templates")).context("cannot make a chart")?;
    std::fs::write(folder.join("Chart.yaml"), "apiVersion: v2\nname: refused\nversion: 1.0.0\n")
        .context("cannot write a chart")?;
    let chart = folder.to_string_lossy().into_owned();
    let mut failed = Vec::new();
    for case in CASES {
        std::fs::write(folder.join("templates/a.yaml"), case.manifest).context("cannot write a template")?;
        let mut arguments = vec!["install"];
        if !case.flags.contains(&"--name-template") {
            arguments.push("r");
        }
        arguments.push(&chart);
        arguments.extend(case.flags);
        let play = |who| -> anyhow::Result<(String, objects::State)> {
            let namespace = stand.namespace("refused")?;
            let Output { status, stdout, stderr } = stand.run(who, &namespace, &arguments)?;
            let text = format!("{status}\n{}", String::from_utf8_lossy(&[stdout, stderr].concat()));
            let mut state = objects::objects(stand, &namespace);
            state.extend(objects::records(stand, &namespace)?);
            Ok((texts::settled(&text, &namespace), state))
        };
        let ((ours, left), (theirs, wanted)) = (play(Who::Corten)?, play(Who::Helm)?);
        let differences = objects::differences(&left, &wanted);
        if ours != theirs || !differences.is_empty() {
            println!("{}:\n{}", case.name, texts::difference(&ours, &theirs));
            differences.iter().take(6).for_each(|line| println!("  {line}"));
            failed.push(case.name);
        }
    }
    println!("{} refusals, {} differ", CASES.len(), failed.len());
    anyhow::ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}
