//! The time that DNS may take for one message of many: each message has its own.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Failure, Reply};

tokio::task_local! {
    /// When the time of the message is over, and how long it was.
    static TIME: (Instant, Duration);
}

/// Runs `future`, in which [`in_time`] gives no answer later than `most` from now.
pub async fn within<T>(most: Duration, future: impl Future<Output = T>) -> T {
    match Instant::now().checked_add(most) {
        Some(until) => TIME.scope((until, most), future).await,
        None => future.await,
    }
}

/// The answer of `query`, or a failure when the time of the message is over. An answer that is at
/// hand still counts then.
pub async fn in_time(query: impl Future<Output = Reply>) -> Reply {
    let Ok((until, most)) = TIME.try_with(|time| *time) else {
        return query.await;
    };
    let reply = timeout_at(until, query).await;
    reply.unwrap_or_else(|_| {
        let seconds = most.as_secs_f64();
        let why = format!("the time for DNS ({seconds} s for one message) is spent");
        Reply::TempFail(Failure::Network(why))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    #[tokio::test(start_paused = true)]
    async fn what_comes_after_the_time_is_a_failure_unless_it_is_at_hand() {
        let most = Duration::from_secs(2);
        let sleep = |seconds| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Reply::NotRecorded
        };
        let replies = within(most, async {
            let first = in_time(sleep(1)).await;
            let second = in_time(sleep(3)).await;
            [
                first,
                second,
                in_time(pending()).await,
                in_time(ready(Reply::NotRecorded)).await,
            ]
        });
        let start = Instant::now();
        let spent = || {
            let why = "the time for DNS (2 s for one message) is spent".into();
            Reply::TempFail(Failure::Network(why))
        };
        let expected = [Reply::NotRecorded, spent(), spent(), Reply::NotRecorded];
        assert_eq!(replies.await, expected);
        assert_eq!(start.elapsed(), most);
        assert_eq!(in_time(sleep(100)).await, Reply::NotRecorded);
    }
}
