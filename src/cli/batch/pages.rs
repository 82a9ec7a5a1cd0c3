//! `batch --html`: a page over all messages, and a page for each that is not a plain pass.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sesauth::render::html::Index;

use super::super::{Failure, output};
use super::done::Done;

/// The folder of --html.
pub struct Pages {
    folder: PathBuf,
    index: Index,
    written: usize,
}

/// The folder of the pages of messages, in that of --html.
const MESSAGES: &str = "messages";

impl Pages {
    /// Makes the folder; nothing in it is ever overwritten. `below` is the folder of all messages, if
    /// there is one.
    pub fn new(folder: &Path, below: String) -> Result<Self, Failure> {
        let failed = |error| Failure::io(folder.display(), &error);
        fs::create_dir_all(folder).map_err(failed)?;
        if fs::read_dir(folder).map_err(failed)?.next().is_some() {
            let why = "there are files in it; give a new or an empty folder";
            return Err(Failure::new(folder.display(), why));
        }
        fs::create_dir(folder.join(MESSAGES)).map_err(failed)?;
        Ok(Self {
            folder: folder.to_owned(),
            index: Index::below(below),
            written: 0,
        })
    }

    /// Adds a message: its line in the page over all, and its own page if it has one.
    pub fn add(&mut self, done: &Done) -> Result<(), Failure> {
        let mut place = None;
        if let Some(page) = &done.page {
            self.written += 1;
            let relative = format!("{MESSAGES}/{:06}.html", self.written);
            let path = self.folder.join(&relative);
            fs::write(&path, page).map_err(|error| Failure::io(path.display(), &error))?;
            place = Some(relative);
        }
        let error = done.error.as_deref().unwrap_or("it could not be analysed");
        let verdicts = done.verdicts.as_ref().ok_or(error);
        let subject = done.subject.as_deref();
        self.index
            .add(&done.name, subject, verdicts, place.as_deref());
        Ok(())
    }

    /// Writes the page over all.
    pub fn finish(&self) -> Result<(), Failure> {
        let path = self.folder.join("index.html");
        let failed = |error| Failure::io(path.display(), &error);
        let mut out = io::BufWriter::new(File::create(&path).map_err(failed)?);
        let written = self.index.write(&mut out).and_then(|()| out.flush());
        written.map_err(failed)?;
        output::say(format!(
            "{}: the page over all, and {} of messages",
            path.display(),
            self.written
        ));
        Ok(())
    }
}

/// The folder that all of `paths` are in, with a separator at its end; empty if there is none.
pub fn common(paths: impl Iterator<Item = PathBuf>) -> String {
    let folder = |path: PathBuf| match path.is_dir() {
        true => path,
        false => path.parent().map(Path::to_owned).unwrap_or_default(),
    };
    let mut folders = paths.map(folder);
    let mut common = folders.next().unwrap_or_default();
    for folder in folders {
        while !folder.starts_with(&common) && common.pop() {}
    }
    match common.as_os_str().is_empty() {
        true => String::new(),
        false => common.join("").display().to_string(),
    }
}
