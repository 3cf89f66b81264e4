//! From the one finger of the controls to Slint's hidden touch event, which is why every slint crate is pinned: a
//! press of the mouse would not drag a list.

use i_slint_core::input::TouchPhase;
use i_slint_core::lengths::LogicalPoint;
use i_slint_core::platform::InternalEvent;
use slint::Window;
use slint::platform::WindowEvent;

use crate::hand::{Deliver, Phase, Place};

/// A place where nothing is.
const NOWHERE: Place = Place { x: -1e6, y: -1e6 };

/// Slint's own id of the only finger: a second one would release the first and start a pinch.
const FINGER: i32 = 0;

pub(super) fn dispatch(deliver: Deliver, window: &Window) {
    let (phase, at) = match deliver.phase {
        Phase::Down => (TouchPhase::Started, deliver.at),
        Phase::Move => (TouchPhase::Moved, deliver.at),
        Phase::Up => (TouchPhase::Ended, deliver.at),
        // Slint makes a release of a cancelled touch, and would press what lies under it. Lifted far away, it
        // presses nothing; a press that a scrolled area still holds back is let go too.
        Phase::Cancel => (TouchPhase::Ended, NOWHERE),
    };
    let position = LogicalPoint::new(at.x, at.y);
    window.dispatch_event(WindowEvent::internal(InternalEvent::Touch { id: FINGER, position, phase }));
}
