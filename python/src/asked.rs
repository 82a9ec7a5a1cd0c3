//! How a message is judged, as the arguments of the functions in Python say.

use std::net::IpAddr;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use sesauth::dkim::Effort;
use sesauth::dmarc::Rules;
use sesauth::dns::Name;
use sesauth::session::Metadata;
use sesauth::{Audience, Limits, Options, SessionHints, findings, input};

use crate::error::bad;

/// The arguments, by name. Those that a function does not have are not there.
pub struct Asked<'py>(pub &'py Bound<'py, PyDict>);

impl<'py> Asked<'py> {
    /// The value of an argument; `None` if it is not given, or None.
    pub fn value<T: FromPyObjectOwned<'py>>(&self, name: &str) -> PyResult<Option<T>> {
        match self.0.get_item(name)?.filter(|value| !value.is_none()) {
            None => Ok(None),
            Some(value) => match value.extract::<T>() {
                Ok(value) => Ok(Some(value)),
                Err(error) => {
                    let error: PyErr = error.into();
                    Err(bad(name, error.value(self.0.py())))
                }
            },
        }
    }

    fn is_set(&self, name: &str) -> PyResult<bool> {
        Ok(self.value(name)?.unwrap_or_default())
    }

    fn texts(&self, name: &str) -> PyResult<Vec<String>> {
        Ok(self.value(name)?.unwrap_or_default())
    }

    /// A text, as `read` understands it.
    pub fn read<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> PyResult<Option<T>> {
        let text: Option<String> = self.value(name)?;
        let read = text.as_deref().map(read).transpose();
        read.map_err(|why| bad(name, why))
    }

    /// A list of texts, as `read` understands each.
    pub fn read_all<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> PyResult<Vec<T>> {
        let texts = self.texts(name)?;
        let read: Result<Vec<T>, String> = texts.iter().map(|text| read(text)).collect();
        read.map_err(|why| bad(name, why))
    }

    /// The addresses in an argument.
    pub fn addresses(&self, name: &str) -> PyResult<Vec<IpAddr>> {
        let address = |text: &str| text.parse().map_err(|_| "not an IP address".to_owned());
        let all = self.read_all::<IpAddr>(name, address)?;
        Ok(all.iter().map(IpAddr::to_canonical).collect())
    }

    /// The rules of DMARC that count.
    pub fn rules(&self) -> PyResult<Rules> {
        let rules = self.read("rules", |text| match text {
            "rfc9989" => Ok(Rules::Rfc9989),
            "rfc7489" => Ok(Rules::Rfc7489),
            _ => Err("neither \"rfc9989\" nor \"rfc7489\"".into()),
        });
        Ok(rules?.unwrap_or(Rules::Rfc9989))
    }

    /// What is known of the session.
    pub fn hints(&self) -> PyResult<SessionHints> {
        let client = self.read("client_ip", |text| {
            text.parse::<IpAddr>()
                .map_err(|_| "not an IP address".into())
        });
        let sender = self.read("mail_from", input::reverse_path)?;
        let metadata: Option<Vec<u8>> = self.value("metadata")?;
        Ok(SessionHints {
            client_ip: client?.map(|ip| ip.to_canonical()),
            helo: self.value("helo")?,
            mail_from: sender.map(|sender| sender.path),
            at: self.read("at", input::time)?,
            hop: positive("hop", self.value("hop")?)?,
            metadata: metadata.map(|octets| of_metadata(&octets)).transpose()?,
            trusted_hosts: self.texts("trusted_hosts")?,
            trusted_ids: self.texts("trusted_ids")?,
            is_delivery: self.is_set("is_delivery")?,
        })
    }

    /// How it is read and judged.
    pub fn options(&self, is_planned: bool) -> PyResult<Options> {
        let most: usize = self.value("max_size")?.unwrap_or(64 << 20);
        if most == 0 {
            return Err(bad("max_size", "not a number of bytes"));
        }
        let autopsy = self.read("autopsy", |text| match text {
            "off" => Ok(Effort::Off),
            "quick" => Ok(Effort::Quick),
            "deep" => Ok(Effort::Deep),
            _ => Err("none of \"off\", \"quick\" and \"deep\"".into()),
        });
        Ok(Options {
            limits: Limits {
                message_bytes: most,
                decompressed_bytes: most,
                ..Limits::default()
            },
            attached: positive("attached", self.value("attached")?)?,
            rules: self.rules()?,
            reports: self.is_set("reports")?,
            advice: self.value("advice")?.unwrap_or(true),
            bulk: self.is_set("bulk")?,
            planned: is_planned,
            audience: self.audience()?,
            autopsy: autopsy?.unwrap_or(Effort::Quick),
            canonical_header: self.is_set("canonical_header")?,
            ..Options::default()
        })
    }

    fn audience(&self) -> PyResult<Audience> {
        let mine = self.read_all("mine", |text| input::domain(text).map(|one| one.name))?;
        match (self.is_set("received")?, mine.is_empty()) {
            (true, true) => Ok(Audience::Recipient),
            (true, false) => Err(bad("received", "it contradicts mine")),
            (false, true) => Ok(Audience::Unknown),
            (false, false) => Ok(Audience::Owner(mine)),
        }
    }

    /// The codes of findings that are left out.
    pub fn ignored(&self) -> PyResult<Vec<&'static str>> {
        self.read_all("ignore", |text| match findings::rule(text) {
            Some(rule) => Ok(rule.code),
            None => Err(format!("no finding has the code {text:?}")),
        })
    }

    /// A domain that is named by an argument.
    pub fn name(&self, name: &str, text: &str) -> PyResult<Name> {
        let read = input::domain(text).map(|domain| domain.name);
        read.map_err(|why| bad(name, why))
    }
}

/// What a file of metadata says.
pub fn of_metadata(octets: &[u8]) -> PyResult<Metadata> {
    Metadata::parse(octets).map_err(|why| bad("metadata", why))
}

fn positive(name: &str, number: Option<i64>) -> PyResult<Option<usize>> {
    let read = number.map(|number| usize::try_from(number).ok().filter(|number| *number > 0));
    match read {
        Some(None) => Err(bad(name, "it is counted from 1")),
        number => Ok(number.flatten()),
    }
}
