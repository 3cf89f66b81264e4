//! One thread that does for the glass what takes longer than a frame: it is given wishes, and hands back answers.
//!
//! What it deliberately does not do: keep what it made (that is the shelf's), or wait for anybody: the glass asks for
//! answers when it is woken. The surprising thing: the newest wish comes first and the oldest is forgotten, because a
//! reader who turns pages quickly looks at the last one; whoever still wants what was forgotten wishes again.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

/// Wishes that wait; with one more the oldest is forgotten.
const MAX_WISHES: usize = 32;
/// Answers that wait to be taken; meanwhile nothing more is made. A page takes 5 MB.
const MAX_ANSWERS: usize = 1;

pub struct Worker<W, A>(Arc<Desk<W, A>>);

struct Desk<W, A> {
    papers: Mutex<Papers<W, A>>,
    bell: Condvar,
}

struct Papers<W, A> {
    /// Newest last.
    wishes: Vec<W>,
    in_hand: Option<W>,
    answers: Vec<(W, Option<A>)>,
    closed: bool,
}

impl<W: Copy + PartialEq + Send + 'static, A: Send + 'static> Worker<W, A> {
    /// `work` answers one wish, on the worker's own thread; `wake` makes the glass take a turn.
    pub fn start(
        name: &str,
        mut work: impl FnMut(W) -> Option<A> + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> io::Result<Worker<W, A>> {
        let papers = Papers { wishes: Vec::new(), in_hand: None, answers: Vec::new(), closed: false };
        let desk = Arc::new(Desk { papers: Mutex::new(papers), bell: Condvar::new() });
        let there = desk.clone();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Some(wish) = there.next() {
                let answer = work(wish);
                let mut papers = there.papers();
                // Nobody waits for it any more: it was forgotten meanwhile.
                if papers.in_hand.take().is_some() {
                    papers.answers.push((wish, answer));
                    drop(papers);
                    wake();
                }
            }
        })?;
        Ok(Worker(desk))
    }

    /// Comes before every other wish.
    pub fn wish(&self, wish: W) {
        self.wish_all([wish]);
    }

    /// Each comes before those before it; none is begun before all have come.
    pub fn wish_all(&self, wishes: impl IntoIterator<Item = W>) {
        let mut papers = self.0.papers();
        for wish in wishes {
            if papers.in_hand == Some(wish) || papers.answers.iter().any(|(other, _)| *other == wish) {
                continue;
            }
            papers.wishes.retain(|other| *other != wish);
            if papers.wishes.len() == MAX_WISHES {
                papers.wishes.remove(0);
            }
            papers.wishes.push(wish);
        }
        self.0.bell.notify_one();
    }

    /// Forgets wishes, and answers to them, that are wanted no longer.
    pub fn retain(&self, wanted: impl Fn(&W) -> bool) {
        let mut papers = self.0.papers();
        papers.wishes.retain(&wanted);
        papers.answers.retain(|(wish, _)| wanted(wish));
        if papers.in_hand.as_ref().is_some_and(|wish| !wanted(wish)) {
            papers.in_hand = None;
        }
        self.0.bell.notify_one();
    }

    /// What was made since the last time; `None` where it could not be.
    pub fn answers(&self) -> Vec<(W, Option<A>)> {
        let answers = std::mem::take(&mut self.0.papers().answers);
        self.0.bell.notify_one();
        answers
    }
}

impl<W: Copy, A> Desk<W, A> {
    fn papers(&self) -> MutexGuard<'_, Papers<W, A>> {
        self.papers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a wish; `None` at the end.
    fn next(&self) -> Option<W> {
        let idle = |papers: &mut Papers<W, A>| {
            !papers.closed && (papers.wishes.is_empty() || papers.answers.len() >= MAX_ANSWERS)
        };
        let mut papers = self.bell.wait_while(self.papers(), idle).unwrap_or_else(PoisonError::into_inner);
        if papers.closed {
            return None;
        }
        papers.in_hand = papers.wishes.pop();
        papers.in_hand
    }
}

impl<W, A> Drop for Worker<W, A> {
    fn drop(&mut self) {
        self.0.papers.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.0.bell.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A worker that begins and ends each piece of work when it is told, and says what it has begun.
    fn by_hand() -> (Worker<u32, u32>, Receiver<u32>, Sender<()>, Receiver<()>) {
        let (begin, begun) = channel();
        let (end, ended) = channel();
        let (wake, woken) = channel();
        let work = move |wish: u32| {
            begin.send(wish).ok()?;
            ended.recv().ok()?;
            (wish != 13).then_some(wish * 2)
        };
        let worker = Worker::start("test", work, move || wake.send(()).unwrap_or_default()).expect("a thread");
        (worker, begun, end, woken)
    }

    #[test]
    fn the_newest_wish_comes_first_and_what_is_out_of_sight_is_dropped() {
        let (worker, begun, end, woken) = by_hand();
        worker.wish(1);
        assert_eq!(begun.recv(), Ok(1));
        for wish in [2, 3, 13, 4, 3] {
            worker.wish(wish);
        }
        worker.retain(|wish| *wish != 4 && *wish != 1);
        end.send(()).expect("it works");
        // The first was in hand when it was forgotten: nobody hears of it.
        assert_eq!(begun.recv(), Ok(3));
        end.send(()).expect("it works");
        woken.recv().expect("the glass is woken");
        assert!(begun.try_recv().is_err(), "one answer waits, and nothing more is made");
        assert_eq!(worker.answers(), [(3, Some(6))]);
        assert_eq!(begun.recv(), Ok(13));
        end.send(()).expect("it works");
        woken.recv().expect("the glass is woken");
        assert_eq!(worker.answers(), [(13, None)]);
        assert_eq!(begun.recv(), Ok(2));
    }

    #[test]
    fn wishes_are_bounded() {
        let (worker, begun, end, woken) = by_hand();
        worker.wish(0);
        assert_eq!(begun.recv(), Ok(0));
        (100..200).for_each(|wish| worker.wish(wish));
        let mut made = Vec::new();
        for _ in 0..=MAX_WISHES {
            end.send(()).expect("it works");
            woken.recv().expect("the glass is woken");
            made.extend(worker.answers().into_iter().map(|(wish, _)| wish));
            let more = made.len() <= MAX_WISHES;
            assert!(!more || begun.recv().is_ok());
        }
        assert_eq!((made.len(), made[1], made[MAX_WISHES]), (MAX_WISHES + 1, 199, 200 - MAX_WISHES as u32));
    }
}
