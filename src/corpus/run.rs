//! Judges many messages on several threads, and takes the results in the order of the messages.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Sender};
use std::sync::{Condvar, Mutex, PoisonError};

/// How many items, for each thread, may be started ahead of the one whose result is taken next.
/// This bounds the memory if one message takes long.
const AHEAD: usize = 32;

/// How many octets of results may wait for the one that is taken next before no other item is
/// started: results of hostile messages can be large.
const HELD: usize = 64 << 20;

/// How many octets of results a thread keeps before it hands them over.
const LARGE: usize = 1 << 20;

/// How many threads there are, and how many items one takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jobs {
    /// The threads; one job is done on the calling thread.
    pub threads: usize,
    /// How many items a thread takes at once. One spreads slow items best; several keep fast
    /// threads from waiting for each other.
    pub at_once: usize,
}

/// Calls `work` for each of `items` on several threads, each with its own state, and gives the
/// results to `take` in the order of the items, until `take` stops it. `weigh` says how many octets
/// a result takes in memory. A panic ends everything and is passed on to the caller.
pub fn in_order<I: Send, S, T: Send>(
    mut items: impl Iterator<Item = I> + Send,
    jobs: Jobs,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I) -> T + Sync,
    weigh: impl Fn(&T) -> usize + Sync,
    mut take: impl FnMut(T) -> ControlFlow<()>,
) {
    let Jobs { threads, at_once } = jobs;
    if threads <= 1 {
        let mut state = state();
        for item in items {
            if take(work(&mut state, item)).is_break() {
                return;
            }
        }
        return;
    }
    let queue = Mutex::new((&mut items, 0));
    let held: Mutex<BTreeMap<usize, Vec<T>>> = Mutex::default();
    let thread = |progress: &Progress, parts: &Sender<Part>| {
        let mut state = state();
        loop {
            let (mut number, some) = {
                let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                let some: Vec<I> = queue.0.by_ref().take(at_once).collect();
                queue.1 += some.len();
                (queue.1 - some.len(), some)
            };
            if some.is_empty() {
                return;
            }
            let (mut done, mut octets) = (Vec::with_capacity(some.len()), 0);
            let mut left = some.len();
            for item in some {
                if done.is_empty() && !progress.wait_for(number, threads * AHEAD) {
                    return;
                }
                let result = work(&mut state, item);
                octets += weigh(&result);
                done.push(result);
                left -= 1;
                if left > 0 && octets < LARGE {
                    continue;
                }
                let done = std::mem::take(&mut done);
                let octets = std::mem::take(&mut octets);
                let count = done.len();
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                held.insert(number, done);
                drop(held);
                progress.hold(octets);
                let part = Part {
                    number,
                    count,
                    octets,
                };
                number += count;
                if parts.send(part).is_err() {
                    return;
                }
            }
        }
    };
    on_threads(threads, &thread, &mut |number| {
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let results = held.remove(&number);
        drop(held);
        results.into_iter().flatten().try_for_each(&mut take)
    });
}

/// Results of items in a row, which are held elsewhere.
struct Part {
    /// The number of the first item.
    number: usize,
    /// How many items.
    count: usize,
    /// How many octets the results have.
    octets: usize,
}

/// Calls `thread` on so many threads, and `take` with the number of each part that they hand over,
/// in order. It knows nothing of items and results, so it is compiled once for all of them.
fn on_threads(
    threads: usize,
    thread: &(dyn Fn(&Progress, &Sender<Part>) + Sync),
    take: &mut dyn FnMut(usize) -> ControlFlow<()>,
) {
    let progress = &Progress::default();
    let (parts, done) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let parts = parts.clone();
            scope.spawn(move || {
                let _guard = Guard(progress);
                thread(progress, &parts);
            });
        }
        drop(parts);
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        while let Ok(part) = done.recv() {
            waiting.insert(part.number, part);
            while let Some(part) = waiting.remove(&next) {
                progress.set(next + part.count, part.octets);
                if take(next).is_break() {
                    progress.stop();
                    return;
                }
                next += part.count;
            }
        }
    });
}

/// Wakes the other threads if a thread panics.
struct Guard<'p>(&'p Progress);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// How far `take` has come.
#[derive(Default)]
struct Progress {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// How many results were taken.
    taken: usize,
    /// How many octets the results have that wait.
    held: usize,
    /// Whether no more results are wanted.
    is_over: bool,
    /// How many threads wait for a change.
    waiting: usize,
}

impl Progress {
    /// Waits until item `number` is at most `ahead` of the results taken, and those that wait for
    /// it are not too large; false if it is not wanted. The item whose result is taken next never
    /// waits.
    fn wait_for(&self, number: usize, ahead: usize) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |state: &State| {
            number >= state.taken + ahead || number > state.taken && state.held >= HELD
        };
        while !state.is_over && is_early(&state) {
            state.waiting += 1;
            let changed = self.changed.wait(state);
            state = changed.unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        !state.is_over
    }

    /// Results of so many octets begin to wait.
    fn hold(&self, octets: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.held += octets;
    }

    /// So many results were taken, the latest of which had so many octets.
    fn set(&self, taken: usize, octets: usize) {
        self.change(|state| {
            state.taken = taken;
            state.held -= octets;
        });
    }

    fn stop(&self) {
        self.change(|state| state.is_over = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        // A notification costs a system call even if no thread waits.
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_the_order_of_the_items_whoever_is_done_first() {
        for (threads, at_once) in [(1, 1), (2, 1), (7, 1), (2, 8), (7, 16)] {
            let mut taken = Vec::new();
            in_order(
                0..1000_u64,
                Jobs { threads, at_once },
                || 0,
                |done, item| {
                    *done += 1;
                    // Some items take longer.
                    let turns = if item % 13 == 0 { 20_000 } else { 1 };
                    (0..turns).for_each(|turn| _ = std::hint::black_box(turn));
                    item
                },
                |_| 1,
                |result| {
                    taken.push(result);
                    ControlFlow::Continue(())
                },
            );
            assert_eq!(taken, (0..1000).collect::<Vec<_>>(), "{threads} threads");
        }
    }

    #[test]
    fn no_thread_runs_far_ahead_and_all_end_when_no_more_is_wanted() {
        let begun = AtomicUsize::new(0);
        let mut taken = 0;
        in_order(
            std::iter::repeat_n((), 1_000_000),
            Jobs {
                threads: 3,
                at_once: 4,
            },
            || (),
            |(), ()| begun.fetch_add(1, Ordering::Relaxed),
            |_| 0,
            |_| {
                taken += 1;
                match taken {
                    50 => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                }
            },
        );
        assert_eq!(taken, 50);
        assert!(begun.load(Ordering::Relaxed) <= 50 + 4 * AHEAD + 3 * 4);
    }

    #[test]
    fn results_that_wait_for_a_slow_item_are_bounded_by_their_octets() {
        for (threads, at_once) in [(2, 1), (2, 4), (3, 16)] {
            let (begun, mut taken) = (AtomicUsize::new(0), 0);
            let most = HELD / (20 << 20) + 1 + threads;
            in_order(
                0..200,
                Jobs { threads, at_once },
                || (),
                |(), item| {
                    begun.fetch_add(1, Ordering::Relaxed);
                    if item == 0 {
                        std::thread::sleep(std::time::Duration::from_millis(200));
                        let begun = begun.load(Ordering::Relaxed);
                        assert!(begun <= most, "{begun} of {most} began");
                    }
                },
                |()| 20 << 20,
                |()| {
                    taken += 1;
                    ControlFlow::Continue(())
                },
            );
            assert_eq!(taken, 200);
        }
    }

    #[test]
    fn a_panic_ends_all_threads_and_reaches_the_caller() {
        let jobs = Jobs {
            threads: 3,
            at_once: 2,
        };
        let run = || {
            let work = |(): &mut (), item| assert_ne!(item, 200);
            in_order(
                0..100_000,
                jobs,
                || (),
                work,
                |()| 0,
                |()| ControlFlow::Continue(()),
            );
        };
        assert!(std::panic::catch_unwind(run).is_err());
    }
}
