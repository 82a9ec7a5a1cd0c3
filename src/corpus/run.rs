//! Judges many messages on several threads, and takes the results in the order of the messages.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, PoisonError, mpsc};

/// How many items, for each thread, may be started ahead of the one whose result is taken next.
/// This bounds the memory if one message takes long.
const AHEAD: usize = 32;

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
/// results to `take` in the order of the items, until `take` stops it. A panic ends everything and
/// is passed on to the caller.
pub fn in_order<I: Send, S, T: Send>(
    mut items: impl Iterator<Item = I> + Send,
    jobs: Jobs,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I) -> T + Sync,
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
    let progress = Progress::default();
    let (results, done) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let results = results.clone();
            let (queue, progress, state, work) = (&queue, &progress, &state, &work);
            scope.spawn(move || {
                let _guard = Guard(progress);
                let mut state = state();
                loop {
                    let (number, some) = {
                        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                        let some: Vec<I> = queue.0.by_ref().take(at_once).collect();
                        queue.1 += some.len();
                        (queue.1 - some.len(), some)
                    };
                    if some.is_empty() || !progress.wait_for(number, threads * AHEAD) {
                        return;
                    }
                    let done: Vec<T> = some.into_iter().map(|it| work(&mut state, it)).collect();
                    if results.send((number, done)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        while let Ok((number, results)) = done.recv() {
            waiting.insert(number, results);
            while let Some(results) = waiting.remove(&next) {
                next += results.len();
                progress.set(next);
                for result in results {
                    if take(result).is_break() {
                        progress.stop();
                        return;
                    }
                }
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
    /// Whether no more results are wanted.
    is_over: bool,
    /// How many threads wait for a change.
    waiting: usize,
}

impl Progress {
    /// Waits until item `number` is at most `ahead` of the results taken; false if it is not
    /// wanted.
    fn wait_for(&self, number: usize, ahead: usize) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.is_over && number >= state.taken + ahead {
            state.waiting += 1;
            let changed = self.changed.wait(state);
            state = changed.unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        !state.is_over
    }

    fn set(&self, taken: usize) {
        self.change(|state| state.taken = taken);
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
                |()| ControlFlow::Continue(()),
            );
        };
        assert!(std::panic::catch_unwind(run).is_err());
    }
}
