//! Log lines as JSON, one object a line.
//!
//! The JSON of `tracing-subscriber` parses what it wrote of a span for every line within it and for
//! every field that is added, which costs more than all else that a small request does. Here the
//! fields of a span are kept as members of an object, ready to be copied.

use std::fmt::{self, Debug, Write};
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes an event: when, how bad, what, where, and the span around it.
pub(super) struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        line.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut line)?;
        write!(line, "\",\"level\":\"{}\"", metadata.level())?;
        context.format_fields(line.by_ref(), event)?;
        line.write_str(",\"target\":")?;
        string(&mut line, |to| to.write_str(metadata.target()))?;
        if let Some(span) = context.lookup_current() {
            line.write_str(",\"span\":{\"name\":")?;
            string(&mut line, |to| to.write_str(span.name()))?;
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>() {
                line.write_str(fields)?;
            }
            line.write_char('}')?;
        }
        line.write_str("}\n")
    }
}

/// Writes fields as members of an object, each with a comma before it.
pub(super) struct Members;

impl<'a> FormatFields<'a> for Members {
    fn format_fields<R: RecordFields>(&self, mut to: Writer<'a>, fields: R) -> fmt::Result {
        let mut writing = Writing {
            to: &mut to,
            outcome: Ok(()),
        };
        fields.record(&mut writing);
        writing.outcome
    }

    fn add_fields(
        &self,
        current: &'a mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

/// Writes one field after the other, as long as that succeeds.
struct Writing<'a, 'b> {
    to: &'a mut Writer<'b>,
    outcome: fmt::Result,
}

impl Writing<'_, '_> {
    fn member(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let name = field.name();
        let name = name.strip_prefix("r#").unwrap_or(name);
        self.outcome = self.outcome.and_then(|()| {
            self.to.write_char(',')?;
            string(self.to, |to| to.write_str(name))?;
            self.to.write_char(':')?;
            value(self.to)
        });
    }
}

impl Visit for Writing<'_, '_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // What is no number is null.
        let value = serde_json::Value::from(value);
        self.member(field, |to| write!(to, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |to| write!(to, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |to| write!(to, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |to| write!(to, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |to| string(to, |to| to.write_str(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field, |to| string(to, |to| write!(to, "{value:?}")));
    }
}

fn string(
    to: &mut Writer<'_>,
    text: impl FnOnce(&mut Escaped<'_, '_>) -> fmt::Result,
) -> fmt::Result {
    to.write_char('"')?;
    text(&mut Escaped(to))?;
    to.write_char('"')
}

/// Writes text as it stands within a JSON string.
struct Escaped<'a, 'b>(&'a mut Writer<'b>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
            return self.0.write_str(text);
        }
        let quoted = serde_json::to_string(text).map_err(|_| fmt::Error)?;
        self.0.write_str(&quoted[1..quoted.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(happens: impl FnOnce()) -> Vec<Value> {
        let log = Log::default();
        let to = log.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || to.clone())
            .event_format(Lines)
            .fmt_fields(Members);
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, happens);
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.collect()
    }

    #[test]
    fn a_line_is_an_object_whatever_it_says() {
        let odd = "\"quoted\" \\ \n \u{1} ü";
        let [mut line] = logged(|| {
            let error = io::Error::other(odd);
            tracing::warn!(
                text = odd, ?odd, %error, r#type = "t", yes = true, less = -1, more = u64::MAX,
                half = 0.5, none = f64::NAN, "it {odd}"
            );
        })
        .try_into()
        .unwrap();
        let line = line.as_object_mut().unwrap();
        let at = line.remove("timestamp").unwrap();
        assert!(at.as_str().unwrap().ends_with('Z'), "{at}");
        let expected = json!({
            "level": "WARN", "target": module_path!(), "message": format!("it {odd}"),
            "text": odd, "odd": format!("{odd:?}"), "error": odd, "type": "t", "yes": true,
            "less": -1, "more": u64::MAX, "half": 0.5, "none": null,
        });
        assert_eq!(Value::from(line.clone()), expected);
    }

    #[test]
    fn it_has_the_fields_of_the_span_around_it_and_those_that_were_found_out_later() {
        let lines = logged(|| {
            let span = tracing::info_span!("request", id = "7", account = tracing::field::Empty);
            let _entered = span.enter();
            tracing::info!("before");
            span.record("account", tracing::field::display("a \"b\""));
            tracing::info_span!("query").in_scope(|| tracing::info!("within"));
            tracing::info!("after");
        });
        let spans: Vec<&Value> = lines.iter().map(|line| &line["span"]).collect();
        let known = json!({ "name": "request", "id": "7", "account": "a \"b\"" });
        let before = json!({ "name": "request", "id": "7" });
        assert_eq!(spans, [&before, &json!({ "name": "query" }), &known]);
    }
}
