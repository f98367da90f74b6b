//! Hooks: in order of weight, one after another. Go: action/hooks.go.

use corten_gotmpl::LogLevel;
use corten_release::{
    ClusterError, DeletePolicy, Hook, HookRun, LogTarget, Object, PodSelector, Propagation, Release, Validation,
    WaitFor, WaitStrategy, hooks_of,
};
use corten_render::HookEvent;
use corten_value::Value;

use super::change::Changer;
use super::error::{ActionError, joined};
use super::ledger::Ledger;
use super::ports::WaitOptions;

/// Runs the hooks of an event.
pub(super) struct HookRunner<'a> {
    pub ledger: &'a Ledger<'a>,
    pub wait: WaitOptions,
    pub server_side: bool,
}

/// Hooks that ran, whose objects may still have to go.
pub(super) struct Ran {
    /// The places of those that succeeded, in order.
    succeeded: Vec<usize>,
    /// The place of the one that failed.
    failed: Option<usize>,
    /// Why.
    pub result: Result<(), ActionError>,
}

impl Ran {
    fn stopped(error: ActionError) -> Self {
        Self { succeeded: Vec::new(), failed: None, result: Err(error) }
    }
}

impl HookRunner<'_> {
    /// Runs all hooks of an event and deletes their objects as their policies say.
    pub(super) async fn run(&self, release: &mut Release, event: HookEvent) -> Result<(), ActionError> {
        let ran = self.start(release, event, |_| true).await;
        let result = self.clean_up(release, &ran).await;
        result.and(ran.result)
    }

    /// Runs those hooks of an event that are wanted. [`Self::clean_up`] deletes their objects.
    pub(super) async fn start(&self, release: &mut Release, event: HookEvent, wanted: impl Fn(&Hook) -> bool) -> Ran {
        let mut succeeded = Vec::new();
        let mut places = hooks_of(&release.hooks, event);
        places.retain(|place| release.hooks.get(*place).is_some_and(&wanted));
        for place in places {
            match self.run_one(release, place, event).await {
                Ok(Ok(())) => succeeded.push(place),
                Ok(Err(error)) => return Ran { succeeded, failed: Some(place), result: Err(error) },
                // Go: execHookWithDelayedShutdown returns shutdownNoOp here.
                Err(error) => return Ran::stopped(error),
            }
        }
        Ran { succeeded, failed: None, result: Ok(()) }
    }

    /// Runs one hook: what could not even begin is the outer error, a hook that failed the inner one.
    async fn run_one(
        &self,
        release: &mut Release,
        place: usize,
        event: HookEvent,
    ) -> Result<Result<(), ActionError>, ActionError> {
        let namespace = release.namespace.clone();
        let Some(hook) = release.hooks.get_mut(place) else { return Ok(Ok(())) };
        if hook.delete_policies.is_empty() {
            hook.delete_policies.push(DeletePolicy::BeforeCreation.as_str().to_owned());
        }
        self.delete_if(hook, DeletePolicy::BeforeCreation).await?;
        let cluster = self.ledger.ports.cluster;
        let mut objects = cluster.build(&hook.manifest, Validation::Strict).await.map_err(|error| {
            let doing = format!("unable to build kubernetes object for {} hook {}", event.as_str(), hook.path);
            ActionError::from(error.context(doing))
        })?;
        hook.last_run =
            HookRun { started_at: Some(self.ledger.ports.now()), completed_at: None, phase: "Running".to_owned() };
        self.ledger.note(release).await?;
        let Some(hook) = release.hooks.get_mut(place) else { return Ok(Ok(())) };
        "Unknown".clone_into(&mut hook.last_run.phase);
        if let Err(error) = self.changer().create(&mut objects).await {
            self.complete(hook, "Failed");
            let doing = format!("warning: Hook {} {} failed", event.as_str(), hook.path);
            return Err(error.context(doing).into());
        }
        let request = self.wait.request(&objects, WaitFor::Done, self.ledger.ports.observer);
        match cluster.wait(request).await {
            Ok(()) => {
                self.complete(hook, "Succeeded");
                Ok(Ok(()))
            }
            Err(error) => {
                self.complete(hook, "Failed");
                self.show_log(hook, &namespace, false).await;
                Ok(Err(error.into()))
            }
        }
    }

    fn complete(&self, hook: &mut Hook, phase: &str) {
        hook.last_run.completed_at = Some(self.ledger.ports.now());
        phase.clone_into(&mut hook.last_run.phase);
    }

    /// Deletes the objects of hooks that ran, as their policies say; shows logs of those that
    /// succeeded.
    pub(super) async fn clean_up(&self, release: &Release, ran: &Ran) -> Result<(), ActionError> {
        let hook = |place: usize| release.hooks.get(place);
        if let Some(failed) = ran.failed.and_then(hook) {
            if let Err(error) = self.delete_if(failed, DeletePolicy::Failed).await {
                self.complain("error deleting the hook resource on hook failure", &error.text);
            }
            for hook in ran.succeeded.iter().filter_map(|place| hook(*place)) {
                self.delete_if(hook, DeletePolicy::Succeeded).await?;
            }
            return Ok(());
        }
        if ran.result.is_err() {
            return Ok(());
        }
        for hook in ran.succeeded.iter().rev().filter_map(|place| hook(*place)) {
            self.show_log(hook, &release.namespace, true).await;
            self.delete_if(hook, DeletePolicy::Succeeded).await?;
        }
        Ok(())
    }

    /// Go: `deleteHookByPolicy`.
    async fn delete_if(&self, hook: &Hook, policy: DeletePolicy) -> Result<(), ActionError> {
        // Go: definitions would take all their objects along.
        if hook.kind == "CustomResourceDefinition" || !hook.is_deleted(policy) {
            return Ok(());
        }
        let cluster = self.ledger.ports.cluster;
        let objects = cluster.build(&hook.manifest, Validation::Ignore).await.map_err(|error| {
            let doing = format!("unable to build kubernetes object for deleting hook {}", hook.path);
            ActionError::from(error.context(doing))
        })?;
        let deleted = self.changer().delete(&objects, Propagation::Background).await;
        let existed = deleted.map_err(|errors| joined_error(errors, "; "))?;
        let waits = self.wait.strategy != WaitStrategy::HookOnly || policy == DeletePolicy::BeforeCreation;
        if existed && waits { self.await_deletion(&objects).await } else { Ok(()) }
    }

    /// Waits until the objects are really gone: Helm does not with `hookOnly`, and then applies the
    /// next hook onto one that is on its way out.
    async fn await_deletion(&self, objects: &[Object]) -> Result<(), ActionError> {
        let mut wait = self.wait;
        if wait.strategy == WaitStrategy::HookOnly {
            wait.strategy = WaitStrategy::Watcher;
        }
        let request = wait.request(objects, WaitFor::Deleted, self.ledger.ports.observer);
        Ok(self.ledger.ports.cluster.wait(request).await?)
    }

    fn changer(&self) -> Changer<'_> {
        Changer {
            cluster: self.ledger.ports.cluster,
            world: self.ledger.ports.world,
            server_side: self.server_side,
            force_conflicts: false,
            force_replace: false,
            three_way: false,
            migrates: false,
        }
    }

    /// Go: `outputLogsByPolicy`; failing to is no reason to fail.
    async fn show_log(&self, hook: &Hook, namespace: &str, succeeded: bool) {
        if !hook.shows_log(succeeded) {
            return;
        }
        if let Err(error) = self.copy_log(hook, namespace).await {
            self.complain("error outputting logs for hook failure", &error.text);
        }
    }

    async fn copy_log(&self, hook: &Hook, namespace: &str) -> Result<(), ActionError> {
        let document = corten_yaml::decode(hook.manifest.as_bytes()).map_err(|error| {
            ActionError::new(format!(
                "unable to parse metadata.namespace from kubernetes manifest for output logs hook {}: {error}",
                hook.path
            ))
        })?;
        let own = document.at("metadata.namespace").and_then(Value::as_str).filter(|name| !name.is_empty());
        let namespace = own.unwrap_or(namespace);
        let of_job = format!("job-name={}", hook.name);
        let selector = match hook.kind.as_str() {
            "Job" => PodSelector::Labels(&of_job),
            "Pod" => PodSelector::Name(&hook.name),
            _ => return Ok(()),
        };
        let ports = &self.ledger.ports;
        for pod in ports.cluster.pods(namespace, selector).await? {
            for container in &pod.containers {
                let log = ports.cluster.log(LogTarget { namespace, pod: &pod.name, container }).await;
                let log = log.map_err(|_| {
                    let name = &pod.name;
                    ActionError::new(format!("failed to stream pod logs for pod: {name}, container: {container}"))
                })?;
                ports.observer.hook_log(namespace, &pod.name, container, &log);
            }
        }
        Ok(())
    }

    fn complain(&self, what: &str, error: &str) {
        self.ledger.ports.world.log(LogLevel::Warn, what, &[("error", error)]);
    }
}

/// Errors of several objects as one.
pub(super) fn joined_error(errors: Vec<ClusterError>, separator: &str) -> ActionError {
    joined(errors, separator).map_or_else(|| ActionError::new(""), ActionError::from)
}
