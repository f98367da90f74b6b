//! What each verb does, and what it says.

use corten_actions::release::{
    Cancel, Cause, FirstStep, ListOptions, ListOrder, Ports, TestFilter, TestOptions, first_step, get, history,
    install, list, release_test, test_logs, uninstall, unlock, upgrade,
};
use corten_release::{BoxFuture, Labels, Status};
use corten_value::Value;

use crate::bench::{Beating, Bench, chart, config, five, install_options, uninstall_options, upgrade_options};

#[test]
fn an_installation_is_recorded_and_owned() {
    let bench = Bench::default();
    let release = bench.install(five("one")).unwrap();
    assert_eq!(release.info.description, "Install complete");
    assert_eq!(bench.states(), ["deployed"]);
    assert_eq!(bench.cluster.names(), ["ConfigMap/a", "ConfigMap/b", "ConfigMap/c-one", "Secret/s", "Service/v"]);
    let object = bench.cluster.object("ConfigMap/a").unwrap();
    let annotations = object.at("metadata.annotations").unwrap();
    assert_eq!(annotations.get("meta.helm.sh/release-name"), Some(&Value::from("web")));
    let phases: Vec<&str> = release.hooks.iter().map(|hook| hook.last_run.phase.as_str()).collect();
    assert_eq!(phases, ["Succeeded", "Succeeded"]);
}

#[test]
fn kinds_go_in_order_and_hooks_around_them() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    let calls = bench.cluster.take_calls();
    assert_eq!(
        calls,
        [
            "delete Job/before",
            "apply Job/before",
            "delete Job/before",
            "apply Secret/s",
            "apply ConfigMap/a",
            "apply ConfigMap/b",
            "apply ConfigMap/c-one",
            "apply Service/v",
            "delete Job/after",
            "apply Job/after",
            "delete Job/after",
        ]
    );
}

#[test]
fn objects_of_others_are_left_alone() {
    let bench = Bench::default();
    bench.cluster.put(&config("a", "theirs"));
    let error = bench.install(five("one")).unwrap_err();
    assert!(error.text.starts_with(
        "unable to continue with install: ConfigMap \"a\" in namespace \"ns\" exists and cannot be imported into the \
         current release: invalid ownership metadata; label validation error: missing key"
    ));
    assert_eq!(bench.states(), [""; 0]);
    let mut options = install_options();
    options.take_ownership = true;
    let flow = async { install(&bench.ports(), five("one"), &Value::Null, &options).await };
    bench.run(flow).unwrap().unwrap();
    assert_eq!(bench.cluster.object("ConfigMap/a").unwrap().at("data.text"), Some(&Value::from("one")));
}

#[test]
fn a_name_is_used_once() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    let error = bench.install(five("one")).unwrap_err();
    assert_eq!(error.text, "release name check failed: cannot reuse a name that is still in use");
}

#[test]
fn an_upgrade_changes_only_what_differs() {
    let bench = Bench::default();
    let two = |a: &str, b: &str| chart(&[("a.yaml", &config("a", a)), ("b.yaml", &config("b", b))]);
    bench.install(two("1", "1")).unwrap();
    bench.cluster.take_calls();
    bench.upgrade(two("1", "2")).unwrap();
    assert_eq!(bench.cluster.take_calls(), ["apply ConfigMap/b"]);
    bench.upgrade(two("1", "2")).unwrap();
    assert_eq!(bench.cluster.take_calls(), [""; 0]);
    assert_eq!(bench.states(), ["superseded", "superseded", "deployed"]);
    // What somebody else changed is put right.
    bench.cluster.put(&config("a", "drifted"));
    bench.upgrade(two("1", "2")).unwrap();
    assert_eq!(bench.cluster.take_calls(), ["apply ConfigMap/a"]);
}

#[test]
fn what_a_chart_no_longer_has_goes_unless_it_is_kept() {
    let bench = Bench::default();
    let kept = config("kept", "1").replace("name: kept", "name: kept\n  annotations: {helm.sh/resource-policy: keep}");
    bench.install(chart(&[("a.yaml", &config("a", "1")), ("b.yaml", &config("b", "1")), ("k.yaml", &kept)])).unwrap();
    bench.upgrade(chart(&[("a.yaml", &config("a", "1"))])).unwrap();
    assert_eq!(bench.cluster.names(), ["ConfigMap/a", "ConfigMap/kept"]);
}

#[test]
fn a_rollback_is_a_new_revision() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    bench.upgrade(five("two")).unwrap();
    bench.rollback(0).unwrap();
    assert!(bench.cluster.names().contains(&"ConfigMap/c-one".to_owned()));
    assert!(!bench.cluster.names().contains(&"ConfigMap/c-two".to_owned()));
    assert_eq!(bench.states(), ["superseded", "superseded", "deployed"]);
    assert_eq!(bench.records()[2].info.description, "Rollback to 1");
    assert_eq!(bench.rollback(9).unwrap_err().text, "release has no 9 version");
}

#[test]
fn uninstalling_leaves_nothing() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    bench.upgrade(five("two")).unwrap();
    bench.uninstall().unwrap();
    assert_eq!(bench.cluster.names(), [""; 0]);
    assert_eq!(bench.states(), [""; 0]);
    let error = bench.uninstall().unwrap_err();
    assert_eq!(error.text, "uninstall: Release not loaded: web: release: not found");
    assert!(error.is_not_found());
}

#[test]
fn a_kept_history_says_what_happened() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    let mut options = uninstall_options();
    options.keep_history = true;
    bench.run(async { uninstall(&bench.ports(), "web", &options).await }).unwrap().unwrap();
    assert_eq!(bench.states(), ["uninstalled"]);
    assert_eq!(
        bench.run(async { first_step(&bench.ports(), "web").await }).unwrap().unwrap(),
        FirstStep::Install { replace: true }
    );
    let error = bench.run(async { uninstall(&bench.ports(), "web", &options).await }).unwrap().unwrap_err();
    assert_eq!(error.text, "the release named \"web\" is already deleted");
}

#[test]
fn a_hook_that_fails_fails_the_release() {
    let bench = Bench::default();
    bench.cluster.fail_waits("Job/before");
    let error = bench.install(five("one")).unwrap_err();
    let reason = "resource Job/ns/before not ready. status: InProgress, message: no\ncontext deadline exceeded";
    assert_eq!(error.text, format!("failed pre-install: {reason}"));
    assert_eq!(bench.states(), ["failed"]);
    let record = &bench.records()[0];
    assert_eq!(record.info.description, format!("Release \"web\" failed: failed pre-install: {reason}"));
    assert_eq!(bench.cluster.names(), ["Job/before"]);
}

#[test]
fn a_failed_upgrade_is_taken_back_when_asked_for() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    bench.cluster.fail_waits("ConfigMap/c-two");
    let mut options = upgrade_options();
    options.rollback_on_failure = true;
    let flow = async { upgrade(&bench.ports(), five("two"), &Value::Null, &options).await };
    let error = bench.run(flow).unwrap().unwrap_err();
    assert!(error.text.starts_with(
        "release web failed, and has been rolled back due to rollback-on-failure being set: resource ConfigMap/ns/c-two"
    ));
    assert_eq!(bench.states(), ["superseded", "failed", "deployed"]);
    assert!(bench.cluster.names().contains(&"ConfigMap/c-one".to_owned()));
    assert!(!bench.cluster.names().contains(&"ConfigMap/c-two".to_owned()));
}

#[test]
fn a_failed_installation_is_removed_when_asked_for() {
    let bench = Bench::default();
    bench.cluster.fail_waits("Service/v");
    let mut options = install_options();
    options.rollback_on_failure = true;
    let flow = async { install(&bench.ports(), five("one"), &Value::Null, &options).await };
    let error = bench.run(flow).unwrap().unwrap_err();
    assert!(error.text.starts_with(
        "release web failed, and has been uninstalled due to rollback-on-failure being set: resource Service/ns/v"
    ));
    assert_eq!(bench.states(), [""; 0]);
    assert_eq!(bench.cluster.names(), [""; 0]);
}

#[test]
fn an_object_that_is_refused_is_named() {
    let bench = Bench::default();
    bench.cluster.refuse("ConfigMap/b");
    let error = bench.install(five("one")).unwrap_err();
    assert_eq!(error.text, "server-side apply failed for object ns/b /v1, Kind=ConfigMap: ConfigMap/b is refused");
    assert_eq!(bench.states(), ["failed"]);
}

#[test]
fn labels_of_the_driver_are_refused() {
    let bench = Bench::default();
    let mut options = install_options();
    options.labels = Labels::from([("owner".to_owned(), "me".to_owned())]);
    let flow = async { install(&bench.ports(), five("one"), &Value::Null, &options).await };
    assert_eq!(
        bench.run(flow).unwrap().unwrap_err().text,
        "user supplied labels contains system reserved label name. System labels: [name owner status version \
         createdAt modifiedAt]"
    );
}

#[test]
fn nothing_deployed_cannot_be_upgraded() {
    let bench = Bench::default();
    assert_eq!(bench.upgrade(five("one")).unwrap_err().text, "\"web\" has no deployed releases");
    assert_eq!(
        bench.run(async { first_step(&bench.ports(), "web").await }).unwrap().unwrap(),
        FirstStep::Install { replace: false }
    );
}

#[test]
fn history_is_pruned() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    let mut options = upgrade_options();
    options.history_max = 2;
    for text in ["two", "three", "four"] {
        let flow = async { upgrade(&bench.ports(), five(text), &Value::Null, &options).await };
        bench.run(flow).unwrap().unwrap();
    }
    let revisions: Vec<i64> = bench.records().iter().map(|release| release.version).collect();
    assert_eq!(revisions, [3, 4]);
}

#[test]
fn lists_show_the_last_revision() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    bench.upgrade(five("two")).unwrap();
    let options = ListOptions {
        filter: "^w".to_owned(),
        selector: String::new(),
        states: Vec::new(),
        order: ListOrder::Name,
        most: 256,
        offset: 0,
    };
    let items = bench.run(async { list(&bench.ports(), &options).await }).unwrap().unwrap();
    let shown: Vec<_> = items.iter().map(|item| (item.revision, item.summary.chart.as_str())).collect();
    assert_eq!(shown, [(2, "web")]);
    let superseded = ListOptions { states: vec![Status::Superseded], ..options };
    let items = bench.run(async { list(&bench.ports(), &superseded).await }).unwrap().unwrap();
    assert_eq!(items[0].revision, 1);
    let items = bench.run(async { history(&bench.ports(), "web", 1).await }).unwrap().unwrap();
    assert_eq!((items.len(), items[0].revision), (1, 2));
    let first = bench.run(async { get(&bench.ports(), "web", 1).await }).unwrap().unwrap();
    assert_eq!(first.info.status, Status::Superseded);
}

#[test]
fn tests_run_and_show_their_logs() {
    let bench = Bench::default();
    let hook = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: t\n  annotations: {helm.sh/hook: test}\n";
    bench.install(chart(&[("t.yaml", hook), ("u.yaml", &hook.replace("name: t", "name: u"))])).unwrap();
    let filter = TestFilter { exclude: vec!["u".to_owned()], ..TestFilter::default() };
    let options = TestOptions { timeout: std::time::Duration::from_secs(1), filter: filter.clone(), fail_fast: false };
    let ports = bench.ports();
    let tested = bench.run(async { release_test(&ports, "web", &options).await }).unwrap().unwrap();
    tested.result.as_ref().unwrap();
    let phases: Vec<&str> = tested.release.hooks.iter().map(|hook| hook.last_run.phase.as_str()).collect();
    assert_eq!(phases, ["", "Succeeded"]);
    let mut logs = Vec::new();
    bench.run(async { test_logs(&ports, &tested.release, &filter, &mut logs).await }).unwrap().unwrap();
    assert_eq!(String::from_utf8(logs).unwrap(), "POD LOGS: t (main)\nlog of t\n\n");
    bench.run(async { tested.shut_down().await }).unwrap().unwrap();
}

#[test]
fn a_release_that_helm_left_pending_is_unlocked() {
    let bench = Bench::default();
    let mut release = bench.install(five("one")).unwrap();
    release.version = 2;
    release.info.status = Status::PendingUpgrade;
    bench.store.store.load(release).unwrap();
    let error = bench.upgrade(five("two")).unwrap_err();
    assert_eq!(error.text, "another operation (install/upgrade/rollback) is in progress");
    assert_eq!(error.cause, Cause::Pending);
    let unlocked = bench.run(async { unlock(&bench.ports(), "web", false).await }).unwrap().unwrap().unwrap();
    assert_eq!((unlocked.revision, unlocked.was), (2, Status::PendingUpgrade));
    bench.upgrade(five("two")).unwrap();
    assert_eq!(bench.states(), ["superseded", "failed", "deployed"]);
}

#[test]
fn a_user_may_stop_an_upgrade() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    let ports = Ports { cancel: &AtOnce, ..bench.ports() };
    // The wait never ends, so that only the user can end it.
    bench.cluster.hang_waits("ConfigMap/c-two");
    let flow = async { upgrade(&ports, five("two"), &Value::Null, &upgrade_options()).await };
    let error = bench.run(flow).unwrap().unwrap_err();
    assert_eq!((error.text.as_str(), error.cause), ("context canceled", Cause::Cancelled));
    assert_eq!(bench.states(), ["deployed", "failed"]);
    assert_eq!(bench.records()[1].info.description, "Upgrade \"web\" failed: context canceled");
}

#[test]
fn a_release_that_was_taken_over_is_left_alone() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    bench.cluster.hang_waits("ConfigMap/c-two");
    let process = Beating::default();
    let ports = Ports { process: &process, ..bench.ports() };
    let flow = async { upgrade(&ports, five("two"), &Value::Null, &upgrade_options()).await };
    // Somebody unlocks the release while the upgrade waits.
    let thief = async { unlock(&bench.ports(), "web", true).await };
    let (upgraded, unlocked) = bench.run(async { futures::join!(flow, thief) }).unwrap();
    assert_eq!(unlocked.unwrap().unwrap().revision, 2);
    assert_eq!(upgraded.unwrap_err().cause, Cause::Lost);
    assert_eq!(bench.states(), ["deployed", "failed"]);
}

/// A user who stops whatever does not end by itself.
struct AtOnce;

impl Cancel for AtOnce {
    fn cancelled(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
