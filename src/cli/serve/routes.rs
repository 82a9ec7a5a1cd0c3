//! What is answered where: the pages, and the API that does the same.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, extract::RawQuery};
use bytes::Bytes;
use sesauth::render::html::{write_below, write_domain_below};
use sesauth::render::provider::Provider;
use sesauth::render::{domain, json, markdown};
use sesauth::{DomainCheck, Inspection};
use tokio::runtime::Handle;

use super::asked::{DomainParameters, FormatParameter, InspectParameters, read};
use super::form::{Form, content_type, media};
use super::guard::{Guard, watch};
use super::openapi;
use super::page::{self, Download};
use super::refusal::{Refusal, is_api};
use super::work::{Desk, Found};

/// Where the forms of the start page go.
pub const INSPECT: &str = "/inspect";
/// Where a domain is checked.
pub const DOMAIN: &str = "/domain";

/// What octets of a message are sent as. The form of a file is seen in the file itself.
const MESSAGES: [&str; 7] = [
    "",
    "message/rfc822",
    "message/global",
    "application/octet-stream",
    "application/gzip",
    "application/vnd.ms-outlook",
    "text/plain",
];

type Shared = State<Arc<Desk>>;

/// All routes, behind the guard.
pub fn router(desk: Desk, guard: Guard) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .route(INSPECT, post(inspect))
        .route(DOMAIN, get(check).post(check))
        .route("/api/inspect", post(api_inspect))
        .route("/api/domain", get(check).post(check))
        .route("/api/openapi.json", get(description))
        .fallback(unknown)
        .method_not_allowed_fallback(other_method)
        .with_state(Arc::new(desk))
        .layer(from_fn_with_state(Arc::new(guard), watch))
}

async fn start(State(desk): Shared) -> Response {
    page::start(desk.is_live).into_response()
}

async fn description() -> Response {
    of_json(openapi::document())
}

async fn unknown(request: Request) -> Response {
    let path = request.uri().path();
    let refusal = Refusal::new(StatusCode::NOT_FOUND, "there is nothing at this address");
    refusal.response(is_api(path))
}

async fn other_method(request: Request) -> Response {
    let path = request.uri().path();
    let why = "this address is asked in another way: see /api/openapi.json";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, why).response(is_api(path))
}

/// A message from the form of the start page.
async fn inspect(State(desk): Shared, request: Request) -> Response {
    let answer = async {
        let (head, body) = request.into_parts();
        let taken = desk.intake.take(&head.headers, body).await?;
        let mut form = Form::read(&head.headers, &taken.octets)?;
        let text = form.take("text");
        let (name, octets) = match (form.file.take(), text) {
            (Some((name, octets)), _) => (name, octets),
            (None, Some(text)) => ("pasted source".to_owned(), Bytes::from(text)),
            (None, None) => {
                let why = "there is no message: choose a file, or paste the source of one";
                return Err(Refusal::new(StatusCode::BAD_REQUEST, why));
            }
        };
        let mut asked: InspectParameters = read(form)?;
        asked.format = FormatParameter::Html;
        desk.run(move |desk, handle| {
            // The memory of the body is given back behind the work.
            let _taken = taken;
            inspected(desk, handle, &octets, &name, &asked)
        })
        .await
    };
    answer
        .await
        .unwrap_or_else(|refusal| refusal.response(false))
}

/// A message as the body.
async fn api_inspect(State(desk): Shared, RawQuery(query): RawQuery, request: Request) -> Response {
    let answer = async {
        let (head, body) = request.into_parts();
        let kind = media(&content_type(&head.headers));
        if !MESSAGES.contains(&kind.as_str()) {
            let why = "the body is the message itself, with Content-Type: message/rfc822; what is \
                       known of it stands in the query";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
        let form = Form::query(query.unwrap_or_default().as_bytes());
        let asked: InspectParameters = read(form)?;
        let taken = desk.intake.take(&head.headers, body).await?;
        desk.run(move |desk, handle| inspected(desk, handle, &taken.octets, "message", &asked))
            .await
    };
    answer
        .await
        .unwrap_or_else(|refusal| refusal.response(true))
}

/// A domain, from a form, a query or both.
async fn check(State(desk): Shared, RawQuery(query): RawQuery, request: Request) -> Response {
    let is_api = is_api(request.uri().path());
    let answer = async {
        let (head, body) = request.into_parts();
        let mut form = Form::query(query.unwrap_or_default().as_bytes());
        if !content_type(&head.headers).is_empty() {
            let taken = desk.intake.take(&head.headers, body).await?;
            form.fields
                .extend(Form::read(&head.headers, &taken.octets)?.fields);
        }
        let mut asked: DomainParameters = read(form)?;
        if !is_api {
            asked.format = FormatParameter::Html;
        }
        desk.run(move |desk, handle| {
            let found = desk.check(handle, asked.check()?)?;
            of_domain(&found, asked.format).map_err(unwritten)
        })
        .await
    };
    answer
        .await
        .unwrap_or_else(|refusal| refusal.response(is_api))
}

/// The answer about a message.
fn inspected(
    desk: &Desk,
    handle: &Handle,
    octets: &[u8],
    name: &str,
    asked: &InspectParameters,
) -> Result<Response, Refusal> {
    let inspect = asked.inspect(desk.max_size)?;
    if octets.len() > desk.max_size {
        let most = desk.max_size;
        let why =
            format!("the message is larger than the limit of {most} bytes; --max-size sets it");
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, why));
    }
    let detail = inspect.detail;
    let found = desk.inspect(handle, octets, inspect)?;
    of_inspection(&found, name, detail, asked.format).map_err(unwritten)
}

fn of_inspection(
    found: &Found<Inspection>,
    name: &str,
    detail: json::Detail,
    format: FormatParameter,
) -> io::Result<Response> {
    let inspection = &found.what;
    let provider = Provider::default();
    let as_json = || written(|out| json::write_inspection(inspection, detail, out));
    let as_markdown = || written(|out| markdown::write(inspection, provider, out));
    Ok(match format {
        FormatParameter::Json => found.response(of_json(as_json()?)),
        FormatParameter::Markdown => found.response(of_markdown(as_markdown()?)),
        FormatParameter::Html => {
            let others = [
                Download::json(&as_json()?),
                Download::markdown(&as_markdown()?),
            ];
            let page = written(|out| {
                let above = |html: &mut _| page::above(html, found, name, &others);
                write_below(&above, inspection, name, provider, out)
            })?;
            found.response(page::of_result(page).into_response())
        }
    })
}

fn of_domain(found: &Found<DomainCheck>, format: FormatParameter) -> io::Result<Response> {
    let check = &found.what;
    let as_json = || written(|out| json::write_domain(check, out));
    let as_markdown = || written(|out| domain::write_markdown(check, Provider::default(), out));
    Ok(match format {
        FormatParameter::Json => found.response(of_json(as_json()?)),
        FormatParameter::Markdown => found.response(of_markdown(as_markdown()?)),
        FormatParameter::Html => {
            let others = [
                Download::json(&as_json()?),
                Download::markdown(&as_markdown()?),
            ];
            let name = check.domain.to_string();
            let page = written(|out| {
                let above = |html: &mut _| page::above(html, found, &name, &others);
                write_domain_below(&above, check, out)
            })?;
            found.response(page::of_result(page).into_response())
        }
    })
}

impl<T> Found<T> {
    /// `response`, with the status that says whether it can be relied on.
    fn response(&self, mut response: Response) -> Response {
        if self.no_dns.is_some() {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        response
    }
}

fn written(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    write(&mut out)?;
    Ok(out)
}

/// A vector takes all that is written, so this is a fault of ours.
fn unwritten(error: io::Error) -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error)
}

fn of_json(json: Vec<u8>) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        Body::from(json),
    )
        .into_response()
}

fn of_markdown(text: Vec<u8>) -> Response {
    let kind = "text/markdown; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], Body::from(text)).into_response()
}
