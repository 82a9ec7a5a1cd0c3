//! The `sesauth` command.

#![forbid(unsafe_code)]

mod cli;

/// An analysis is many small values; this hands them out in half the time of the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
