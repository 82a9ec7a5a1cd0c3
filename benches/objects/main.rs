//! The time of `sesauth batch` for objects of a store on this machine, compared with the same messages
//! in files.
//!
//! `cargo bench --features object-store --bench objects -- CORPUS`, where CORPUS is a folder written by
//! the forge. Without one, two thousand messages are forged. CONTRIBUTING.md explains the output.

#[expect(
    dead_code,
    reason = "its command line and its stories are not used here"
)]
#[path = "../../examples/forge/main.rs"]
mod forge;
#[cfg(unix)]
mod server;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    match measured::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("objects: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(not(unix))]
fn main() {
    eprintln!("objects: the time of the processor is read as Unix has it");
}

#[cfg(unix)]
mod measured {
    use std::fs;
    use std::io;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;

    use super::forge::corpus::Corpus;
    use super::server::{self, Objects};

    const FORGED: usize = 2_000;
    const ROUNDS: usize = 5;

    /// After how many milliseconds the store answers.
    const PAUSES: [u64; 3] = [0, 30, 120];

    /// What a run took.
    struct Cost {
        wall: Duration,
        /// The processor time of the command, and of the server.
        cpu: [Duration; 2],
    }

    pub fn run() -> io::Result<()> {
        let forged = tempfile::tempdir()?;
        // Cargo adds --bench.
        let argument = std::env::args()
            .skip(1)
            .find(|text| !text.starts_with("--"));
        let folder = match argument {
            Some(folder) => PathBuf::from(folder),
            None => {
                eprintln!("forging {FORGED} messages");
                Corpus::new(1, FORGED).write(forged.path(), None)?;
                forged.path().to_owned()
            }
        };
        let objects = objects(&folder)?;
        let messages = objects.len();
        let dns = folder.join("dns.jsonl");
        let mut places = vec![("files".to_owned(), folder, None)];
        for pause in PAUSES {
            let address = server::serve(objects.clone(), Duration::from_millis(pause))?;
            let name = format!("objects, after {pause} ms");
            places.push((
                name,
                "s3://mail/in/".into(),
                Some(format!("http://{address}")),
            ));
        }
        drop(objects);
        let mut costs: Vec<Vec<Cost>> = places.iter().map(|_| Vec::new()).collect();
        for round in 1..=ROUNDS {
            eprintln!("round {round} of {ROUNDS}");
            for ((_, place, endpoint), costs) in places.iter().zip(&mut costs) {
                costs.push(once(&dns, place, endpoint.as_deref())?);
            }
        }
        let names = places.iter().map(|(name, ..)| name.as_str());
        table(&names.collect::<Vec<_>>(), &costs, messages);
        Ok(())
    }

    fn objects(folder: &Path) -> io::Result<Objects> {
        let mut objects = Objects::new();
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            if path.extension().is_some_and(|suffix| suffix == "eml")
                && let Some(name) = path.file_name()
            {
                objects.insert(format!("in/{}", name.display()), fs::read(&path)?);
            }
        }
        match objects.is_empty() {
            true => Err(io::Error::other("there is no .eml file in the corpus")),
            false => Ok(objects),
        }
    }

    /// One run; its output is dropped.
    fn once(dns: &Path, place: &Path, endpoint: Option<&str>) -> io::Result<Cost> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
        command
            .args(["batch", "--quiet", "--format", "csv"])
            .args(["--fail-on", "never", "--dns"])
            .args([dns, place])
            .env("AWS_ACCESS_KEY_ID", "id")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if let Some(endpoint) = endpoint {
            command.args(["--s3-endpoint", endpoint]);
        }
        let both = [UsageWho::RUSAGE_CHILDREN, UsageWho::RUSAGE_SELF];
        let before = [cpu(both[0])?, cpu(both[1])?];
        let start = Instant::now();
        let status = command.status()?;
        let wall = start.elapsed();
        match status.code() {
            Some(0) => Ok(Cost {
                wall,
                cpu: [cpu(both[0])? - before[0], cpu(both[1])? - before[1]],
            }),
            _ => Err(io::Error::other(format!("sesauth ended with {status}"))),
        }
    }

    fn cpu(who: UsageWho) -> io::Result<Duration> {
        let usage = getrusage(who)?;
        let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
        Ok(Duration::from_micros(microseconds.unsigned_abs()))
    }

    fn table(names: &[&str], costs: &[Vec<Cost>], messages: usize) {
        println!("{messages} messages, each the best of {ROUNDS} rounds\n");
        println!(
            "{:<22} {:>8} {:>10} {:>11} {:>12} {:>13}",
            "", "wall s", "messages/s", "of files", "CPU us/msg", "of the server"
        );
        let best = |costs: &[Cost], of: &dyn Fn(&Cost) -> Duration| {
            let best = costs.iter().map(of).min().unwrap_or_default();
            best.as_secs_f64()
        };
        let local = best(&costs[0], &|cost| cost.wall);
        let each = |seconds: f64| seconds / messages as f64 * 1e6;
        for (name, costs) in names.iter().zip(costs) {
            let wall = best(costs, &|cost| cost.wall);
            println!(
                "{name:<22} {wall:>8.3} {:>10.0} {:>9.0} % {:>12.1} {:>13.1}",
                messages as f64 / wall,
                local / wall * 100.0,
                each(best(costs, &|cost| cost.cpu[0])),
                each(best(costs, &|cost| cost.cpu[1])),
            );
        }
    }
}
