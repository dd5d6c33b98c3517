//! W3C trace context: which trace this belongs to, across processes and across time.

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::collections::HashMap;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT_KEY: &str = "traceparent";

tokio::task_local! {
    /// What the request carried, for when no exporter makes trace ids here.
    pub(crate) static TRACEPARENT: Option<String>;
}

/// The `traceparent` to send along or to store with an event; `None` outside of any trace.
pub fn current_traceparent() -> Option<String> {
    let context = Span::current().context();
    if context.span().span_context().is_valid() {
        let mut carrier = HashMap::new();
        TraceContextPropagator::new().inject_context(&context, &mut carrier);
        return carrier.remove(TRACEPARENT_KEY);
    }
    TRACEPARENT.try_with(Clone::clone).ok().flatten()
}

/// Makes `span` a part of the trace that `traceparent` names: for a request that is being answered.
pub fn trace_from(span: &Span, traceparent: &str) {
    // Fails only without an exporter, when there is nothing to set.
    let _ = span.set_parent(context_of(traceparent));
}

/// Links `span` to the context in which its cause was made: for an event that is handled later.
pub fn span_linked_to(span: Span, traceparent: Option<&str>) -> Span {
    if let Some(traceparent) = traceparent {
        let context = context_of(traceparent);
        let cause = context.span().span_context().clone();
        if cause.is_valid() {
            span.add_link(cause);
        }
    }
    span
}

/// Whether the text is a well-formed `traceparent` of version 00.
pub fn is_traceparent(text: &str) -> bool {
    context_of(text).span().span_context().is_valid()
}

fn context_of(traceparent: &str) -> opentelemetry::Context {
    let carrier = HashMap::from([(TRACEPARENT_KEY.to_owned(), traceparent.to_owned())]);
    TraceContextPropagator::new().extract_with_context(&opentelemetry::Context::new(), &carrier)
}
