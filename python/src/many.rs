//! Many messages: taken from an iterable as they are needed, judged on several threads, and given as
//! batches of rows in the order of the messages.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::CString;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyIterator};
use sesauth::corpus::{Entry, Load, Reader};
use sesauth::render::rows::{MessageRow, RowBatch};
use sesauth::session::Metadata;
use sesauth::{Inspector, Options, SessionHints};

use crate::asked::Asked;
use crate::dns::{Dns, Shared};
use crate::error::{bad, no_dns};
use crate::live::Running;
use crate::rows::{Batch, failed};
use crate::wait::{SIGNALS, at_once};

/// How many messages a thread takes at once, and how many octets of them.
const AT_ONCE: usize = 8;
const TASK_OCTETS: usize = 1 << 20;

/// How many tasks, for each thread, are begun ahead of the one whose rows are given next; and how many
/// octets of messages may be held by them.
const AHEAD: usize = 4;
const HELD: usize = 64 << 20;

/// How many messages are judged at once where DNS is waited for.
const LIVE_THREADS: usize = 16;

/// The most threads.
const MOST_THREADS: usize = 1024;

/// Batches of rows.
#[pyclass(module = "sesauth._native")]
pub struct Rows {
    items: Option<Py<PyIterator>>,
    /// The messages at a path that the iterable gave.
    reader: Mutex<Option<Reader>>,
    /// Why no more messages come, if it is not their end. It is raised after the rows before it.
    failed: Option<PyErr>,
    limit: usize,
    with_metadata: bool,
    asking: Option<Arc<Running>>,
    tasks: Option<Sender<Task>>,
    done: Mutex<Receiver<Done>>,
    /// What is done and has its turn later.
    early: BTreeMap<usize, Done>,
    /// Rows that have their turn.
    ready: VecDeque<MessageRow>,
    threads: usize,
    begun: usize,
    given: usize,
    /// Octets of the messages of tasks that are begun and not given.
    held: usize,
    batch: RowBatch,
    batch_rows: usize,
}

/// One message.
struct Item {
    name: String,
    content: Content,
}

enum Content {
    Octets(PyBackedBytes, Option<Metadata>),
    Saved(Box<Entry>),
}

/// Messages that a thread judges one after the other.
struct Task {
    number: usize,
    items: Vec<Item>,
    octets: usize,
}

/// Their rows. The messages are let go by the thread that holds the interpreter.
struct Done {
    task: Task,
    rows: Vec<MessageRow>,
    warnings: Vec<String>,
}

/// What all threads judge by.
struct Judging {
    dns: Shared,
    asking: Option<Arc<Running>>,
    hints: SessionHints,
    options: Options,
    ignored: Vec<&'static str>,
    now: Timestamp,
}

#[pymethods]
impl Rows {
    #[new]
    fn new(items: Py<PyIterator>, dns: &Dns, asked: &Bound<'_, PyDict>) -> PyResult<Self> {
        let asked = Asked(asked);
        let dns = dns.shared();
        let asking = dns.live().map(|live| live.begun()).transpose()?;
        let judging = Judging {
            asking: asking.clone(),
            hints: asked.hints()?,
            options: asked.options(dns.is_planned())?,
            ignored: asked.ignored()?,
            now: Timestamp::now(),
            dns,
        };
        let batch_rows: usize = asked.value("batch_rows")?.unwrap_or(1000);
        if batch_rows == 0 {
            return Err(bad("batch_rows", "a batch has at least one row"));
        }
        let limit = judging.options.limits.message_bytes;
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads: usize = match (asked.value("threads")?.unwrap_or(0), &asking) {
            (0, None) => processors,
            (0, Some(_)) => LIVE_THREADS.max(processors),
            (threads, _) if threads > MOST_THREADS => {
                return Err(bad("threads", format!("more than {MOST_THREADS}")));
            }
            (threads, _) => threads,
        };
        let (tasks, waiting) = channel();
        let (give, done) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let judging = Arc::new(judging);
        for _ in 0..threads {
            let (judging, waiting, give) =
                (Arc::clone(&judging), Arc::clone(&waiting), give.clone());
            let thread = std::thread::Builder::new().name("sesauth".into());
            let begun = thread.spawn(move || judging.work(&waiting, &give));
            begun.map_err(|error| bad("threads", error))?;
        }
        Ok(Self {
            items: Some(items),
            reader: Mutex::default(),
            failed: None,
            limit,
            with_metadata: asked.value("side_files")?.unwrap_or(true),
            asking,
            tasks: Some(tasks),
            done: Mutex::new(done),
            early: BTreeMap::new(),
            ready: VecDeque::new(),
            threads,
            begun: 0,
            given: 0,
            held: 0,
            batch: RowBatch::new(),
            batch_rows,
        })
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Batch>> {
        loop {
            py.check_signals()?;
            self.begin(py);
            while let Some(row) = self.ready.pop_front() {
                self.batch.add(row);
                if self.batch.len() >= self.batch_rows || self.batch.is_full() {
                    return self.finish(py).map(Some);
                }
            }
            if self.begun == self.given {
                return self.end(py);
            }
            self.receive(py)?;
            while let Some(done) = self.early.remove(&self.given) {
                self.given += 1;
                self.held -= done.task.octets;
                self.ready.extend(done.rows);
                warn(py, done.warnings)?;
            }
        }
    }
}

impl Rows {
    /// Hands tasks to the threads while there is room for more.
    fn begin(&mut self, py: Python<'_>) {
        let is_room = |rows: &Self| {
            let ahead = rows.begun - rows.given;
            ahead == 0 || ahead < rows.threads * AHEAD && rows.held < HELD
        };
        while self.tasks.is_some() && is_room(self) {
            let mut task = Task {
                number: self.begun,
                items: Vec::new(),
                octets: 0,
            };
            while task.items.len() < AT_ONCE && task.octets < TASK_OCTETS {
                match self.item(py) {
                    Ok(Some(item)) => {
                        task.octets += item.octets();
                        task.items.push(item);
                    }
                    Ok(None) => break,
                    Err(error) => {
                        self.failed = Some(error);
                        break;
                    }
                }
            }
            let is_end = self.failed.is_some() || self.items.is_none();
            if !task.items.is_empty() {
                self.begun += 1;
                self.held += task.octets;
                // The threads end only after this is dropped.
                let _ = self.tasks.as_ref().map(|tasks| tasks.send(task));
            }
            if is_end {
                self.tasks = None;
            }
        }
    }

    /// The next message; nothing at their end.
    fn item(&mut self, py: Python<'_>) -> PyResult<Option<Item>> {
        loop {
            let open = self
                .reader
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(reader) = open {
                if let Some(entry) = py.detach(|| reader.next()) {
                    return Ok(Some(Item {
                        name: entry.name.clone(),
                        content: Content::Saved(Box::new(entry)),
                    }));
                }
                *open = None;
            }
            let Some(items) = &self.items else {
                return Ok(None);
            };
            let Some(next) = items.bind(py).clone().next() else {
                self.items = None;
                return Ok(None);
            };
            let next = next?;
            if let Ok(path) = next.extract::<PathBuf>() {
                // A minus sign alone is standard input for the command, and a file here.
                let path = match path.as_os_str() == "-" {
                    true => PathBuf::from("./-"),
                    false => path,
                };
                let mut reader = Reader::new([path], self.limit);
                if !self.with_metadata {
                    reader.ignore_metadata();
                }
                *open = Some(reader);
                continue;
            }
            let (name, octets, metadata): (String, PyBackedBytes, Option<PyBackedBytes>) =
                next.extract()?;
            let metadata = metadata.map(|octets| crate::asked::of_metadata(&octets));
            return Ok(Some(Item {
                name,
                content: Content::Octets(octets, metadata.transpose()?),
            }));
        }
    }

    /// Waits until a task is done.
    fn receive(&mut self, py: Python<'_>) -> PyResult<()> {
        loop {
            let done = &self.done;
            let received = py.detach(|| {
                let done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.recv_timeout(SIGNALS)
            });
            match received {
                Ok(done) => {
                    self.early.insert(done.task.number, done);
                    return Ok(());
                }
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(failed("the threads have ended"));
                }
            }
        }
    }

    fn finish(&mut self, py: Python<'_>) -> PyResult<Batch> {
        let batch = py.detach(|| self.batch.finish());
        batch.map(Batch).map_err(failed)
    }

    /// The last rows; then why there are no more.
    fn end(&mut self, py: Python<'_>) -> PyResult<Option<Batch>> {
        if !self.batch.is_empty() {
            return self.finish(py).map(Some);
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let asking = self.asking.take();
        let why = asking.and_then(|asking| py.detach(|| asking.run(asking.no_dns()).flatten()));
        why.map_or(Ok(None), |why| Err(no_dns(&why)))
    }
}

fn warn(py: Python<'_>, warnings: Vec<String>) -> PyResult<()> {
    for warning in warnings {
        let text = CString::new(warning.replace('\0', " "))?;
        PyErr::warn(py, &py.get_type::<PyUserWarning>(), &text, 1)?;
    }
    Ok(())
}

impl Item {
    fn octets(&self) -> usize {
        match &self.content {
            Content::Octets(octets, _) => octets.len(),
            Content::Saved(entry) => match &entry.load {
                Load::Bytes(octets) => octets.len(),
                _ => 0,
            },
        }
    }
}

impl Judging {
    /// Judges what waits, until nothing comes any more.
    fn work(&self, waiting: &Mutex<Receiver<Task>>, give: &Sender<Done>) {
        let inspector = Inspector::new(&self.dns, self.options.clone());
        let mut hints = self.hints.clone();
        let mut buffer = Vec::new();
        loop {
            let task = waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .recv();
            let Ok(task) = task else { return };
            let mut warnings = Vec::new();
            let mut row = |item: &Item| {
                let octets = match &item.content {
                    Content::Octets(octets, metadata) => {
                        hints.metadata = metadata.clone();
                        Ok(&octets[..])
                    }
                    Content::Saved(entry) => {
                        let metadata = entry.metadata.metadata();
                        hints.metadata = metadata.unwrap_or_else(|why| {
                            warnings.push(why);
                            None
                        });
                        let limit = self.options.limits.message_bytes;
                        entry.load.bytes(&mut buffer, limit)
                    }
                };
                self.row(&item.name, octets, &inspector, &hints)
            };
            let rows = task.items.iter().map(&mut row).collect();
            let done = Done {
                task,
                rows,
                warnings,
            };
            if give.send(done).is_err() {
                return;
            }
        }
    }

    fn row(
        &self,
        name: &str,
        octets: Result<&[u8], String>,
        inspector: &Inspector<'_, Shared>,
        hints: &SessionHints,
    ) -> MessageRow {
        let octets = match octets {
            Ok(octets) => octets,
            Err(why) => return MessageRow::of(name, None, Err(&why)),
        };
        // A message may also contain something that breaks the program.
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let inspection = inspector.inspect(octets, hints, self.now);
            let inspection = match &self.asking {
                None => at_once(inspection),
                Some(asking) => match asking.run(inspection) {
                    Some(inspection) => inspection,
                    None => return MessageRow::of(name, octets, Err("DNS was ended")),
                },
            };
            match inspection {
                Ok(mut inspection) => {
                    inspection
                        .hits
                        .retain(|hit| !self.ignored.contains(&hit.code));
                    MessageRow::of(name, octets, Ok(&inspection))
                }
                Err(error) => MessageRow::of(name, octets, Err(&error.to_string())),
            }
        }));
        judged.unwrap_or_else(|_| {
            let why = "it made the program fail; please report it with the message";
            MessageRow::of(name, octets, Err(why))
        })
    }
}
