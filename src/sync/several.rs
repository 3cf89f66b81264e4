//! Several answers awaited at once in one task: whichever comes first is taken first.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// Of one server at most so many answers are awaited at once: an office's web is a small one.
pub const AT_ONCE_OF_A_SERVER: usize = 2;

/// Something that is under way, and what it is about.
pub struct Running<'a, A, T> {
    pub about: A,
    work: Pin<Box<dyn Future<Output = T> + 'a>>,
}

impl<'a, A, T> Running<'a, A, T> {
    pub fn new(about: A, work: impl Future<Output = T> + 'a) -> Running<'a, A, T> {
        Running { about, work: Box::pin(work) }
    }
}

/// Waits until one of them has ended, takes it out, and returns what came. With none it waits for ever.
pub async fn first_of<A, T>(running: &mut Vec<Running<'_, A, T>>) -> (A, T) {
    let (place, came) = poll_fn(|context| {
        let mut ended = running.iter_mut().enumerate().map(|(place, one)| (place, one.work.as_mut().poll(context)));
        match ended.find_map(|(place, poll)| if let Poll::Ready(came) = poll { Some((place, came)) } else { None }) {
            Some(ended) => Poll::Ready(ended),
            None => Poll::Pending,
        }
    })
    .await;
    (running.remove(place).about, came)
}
