use skeleton_host::telemetry::{
    TelemetrySettings, current_traceparent, init, install_metrics, is_traceparent, render_metrics,
    span_linked_to,
};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn installing_again_changes_nothing() {
    for _ in 0..3 {
        install_metrics();
        let _guard = init(&TelemetrySettings::default(), "any").unwrap();
    }
    metrics::counter!("it_happened_total").increment(2);
    assert!(
        render_metrics().contains("it_happened_total 2"),
        "{}",
        render_metrics()
    );
}

#[test]
fn a_traceparent_is_recognised() {
    assert!(is_traceparent(TRACE));
    for wrong in [
        "",
        "00-0-0-00",
        &TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
    ] {
        assert!(!is_traceparent(wrong), "{wrong}");
    }
    // Neither may fail where nothing exports traces.
    let _ = span_linked_to(tracing::info_span!("handled"), Some(TRACE));
    let _ = span_linked_to(tracing::info_span!("handled"), Some("nonsense"));
    assert_eq!(current_traceparent(), None);
}
