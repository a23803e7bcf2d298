//! How transactions go from the server's threads to the operator's loop, and how its answers come back.

use decex_operator::NotPooled;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// Why an operator did not take a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its pool refuses it.
    #[error(transparent)]
    Pool(#[from] NotPooled),
    /// Too many transactions wait to be looked at.
    #[error("the operator has no time now")]
    Busy,
    /// The operator has stopped, or does not answer.
    #[error("the operator does not answer")]
    Silent,
}

/// Who takes transactions.
pub trait Submit: Send + Sync {
    /// Gives the operator a transaction and waits for its answer.
    ///
    /// # Errors
    /// When the operator does not take it.
    fn submit(&self, transaction: &[u8]) -> Result<(), Refused>;
}

struct Asked {
    transaction: Vec<u8>,
    answer: SyncSender<Result<(), Refused>>,
}

/// The server's end: hands transactions over.
#[derive(Clone)]
pub struct Counter {
    asked: SyncSender<Asked>,
    patience: Duration,
}

/// The operator's end: takes them.
pub struct Desk {
    asked: Receiver<Asked>,
    room: usize,
}

/// Returns both ends of a queue for so many transactions, in which the server waits so long for an answer.
#[must_use]
pub fn desk(room: usize, patience: Duration) -> (Counter, Desk) {
    let (sender, receiver) = sync_channel(room);
    let counter = Counter {
        asked: sender,
        patience,
    };
    let desk = Desk {
        asked: receiver,
        room,
    };
    (counter, desk)
}

impl Submit for Counter {
    fn submit(&self, transaction: &[u8]) -> Result<(), Refused> {
        let (answer, answered) = sync_channel(1);
        let transaction = transaction.to_vec();
        self.asked
            .try_send(Asked { transaction, answer })
            .map_err(|error| match error {
                TrySendError::Full(_) => Refused::Busy,
                TrySendError::Disconnected(_) => Refused::Silent,
            })?;
        answered
            .recv_timeout(self.patience)
            .unwrap_or(Err(Refused::Silent))
    }
}

impl Desk {
    /// Answers what waits, and for `time` what comes: the loop's pause between two slots. `take` gives a transaction to the pool. When the
    /// time is over no more is answered than can wait at once, however fast more comes.
    ///
    /// # Errors
    /// What `take` returns as its outer error: the operator cannot go on.
    pub fn attend<E>(
        &self,
        time: Duration,
        mut take: impl FnMut(&[u8]) -> Result<Result<(), Refused>, E>,
    ) -> Result<(), E> {
        let end = std::time::Instant::now().checked_add(time);
        let mut late = 0;
        while late < self.room.max(1) {
            let now = std::time::Instant::now();
            let left = end.map_or(Duration::ZERO, |end| end.saturating_duration_since(now));
            if left.is_zero() {
                late = late.saturating_add(1);
            }
            let Asked { transaction, answer } = match self.asked.recv_timeout(left) {
                Ok(asked) => asked,
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => {
                    // The server is gone; the loop keeps its pace.
                    std::thread::sleep(left);
                    return Ok(());
                }
            };
            let taken = take(&transaction)?;
            // Nobody waits any more: the transaction is in the pool all the same.
            let _ = answer.send(taken);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Counter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counter")
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn an_answer_comes_back_and_silence_is_one_too() {
        let (counter, desk) = desk(1, Duration::from_millis(20));
        assert_eq!(counter.submit(&[1]), Err(Refused::Silent));
        // The first still lies there.
        assert_eq!(counter.submit(&[2]), Err(Refused::Busy));
        let mut seen = Vec::new();
        let attended = desk.attend(Duration::ZERO, |bytes| {
            seen.push(bytes.to_vec());
            Ok::<_, Infallible>(Ok(()))
        });
        assert_eq!((attended, seen), (Ok(()), vec![vec![1]]));
        let asking = std::thread::spawn({
            let counter = Counter {
                patience: Duration::from_secs(20),
                ..counter.clone()
            };
            move || counter.submit(&[3])
        });
        while !asking.is_finished() {
            let refuse = |_: &[u8]| Ok::<_, Infallible>(Err(Refused::Pool(NotPooled::Occupied)));
            desk.attend(Duration::from_millis(5), refuse).unwrap();
        }
        assert_eq!(asking.join().unwrap(), Err(Refused::Pool(NotPooled::Occupied)));
        drop(desk);
        assert_eq!(counter.submit(&[4]), Err(Refused::Silent));
    }

    #[test]
    fn what_comes_faster_than_it_is_answered_does_not_hold_the_loop_up() {
        let (counter, desk) = desk(3, Duration::ZERO);
        assert_eq!(counter.submit(&[0]), Err(Refused::Silent));
        let mut taken = 0_u8;
        let attended = desk.attend(Duration::ZERO, |_| {
            taken = taken.checked_add(1).ok_or("for ever")?;
            // There is always one more.
            assert_eq!(counter.submit(&[taken]), Err(Refused::Silent));
            Ok::<_, &str>(Ok(()))
        });
        assert_eq!((attended, taken), (Ok(()), 3));
    }
}
