//! A server with the part of the interface of S3 that is read: objects, their ranges, and listings in
//! pages. It has one bucket, `mail`, and answers as it is told to.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Objects in a page of a listing.
const PAGE: usize = 5;

/// What the server has and was asked.
#[derive(Default)]
pub struct Store {
    pub objects: Mutex<BTreeMap<String, Arc<Vec<u8>>>>,
    /// Statuses that are given for a key before the object; 0 closes the connection. The last one
    /// stays if it is 403.
    pub faults: Mutex<HashMap<String, Vec<u16>>>,
    /// `GET key`, `GET key 0-511`, `LIST prefix`, `PUT key`.
    pub asked: Mutex<Vec<String>>,
    /// Whether listings are in reverse.
    pub is_reversed: bool,
}

impl Store {
    pub fn with(objects: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let objects = objects
            .into_iter()
            .map(|(key, octets)| (key, Arc::new(octets)));
        Self {
            objects: Mutex::new(objects.collect()),
            ..Self::default()
        }
    }

    pub fn fail(self, key: &str, statuses: &[u16]) -> Self {
        let mut faults = self.faults.lock().unwrap();
        faults.insert(key.to_owned(), statuses.to_vec());
        drop(faults);
        self
    }

    /// Starts to serve; returns the address.
    pub fn serve(self) -> (Arc<Self>, String) {
        let (store, port) = self.listen(None);
        (store, format!("http://127.0.0.1:{port}"))
    }

    /// Starts to serve over TLS; returns the port.
    pub fn serve_tls(self, config: Arc<ServerConfig>) -> u16 {
        self.listen(Some(config)).1
    }

    fn listen(self, tls: Option<Arc<ServerConfig>>) -> (Arc<Self>, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let store = Arc::new(self);
        let served = Arc::clone(&store);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (store, tls) = (Arc::clone(&served), tls.clone());
                std::thread::spawn(move || {
                    let stream = stream?;
                    stream.set_nodelay(true)?;
                    // A client may close at any time.
                    let _ = match tls {
                        None => connection(&store, stream),
                        Some(tls) => {
                            let server = ServerConnection::new(tls).unwrap();
                            connection(&store, StreamOwned::new(server, stream))
                        }
                    };
                    std::io::Result::Ok(())
                });
            }
        });
        (store, port)
    }

    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn fault(&self, key: &str) -> Option<u16> {
        let mut faults = self.faults.lock().unwrap();
        let statuses = faults.get_mut(key)?;
        match statuses.as_slice() {
            [] => None,
            [403] => Some(403),
            _ => Some(statuses.remove(0)),
        }
    }
}

fn connection(store: &Store, stream: impl Read + Write) -> std::io::Result<()> {
    let mut from = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let (method, target) = (method.to_owned(), target.to_owned());
        let mut fields = HashMap::new();
        loop {
            let mut field = String::new();
            from.read_line(&mut field)?;
            let Some((name, value)) = field.split_once(':') else {
                break;
            };
            fields.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = fields.get("content-length").and_then(|it| it.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        from.read_exact(&mut body)?;
        let Some(answer) = answer(store, &method, &target, &fields, body) else {
            return Ok(());
        };
        from.get_mut().write_all(&answer)?;
        from.get_mut().flush()?;
    }
}

fn answer(
    store: &Store,
    method: &str,
    target: &str,
    fields: &HashMap<String, String>,
    body: Vec<u8>,
) -> Option<Vec<u8>> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = decoded(path);
    let (bucket, key) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    if bucket != "mail" {
        return Some(refused(404, "NoSuchBucket"));
    }
    if query.contains("list-type=2") {
        return Some(list(store, query));
    }
    let range = fields.get("range").map(|range| range.replace("bytes=", ""));
    let said = range
        .as_ref()
        .map_or(String::new(), |range| format!(" {range}"));
    store
        .asked
        .lock()
        .unwrap()
        .push(format!("{method} {key}{said}"));
    match store.fault(key) {
        Some(0) => return None,
        Some(403) => return Some(refused(403, "AccessDenied")),
        Some(400) => return Some(refused(400, "ExpiredToken")),
        Some(status) => return Some(refused(status, "SlowDown")),
        None => (),
    }
    if method == "PUT" {
        store
            .objects
            .lock()
            .unwrap()
            .insert(key.to_owned(), Arc::new(body));
        return Some(response(200, "", &[]));
    }
    let Some(octets) = store.objects.lock().unwrap().get(key).cloned() else {
        return Some(refused(404, "NoSuchKey"));
    };
    let size = octets.len();
    let Some(range) = range else {
        let octets: &[u8] = if method == "HEAD" { &[] } else { &octets };
        return Some(sized(200, "", octets, size));
    };
    let (from, to) = range.split_once('-').unwrap();
    let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
    let to = to.min(size.saturating_sub(1));
    if from > to || size == 0 {
        return Some(refused(416, "InvalidRange"));
    }
    let field = format!("Content-Range: bytes {from}-{to}/{size}\r\n");
    Some(response(206, &field, &octets[from..=to]))
}

fn list(store: &Store, query: &str) -> Vec<u8> {
    let value = |name: &str| {
        let mut values = query.split('&').filter_map(|it| it.split_once('='));
        values
            .find(|(known, _)| *known == name)
            .map(|it| decoded(it.1))
    };
    let prefix = value("prefix").unwrap_or_default();
    store.asked.lock().unwrap().push(format!("LIST {prefix}"));
    match store.fault(&format!("LIST {prefix}")) {
        Some(403) => return refused(403, "AccessDenied"),
        Some(status) => return refused(status, "SlowDown"),
        None => (),
    }
    let after: usize = value("continuation-token").map_or(0, |it| it.parse().unwrap());
    let objects = store.objects.lock().unwrap();
    let mut keys: Vec<_> = objects
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix))
        .collect();
    if store.is_reversed {
        keys.reverse();
    }
    let page = keys.iter().skip(after).take(PAGE).map(|(key, octets)| {
        let key = key.replace('&', "&amp;").replace('<', "&lt;");
        let size = octets.len();
        format!(
            "<Contents><Key>{key}</Key><LastModified>2026-07-01T12:00:00.000Z</LastModified>\
             <ETag>\"1\"</ETag><Size>{size}</Size></Contents>"
        )
    });
    let page: String = page.collect();
    let next = match keys.len() > after + PAGE {
        true => format!(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>",
            after + PAGE
        ),
        false => "<IsTruncated>false</IsTruncated>".into(),
    };
    let text = format!("<ListBucketResult><Name>mail</Name>{next}{page}</ListBucketResult>");
    response(200, "", text.as_bytes())
}

fn refused(status: u16, code: &str) -> Vec<u8> {
    let text = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    response(status, "", text.as_bytes())
}

fn response(status: u16, fields: &str, octets: &[u8]) -> Vec<u8> {
    sized(status, fields, octets, octets.len())
}

fn sized(status: u16, fields: &str, octets: &[u8], size: usize) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Length: {size}\r\nETag: \"1\"\r\n\
         Last-Modified: Wed, 01 Jul 2026 12:00:00 GMT\r\n{fields}\r\n"
    );
    [head.as_bytes(), octets].concat()
}

fn decoded(text: &str) -> String {
    let mut octets = text.bytes();
    let mut out = Vec::new();
    while let Some(octet) = octets.next() {
        out.push(match octet {
            b'+' => b' ',
            b'%' => {
                let digits = [octets.next().unwrap(), octets.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap().to_owned();
                u8::from_str_radix(&digits, 16).unwrap()
            }
            octet => octet,
        });
    }
    String::from_utf8(out).unwrap()
}
