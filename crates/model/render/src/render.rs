//! From a chart and values to the text of every file.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use corten_chart::Chart;
use corten_gotmpl::{Definitions, LogLevel, Map, MissingKey, Options, OwnJob, TemplateSet, Text, Val, World};
use corten_value::Value;

use crate::context::{Renderable, Renderables, base_name, renderables, scopes, top};
use crate::documents::read_file;
use crate::execute::{Failure, Job, execute};
use crate::file_text::FileText;
use crate::values_type::values_of;
use crate::{Capabilities, ReleaseOptions, trace};

/// The rendered text of every file that is no partial, by full name.
pub type Files = BTreeMap<String, FileText>;

/// How to render.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of Helm's engine or a flag")]
#[derive(Clone, Copy, Debug)]
pub struct RenderOptions {
    /// A missing map key is an error (Helm: `Engine.Strict`).
    pub strict: bool,
    /// `required` and `fail` do not fail (Helm: `Engine.LintMode`).
    pub lint_mode: bool,
    /// `getHostByName` asks.
    pub enable_dns: bool,
    /// Values are not checked against the schemas.
    pub skip_schema_validation: bool,
    /// Which Helm to follow where they differ.
    pub compat: corten_chart::Compat,
}

/// What rendering gave.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The files.
    pub files: Files,
    /// The composed values of the chart, as `.Values` started.
    pub values: Value,
}

/// Why rendering failed, with Helm's text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The values do not compose.
    #[error("{0}")]
    Values(String),
    /// The values do not meet a schema.
    #[error("values don't meet the specifications of the schema(s) in the following chart(s):\n{0}")]
    Schema(String),
    /// A template does not parse.
    #[error("{}", String::from_utf8_lossy(.0))]
    Parse(Vec<u8>),
    /// A template failed while it ran.
    #[error("{}", String::from_utf8_lossy(.0))]
    Execute(Vec<u8>),
}

impl RenderError {
    /// The text, byte for byte as Helm prints it.
    pub fn text(&self) -> Vec<u8> {
        match self {
            Self::Parse(text) | Self::Execute(text) => text.clone(),
            other => other.to_string().into_bytes(),
        }
    }
}

/// Composes the values, checks them and renders. Dependencies must have been processed.
///
/// # Errors
/// The first of: a schema that is not met, a template that does not parse, one that fails.
pub fn render(
    chart: &Chart,
    values: &Value,
    release: &ReleaseOptions,
    capabilities: &Capabilities,
    options: &RenderOptions,
    world: &dyn World,
) -> Result<Rendered, RenderError> {
    let composed = compose(chart, values, options, world)?;
    let files = render_composed(chart, &composed, (release, capabilities), options, world)?;
    Ok(Rendered { files, values: composed })
}

/// Composes the values of a chart from its defaults and the user's, and checks them against the
/// schemas. Go: values.go `ToRenderValuesWithSchemaValidation`.
///
/// # Errors
/// A schema that is not met.
pub fn compose(
    chart: &Chart,
    values: &Value,
    options: &RenderOptions,
    world: &dyn World,
) -> Result<Value, RenderError> {
    let composed =
        corten_chart::coalesce_values(chart, values, options.compat, &mut |warning| log_warning(world, &warning))
            .map_err(|error| RenderError::Values(error.to_string()))?;
    if !options.skip_schema_validation {
        let mut warn = |warning| log_warning(world, &warning);
        corten_chart::validate_schemas(chart, &composed, &|url| world.schema_text(url), &mut warn)
            .map_err(|error| RenderError::Schema(error.to_string()))?;
    }
    Ok(composed)
}

/// Renders with values that are composed and checked already.
///
/// # Errors
/// A template that does not parse, or one that fails.
pub fn render_composed(
    chart: &Chart,
    values: &Value,
    facts: (&ReleaseOptions, &Capabilities),
    options: &RenderOptions,
    world: &dyn World,
) -> Result<Files, RenderError> {
    Templates::parse(chart, options, world, Box::new(|| ())).render(chart, values, facts, world)
}

/// The templates of a chart and its dependencies.
#[derive(Debug)]
pub struct Templates {
    /// What they define, or the text of the first error.
    definitions: Result<Definitions, Vec<u8>>,
    renderables: Renderables,
    /// Their places in the order of execution.
    order: Vec<usize>,
    options: RenderOptions,
}

impl Templates {
    /// Parses those that others need, and does other work of this thread meanwhile, such as composing the values.
    /// An error is reported when they are rendered. Dependencies must have been processed.
    pub fn parse(chart: &Chart, options: &RenderOptions, world: &dyn World, beside: OwnJob<'_>) -> Self {
        let renderables = renderables(chart);
        let order = execution_places(&renderables);
        let text = |place: &usize| (renderables[*place].0.as_str(), &renderables[*place].1.text);
        let texts: Vec<_> = order.iter().map(text).collect();
        let definitions =
            Definitions::of_files(corten_sprig::FUNCTIONS, engine_options(*options), &texts, world, beside)
                .map_err(|(position, error)| trace::parse_error(texts[position].0, &error));
        Self { definitions, renderables, order, options: *options }
    }

    /// Renders the chart that the templates come from.
    ///
    /// # Errors
    /// A template that does not parse, or one that fails.
    pub fn render(
        self,
        chart: &Chart,
        values: &Value,
        (release, capabilities): (&ReleaseOptions, &Capabilities),
        world: &dyn World,
    ) -> Result<Files, RenderError> {
        let Self { definitions, renderables, order, options } = self;
        let definitions = definitions.map_err(RenderError::Parse)?;
        let at = |place: &usize| (renderables[*place].0.as_str(), &renderables[*place].1);
        let all: Vec<_> = order.iter().map(at).collect();
        let places: Vec<usize> = order.into_iter().filter(|place| !is_partial(&renderables[*place].0)).collect();
        let files: Vec<_> = places.iter().map(at).collect();
        let scopes = || scopes(chart, &top(values, release, capabilities), options.compat);
        // The linter reads documents in its own way.
        let read = |name: &str, text: Bytes| {
            if options.lint_mode { text.into() } else { read_file(name, text, options.compat) }
        };
        let job = Job { definitions: &definitions, all: &all, files: &files, scopes: &scopes, read: &read };
        let texts = execute(&job, world).map_err(|failure| match failure {
            Failure::Parse(name, error) => RenderError::Parse(trace::parse_error(name, &error)),
            Failure::Execute(name, error) => RenderError::Execute(trace::exec_error(name, &error, options.compat)),
        })?;
        let mut by_place = vec![None; renderables.len()];
        for (place, text) in places.into_iter().zip(texts) {
            by_place[place] = Some(text);
        }
        Ok(renderables.into_iter().zip(by_place).filter_map(|((name, _), text)| Some((name, text?))).collect())
    }
}

/// An empty template set with Helm's functions.
pub(crate) fn new_set(options: RenderOptions) -> TemplateSet {
    TemplateSet::new(corten_sprig::FUNCTIONS, engine_options(options))
}

fn engine_options(options: RenderOptions) -> Options {
    let missing_key = if options.strict { MissingKey::Error } else { MissingKey::Zero };
    let RenderOptions { lint_mode, enable_dns, .. } = options;
    Options { missing_key, lint_mode, enable_dns }
}

/// Whether a file is only there for its definitions.
pub(crate) fn is_partial(name: &str) -> bool {
    base_name(name).starts_with('_')
}

/// The data of a template: its chart's scope, with `.Template` set to this file.
pub(crate) fn data_of(name: &str, renderable: &Renderable, scopes: &[Map]) -> Val {
    let template =
        values_of([("Name", Val::str(name)), ("BasePath", Val::Str(Text::Utf8(Arc::clone(&renderable.base_path))))]);
    let Some(scope) = scopes.get(renderable.chart) else { return Val::Nil };
    scope.insert("Template", Val::Map(template));
    Val::Map(scope.clone())
}

/// Passes a warning of the chart on to the user.
pub fn log_warning(world: &dyn World, warning: &corten_chart::Warning) {
    let level = match warning.level {
        corten_chart::Level::Info => LogLevel::Info,
        corten_chart::Level::Warn => LogLevel::Warn,
        corten_chart::Level::Error => LogLevel::Error,
    };
    let attributes: Vec<(&str, &str)> = warning.attributes.iter().map(|(key, value)| (*key, value.as_str())).collect();
    world.log(level, &warning.message, &attributes);
}

/// Go: engine.go sortTemplates: deepest first, and at one depth in reverse order of names.
fn execution_places(renderables: &Renderables) -> Vec<usize> {
    let depth = |name: &str| memchr::memchr_iter(b'/', name.as_bytes()).count();
    let mut places: Vec<(usize, usize)> =
        renderables.iter().enumerate().rev().map(|(place, (name, _))| (depth(name), place)).collect();
    // Stable: what is equally deep stays in reverse order.
    places.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
    places.into_iter().map(|(_, place)| place).collect()
}

/// Files in the order in which they are executed.
pub(crate) fn execution_order(renderables: &Renderables) -> Vec<(&str, &Renderable)> {
    let at = |place: usize| (renderables[place].0.as_str(), &renderables[place].1);
    execution_places(renderables).into_iter().map(at).collect()
}
