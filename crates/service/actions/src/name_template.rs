//! `--name-template`: a release name made by a template of its own.

use corten_gotmpl::{MissingKey, Options, Output, TemplateSet, Val, World};

/// The name that `--name-template` writes. Go: action/install.go `TemplateName`.
///
/// # Errors
/// Go's text of what is wrong with the template.
pub fn template_name(text: &str, world: &dyn World) -> Result<String, String> {
    let options = Options { missing_key: MissingKey::Invalid, lint_mode: false, enable_dns: false };
    let mut templates = TemplateSet::new(corten_sprig::FUNCTIONS, options);
    templates.parse("name-template", text.as_bytes().to_vec()).map_err(|error| error.to_string())?;
    let mut output = Output::default();
    templates.execute("name-template", &Val::Nil, world, &mut output).map_err(|error| unmarked(&error.to_string()))?;
    Ok(String::from_utf8_lossy(&output.bytes).into_owned())
}

/// Helm's `fail` marks its text for the formatting of chart errors, which is not done here.
fn unmarked(text: &str) -> String {
    text.replace("HELM_ERR_START", "").replace("HELM_ERR_END", "")
}
