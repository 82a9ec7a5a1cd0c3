//! How much is fetched ahead, and how long is waited: each bound with its reason.

use std::time::Duration;

/// Objects that are fetched at once, for each processor: a store answers after some 40 ms, in which
/// one processor judges 240 messages.
pub const AHEAD: usize = 256;

/// The most of them, whatever the processors: a store refuses bursts, and each has a connection, of
/// which a process may often have 1,024.
pub const MOST_AHEAD: usize = 512;

/// How many requests begin together, once there is room for them: the thread of the network is woken
/// once, and has all of them to do.
pub const TOGETHER: usize = 64;

/// Octets of objects that are fetched or wait to be judged. A message has 34 KB on average.
pub const AHEAD_OCTETS: u64 = 64 << 20;

/// Objects up to so many octets are fetched whole; larger ones are read in parts when it is their
/// turn.
pub const WHOLE: u64 = 4 << 20;

/// The same for an object whose size no listing has told. So many octets cannot be set aside for each:
/// of a store that takes its time too few could be asked for at once.
pub const WHOLE_UNTOLD: u64 = 1 << 20;

/// Octets that are set aside for the first objects of unknown size; for the others, what those before
/// had on average.
pub const FIRST_UNTOLD: u64 = WHOLE_UNTOLD / 4;

/// The least that is set aside for one: most messages have fewer.
pub const LEAST_UNTOLD: u64 = 128 << 10;

/// How many objects that average is of, about.
pub const AVERAGED: u64 = 64;

/// Octets of a part of a large object.
pub const PART: u64 = 4 << 20;

/// Parts of a large object that are fetched at once.
pub const PARTS: usize = 4;

/// Octets of an object that show whether it is mail, if its name says nothing.
pub const START: u64 = 512;

/// Keys that are looked at ahead for metadata beside a message.
pub const BESIDE: usize = 4_000;

/// Threads of the network, of which there is one for two processors: it takes a fifth of the time that
/// the messages take.
pub const MOST_THREADS: usize = 4;

/// What a connection reads at once: most messages, and not the megabytes that as many connections would
/// come to hold.
pub const BUFFER: usize = 64 << 10;

/// How often a request is tried again, with pauses that grow.
pub const RETRIES: usize = 6;

/// The first pause, and the longest.
pub const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(10)];

/// No request is tried again after this time.
pub const RETRY_TIME: Duration = Duration::from_secs(60);

/// One request, with its answer: a part at 140 KB a second.
pub const REQUEST: Duration = Duration::from_secs(30);

/// A connection.
pub const CONNECT: Duration = Duration::from_secs(5);

/// Until there are credentials: some come from a server.
pub const CREDENTIALS: Duration = Duration::from_secs(8);

/// How often it is looked whether the user has interrupted the run.
pub const TICK: Duration = Duration::from_millis(100);
