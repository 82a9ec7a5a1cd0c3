//! The description of the API (OpenAPI 3.1), from the types that it reads and writes.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use sesauth::render::json::schemas;

use super::asked::{DomainParameters, InspectParameters, RedactParameters};
use super::redacted::RedactedDocument;
use super::refusal::Problem;

/// The document.
pub fn document() -> Vec<u8> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut read = settings.clone().for_deserialize().into_generator();
    let inspect = parameters::<InspectParameters>(&mut read);
    let domain = parameters::<DomainParameters>(&mut read);
    let redact = parameters::<RedactParameters>(&mut read);
    let mut written = settings.for_serialize().into_generator();
    let problem = written.subschema_for::<Problem>();
    let redacted = written.subschema_for::<RedactedDocument<'static>>();
    let [inspection, check] = schemas(&mut written);
    let mut all = read.take_definitions(true);
    all.extend(written.take_definitions(true));
    let answers = |content: Value, what: &str| {
        let problem = json!({ "application/problem+json": { "schema": problem } });
        json!({
            "200": { "description": what, "content": content },
            "503": {
                "description": "DNS could not be used, or there is too much to do just now",
                "content": problem
            },
            "default": { "description": "Why there is none", "content": problem }
        })
    };
    let found = |schema: &schemars::Schema, what: &str| {
        let text = json!({ "schema": { "type": "string" } });
        let content = json!({
            "application/json": { "schema": schema },
            "text/markdown": text,
            "text/html": text
        });
        answers(content, what)
    };
    let octets = json!({ "schema": { "type": "string", "contentMediaType": "message/rfc822" } });
    let message = json!({
        "required": true,
        "description": "The message as it was saved: .eml, .emlx, .msg, packed or not",
        "content": { "message/rfc822": octets, "application/octet-stream": {} }
    });
    let check = json!({
        "summary": "Check what a domain publishes for mail",
        "operationId": "checkDomain",
        "parameters": domain,
        "responses": found(&check, "The check")
    });
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "sesauth",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Explains why a mail message passed or failed SPF, DKIM and DMARC. Nothing \
                is stored.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" }
        },
        "servers": [{ "url": "/" }],
        "paths": {
            "/api/inspect": {
                "post": {
                    "summary": "Inspect a saved message",
                    "operationId": "inspect",
                    "parameters": inspect,
                    "requestBody": message,
                    "responses": found(&inspection, "The inspection")
                }
            },
            "/api/redact": {
                "post": {
                    "summary": "Make a copy of a saved message that can be shown to others",
                    "operationId": "redact",
                    "parameters": redact,
                    "requestBody": message,
                    "responses": answers(
                        json!({ "application/json": { "schema": redacted } }),
                        "The copy, and the recording of DNS that goes with it"
                    )
                }
            },
            "/api/domain": { "get": check }
        },
        "components": { "schemas": all }
    });
    let mut text = serde_json::to_vec(&document).unwrap_or_default();
    text.push(b'\n');
    text
}

/// The fields of `T` as parameters in the query.
fn parameters<T: JsonSchema>(generator: &mut SchemaGenerator) -> Vec<Value> {
    let schema = T::json_schema(generator).to_value();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let fields = schema["properties"].as_object();
    let all = fields.into_iter().flatten().map(|(name, field)| {
        let mut field = field.as_object().cloned().unwrap_or_else(Map::new);
        let words = field.remove("description").unwrap_or_default();
        json!({
            "name": name,
            "in": "query",
            "required": required.contains(&Value::from(name.as_str())),
            "description": words,
            "schema": field
        })
    });
    all.collect()
}
