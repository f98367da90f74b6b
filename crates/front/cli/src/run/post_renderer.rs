//! `--post-renderer`: a plugin that changes the manifests. Go: pkg/postrenderer.

use std::sync::Arc;

use corten_actions::PostRenderer;

use crate::flags::FlagSet;
use crate::plugins;
use crate::run::plugin::inherited;
use crate::session::{Failure, Session};

/// The post-renderer of the flags, if there is one.
pub(super) fn of_flags(session: &Session<'_>, flags: &FlagSet) -> Result<Option<PostRenderer>, Failure> {
    let name = flags.text("post-renderer");
    if name.is_empty() {
        return Ok(None);
    }
    let plugin = plugins::find(&session.settings, name, "postrenderer/v1")?;
    let arguments = flags.list("post-renderer-args").to_vec();
    // Go: unlike other plugins, this one does not get Helm's settings.
    let environment: Vec<(String, String)> = inherited().collect();
    Ok(Some(PostRenderer(Arc::new(move |manifests| {
        let run = plugins::prepare(&plugin, &plugin.commands, &arguments, environment.clone())
            .and_then(|prepared| plugins::run_with_input(&plugin.name, &prepared, manifests));
        let output =
            run.map_err(|problem| format!("failed to invoke post-renderer plugin \"{}\": {problem}", plugin.name))?;
        if output.trim_ascii().is_empty() {
            return Err(format!("post-renderer \"{}\" produced empty output", plugin.name));
        }
        Ok(output)
    }))))
}
