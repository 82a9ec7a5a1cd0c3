//! Who may ask. The pages of other sites must not: neither by a name of theirs that leads here (DNS
//! rebinding) nor by a form that they send here (CSRF). And what every answer says to a browser.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::refusal::{Refusal, is_api};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What an answer may do in a browser unless it says otherwise: nothing.
const NOTHING: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every answer says to a browser, unless it has said it itself.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, NOTHING),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        "require-corp",
    ),
];

/// The names that the server has.
pub struct Guard {
    is_remote: bool,
    names: Vec<String>,
}

impl Guard {
    /// `is_remote`: other machines may ask, who know it by these names.
    pub fn new(is_remote: bool, mut names: Vec<String>) -> Self {
        names.push("localhost".into());
        Self { is_remote, names }
    }

    /// Refuses what is not meant for this server, or comes from a page that is not its own.
    fn check(&self, request: &Request) -> Result<(), Refusal> {
        let headers = request.headers();
        let host = self.host(request)?;
        let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
        let is_own_site = matches!(site, None | Some(b"same-origin" | b"none"));
        let is_own_origin = match headers.get(header::ORIGIN).map(HeaderValue::as_bytes) {
            None => true,
            // A browser says so for our own pages too, if they want no referrer; then the site tells.
            Some(b"null") => site.is_some(),
            Some(origin) => ["http://", "https://"].iter().any(|scheme| {
                let rest = origin.strip_prefix(scheme.as_bytes());
                rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host.as_bytes()))
            }),
        };
        // Every site may have a link to the start page, which does nothing.
        let is_start = request.method() == Method::GET && request.uri().path() == "/";
        match (is_own_site || is_start) && is_own_origin {
            true => Ok(()),
            false => Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "this request comes from a page of another site, and only our own may send one",
            )),
        }
    }

    /// The name by which the request asks for this server.
    fn host<'r>(&self, request: &'r Request) -> Result<&'r str, Refusal> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            let why = "a request has one Host field, with the name of this server";
            return Err(Refusal::new(StatusCode::BAD_REQUEST, why));
        };
        let text = host.to_str().unwrap_or_default();
        let is_asked = |authority: &Authority| authority.as_str() == text;
        let is_one = request.uri().authority().is_none_or(is_asked);
        let name = text.parse::<Authority>();
        if name.is_ok_and(|name| is_one && !text.contains('@') && self.is_own(name.host())) {
            return Ok(text);
        }
        let help = match self.is_remote {
            true => "an IP address, localhost, or what --host names",
            false => "127.0.0.1, [::1] or localhost",
        };
        let shown: String = text.chars().take(100).collect();
        let why = format!("this server is not \"{shown}\": ask for {help}");
        Err(Refusal::new(StatusCode::FORBIDDEN, why))
    }

    /// Whether `host` is this server. A name that leads here may be anybody's; an address is not.
    fn is_own(&self, host: &str) -> bool {
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        match bare.unwrap_or(host).parse::<IpAddr>() {
            Ok(ip) => self.is_remote || ip.to_canonical().is_loopback(),
            Err(_) => {
                let name = host.strip_suffix('.').unwrap_or(host);
                self.names.iter().any(|own| own.eq_ignore_ascii_case(name))
            }
        }
    }
}

/// Lets a request in, or refuses it; and adds to the answer what every answer says.
pub async fn watch(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let is_api = is_api(request.uri().path());
    let mut response = match guard.check(&request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.response(is_api),
    };
    add(response.headers_mut());
    response
}

fn add(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn status(guard: &Guard, method: &str, uri: &str, fields: &[(&str, &str)]) -> u16 {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        match guard.check(&request.body(Body::empty()).unwrap()) {
            Ok(()) => 200,
            Err(refusal) => refusal.status.as_u16(),
        }
    }

    #[test]
    fn a_name_that_leads_here_is_not_enough() {
        let local = Guard::new(false, Vec::new());
        let remote = Guard::new(true, vec!["sesauth.example".into()]);
        for (host, here, there) in [
            ("127.0.0.1:8025", 200, 200),
            ("127.9.9.9", 200, 200),
            ("[::1]:8025", 200, 200),
            ("LOCALHOST:1", 200, 200),
            ("localhost.", 200, 200),
            ("192.0.2.1:8025", 403, 200),
            ("sesauth.example", 403, 200),
            ("evil.example:8025", 403, 403),
            ("127.0.0.1.evil.example", 403, 403),
            ("localhost@evil.example", 403, 403),
            ("evil.example@localhost", 403, 403),
            ("localhost/", 403, 403),
            ("", 403, 403),
        ] {
            let fields = [("host", host)];
            assert_eq!(status(&local, "GET", "/", &fields), here, "{host}");
            assert_eq!(status(&remote, "GET", "/", &fields), there, "{host}");
        }
        assert_eq!(status(&local, "GET", "/", &[]), 400);
        let two = [("host", "localhost"), ("host", "localhost")];
        assert_eq!(status(&local, "GET", "/", &two), 400);
        let one = [("host", "localhost")];
        assert_eq!(status(&local, "GET", "http://evil.example/", &one), 403);
        assert_eq!(status(&local, "GET", "http://localhost/", &one), 200);
    }

    #[test]
    fn only_our_own_pages_send_forms() {
        let guard = Guard::new(false, Vec::new());
        for (method, path, origin, site, expected) in [
            ("POST", "/inspect", "", "", 200),
            (
                "POST",
                "/inspect",
                "http://localhost:8025",
                "same-origin",
                200,
            ),
            ("POST", "/inspect", "http://localhost:8025", "", 200),
            ("POST", "/inspect", "null", "same-origin", 200),
            ("POST", "/inspect", "null", "", 403),
            ("POST", "/inspect", "null", "cross-site", 403),
            (
                "POST",
                "/inspect",
                "http://localhost:3000",
                "same-site",
                403,
            ),
            ("POST", "/inspect", "http://localhost:3000", "", 403),
            (
                "POST",
                "/inspect",
                "http://evil.example",
                "same-origin",
                403,
            ),
            ("POST", "/inspect", "", "cross-site", 403),
            ("POST", "/api/inspect", "http://127.0.0.1:8025", "", 403),
            ("GET", "/api/domain?name=a", "", "cross-site", 403),
            ("GET", "/domain?name=a", "", "none", 200),
            ("GET", "/", "", "cross-site", 200),
            ("POST", "/", "", "cross-site", 403),
        ] {
            let mut fields = vec![("host", "localhost:8025")];
            fields.extend((!origin.is_empty()).then_some(("origin", origin)));
            fields.extend((!site.is_empty()).then_some(("sec-fetch-site", site)));
            let found = status(&guard, method, path, &fields);
            assert_eq!(found, expected, "{method} {path} {origin} {site}");
        }
    }
}
