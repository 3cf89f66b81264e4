//! The loop without a display: for tests, and for measuring what the panel itself takes.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use vyveska::clock;
use vyveska::glass::{GlassError, Hands, Next, Pane, Size, Turn};

use super::hand::Hand;

/// Frames are made this often at most.
const FRAME: Duration = Duration::from_millis(16);

pub struct Headless {
    pane: Pane,
    wakes: Receiver<()>,
    waker: Sender<()>,
    hand: Option<Hand>,
}

impl Headless {
    pub fn open(panel: Size, scale: f32) -> Result<Headless, GlassError> {
        let (waker, wakes) = channel();
        Ok(Headless { pane: Pane::new(panel, scale)?, wakes, waker, hand: None })
    }

    /// From now on this file is its touch sensor.
    pub fn listen(&mut self, file: &Path) -> Result<(), GlassError> {
        self.hand = Some(Hand::listen(file, self.pane.size(), self.waker())?);
        Ok(())
    }

    pub fn hands(&self) -> Hands {
        self.pane.hands()
    }

    pub fn waker(&self) -> Sender<()> {
        self.waker.clone()
    }

    /// Until the program wants to stop.
    pub fn run(mut self, mut turn: impl FnMut(&Pane, Turn) -> Next) {
        loop {
            let at = clock::ticks();
            let before = self.pane.hands().finger_at();
            for contact in self.hand.iter_mut().flat_map(Hand::contacts) {
                self.pane.touch(contact, at);
            }
            let active = self.pane.hands().finger_at() != before;
            self.pane.tick(at);
            let mut next = turn(&self.pane, Turn::Step { at, active });
            self.pane.draw();
            if next != Next::Stop {
                next = turn(&self.pane, Turn::Presented { at: clock::ticks() });
            }
            let wish = match next {
                Next::Stop => return,
                Next::Turn(at) => Some(at.saturating_sub(clock::ticks())),
                Next::Event => None,
            };
            let rest = [self.pane.rest(), wish].into_iter().flatten().min();
            match rest {
                Some(rest) => match self.wakes.recv_timeout(rest.max(FRAME)) {
                    Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                },
                None if self.wakes.recv().is_err() => return,
                None => {}
            }
        }
    }
}
