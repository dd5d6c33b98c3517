//! Logs, traces and metrics of a process.
//!
//! Logs go to standard error, as JSON or for people. Traces leave the process only when an OTLP
//! endpoint is set. Nothing here logs a header or a body.

mod json;
mod metrics;
mod trace_context;

pub use metrics::{install_metrics, render_metrics};
pub(crate) use trace_context::TRACEPARENT;
pub use trace_context::{current_traceparent, is_traceparent, span_linked_to, trace_from};

use crate::settings::Fields;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::io::IsTerminal;
use std::time::Duration;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};
use url::Url;

/// How logs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people on a terminal, else JSON.
    #[default]
    Auto,
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// What is logged unless somebody says otherwise. What clients send that is no HTTP is no error of
/// ours.
pub const DEFAULT_FILTER: &str = "info,refinery_core=warn,actix_http=off";

/// Settings of logs and traces.
#[derive(Debug, Clone, Default)]
pub struct TelemetrySettings {
    /// Like `RUST_LOG`: `info,sqlx=warn`. Empty means `info`.
    pub filter: String,
    /// How logs look.
    pub format: LogFormat,
    /// Where traces go (`http://collector:4318/v1/traces`); nowhere when absent.
    pub otlp_endpoint: Option<Url>,
}

impl TelemetrySettings {
    /// Reads `log.filter`, `log.format` and `otlp_endpoint`.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let (filter, format) = fields.section("log", |f| {
            let filter = f.text("filter", DEFAULT_FILTER);
            if let Err(error) = EnvFilter::try_new(&filter) {
                f.reject(
                    "filter",
                    format!("expected a filter such as info,sqlx=warn: {error}"),
                );
            }
            (
                filter,
                f.one_of("format", "auto", &["auto", "pretty", "json"]),
            )
        });
        let format = match format.as_str() {
            "json" => LogFormat::Json,
            "pretty" => LogFormat::Pretty,
            _ => LogFormat::Auto,
        };
        Self {
            filter,
            format,
            otlp_endpoint: fields.optional_url("otlp_endpoint"),
        }
    }
}

/// Sends the last spans when it is dropped: keep it until the end of `main`.
#[derive(Debug, Default)]
#[must_use = "dropping it ends the export of traces"]
pub struct TelemetryGuard {
    provider: Option<SdkTracerProvider>,
}

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        if let Some(provider) = self.provider.take() {
            // Standard error is all that is left to tell, and a lost span is not worth a failure.
            let _ = provider.shutdown_with_timeout(Duration::from_secs(3));
        }
    }
}

/// Installs logging, traces and the metrics recorder for the process. Later calls change nothing.
///
/// # Errors
/// When the OTLP exporter cannot be built from its endpoint.
pub fn init(
    settings: &TelemetrySettings,
    service: &'static str,
) -> Result<TelemetryGuard, opentelemetry_otlp::ExporterBuildError> {
    install_metrics();
    let filter = if settings.filter.is_empty() {
        "info"
    } else {
        &settings.filter
    };
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let provider = settings
        .otlp_endpoint
        .as_ref()
        .map(|url| exporter(url, service))
        .transpose()?;
    let spans = provider
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer(service)));
    let installed = tracing_subscriber::registry()
        .with(filter)
        .with(spans)
        .with(log_layer(settings.format))
        .try_init()
        .is_ok();
    // A second call must not take over the export of the first.
    Ok(TelemetryGuard {
        provider: provider.filter(|_| installed),
    })
}

fn log_layer<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a> + Send + Sync,
{
    let people = match format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    if people {
        layer.with_target(false).boxed()
    } else {
        layer
            .event_format(json::Lines)
            .fmt_fields(json::Members)
            .boxed()
    }
}

fn exporter(
    endpoint: &Url,
    service: &'static str,
) -> Result<SdkTracerProvider, opentelemetry_otlp::ExporterBuildError> {
    crate::upstream::install_tls();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint.as_str())
        .with_timeout(Duration::from_secs(5))
        .build()?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name(service).build())
        .build())
}
