//! Long output is read in two halves side by side; what is reported must not depend on that.

use corten_chart::Compat;
use corten_render::{Files, sort_manifests};
use corten_testkit::FixedWorld;

/// So many documents that they are read in halves.
const DOCUMENTS: usize = 4000;

fn files(broken: &[usize]) -> Files {
    let document = |number: usize| {
        if broken.contains(&number) {
            return format!("kind: [ # {number}\n");
        }
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c{number}\n  labels: {{some: text}}\n")
    };
    let text = (0..DOCUMENTS).map(document).collect::<Vec<_>>().join("---\n");
    [("c/templates/all.yaml".into(), text.into())].into()
}

#[test]
fn the_first_broken_document_is_reported_whichever_half_it_is_in() {
    let cases: [&[usize]; 5] = [&[0, DOCUMENTS - 1], &[DOCUMENTS - 1], &[1, 2], &[DOCUMENTS / 2, 3900], &[10, 3000]];
    for broken in cases {
        let error = sort_manifests(files(broken), Compat::Helm4, &FixedWorld::default()).expect_err("broken");
        assert_eq!(error.error.document, broken[0], "{broken:?}");
    }
}

#[test]
fn whole_output_stays_in_order() {
    let sorted = sort_manifests(files(&[]), Compat::Helm4, &FixedWorld::default()).expect("sorted");
    let names: Vec<_> = sorted.manifests.iter().map(|manifest| manifest.name.clone()).collect();
    let expected: Vec<_> = (0..DOCUMENTS).map(|number| format!("c{number}")).collect();
    assert_eq!(names, expected);
}
