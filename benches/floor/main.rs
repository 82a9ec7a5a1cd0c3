//! The time of `sesauth batch` for a corpus, compared with the work that cannot be left out.
//!
//! `cargo bench --bench floor -- CORPUS`, where CORPUS is a folder written by the forge (or set
//! SESAUTH_CORPUS). Without one, five hundred messages are forged. CONTRIBUTING.md explains the
//! output.

#[cfg(unix)]
mod child;
#[expect(
    dead_code,
    reason = "its command line and its stories are not used here"
)]
#[path = "../../examples/forge/main.rs"]
mod forge;
#[cfg(unix)]
mod straight;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    match measured::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("floor: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(not(unix))]
fn main() {
    eprintln!("floor: the time of the processor is read as Unix has it");
}

#[cfg(unix)]
mod measured {
    use std::fs;
    use std::io;
    use std::path::{Path, PathBuf};
    use std::time::Instant;

    use nix::sys::resource::UsageWho;

    use super::child::{self, Cost, Output};
    use super::forge::corpus::Corpus;
    use super::straight::Straight;

    const FORGED: usize = 500;
    const ROUNDS: usize = 5;

    /// What is compared with the floor.
    const RUNS: [(Output, usize); 5] = [
        (Output::CSV, 1),
        (Output::DATA, 1),
        (Output::WORDS, 1),
        (Output::CSV, 2),
        (Output::DATA, 2),
    ];

    pub fn run() -> io::Result<()> {
        let forged = tempfile::tempdir()?;
        // Cargo adds --bench.
        let argument = std::env::args()
            .skip(1)
            .find(|text| !text.starts_with("--"));
        let folder = match argument.or_else(|| std::env::var("SESAUTH_CORPUS").ok()) {
            // Cargo runs this in the folder of the package.
            Some(folder) => PathBuf::from(folder),
            None => {
                eprintln!("forging {FORGED} messages");
                Corpus::new(1, FORGED).write(forged.path(), None)?;
                forged.path().to_owned()
            }
        };
        measure(&folder)
    }

    fn measure(folder: &Path) -> io::Result<()> {
        let files = messages(folder)?;
        let mut straight = Straight::new(&folder.join("dns.jsonl"))?;
        let (signatures, valid) = agreed(folder, &files, &mut straight)?;
        let mut floors = Vec::new();
        let mut costs: [Vec<Cost>; RUNS.len()] = Default::default();
        for round in 1..=ROUNDS {
            eprintln!("round {round} of {ROUNDS}");
            floors.push(floor(&files, &mut straight)?);
            for ((output, jobs), costs) in RUNS.into_iter().zip(&mut costs) {
                costs.push(child::run(folder, output, jobs)?);
            }
        }
        let bytes = files.iter().map(|file| Ok(fs::metadata(file)?.len()));
        let bytes = bytes.sum::<io::Result<u64>>()?;
        println!(
            "{} messages, {:.1} MB; {signatures} signatures, {valid} of them valid",
            files.len(),
            bytes as f64 / 1e6
        );
        println!("each the best of {ROUNDS} rounds; spread: by how much the worst took more\n");
        table(&floors, &costs, files.len());
        Ok(())
    }

    fn messages(folder: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
        let mut files = entries.collect::<io::Result<Vec<_>>>()?;
        files.retain(|file| file.extension().is_some_and(|suffix| suffix == "eml"));
        files.sort();
        match files.is_empty() {
            true => Err(io::Error::other("there is no .eml file in the corpus")),
            false => Ok(files),
        }
    }

    /// How many signatures there are and how many are valid; an error if `sesauth` disagrees about
    /// any of them, as the floor then does different work.
    fn agreed(
        folder: &Path,
        files: &[PathBuf],
        straight: &mut Straight,
    ) -> io::Result<(usize, usize)> {
        let mut theirs = child::judged(folder)?;
        let (mut signatures, mut valid) = (0, 0);
        for file in files {
            let ours = straight.judge(file)?;
            let theirs = theirs.remove(file);
            if theirs.as_ref() != Some(&ours) {
                return Err(io::Error::other(format!(
                    "{}: {ours:?} here, {theirs:?} by sesauth",
                    file.display()
                )));
            }
            signatures += ours.len();
            valid += ours.iter().filter(|valid| **valid).count();
        }
        Ok((signatures, valid))
    }

    fn floor(files: &[PathBuf], straight: &mut Straight) -> io::Result<Cost> {
        let (start, before) = (Instant::now(), child::cpu(UsageWho::RUSAGE_SELF)?);
        for file in files {
            std::hint::black_box(straight.judge(file)?);
        }
        Ok(Cost {
            wall: start.elapsed(),
            cpu: child::cpu(UsageWho::RUSAGE_SELF)? - before,
            peak: None,
        })
    }

    fn table(floors: &[Cost], costs: &[Vec<Cost>; RUNS.len()], messages: usize) {
        let messages = messages as f64;
        let best = |costs: &[Cost], of: fn(&Cost) -> f64| {
            costs.iter().map(of).fold(f64::INFINITY, f64::min)
        };
        let worst = |costs: &[Cost], of: fn(&Cost) -> f64| costs.iter().map(of).fold(0.0, f64::max);
        let wall = |cost: &Cost| cost.wall.as_secs_f64();
        let cpu = |cost: &Cost| cost.cpu.as_secs_f64();
        let least = best(floors, cpu);
        println!(
            "{:<24} {:>8} {:>10} {:>10} {:>8} {:>8} {:>9} {:>8}",
            "", "wall s", "messages/s", "CPU us/msg", "x floor", "spread", "speed-up", "peak MB"
        );
        let mut rows = vec![("floor".to_owned(), floors, None)];
        for ((Output(name, _), jobs), costs_of) in RUNS.iter().zip(costs) {
            let noun = if *jobs == 1 { "job" } else { "jobs" };
            // Its speed-up is relative to the run with the same output and one job.
            let alone = RUNS
                .iter()
                .position(|(other, jobs)| other.0 == *name && *jobs == 1);
            let alone = alone.map(|index| best(&costs[index], wall));
            rows.push((format!("{name}, {jobs} {noun}"), costs_of.as_slice(), alone));
        }
        for (name, costs, alone) in rows {
            let (seconds, used) = (best(costs, wall), best(costs, cpu));
            let peak = costs.iter().filter_map(|cost| cost.peak).max();
            let speed_up = alone.map_or(String::new(), |alone| format!("{:.2}", alone / seconds));
            println!(
                "{name:<24} {seconds:>8.3} {:>10.0} {:>10.1} {:>8.2} {:>6.0} % {:>9} {:>8}",
                messages / seconds,
                used / messages * 1e6,
                used / least,
                (worst(costs, cpu) / used - 1.0) * 100.0,
                speed_up,
                peak.map_or(String::new(), |peak| format!("{:.1}", peak as f64 / 1e6)),
            );
        }
    }
}
