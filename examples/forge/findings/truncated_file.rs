use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "truncated-file",
    text: "In fires the second half of the body is missing, in quiet the file is packed and \
           whole.",
    fires: |seed| story(seed, "form-truncated"),
    quiet: |seed| story(seed, "form-gzip"),
};
