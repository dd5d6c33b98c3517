//! `GET /api/v1/docs`: the description of the API for people. Plain HTML made once from the
//! document: it needs no script, nothing from elsewhere, and works offline.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
    sync::OnceLock,
};

use serde_json::Value;
use skeleton_host::http::{IntoResponse, Response, header};

use crate::domain::openapi::DOCUMENT;

/// The API, to read.
#[utoipa::path(
    get, path = "/api/v1/docs", tag = "documentation", security(()),
    responses((status = 200, content_type = "text/html", body = String))
)]
pub(super) async fn get_docs() -> Response {
    static PAGE: OnceLock<String> = OnceLock::new();
    let page = PAGE.get_or_init(|| {
        let document = serde_json::from_str(DOCUMENT).unwrap_or_default();
        page(&document).unwrap_or_default()
    });
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, page.as_str()).into_response()
}

type Operation<'a> = (&'a str, String, &'a Value);

fn page(document: &Value) -> Result<String, fmt::Error> {
    let mut by_tag: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            if operation.is_object() {
                let tag = operation["tags"][0].as_str().unwrap_or("other");
                let method = method.to_uppercase();
                by_tag
                    .entry(tag)
                    .or_default()
                    .push((path, method, operation));
            }
        }
    }
    let title = escaped(document["info"]["title"].as_str().unwrap_or_default());
    let mut out = String::new();
    write!(
        out,
        "<!doctype html><html lang=en><meta charset=utf-8><title>{title} API</title>\
         <meta name=viewport content=\"width=device-width\">\
         <link rel=stylesheet href=/api/v1/docs/style.css><header><h1>{title} API</h1><p>{}</p>\
         <p><a href=/api/v1/openapi.json>OpenAPI document</a></p><nav aria-label=Sections>",
        escaped(document["info"]["description"].as_str().unwrap_or_default())
    )?;
    for tag in by_tag.keys() {
        write!(out, "<a href=\"#{0}\">{0}</a>", escaped(tag))?;
    }
    out.push_str("</nav></header><main>");
    for (tag, operations) in &by_tag {
        write!(out, "<h2 id=\"{0}\">{0}</h2>", escaped(tag))?;
        for operation in operations {
            section(&mut out, document, operation)?;
        }
    }
    out.push_str("</main></html>");
    Ok(out)
}

fn section(out: &mut String, document: &Value, (path, method, op): &Operation<'_>) -> fmt::Result {
    let id = escaped(op["operationId"].as_str().unwrap_or_default());
    let summary = escaped(op["summary"].as_str().unwrap_or_default());
    write!(
        out,
        "<details id=\"{id}\"><summary><span class=method>{method}</span>\
         <code class=path>{}</code><span class=what>{summary}</span></summary><div>",
        escaped(path)
    )?;
    if let Some(text) = op["description"].as_str() {
        write!(out, "<p>{}</p>", escaped(text))?;
    }
    let parameters = op["parameters"].as_array().into_iter().flatten();
    let rows: Vec<String> = parameters
        .map(|parameter| {
            format!(
                "<tr><td><code>{}</code><td>{}<td>{}<td>{}",
                escaped(parameter["name"].as_str().unwrap_or_default()),
                escaped(parameter["in"].as_str().unwrap_or_default()),
                escaped(&outline(document, &parameter["schema"], 1)),
                escaped(parameter["description"].as_str().unwrap_or_default()),
            )
        })
        .collect();
    if !rows.is_empty() {
        write!(out, "<h3>Parameters</h3><table>{}</table>", rows.concat())?;
    }
    for (kind, content) in op["requestBody"]["content"]
        .as_object()
        .into_iter()
        .flatten()
    {
        write!(out, "<h3>Body <code>{}</code></h3>", escaped(kind))?;
        write!(
            out,
            "<pre>{}</pre>",
            escaped(&outline(document, &content["schema"], 3))
        )?;
    }
    out.push_str("<h3>Answers</h3>");
    for (status, response) in op["responses"].as_object().into_iter().flatten() {
        let what = escaped(response["description"].as_str().unwrap_or_default());
        write!(out, "<p><code>{}</code> {what}</p>", escaped(status))?;
        for (_, content) in response["content"].as_object().into_iter().flatten() {
            let is_problem = content["schema"]["$ref"] == "#/components/schemas/Problem";
            if !is_problem {
                write!(
                    out,
                    "<pre>{}</pre>",
                    escaped(&outline(document, &content["schema"], 3))
                )?;
            }
        }
    }
    out.push_str("</div></details>\n");
    Ok(())
}

/// A schema in a few words: `{id: uuid, name?: string}`, so many levels deep.
fn outline(document: &Value, schema: &Value, depth: usize) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|text| text.rsplit('/').next())
    {
        let target = &document["components"]["schemas"][name];
        let is_short = depth == 0 && target["properties"].is_object();
        return if is_short {
            name.to_owned()
        } else {
            outline(document, target, depth)
        };
    }
    for many in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema[many].as_array() {
            let parts: Vec<String> = choices
                .iter()
                .map(|choice| outline(document, choice, depth))
                .collect();
            return parts.join(if many == "allOf" { " & " } else { " | " });
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().map(Value::to_string).collect();
        return words.join(" | ");
    }
    if let Some(properties) = schema["properties"].as_object() {
        return object(document, schema, properties, depth);
    }
    if schema["items"].is_object() {
        return format!("[{}]", outline(document, &schema["items"], depth));
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
            kinds.join(" | ")
        }
        kind => kind.as_str().unwrap_or("any").to_owned(),
    };
    schema["format"]
        .as_str()
        .map_or(kind.clone(), |format| format!("{kind} ({format})"))
}

fn object(
    document: &Value,
    schema: &Value,
    properties: &serde_json::Map<String, Value>,
    depth: usize,
) -> String {
    if depth == 0 {
        return "{…}".to_owned();
    }
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let lines: Vec<String> = properties
        .iter()
        .map(|(name, field)| {
            let mark = if required.contains(&name.as_str()) {
                ""
            } else {
                "?"
            };
            let inner = outline(document, field, depth - 1).replace('\n', "\n  ");
            let note = field["description"]
                .as_str()
                .map_or_else(String::new, |text| {
                    format!("  // {}", text.replace('\n', " "))
                });
            format!("  {name}{mark}: {inner}{note}")
        })
        .collect();
    format!("{{\n{}\n}}", lines.join("\n"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page_without_script_or_foreign_address() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let page = page(&document).unwrap();
        for (_, item) in document["paths"].as_object().unwrap() {
            for (_, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
            }
        }
        for foreign in ["<script", "<style", "style=", "http://", "https://"] {
            assert!(!page.contains(foreign), "{foreign}");
        }
    }

    #[test]
    fn what_a_document_says_cannot_become_markup() {
        let document = serde_json::json!({
            "info": { "title": "<b>", "description": "\"&" },
            "paths": { "/x": { "get": { "operationId": "x", "summary": "<img src=x>" } } },
        });
        let page = page(&document).unwrap();
        assert!(!page.contains("<img") && !page.contains("<b>"));
        assert!(page.contains("&lt;img src=x&gt;"));
    }
}
