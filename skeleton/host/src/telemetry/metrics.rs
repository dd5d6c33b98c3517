//! The Prometheus recorder: one a process.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

/// Seconds; from a quick read to a slow upload.
const DURATION_BUCKETS_S: [f64; 11] = [
    0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder behind the macros of the crate `metrics`. Later calls change nothing.
pub fn install_metrics() {
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BUCKETS_S)
            .map(PrometheusBuilder::build_recorder)
            .ok()?;
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        Some(handle)
    });
}

/// Every metric in Prometheus' text format; empty when another recorder was installed first.
pub fn render_metrics() -> String {
    match HANDLE.get() {
        Some(Some(handle)) => {
            // Moves what was recorded into the histograms; without it their samples would pile up.
            handle.run_upkeep();
            handle.render()
        }
        _ => String::new(),
    }
}
