//! A connection to one bucket.

use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::list::PaginatedListStore;
use object_store::{BackoffConfig, ClientOptions, Error, ObjectStore, RetryConfig};

use super::bounds::{CREDENTIALS, PAUSES, RETRIES, RETRY_TIME};
use super::failure;
use super::location::{Location, Scheme};
use super::options::StoreOptions;
use super::route::Routes;
use super::web::Web;

/// A bucket.
#[derive(Clone)]
pub struct Client {
    pub objects: Arc<dyn ObjectStore>,
    pub pages: Arc<dyn PaginatedListStore>,
}

impl Client {
    /// The bucket of a place. Where credentials come from a server, they are asked for.
    pub async fn new(at: &Location, options: &StoreOptions) -> Result<Self, String> {
        let built = match at.scheme {
            Scheme::S3 => s3(at, options).await,
            Scheme::Gs => gs(at, options).await,
            Scheme::Az => az(at, options).await,
        };
        built.map_err(|fault| match fault {
            Fault::Said(why) => why,
            Fault::Settings(error) => {
                // The text of such an error names a variable or a file, not its value.
                format!(
                    "the settings for {}:// are wrong: {error}",
                    at.scheme.as_str()
                )
            }
            Fault::Credentials => {
                format!(
                    "no credentials were found: {}",
                    failure::credentials(at.scheme)
                )
            }
        })
    }

    fn of(store: impl ObjectStore + PaginatedListStore) -> Self {
        let store = Arc::new(store);
        Self {
            objects: Arc::clone(&store) as Arc<dyn ObjectStore>,
            pages: store,
        }
    }
}

enum Fault {
    Said(String),
    Settings(Error),
    Credentials,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Settings(error)
    }
}

async fn s3(at: &Location, options: &StoreOptions) -> Result<Client, Fault> {
    let mut builder = AmazonS3Builder::new();
    for (name, value) in &options.variables {
        let key = name.starts_with("AWS_").then(|| name.to_ascii_lowercase());
        if let Some(Ok(key)) = key.map(|key| key.parse::<AmazonS3ConfigKey>()) {
            builder = builder.with_config(key, value);
        }
    }
    let mut web = web(false);
    let endpoint = options
        .s3_endpoint
        .as_deref()
        .or_else(|| options.variable("AWS_ENDPOINT_URL_S3"))
        .or_else(|| options.variable("AWS_ENDPOINT_URL"))
        .or_else(|| options.variable("AWS_ENDPOINT"));
    if let Some(endpoint) = endpoint {
        let is_allowed = is_true(options.variable("AWS_ALLOW_HTTP"));
        web = web.with_allow_http(may_be_plain(endpoint, is_allowed).map_err(Fault::Said)?);
        builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint);
    }
    let is_set = |name| options.variable(name).is_some();
    if is_set("AWS_ACCESS_KEY_ID") != is_set("AWS_SECRET_ACCESS_KEY") {
        let why = "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set: set both";
        return Err(Fault::Said(why.into()));
    }
    let is_signed = !options.s3_no_sign && !is_true(options.variable("AWS_SKIP_SIGNATURE"));
    let store = builder
        .with_bucket_name(&at.bucket)
        .with_skip_signature(!is_signed)
        .with_client_options(web)
        .with_http_connector(connector(options)?)
        .with_retry(retry())
        .build()?;
    if is_signed {
        at_once(store.credentials().get_credential()).await?;
    }
    Ok(Client::of(store))
}

async fn gs(at: &Location, options: &StoreOptions) -> Result<Client, Fault> {
    let mut builder = GoogleCloudStorageBuilder::new();
    for (name, value) in &options.variables {
        let key = name
            .starts_with("GOOGLE_")
            .then(|| name.to_ascii_lowercase());
        if let Some(Ok(key)) = key.map(|key| key.parse::<GoogleConfigKey>()) {
            builder = builder.with_config(key, value);
        }
    }
    let mut web = web(false);
    if let Some(endpoint) = options.variable("GOOGLE_BASE_URL") {
        web = web.with_allow_http(may_be_plain(endpoint, false).map_err(Fault::Said)?);
    }
    let store = builder
        .with_bucket_name(&at.bucket)
        .with_client_options(web)
        .with_http_connector(connector(options)?)
        .with_retry(retry())
        .build()?;
    if !is_true(options.variable("GOOGLE_SKIP_SIGNATURE")) {
        at_once(store.credentials().get_credential()).await?;
    }
    Ok(Client::of(store))
}

async fn az(at: &Location, options: &StoreOptions) -> Result<Client, Fault> {
    let mut builder = MicrosoftAzureBuilder::new();
    for (name, value) in &options.variables {
        let key = name
            .starts_with("AZURE_")
            .then(|| name.to_ascii_lowercase());
        if let Some(Ok(key)) = key.map(|key| key.parse::<AzureConfigKey>()) {
            builder = builder.with_config(key, value);
        }
    }
    let is_emulator = is_true(options.variable("AZURE_STORAGE_USE_EMULATOR"));
    let mut web = web(is_emulator);
    if let Some(endpoint) = options.variable("AZURE_STORAGE_ENDPOINT") {
        web = web.with_allow_http(may_be_plain(endpoint, is_emulator).map_err(Fault::Said)?);
    }
    let store = builder
        .with_container_name(&at.bucket)
        .with_client_options(web)
        .with_http_connector(connector(options)?)
        .with_retry(retry())
        .build()
        .map_err(
            |error| match options.variable("AZURE_STORAGE_ACCOUNT_NAME") {
                None if !is_emulator => Fault::Credentials,
                _ => Fault::Settings(error),
            },
        )?;
    if !is_true(options.variable("AZURE_SKIP_SIGNATURE")) {
        at_once(store.credentials().get_credential()).await?;
    }
    Ok(Client::of(store))
}

/// Credentials that are there, or come soon.
async fn at_once<T>(credentials: impl Future<Output = Result<T, Error>>) -> Result<(), Fault> {
    match tokio::time::timeout(CREDENTIALS, credentials).await {
        Ok(Ok(_)) => Ok(()),
        _ => Err(Fault::Credentials),
    }
}

fn web(is_plain: bool) -> ClientOptions {
    ClientOptions::new().with_allow_http(is_plain)
}

fn connector(options: &StoreOptions) -> Result<Web, Fault> {
    Routes::new(options).map(Web).map_err(Fault::Said)
}

fn retry() -> RetryConfig {
    let [init_backoff, max_backoff] = PAUSES;
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff,
            max_backoff,
            ..BackoffConfig::default()
        },
        max_retries: RETRIES,
        retry_timeout: RETRY_TIME,
    }
}

/// Whether requests may go there without TLS; an error if they would have to and may not.
fn may_be_plain(endpoint: &str, is_allowed: bool) -> Result<bool, String> {
    let Ok(uri) = endpoint.parse::<http::Uri>() else {
        return Err("the endpoint is no URL: write https://HOST:PORT".into());
    };
    if uri.scheme_str() == Some("https") {
        return Ok(is_allowed);
    }
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = address.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("http") if is_loopback || is_allowed => Ok(true),
        Some("http") => Err(format!(
            "the endpoint {host} is not on this machine, and connections to it would be open to \
             all on the way: write https://, or set AWS_ALLOW_HTTP=true"
        )),
        _ => Err("the endpoint does not begin with https:// or http://".into()),
    }
}

fn is_true(value: Option<&str>) -> bool {
    value.is_some_and(|value| {
        matches!(
            value.to_ascii_lowercase().as_str(),
            "true" | "1" | "yes" | "on"
        )
    })
}
