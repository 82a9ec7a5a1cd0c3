//! Where answers come from: a recording, zone text, DNS itself, and planned records over any of them.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use sesauth::Limits;
use sesauth::dns::{
    Absent, Dns as Answers, Overlay, OwnZones, Question, Reply, Seen, Server, Snapshot, Zone,
};

use crate::error::{BadRecording, bad, raised};
use crate::live::{Asking, LiveDns};

/// A source of answers, as Python holds it.
#[pyclass(frozen, module = "sesauth._native")]
pub struct Dns(Shared);

/// A source that several hold.
#[derive(Clone)]
pub struct Shared(Arc<Source>);

enum Source {
    Snapshot(Snapshot),
    Zone(Zone),
    OwnZones(OwnZones),
    Live(LiveDns),
    Planned(Overlay<Shared>),
}

#[pymethods]
impl Dns {
    #[staticmethod]
    fn recording(py: Python<'_>, text: &[u8], absent: &str) -> PyResult<Self> {
        let limit = Limits::default().recording_bytes;
        let text = utf8(text, limit, "recording")?;
        let absent = of_absent(absent)?;
        let parsed = py.detach(|| Snapshot::parse(text, absent));
        Ok(Self::of(Source::Snapshot(parsed.map_err(raised)?)))
    }

    #[staticmethod]
    fn zone(py: Python<'_>, text: &[u8], absent: &str) -> PyResult<Self> {
        let text = utf8(text, Limits::default().zone_bytes, "zone text")?;
        let absent = of_absent(absent)?;
        let zone = py.detach(|| Zone::parse(text)).map_err(raised)?;
        Ok(Self::of(match absent {
            Absent::NxDomain => Source::Zone(zone),
            Absent::NotRecorded => Source::OwnZones(OwnZones::new(zone)),
        }))
    }

    #[staticmethod]
    fn live(
        resolvers: Vec<String>,
        authorities: Option<&[u8]>,
        timeout: f64,
        retries: usize,
        budget: f64,
        in_flight: usize,
    ) -> PyResult<Self> {
        let servers = resolvers.iter().map(|text| Server::parse(text));
        let servers: Result<Vec<Server>, _> = servers.collect();
        if retries > 20 {
            return Err(bad("retries", "more than 20"));
        }
        if in_flight == 0 {
            return Err(bad(
                "in_flight",
                "at least one question must be asked at once",
            ));
        }
        let asking = Asking {
            servers: servers.map_err(raised)?,
            authorities: authorities.map(<[u8]>::to_vec),
            timeout: seconds("timeout", timeout)?,
            attempts: retries + 1,
            budget: seconds("budget", budget)?,
            in_flight,
        };
        let live = LiveDns::new(asking);
        // What is wrong with the arguments is said now, and not at the first message.
        live.check()?;
        Ok(Self::of(Source::Live(live)))
    }

    fn with_records(&self, text: &[u8]) -> PyResult<Self> {
        let text = utf8(text, Limits::default().zone_bytes, "zone text")?;
        let planned = Zone::planned(text).map_err(raised)?;
        if planned.is_empty() {
            return Err(BadRecording::new_err("zone text: there is no record in it"));
        }
        let overlay = Overlay::new(planned, self.0.clone());
        Ok(Self::of(Source::Planned(overlay)))
    }

    #[getter]
    fn is_live(&self) -> bool {
        self.0.live().is_some()
    }
}

impl Dns {
    fn of(source: Source) -> Self {
        Self(Shared(Arc::new(source)))
    }

    /// The source, for threads of their own.
    pub fn shared(&self) -> Shared {
        self.0.clone()
    }
}

impl Shared {
    /// DNS itself, if questions go there.
    pub fn live(&self) -> Option<&LiveDns> {
        match &*self.0 {
            Source::Live(live) => Some(live),
            Source::Planned(overlay) => overlay.below().live(),
            Source::Snapshot(_) | Source::Zone(_) | Source::OwnZones(_) => None,
        }
    }

    /// Whether records are laid over it.
    pub fn is_planned(&self) -> bool {
        matches!(&*self.0, Source::Planned(_))
    }
}

impl Answers for Shared {
    async fn query(&self, question: &Question) -> Reply {
        match &*self.0 {
            Source::Snapshot(snapshot) => snapshot.query(question).await,
            Source::Zone(zone) => zone.query(question).await,
            Source::OwnZones(zones) => zones.query(question).await,
            Source::Live(live) => live.query(question).await,
            Source::Planned(overlay) => overlay.query(question).await,
        }
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        match &*self.0 {
            Source::Snapshot(snapshot) => snapshot.earlier(question),
            Source::Zone(zone) => zone.earlier(question),
            Source::OwnZones(zones) => zones.earlier(question),
            Source::Live(live) => live.earlier(question),
            Source::Planned(overlay) => overlay.earlier(question),
        }
    }

    fn keeps_aliases(&self) -> bool {
        match &*self.0 {
            Source::Snapshot(snapshot) => snapshot.keeps_aliases(),
            Source::Zone(zone) => zone.keeps_aliases(),
            Source::OwnZones(zones) => zones.keeps_aliases(),
            Source::Live(live) => live.keeps_aliases(),
            Source::Planned(overlay) => overlay.keeps_aliases(),
        }
    }
}

fn utf8<'t>(text: &'t [u8], limit: usize, what: &str) -> PyResult<&'t str> {
    if text.len() > limit {
        let why = format!("this {what} has more bytes than the limit of {limit}");
        return Err(BadRecording::new_err(why));
    }
    let read = std::str::from_utf8(text);
    read.map_err(|_| BadRecording::new_err(format!("{what}: not text in UTF-8")))
}

fn of_absent(text: &str) -> PyResult<Absent> {
    match text {
        "not-recorded" => Ok(Absent::NotRecorded),
        "nxdomain" => Ok(Absent::NxDomain),
        _ => Err(bad("absent", "neither \"not-recorded\" nor \"nxdomain\"")),
    }
}

fn seconds(name: &str, seconds: f64) -> PyResult<Duration> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if seconds > 0.0 && seconds <= 3600.0 => Ok(time),
        _ => Err(bad(name, "not between 0 and 3600 seconds")),
    }
}
