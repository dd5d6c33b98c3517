//! The AsyncAPI document of all event types.

use serde_json::{Map, Value, json};

use crate::catalogue;

/// The AsyncAPI 3 document of the instance: one channel an event type, sent by its publisher.
#[must_use]
pub fn asyncapi() -> Value {
    let (mut channels, mut operations, mut messages) = (Map::new(), Map::new(), Map::new());
    for event in catalogue::all() {
        let id = event.name.replace('.', "-");
        messages.insert(
            id.clone(),
            json!({
                "name": event.name,
                "title": event.name,
                "contentType": "application/cloudevents+json",
                "headers": schema_of_headers(event.name, event.schema_version),
                "payload": (event.schema)(),
            }),
        );
        channels.insert(
            id.clone(),
            json!({
                "address": event.name,
                "messages": { &id: { "$ref": format!("#/components/messages/{id}") } },
            }),
        );
        operations.insert(
            format!("publish-{id}"),
            json!({ "action": "send", "channel": { "$ref": format!("#/channels/{id}") } }),
        );
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Kith domain events",
            "version": "1",
            "description": "Every event carries its subject's full current state and version: \
                            consumers keep the highest version and ignore the rest.",
        },
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages },
    })
}

fn schema_of_headers(name: &str, schema_version: u16) -> Value {
    json!({
        "type": "object",
        "required": ["id", "source", "type", "schemaversion", "subject", "subjectversion", "time", "correlationid"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "source": { "const": name.split('.').next() },
            "type": { "const": name },
            "schemaversion": { "type": "integer", "minimum": 1, "maximum": schema_version },
            "subject": { "type": "string" },
            "subjectversion": { "type": "integer" },
            "account": { "type": "string", "format": "uuid" },
            "time": { "type": "string", "format": "date-time" },
            "correlationid": { "type": "string", "format": "uuid" },
            "causationid": { "type": "string", "format": "uuid" },
            "traceparent": { "type": "string" },
        },
    })
}
