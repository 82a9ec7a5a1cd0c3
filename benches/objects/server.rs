//! A server with the part of the interface of S3 that `batch` asks for. It does as little as it can:
//! what it takes of the processors is taken from `batch`.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Keys in a page of a listing, as of Amazon S3.
const PAGE: usize = 1_000;

/// The octets that a request may have.
const REQUEST: usize = 16 << 10;

pub type Objects = BTreeMap<String, Vec<u8>>;

/// Serves objects of the bucket `mail` on a thread of its own, each answer after `pause`.
pub fn serve(objects: Objects, pause: Duration) -> io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener)?;
            let objects = Arc::new(objects);
            loop {
                let (stream, _) = listener.accept().await?;
                // A client may close at any time.
                tokio::spawn(connection(Arc::clone(&objects), stream, pause));
            }
            #[expect(unreachable_code, reason = "it says what the block gives")]
            io::Result::Ok(())
        })
    });
    Ok(address)
}

async fn connection(
    objects: Arc<Objects>,
    mut stream: TcpStream,
    pause: Duration,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::with_capacity(REQUEST);
    loop {
        request.clear();
        while !request.ends_with(b"\r\n\r\n") {
            if request.len() > REQUEST || stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let text = String::from_utf8_lossy(&request);
        let target = text.split(' ').nth(1).unwrap_or_default();
        if let Some((_, query)) = target.split_once('?') {
            answer(&mut stream, "200 OK", list(&objects, query).as_bytes()).await?;
            continue;
        }
        match objects.get(target.trim_start_matches("/mail/")) {
            Some(octets) => answer(&mut stream, "200 OK", octets).await?,
            None => answer(&mut stream, "404 Not Found", b"<Error/>").await?,
        }
    }
}

async fn answer(stream: &mut TcpStream, status: &str, octets: &[u8]) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"1\"\r\n\
         Last-Modified: Wed, 01 Jul 2026 12:00:00 GMT\r\n\r\n",
        octets.len()
    );
    let mut slices = [IoSlice::new(head.as_bytes()), IoSlice::new(octets)];
    let mut slices = &mut slices[..];
    while !slices.is_empty() {
        let written = stream.write_vectored(slices).await?;
        IoSlice::advance_slices(&mut slices, written);
    }
    Ok(())
}

/// A page of the keys; those of a corpus need no escapes.
fn list(objects: &Objects, query: &str) -> String {
    let value = |name: &str| {
        let mut values = query.split('&').filter_map(|pair| pair.split_once('='));
        values.find(|(known, _)| *known == name).map(|pair| pair.1)
    };
    let prefix = value("prefix").unwrap_or_default().replace("%2F", "/");
    let after = value("continuation-token").unwrap_or_default();
    let mut keys = objects
        .range(prefix.clone()..)
        .take_while(|(key, _)| key.starts_with(&prefix))
        .skip(after.parse().unwrap_or(0));
    let page: Vec<String> = keys
        .by_ref()
        .take(PAGE)
        .map(|(key, octets)| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-07-01T12:00:00.000Z</LastModified>\
                 <ETag>\"1\"</ETag><Size>{}</Size></Contents>",
                octets.len()
            )
        })
        .collect();
    let next = match keys.next() {
        Some(_) => format!(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>",
            after.parse().unwrap_or(0) + page.len()
        ),
        None => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    format!(
        "<ListBucketResult><Name>mail</Name>{next}{}</ListBucketResult>",
        page.concat()
    )
}
