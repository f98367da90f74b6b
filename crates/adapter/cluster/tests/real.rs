//! The ports on a real API server: run by `cargo xtask e2e`, with `KUBECONFIG` naming a test cluster.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use corten_cluster::{KubeFlags, Kubernetes, ObjectStore, Options, RecordKind};
use corten_release::{
    ApplyOptions, Body, Cluster as _, ClusterErrorKind, Content, Extent, Labels, LookupKey, MergeRequest, Object,
    ObjectState, Propagation, Record, Release, ReleaseStore as _, Status, Validation, WaitFor, WaitObserver,
    WaitRequest, WaitStrategy, WriteKind, codec, stored_labels,
};
use corten_value::Value;

struct Quiet(Mutex<Vec<ObjectState>>);

impl WaitObserver for Quiet {
    fn changed(&self, state: &ObjectState) {
        self.0.lock().unwrap().push(state.clone());
    }
}

fn run(test: impl AsyncFn(Arc<Kubernetes>)) {
    let namespace = format!("t{}", std::process::id() % 100_000 + rand_part());
    let flags = KubeFlags { namespace: namespace.clone(), ..KubeFlags::default() };
    let cluster = Arc::new(Kubernetes::new(flags, Options::default()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let manifest = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n");
        let objects = cluster.build(&manifest, Validation::Strict).await.unwrap();
        cluster.create(&objects[0]).await.unwrap();
        test(Arc::clone(&cluster)).await;
        cluster.delete(&objects[0], Propagation::Background).await.unwrap();
    });
}

fn rand_part() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(100_000, Ordering::Relaxed)
}

const APPLY: ApplyOptions = ApplyOptions { force_conflicts: false, dry_run: false, validation: Validation::Strict };

fn config_map(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: {value}}}\n")
}

fn deployment(name: &str, fate: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: 2\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n      \
         annotations: {{corten.dev/test: \"{fate}\"}}\n    spec: {{containers: [{{name: c, image: nginx}}]}}\n"
    )
}

async fn build(cluster: &Kubernetes, manifest: &str) -> Vec<Object> {
    cluster.build(manifest, Validation::Strict).await.unwrap()
}

#[test]
#[ignore = "needs a cluster"]
fn objects_are_applied_read_and_deleted() {
    run(async |cluster| {
        cluster.reachable().await.unwrap();
        let facts = cluster.facts().await.unwrap();
        assert!(facts.api_versions.iter().any(|name| name == "apps/v1/Deployment"), "{:?}", facts.api_versions);
        assert!(facts.orphaned.is_none());
        let manifest: Vec<String> = (0..8).map(|number| config_map(&format!("m{number}"), "x")).collect();
        let objects = build(&cluster, &manifest.join("---\n")).await;
        assert!(cluster.read(&objects, Extent::Metadata).await.iter().all(|found| matches!(found, Ok(None))));
        for object in &objects {
            assert!(cluster.apply(object, APPLY).await.unwrap().created);
        }
        assert!(!cluster.apply(&objects[0], APPLY).await.unwrap().created);
        for found in cluster.read(&objects, Extent::Whole).await {
            assert_eq!(found.unwrap().unwrap().at("data.a").and_then(Value::as_str), Some("x"));
        }
        let key = LookupKey { api_version: "v1", kind: "ConfigMap", namespace: cluster.namespace(), name: "m3" };
        assert_eq!(cluster.lookup(key).await.unwrap().at("data.a").and_then(Value::as_str), Some("x"));
        cluster.delete(&objects[0], Propagation::Background).await.unwrap();
        assert!(cluster.delete(&objects[0], Propagation::Background).await.unwrap_err().is_not_found());
        let shown = cluster.resources(&objects, true).await.unwrap();
        assert_eq!(shown["v1/ConfigMap"].len(), 7);
    });
}

#[test]
#[ignore = "needs a cluster"]
fn refusals_have_the_servers_words() {
    run(async |cluster| {
        let error =
            cluster.build("apiVersion: a.example/v1\nkind: Nope\nmetadata: {name: nope}\n", Validation::Strict).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind, ClusterErrorKind::NoMatch);
        assert_eq!(
            error.message,
            "resource mapping not found for name: \"nope\" namespace: \"\" from \"\": no matches for kind \"Nope\" in \
             version \"a.example/v1\"\nensure CRDs are installed first"
        );
        let wrong = build(&cluster, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndatum: {a: b}\n").await;
        let error = cluster.apply(&wrong[0], APPLY).await.unwrap_err();
        assert!(error.message.contains(".datum: field not declared in schema"), "{}", error.message);
        let first = build(&cluster, &config_map("taken", "x")).await;
        cluster.create(&first[0]).await.unwrap();
        assert!(cluster.create(&first[0]).await.unwrap_err().is_already_exists());
    });
}

#[test]
#[ignore = "needs a cluster"]
fn client_side_releases_are_merged_and_handed_over() {
    run(async |cluster| {
        let old = build(&cluster, &deployment("web", "")).await;
        cluster.create(&old[0]).await.unwrap();
        let new = build(&cluster, &deployment("web", "").replace("replicas: 2", "replicas: 3")).await;
        let request = MergeRequest {
            original: &old[0].content,
            target: &new[0],
            live: None,
            three_way_for_unstructured: false,
            dry_run: false,
        };
        let merged = cluster.merge(request).await.unwrap();
        assert_eq!(merged.at("spec.replicas"), Some(&Value::Int(3)));
        assert!(cluster.migrate_fields(&new[0], None, false).await.unwrap());
        assert!(!cluster.migrate_fields(&new[0], None, false).await.unwrap());
        cluster.apply(&new[0], APPLY).await.unwrap();
        let replaced = cluster.replace(&old[0], Validation::Strict).await.unwrap();
        assert_eq!(replaced.at("spec.replicas"), Some(&Value::Int(2)));
    });
}

#[test]
#[ignore = "needs a cluster"]
fn a_replacement_that_is_overtaken_is_done_again() {
    run(async |cluster| {
        let values = ["a", "b", "c", "d", "e", "f"];
        let manifest: Vec<String> = values.iter().map(|value| config_map("contested", value)).collect();
        let objects = build(&cluster, &manifest.join("---\n")).await;
        cluster.create(&objects[0]).await.unwrap();
        // All read the same version, and one writes first.
        let replaced =
            futures::future::join_all(objects.iter().map(|object| cluster.replace(object, Validation::Strict))).await;
        for (value, object) in values.iter().zip(replaced) {
            assert_eq!(object.unwrap().at("data.a").and_then(Value::as_str), Some(*value));
        }
    });
}

#[test]
#[ignore = "needs a cluster"]
fn waits_end_when_things_are_ready_or_cannot_be() {
    run(async |cluster| {
        let observer = Quiet(Mutex::default());
        let request = |objects, until, strategy, seconds, fail_fast| WaitRequest {
            objects,
            until,
            strategy,
            timeout: Duration::from_secs(seconds),
            fail_fast,
            observer: &observer,
        };
        let ready = WaitFor::Ready { jobs: false };
        let good = build(&cluster, &deployment("good", "")).await;
        cluster.apply(&good[0], APPLY).await.unwrap();
        cluster.wait(request(&good, ready, WaitStrategy::Watcher, 30, false)).await.unwrap();
        cluster.wait(request(&good, ready, WaitStrategy::Legacy, 30, false)).await.unwrap();
        assert!(observer.0.lock().unwrap().iter().any(|state| state.is_done));

        let bad = build(&cluster, &deployment("bad", "crash-loop")).await;
        cluster.apply(&bad[0], APPLY).await.unwrap();
        let error = cluster.wait(request(&bad, ready, WaitStrategy::Watcher, 3, false)).await.unwrap_err();
        let namespace = cluster.namespace();
        assert_eq!(
            error.message,
            format!(
                "resource Deployment/{namespace}/bad not ready. status: InProgress, message: Available: 0/2\n\
                 context deadline exceeded"
            )
        );
        assert!(error.hints.iter().any(|hint| hint.contains("CrashLoopBackOff")), "{:?}", error.hints);
        let error = cluster.wait(request(&bad, ready, WaitStrategy::Watcher, 60, true)).await.unwrap_err();
        assert!(!error.message.contains("deadline"), "{}", error.message);

        cluster.delete(&good[0], Propagation::Foreground).await.unwrap();
        cluster.wait(request(&good, WaitFor::Deleted, WaitStrategy::Watcher, 30, false)).await.unwrap();
        cluster.wait(request(&good, WaitFor::Deleted, WaitStrategy::Legacy, 30, false)).await.unwrap();
    });
}

#[test]
#[ignore = "needs a cluster"]
fn hooks_end_as_their_jobs_do() {
    run(async |cluster| {
        let observer = Quiet(Mutex::default());
        for (fate, is_good) in [("", true), ("failed", false)] {
            for strategy in [WaitStrategy::HookOnly, WaitStrategy::Legacy] {
                let name = format!("job{fate}{}", if strategy == WaitStrategy::Legacy { "l" } else { "" });
                let job = format!(
                    "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  backoffLimit: 0\n  template:\n    \
                     metadata: {{annotations: {{corten.dev/test: \"{fate}\"}}}}\n    spec: {{restartPolicy: Never, \
                     containers: [{{name: c, image: busybox}}]}}\n"
                );
                let objects = build(&cluster, &job).await;
                cluster.apply(&objects[0], APPLY).await.unwrap();
                let outcome = cluster
                    .wait(WaitRequest {
                        objects: &objects,
                        until: WaitFor::Done,
                        strategy,
                        timeout: Duration::from_secs(20),
                        fail_fast: false,
                        observer: &observer,
                    })
                    .await;
                assert_eq!(outcome.is_ok(), is_good, "{fate} {strategy:?} {outcome:?}");
            }
        }
    });
}

#[test]
#[ignore = "needs a cluster"]
fn records_are_kept_and_fenced() {
    run(async |cluster| {
        for kind in [RecordKind::Secret, RecordKind::ConfigMap] {
            let store = ObjectStore::new(Arc::clone(&cluster), kind, cluster.namespace());
            let mut release =
                Release { name: "r".into(), version: 1, namespace: cluster.namespace().into(), ..Release::default() };
            release.set_status(Status::PendingInstall, "x");
            let record = |release: &Release, write| Record {
                key: release.key(),
                namespace: release.namespace.clone(),
                labels: stored_labels(release, write, 7),
                lease: None,
                body: Body::Encoded(codec::encode(release).into()),
                release: Arc::new(release.clone()),
            };
            let fence = store.create(&record(&release, WriteKind::Create)).await.unwrap();
            assert!(store.create(&record(&release, WriteKind::Create)).await.unwrap_err().is_conflict());
            release.set_status(Status::Deployed, "y");
            store.update(&record(&release, WriteKind::Update), Some(&fence)).await.unwrap();
            let late = store.update(&record(&release, WriteKind::Update), Some(&fence)).await;
            assert!(late.unwrap_err().is_conflict());
            let labels: Labels = [("name".to_owned(), "r".to_owned()), ("owner".to_owned(), "helm".to_owned())].into();
            let found = store.query(&labels).await.unwrap();
            let Body::Encoded(text) = &found[0].body else { panic!("not encoded") };
            assert_eq!(codec::decode(text).unwrap().info.status, Status::Deployed);
            assert_eq!(store.list(Content::All).await.unwrap().len(), 1);
            release.version = 2;
            release.set_status(Status::Superseded, "z");
            store.create(&record(&release, WriteKind::Create)).await.unwrap();
            let listed = store.list(Content::Current).await.unwrap();
            let [Body::Encoded(_), Body::Head(nothing)] = [&listed[0].body, &listed[1].body] else {
                panic!("not the deployed one with content and the superseded one without: {listed:?}")
            };
            assert_eq!((listed[1].key.as_str(), &**nothing), ("sh.helm.release.v1.r.v2", ""));
            assert_eq!(listed[1].labels["version"], "2");
            store.delete("sh.helm.release.v1.r.v2", None).await.unwrap();
            store.delete("sh.helm.release.v1.r.v1", None).await.unwrap();
            assert!(store.get("sh.helm.release.v1.r.v1").await.unwrap_err().is_not_found());
        }
    });
}
