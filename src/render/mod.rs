//! An analysis for people and for programs. Nothing here decides anything.

mod claims;
mod details;
pub mod escape;
pub mod json;
pub mod text;
mod wrap;
