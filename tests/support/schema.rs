//! Whether JSON is as a JSON Schema says.

use std::collections::BTreeSet;

use serde_json::Value;

/// Whether `value` is as `schema` says, as far as this schema uses JSON Schema.
pub fn keeps_to(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    keeps_to_beside(root, schema, value, &BTreeSet::new())
}

/// The same where the schema stands beside others for one object, which name the fields
/// `beside`.
fn keeps_to_beside(
    root: &Value,
    schema: &Value,
    value: &Value,
    beside: &BTreeSet<&String>,
) -> Result<(), String> {
    let Value::Object(rules) = schema else {
        return if schema == &Value::Bool(true) {
            Ok(())
        } else {
            Err("nothing may stand here".into())
        };
    };
    let fields = named(root, schema);
    let beside = &(&fields | beside);
    for (keyword, rule) in rules {
        let list = || rule.as_array().into_iter().flatten();
        let count = || {
            list()
                .filter(|one| keeps_to_beside(root, one, value, beside).is_ok())
                .count()
        };
        let fits = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "format" | "default" | "minimum"
            | "maximum" => true,
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                let schema = root.pointer(pointer).unwrap();
                keeps_to_beside(root, schema, value, beside)?;
                true
            }
            "type" => match rule {
                Value::String(kind) => is_kind(kind, value),
                kinds => kinds
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|kind| is_kind(kind.as_str().unwrap(), value)),
            },
            "const" => rule == value,
            "enum" => list().any(|one| one == value),
            "anyOf" => count() > 0,
            "oneOf" => count() == 1,
            "allOf" => count() == rule.as_array().unwrap().len(),
            "required" => list().all(|name| value.get(name.as_str().unwrap()).is_some()),
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        keeps_to(root, rule, value)
                            .map_err(|problem| format!("{name}: {problem}"))?;
                    }
                }
                // What a schema does not name nobody can rely on.
                let mut fields = value.as_object().into_iter().flatten();
                fields.all(|(name, _)| beside.contains(name))
            }
            "additionalProperties" => match rules.get("properties") {
                Some(_) => true,
                None => value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .all(|(_, value)| keeps_to(root, rule, value).is_ok()),
            },
            "items" => {
                for value in value.as_array().into_iter().flatten() {
                    keeps_to(root, rule, value)?;
                }
                true
            }
            other => panic!("{other} is not known here"),
        };
        if !fits {
            let text: String = value.to_string().chars().take(200).collect();
            return Err(format!("{text} is not as {keyword} asks: {rule}"));
        }
    }
    Ok(())
}

/// The fields that a schema names, by itself or by the schemas that hold for the same object.
fn named<'s>(root: &'s Value, schema: &'s Value) -> BTreeSet<&'s String> {
    let own = schema["properties"].as_object().into_iter().flatten();
    let mut names: BTreeSet<_> = own.map(|(name, _)| name).collect();
    for keyword in ["oneOf", "anyOf", "allOf"] {
        for part in schema[keyword].as_array().into_iter().flatten() {
            names.extend(named(root, part));
        }
    }
    if let Some(pointer) = schema["$ref"].as_str() {
        let pointer = pointer.trim_start_matches('#');
        names.extend(named(root, root.pointer(pointer).unwrap()));
    }
    names
}

fn is_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}
