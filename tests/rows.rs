//! Rows of Apache Arrow: one a message, with the words that the JSON has.

#[path = "support/case.rs"]
mod case;
#[path = "support/run.rs"]
mod run;

use std::fs;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_schema::{DataType, Field, Fields};
use case::{cases, inspect_case};
use serde_json::{Value, json};
use sesauth::render::json::Detail;
use sesauth::render::rows::{self, RowBatch};
use sesauth::{Inspection, render};

/// One batch of all messages of testdata, with the JSON of each.
fn all() -> (RecordBatch, Vec<Value>) {
    let mut rows = RowBatch::new();
    let mut documents = Vec::new();
    for case in cases() {
        let inspection = inspect_case(&case);
        let file = fs::read(case.join("message.eml")).unwrap();
        rows.push(&case.display().to_string(), &*file, Ok(&inspection));
        documents.push(document(&inspection));
    }
    assert_eq!(rows.len(), documents.len());
    assert!(rows.octets() > 1_000 * rows.len(), "{}", rows.octets());
    let batch = rows.finish().unwrap();
    assert!(rows.is_empty());
    (batch, documents)
}

fn document(inspection: &Inspection) -> Value {
    let mut line = Vec::new();
    render::json::write_line("x", Ok(inspection), Detail::Data, &mut line).unwrap();
    serde_json::from_slice(&line).unwrap()
}

/// The value of a column in a row, as JSON.
fn value(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        DataType::Boolean => json!(column.as_boolean().value(row)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Timestamp(..) => {
            let at = column.as_primitive::<TimestampMicrosecondType>().value(row);
            json!(jiff::Timestamp::from_microsecond(at).unwrap().to_string())
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(row);
            (0..list.len()).map(|index| value(&list, index)).collect()
        }
        DataType::Struct(_) => record(column.as_struct(), row),
        other => panic!("{other} is no type that every reader knows"),
    }
}

fn record(columns: &StructArray, row: usize) -> Value {
    let names = columns.column_names().into_iter().zip(columns.columns());
    let values = names.map(|(name, column)| (name.to_owned(), value(column, row)));
    Value::Object(values.collect())
}

#[test]
fn every_row_says_what_the_json_says() {
    let (batch, documents) = all();
    for (row, document) in documents.iter().enumerate() {
        let found = record(&StructArray::from(batch.clone()), row);
        let same = |column: &str, pointer: &str| {
            let expected = document.pointer(pointer).unwrap_or(&Value::Null);
            assert_eq!(&found[column], expected, "{column} of {}", found["path"]);
        };
        same("conclusion", "/conclusion/result");
        same("dmarc", "/results/dmarc");
        same("dmarc_cause", "/dmarc/cause");
        same("rules", "/dmarc/rules");
        same("spf", "/results/spf");
        same("spf_aligned", "/results/spf_aligned");
        same("dkim", "/results/dkim");
        same("dkim_aligned", "/results/dkim_aligned");
        same("from_domain", "/dmarc/author_domain");
        same("organizational_domain", "/dmarc/organizational_domain");
        same("policy_requested", "/dmarc/policy/requested");
        same("client_ip", "/session/client_ip/value");
        same("client_ip_source", "/session/client_ip/from");
        same("helo", "/session/helo/value");
        same("received_at", "/session/received_at/value");
        same("message_id", "/message/message_id");
        same("ses_region", "/ses/region");
        let signatures = document["dkim"].as_array();
        let signatures = signatures.map_or(&[][..], |all| all);
        let rows = found["dkim_signatures"].as_array().unwrap();
        assert_eq!(rows.len(), signatures.len());
        for (row, signature) in rows.iter().zip(signatures) {
            for part in ["domain", "selector", "algorithm", "result", "cause"] {
                assert_eq!(
                    row.get(part),
                    Some(signature.get(part).unwrap_or(&Value::Null))
                );
            }
            assert_eq!(row["body"], signature["body"]["result"]);
            assert_eq!(row["header"], signature["header"]["result"]);
        }
        let [mail_from, helo] = &found["spf_checks"].as_array().unwrap()[..] else {
            panic!("{}: two identities are checked", found["path"]);
        };
        assert_eq!(mail_from["cause"], document["spf"]["mail_from"]["cause"]);
        assert_eq!(helo["result"], document["spf"]["helo"]["result"]);
        let codes = |list: &Value| -> Vec<Value> {
            let list = list.as_array().into_iter().flatten();
            list.map(|one| json!([one["severity"], one["code"]]))
                .collect()
        };
        assert_eq!(codes(&found["findings"]), codes(&document["findings"]));
    }
}

#[test]
fn a_row_has_the_size_and_the_hash_of_the_file() {
    let mut rows = RowBatch::new();
    let error = "there is no header field in it";
    rows.push("mail/1", &b"abc"[..], Err(error));
    rows.push("mail/2", None, Err("permission denied"));
    let batch = rows.finish().unwrap();
    let rows = StructArray::from(batch);
    let first = record(&rows, 0);
    assert_eq!(first["path"], "mail/1");
    assert_eq!(first["size"], 3);
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(first["sha256"], hash);
    assert_eq!(first["error"], error);
    assert_eq!(first["conclusion"], Value::Null);
    assert_eq!(first["findings"], json!([]));
    assert_eq!(record(&rows, 1)["size"], Value::Null);
}

#[test]
fn the_schema_has_a_version_and_says_what_each_column_is() {
    let schema = rows::schema();
    assert_eq!(
        schema.metadata().get("sesauth.rows").map(|it| &**it),
        Some("1")
    );
    fn look(field: &Field) {
        if field.name() != "element" {
            let about = field.metadata().get("description");
            let about = about.unwrap_or_else(|| panic!("{} is not described", field.name()));
            assert!(about.len() > 2 && !about.ends_with('.'), "{about}");
        }
        match field.data_type() {
            DataType::List(element) => look(element),
            DataType::Struct(fields) => fields.iter().for_each(|field| look(field)),
            _ => (),
        }
    }
    schema.fields().iter().for_each(|field| look(field));
    let mut names: Vec<_> = schema.fields().iter().map(|field| field.name()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), schema.fields().len());
}

#[test]
fn no_person_is_in_a_row() {
    let (batch, documents) = all();
    let text = record(&StructArray::from(batch.clone()), 0).to_string();
    assert!(text.contains("dkim_signatures"));
    for (row, document) in documents.iter().enumerate() {
        let found = record(&StructArray::from(batch.clone()), row).to_string();
        for from in document["message"]["from"].as_array().into_iter().flatten() {
            let (Some(name), Some(address)) = (from["name"].as_str(), from["address"].as_str())
            else {
                continue;
            };
            assert!(
                !found.contains(name) && !found.contains(address),
                "{name} {address}: {found}"
            );
        }
    }
}

/// The type of a column in words, and as Athena and Spark write it.
fn types(data_type: &DataType) -> (String, String) {
    let plain = |words: &str, hive: &str| (words.to_owned(), hive.to_owned());
    match data_type {
        DataType::Utf8 => plain("text", "string"),
        DataType::Boolean => plain("true or false", "boolean"),
        DataType::Int64 => plain("number", "bigint"),
        DataType::Timestamp(..) => plain("time, UTC", "timestamp"),
        DataType::List(element) => {
            let (words, hive) = types(element.data_type());
            (format!("list of {words}"), format!("array<{hive}>"))
        }
        DataType::Struct(fields) => {
            let parts = fields
                .iter()
                .map(|field| format!("{}:{}", field.name(), types(field.data_type()).1));
            let parts: Vec<_> = parts.collect();
            ("structures".into(), format!("struct<{}>", parts.join(",")))
        }
        other => panic!("{other}"),
    }
}

/// The lines of the table for these fields; those of a structure follow its column.
fn lines(fields: &Fields, within: &str, text: &mut String) {
    for field in fields {
        let about = &field.metadata()["description"];
        let (words, _) = types(field.data_type());
        text.push_str(&format!(
            "| `{within}{}` | {words} | {about} |\n",
            field.name()
        ));
        if let DataType::List(element) = field.data_type()
            && let DataType::Struct(parts) = element.data_type()
        {
            let within = format!("{}.", field.name());
            lines(parts, &within, text);
        }
    }
}

#[test]
fn the_documentation_has_the_columns_as_they_are() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/parquet.md");
    let text = fs::read_to_string(&path).unwrap();
    let schema = rows::schema();
    let mut table = String::new();
    lines(schema.fields(), "", &mut table);
    let columns: Vec<String> = (schema.fields().iter())
        .map(|field| format!("  `{}` {}", field.name(), types(field.data_type()).1))
        .collect();
    let columns = columns.join(",\n") + "\n";
    let mut found = text.clone();
    for (start, end, expected) in [
        ("|---|---|---|\n", "\n## ", table),
        ("CREATE EXTERNAL TABLE verdicts (\n", ")\n", columns),
    ] {
        let at = found.find(start).unwrap() + start.len();
        let length = found[at..].find(end).unwrap();
        found.replace_range(at..at + length, &expected);
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &found).unwrap();
        return;
    }
    assert!(
        text == found,
        "UPDATE=1 cargo test --features arrow --test rows writes docs/parquet.md"
    );
}
