//! `test`: the test hooks of a release. Go: `action/release_testing.go`.

use std::time::Duration;

use corten_release::{Hook, LogTarget, PodSelector, Release, ReleaseName, StoreError, WaitStrategy, hooks_of};
use corten_render::HookEvent;

use super::error::ActionError;
use super::hooks::{HookRunner, Ran};
use super::ledger::Ledger;
use super::ports::{Ports, WaitOptions};

/// Which tests run, by the names of their hooks.
#[derive(Clone, Debug, Default)]
pub struct TestFilter {
    /// `--filter name=…`: only these, when there are any.
    pub include: Vec<String>,
    /// `--filter !name=…`: none of these.
    pub exclude: Vec<String>,
}

impl TestFilter {
    fn takes(&self, hook: &Hook) -> bool {
        !self.exclude.contains(&hook.name) && (self.include.is_empty() || self.include.contains(&hook.name))
    }
}

/// How to test.
#[derive(Clone, Debug)]
pub struct TestOptions {
    /// `--timeout`.
    pub timeout: Duration,
    /// `--filter`.
    pub filter: TestFilter,
    /// `--fail-fast`.
    pub fail_fast: bool,
}

/// Tests that ran: the release with their results, and how it ended.
pub struct ReleaseTest<'a> {
    /// The release, as it is stored now.
    pub release: Release,
    /// How the tests ended.
    pub result: Result<(), ActionError>,
    ledger: Ledger<'a>,
    wait: WaitOptions,
    ran: Ran,
    /// The release with its hooks where they were when they ran.
    executed: Release,
}

impl std::fmt::Debug for ReleaseTest<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "ReleaseTest({}, {:?})", self.release.name, self.result)
    }
}

impl ReleaseTest<'_> {
    /// Deletes the objects of the tests as their policies say, once their logs were read.
    ///
    /// # Errors
    /// Helm's text.
    pub async fn shut_down(&self) -> Result<(), ActionError> {
        let runner = HookRunner { ledger: &self.ledger, wait: self.wait, server_side: self.executed.is_server_side() };
        runner.clean_up(&self.executed, &self.ran).await
    }
}

/// Runs the tests of a release. [`ReleaseTest::shut_down`] must be called afterwards.
///
/// # Errors
/// Helm's text, when no test could run at all.
pub async fn release_test<'a>(
    ports: &Ports<'a>,
    name: &str,
    options: &TestOptions,
) -> Result<ReleaseTest<'a>, ActionError> {
    let ledger = Ledger::new(*ports);
    let is_valid = ReleaseName::parse(name).is_ok();
    let history = async { if is_valid { ledger.history(name).await } else { Err(StoreError::NotFound) } };
    let (reachable, history) = futures::join!(ports.cluster.reachable(), history);
    reachable?;
    if !is_valid {
        return Err(ActionError::new(format!("releaseTest: Release name is invalid: {name}")));
    }
    let mut release = ledger.last(name, &history?)?;
    let wait = WaitOptions {
        strategy: WaitStrategy::Watcher,
        jobs: false,
        timeout: options.timeout,
        fail_fast: options.fail_fast,
        hooks: true,
    };
    let server_side = release.is_server_side();
    let runner = HookRunner { ledger: &ledger, wait, server_side };
    // Helm's record lacks the other hooks while tests run; a process that dies then would lose them.
    let ran = runner.start(&mut release, HookEvent::Test, |hook| options.filter.takes(hook)).await;
    let executed = release.clone();
    // Go: hooks that were left out come first from now on.
    let hooks = std::mem::take(&mut release.hooks);
    let (taken, mut hooks): (Vec<Hook>, Vec<Hook>) = hooks.into_iter().partition(|hook| options.filter.takes(hook));
    hooks.extend(taken);
    release.hooks = hooks;
    let stored = ledger.update(&release).await;
    let result = ran.result.clone().and(stored);
    Ok(ReleaseTest { release, result, ledger, wait, ran, executed })
}

/// The logs of all containers of the tests' pods, as `test --logs` prints them.
///
/// # Errors
/// Helm's text; `logs` holds what could be read.
pub async fn test_logs(
    ports: &Ports<'_>,
    release: &Release,
    filter: &TestFilter,
    logs: &mut Vec<u8>,
) -> Result<(), ActionError> {
    for place in hooks_of(&release.hooks, HookEvent::Test) {
        let Some(hook) = release.hooks.get(place).filter(|hook| filter.takes(hook)) else { continue };
        pod_logs(ports, &release.namespace, &hook.name, logs).await?;
    }
    Ok(())
}

/// Go: `getContainerLogs`.
async fn pod_logs(ports: &Ports<'_>, namespace: &str, name: &str, logs: &mut Vec<u8>) -> Result<(), ActionError> {
    let pods = ports.cluster.pods(namespace, PodSelector::Name(name)).await;
    let pods = pods.map_err(|error| ActionError::from(error).context(format_args!("unable to get pod {name}")))?;
    let Some(pod) = pods.first() else {
        let quoted = corten_gostd::strconv::quote(name.as_bytes());
        return Err(ActionError::new(format!("unable to get pod {name}: pods {quoted} not found")));
    };
    let mut errors = Vec::new();
    for container in pod.init_containers.iter().chain(&pod.containers) {
        match ports.cluster.log(LogTarget { namespace, pod: name, container }).await {
            Ok(log) => {
                logs.extend_from_slice(format!("POD LOGS: {name} ({container})\n").as_bytes());
                logs.extend_from_slice(&log);
                logs.push(b'\n');
            }
            Err(error) => {
                errors.push(format!("unable to get logs for pod {name}, container {container}: {error}"));
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(ActionError::new(errors.join("\n"))) }
}
