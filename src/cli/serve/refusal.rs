//! Why there is no result, as JSON (RFC 9457) or as a page.

use std::fmt::Display;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use sesauth::dns::NoDns;

use super::page;

/// After how many seconds another try is worth it.
pub const LATER: HeaderValue = HeaderValue::from_static("5");

/// Why there is no result.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// In the words of HTTP.
    pub status: StatusCode,
    /// In a sentence.
    pub why: String,
}

/// Why there is no result (RFC 9457)
#[derive(Debug, JsonSchema, Serialize)]
pub struct Problem {
    /// The status of HTTP
    status: u16,
    /// What that status means
    title: &'static str,
    /// What is wrong here
    detail: String,
}

/// Whether this is a path of the API, which answers with JSON.
pub fn is_api(path: &str) -> bool {
    path.starts_with("/api/")
}

/// That DNS could not be used, and what to do.
pub fn no_dns(why: &NoDns) -> String {
    format!(
        "no usable DNS: {why}. Nothing is concluded from it; try again later, or start sesauth serve with \
         --resolver to ask another resolver, or with --dns FILE to answer from a recording"
    )
}

impl Refusal {
    pub fn new(status: StatusCode, why: impl Display) -> Self {
        Self {
            status,
            why: why.to_string(),
        }
    }

    /// What was asked cannot be read.
    pub fn unreadable(what: impl Display, why: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("{what}: {why}"))
    }

    /// It can be read, and nothing can be made of it.
    pub fn useless(why: impl Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, why)
    }

    /// There is too much to do.
    pub fn busy() -> Self {
        let why = "there is too much to do just now; try it again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, why)
    }

    /// DNS could not be used.
    pub fn no_dns(why: &NoDns) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, no_dns(why))
    }

    /// The answer that says it.
    pub fn response(self, is_api: bool) -> Response {
        let status = self.status;
        let mut response = match is_api {
            true => {
                let problem = Problem {
                    status: status.as_u16(),
                    title: status.canonical_reason().unwrap_or_default(),
                    detail: self.why,
                };
                let json = serde_json::to_vec(&problem).unwrap_or_default();
                ([(header::CONTENT_TYPE, "application/problem+json")], json).into_response()
            }
            false => page::of_refusal(&self.why).into_response(),
        };
        *response.status_mut() = status;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, LATER);
        }
        response
    }
}
