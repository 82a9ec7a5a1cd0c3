//! Judging many messages on several threads, their results taken in the order of the messages.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, PoisonError, mpsc};

/// How far ahead of the one whose result is taken next a thread may begin, for each thread. It
/// bounds what is in memory when one message takes long.
const AHEAD: usize = 32;

/// Does `work` on each of `items` with `jobs` threads, each with a state of its own, and gives the
/// results to `take` in the order of the items, until that breaks off.
///
/// One job is done on the calling thread.
pub fn in_order<I: Send, S, T: Send>(
    mut items: impl Iterator<Item = I> + Send,
    jobs: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I) -> T + Sync,
    mut take: impl FnMut(T) -> ControlFlow<()>,
) {
    if jobs <= 1 {
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
        for _ in 0..jobs {
            let results = results.clone();
            let (queue, progress, state, work) = (&queue, &progress, &state, &work);
            scope.spawn(move || {
                let mut state = state();
                loop {
                    let (number, item) = {
                        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                        let Some(item) = queue.0.next() else { return };
                        queue.1 += 1;
                        (queue.1 - 1, item)
                    };
                    if !progress.wait_for(number, jobs * AHEAD) {
                        return;
                    }
                    let result = work(&mut state, item);
                    if results.send((number, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        while let Ok((number, result)) = done.recv() {
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&next) {
                next += 1;
                progress.set(next);
                if take(result).is_break() {
                    progress.stop();
                    return;
                }
            }
        }
    });
}

/// How many results were taken; `None` when no more are wanted.
struct Progress {
    taken: Mutex<Option<usize>>,
    changed: Condvar,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            taken: Mutex::new(Some(0)),
            changed: Condvar::new(),
        }
    }
}

impl Progress {
    /// Waits until item `number` is at most `ahead` of what was taken; false when it is not wanted.
    fn wait_for(&self, number: usize, ahead: usize) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while taken.is_some_and(|taken| number >= taken + ahead) {
            taken = self
                .changed
                .wait(taken)
                .unwrap_or_else(PoisonError::into_inner);
        }
        taken.is_some()
    }

    fn set(&self, taken: usize) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
        self.changed.notify_all();
    }

    fn stop(&self) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_the_order_of_the_items_whoever_is_done_first() {
        for jobs in [1, 2, 7] {
            let mut taken = Vec::new();
            in_order(
                0..1000_u64,
                jobs,
                || 0,
                |done, item| {
                    *done += 1;
                    // Some take longer.
                    let turns = if item % 13 == 0 { 20_000 } else { 1 };
                    (0..turns).for_each(|turn| _ = std::hint::black_box(turn));
                    item
                },
                |result| {
                    taken.push(result);
                    ControlFlow::Continue(())
                },
            );
            assert_eq!(taken, (0..1000).collect::<Vec<_>>(), "{jobs} jobs");
        }
    }

    #[test]
    fn no_thread_runs_far_ahead_and_all_end_when_no_more_is_wanted() {
        let begun = AtomicUsize::new(0);
        let mut taken = 0;
        in_order(
            std::iter::repeat_n((), 1_000_000),
            3,
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
        assert!(begun.load(Ordering::Relaxed) <= 50 + 4 * AHEAD);
    }
}
