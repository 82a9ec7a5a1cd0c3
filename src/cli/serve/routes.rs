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
use serde::de::DeserializeOwned;
use sesauth::explain::means::{Front, read_at};
use sesauth::redact::Redacted;
use sesauth::render::html::{Frame, Html, write_domain_framed, write_framed};
use sesauth::render::planned::note;
use sesauth::render::provider::Provider;
use sesauth::render::{domain, json, markdown};
use sesauth::{DomainCheck, Inspection};

use super::answer::{Answers, bounded};
use super::asked::{
    DomainParameters, FormatParameter, InspectParameters, Known, RedactParameters, read,
};
use super::body::Taken;
use super::form::{Form, content_type, media};
use super::guard::{Guard, watch};
use super::job::Job;
use super::openapi;
use super::page::{self, Download};
use super::redacted::{self, RedactedDocument};
use super::refusal::{LATER, Refusal, is_api};
use super::work::{Desk, Found};

/// Where the forms of the start page go.
pub const INSPECT: &str = "/inspect";
/// Where a domain is checked.
pub const DOMAIN: &str = "/domain";
/// Where a redacted copy is made.
pub const REDACT: &str = "/redact";

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
        .route(REDACT, post(redact))
        .route("/api/inspect", post(api_inspect))
        .route("/api/redact", post(api_redact))
        .route("/api/domain", get(check).post(check))
        .route("/api/openapi.json", get(description))
        .fallback(unknown)
        .method_not_allowed_fallback(other_method)
        .with_state(Arc::new(desk))
        .layer(from_fn_with_state(Answers::default(), bounded))
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

/// A message that was sent in, with what is said of it.
struct Sent {
    name: String,
    octets: Bytes,
    form: Form,
    /// The memory of the body, which is given back behind the work.
    taken: Taken,
}

impl Sent {
    /// From a form.
    async fn by_form(desk: &Desk, request: Request) -> Result<Self, Refusal> {
        let (head, body) = request.into_parts();
        let taken = desk.intake.take(&head.headers, body).await?;
        let mut form = Form::read(&head.headers, &taken.octets)?;
        let text = form.take("text");
        let wrong = |why| Err(Refusal::new(StatusCode::BAD_REQUEST, why));
        let (name, octets) = match (form.file.take(), text, form.take("text")) {
            (_, _, Some(_)) => return wrong("there are several pasted sources: send one message"),
            (Some(_), Some(_), _) => {
                return wrong("there are a file and a pasted source: send one of them");
            }
            (Some((name, octets)), ..) => (name, octets),
            (None, Some(text), _) => ("pasted source".to_owned(), Bytes::from(text)),
            (None, None, _) => {
                return wrong("there is no message: choose a file, or paste the source of one");
            }
        };
        Ok(Self {
            name,
            octets,
            form,
            taken,
        })
    }

    /// As the body, with what is said of it in the query. `T` is what may be said.
    async fn by_body<T: DeserializeOwned>(
        desk: &Desk,
        query: Option<String>,
        request: Request,
    ) -> Result<(T, Taken), Refusal> {
        let (head, body) = request.into_parts();
        let kind = media(&content_type(&head.headers));
        if !MESSAGES.contains(&kind.as_str()) {
            let why = "the body is the message itself, with Content-Type: message/rfc822; what is \
                       known of it stands in the query";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
        // A query that cannot be read is refused before the message is taken in.
        let asked = read(Form::query(query.unwrap_or_default().as_bytes())?)?;
        Ok((asked, desk.intake.take(&head.headers, body).await?))
    }
}

/// A message from the form of the start page.
async fn inspect(State(desk): Shared, request: Request) -> Response {
    let answer = async {
        let sent = Sent::by_form(&desk, request).await?;
        let known = Known::of(&sent.form);
        let mut asked: InspectParameters = read(sent.form)?;
        asked.format = FormatParameter::Html;
        desk.run(Front::Page, move |desk, job| {
            let _taken = sent.taken;
            inspected(desk, job, &sent.octets, (&sent.name, Some(&known)), &asked)
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
        let sent = Sent::by_body::<InspectParameters>(&desk, query, request);
        let (asked, taken) = sent.await?;
        desk.run(front(asked.format, true), move |desk, job| {
            inspected(desk, job, &taken.octets, ("message", None), &asked)
        })
        .await
    };
    answer
        .await
        .unwrap_or_else(|refusal| refusal.response(true))
}

/// A redacted copy, by the form of a result.
async fn redact(State(desk): Shared, request: Request) -> Response {
    let answer = async {
        let sent = Sent::by_form(&desk, request).await?;
        let asked: RedactParameters = read(sent.form)?;
        desk.run(Front::Page, move |desk, job| {
            let _taken = sent.taken;
            let redacted = redacted_of(desk, job, &sent.octets, asked)?;
            Ok(redacted::page(&redacted, desk.absent).into_response())
        })
        .await
    };
    answer
        .await
        .unwrap_or_else(|refusal| refusal.response(false))
}

/// A redacted copy of the body.
async fn api_redact(State(desk): Shared, RawQuery(query): RawQuery, request: Request) -> Response {
    let answer = async {
        let sent = Sent::by_body::<RedactParameters>(&desk, query, request);
        let (asked, taken) = sent.await?;
        desk.run(Front::Api, move |desk, job| {
            let redacted = redacted_of(desk, job, &taken.octets, asked)?;
            let document = RedactedDocument::of(&redacted);
            Ok(of_json(
                written(|out| json::write(&document, out)).map_err(unwritten)?,
            ))
        })
        .await
    };
    answer
        .await
        .unwrap_or_else(|refusal| refusal.response(true))
}

fn redacted_of(
    desk: &Desk,
    job: &Job,
    octets: &[u8],
    asked: RedactParameters,
) -> Result<Redacted, Refusal> {
    let (inspect, keep_domains) = asked.redact(desk.max_size)?;
    fits(octets, desk.max_size)?;
    desk.redact(job, octets, inspect, keep_domains)
}

/// Where the words of an answer in this form are read.
fn front(format: FormatParameter, is_api: bool) -> Front {
    match format {
        FormatParameter::Html => Front::Page,
        FormatParameter::Json if is_api => Front::Api,
        // It is read elsewhere, where there is the command at most.
        FormatParameter::Json | FormatParameter::Markdown => Front::Command,
    }
}

/// A domain, from a form, a query or both.
async fn check(State(desk): Shared, RawQuery(query): RawQuery, request: Request) -> Response {
    let is_api = is_api(request.uri().path());
    let answer = async {
        let (head, body) = request.into_parts();
        let mut form = Form::query(query.unwrap_or_default().as_bytes())?;
        if !content_type(&head.headers).is_empty() {
            let taken = desk.intake.take(&head.headers, body).await?;
            form.fields
                .extend(Form::read(&head.headers, &taken.octets)?.fields);
        }
        let mut asked: DomainParameters = read(form)?;
        if !is_api {
            asked.format = FormatParameter::Html;
        }
        desk.run(front(asked.format, is_api), move |desk, job| {
            let found = desk.check(job, asked.check()?)?;
            found.is_usable(asked.format)?;
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
    job: &Job,
    octets: &[u8],
    name: (&str, Option<&Known>),
    asked: &InspectParameters,
) -> Result<Response, Refusal> {
    let inspect = asked.inspect(desk.max_size)?;
    fits(octets, desk.max_size)?;
    let detail = inspect.detail;
    let found = desk.inspect(job, octets, inspect)?;
    job.go_on()?;
    found.is_usable(asked.format)?;
    of_inspection(&found, name, detail, asked.format).map_err(unwritten)
}

/// A message in a form may be larger than one that is the body.
fn fits(octets: &[u8], most: usize) -> Result<(), Refusal> {
    if octets.len() > most {
        let why = format!(
            "the message is larger than the limit of {most} bytes; start sesauth serve with --max-size for a higher one"
        );
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, why));
    }
    Ok(())
}

fn of_inspection(
    found: &Found<Inspection>,
    (name, known): (&str, Option<&Known>),
    detail: json::Detail,
    format: FormatParameter,
) -> io::Result<Response> {
    let inspection = &found.what;
    let provider = Provider::default();
    let as_json = || written(|out| json::write_planned(inspection, &found.notes, detail, out));
    let as_markdown = || written(|out| markdown::write(inspection, provider, out));
    Ok(match format {
        FormatParameter::Json => found.response(of_json(as_json()?)),
        FormatParameter::Markdown => found.response(of_markdown(as_markdown()?)),
        FormatParameter::Html => {
            let others = [
                (
                    "JSON",
                    Download::json(name, &read_at(Front::Command, as_json)?),
                ),
                (
                    "Markdown",
                    Download::markdown(name, &read_at(Front::Command, as_markdown)?),
                ),
            ];
            let before = inspection.without_plan.as_deref();
            let before = before.unwrap_or(&inspection.analysis);
            let notes = found.notes.iter().map(|one| note(one, before));
            let notes: Vec<String> = notes.collect();
            let no_dns = found.no_dns.as_ref();
            let has_copy = known.is_some() && no_dns.is_none();
            let above = |html: &mut Html| {
                let copy = has_copy.then_some("#copy");
                page::above(html, &others, copy, no_dns, &notes);
            };
            let below = |html: &mut Html| {
                let known = known.filter(|_| has_copy);
                known
                    .into_iter()
                    .for_each(|known| redacted::section(known, html));
            };
            let frame = Frame {
                above: Some(&above),
                below: Some(&below),
                styles: if has_copy { &[page::FORMS] } else { &[] },
                has_forms: has_copy,
            };
            let page = written(|out| write_framed(&frame, inspection, name, provider, out))?;
            found.response(page::of_result(page, has_copy).into_response())
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
            let name = check.domain.to_string();
            let others = [
                (
                    "JSON",
                    Download::json(&name, &read_at(Front::Command, as_json)?),
                ),
                (
                    "Markdown",
                    Download::markdown(&name, &read_at(Front::Command, as_markdown)?),
                ),
            ];
            let no_dns = found.no_dns.as_ref();
            let above = |html: &mut Html| page::above(html, &others, None, no_dns, &[]);
            let frame = Frame {
                above: Some(&above),
                ..Frame::default()
            };
            let page = written(|out| write_domain_framed(&frame, check, out))?;
            found.response(page::of_result(page, false).into_response())
        }
    })
}

impl<T> Found<T> {
    /// Whether there is something to be said: without DNS, only a page says what is known all the same.
    fn is_usable(&self, format: FormatParameter) -> Result<(), Refusal> {
        match (&self.no_dns, format) {
            (Some(why), FormatParameter::Json | FormatParameter::Markdown) => {
                Err(Refusal::no_dns(why))
            }
            _ => Ok(()),
        }
    }

    /// `response`, with the status that says whether it can be relied on.
    fn response(&self, mut response: Response) -> Response {
        if self.no_dns.is_some() {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response.headers_mut().insert(header::RETRY_AFTER, LATER);
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
