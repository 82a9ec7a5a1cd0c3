//! The steps of an analysis one by one, on messages forged here.

mod canonical;
#[expect(
    dead_code,
    reason = "its command line, its stories and its corpora are not used here"
)]
#[path = "../../examples/forge/main.rs"]
mod forge;
mod mail;
mod parse;
mod spf;
mod verify;
mod whole;

fn main() {
    divan::main();
}
