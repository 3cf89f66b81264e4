//! Which letters a page really shows: what is under a black box is not for search, not for speech, and not for a
//! document that is published.
//!
//! Two witnesses are heard: what was painted, and in which order (`ground`), and the picture that came of it. The
//! surprising thing: words that are not painted at all may count, because scanning programs put what they recognised
//! invisibly over or under the picture; they count only where the picture shows something in their place.

use hayro::kurbo::{Affine, Point};

use super::Pixels;
use super::ground::{Cover, Ground};
use super::words::{Letter, Paint};

/// Letters so low in the picture (pixels) cannot be judged by it.
const LEGIBLE: f64 = 5.0;
/// Levels between the darkest and the lightest pixel: with less nothing is to be seen.
const CONTRAST: u8 = 12;
/// The same under recognised words, where a scan is never quite even.
const SCAN_CONTRAST: u8 = 28;
/// What is darker all over is a black box (levels).
const DARK: u8 = 110;

/// The picture of the page, and where its points lie in it.
pub struct Look<'a> {
    pub pixels: &'a Pixels,
    pub size: (u32, u32),
    /// From points of the page, from its upper left corner, to pixels.
    pub place: Affine,
}

/// Letters (alphabetic and numeric ones) that the page hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hidden {
    /// Under an opaque shape or picture.
    pub covered: u32,
    /// Not to be seen for another reason.
    pub invisible: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Shown,
    /// Nothing is painted, but there is a picture in its place.
    Recognised,
    Covered,
    Invisible,
}

/// Takes the hidden letters away and counts them. Without `look` only what was painted is heard.
pub fn remove(letters: &mut Vec<Letter>, ground: &Ground, look: Option<&Look<'_>>) -> Hidden {
    let mut verdicts: Vec<Verdict> = letters.iter().map(|letter| by_ground(letter, ground)).collect();
    if let Some(look) = look {
        by_look(letters, &mut verdicts, look);
    }
    let shown = |verdict: &Verdict| matches!(verdict, Verdict::Shown | Verdict::Recognised);
    // Printed forms are filled in twice, below and above a white field: what also stands there for all to see is no secret.
    let spot = |letter: &Letter, dx: i64, dy: i64| {
        let coarse = |value: f64| i64::from((value / 3.0).floor() as i32);
        (coarse(letter.origin.x) + dx, coarse(letter.origin.y) + dy, letter.text.clone())
    };
    let seen: std::collections::HashSet<_> = letters
        .iter()
        .zip(&verdicts)
        .filter(|(_, verdict)| shown(verdict))
        .map(|(letter, _)| spot(letter, 0, 0))
        .collect();
    let mut hidden = Hidden::default();
    for (letter, verdict) in letters.iter().zip(&verdicts) {
        let near = || (-1..=1).any(|dx| (-1..=1).any(|dy| seen.contains(&spot(letter, dx, dy))));
        if shown(verdict) || !letter.text.chars().any(char::is_alphanumeric) || near() {
            continue;
        }
        match verdict {
            Verdict::Covered => hidden.covered += 1,
            _ => hidden.invisible += 1,
        }
    }
    let mut verdict = verdicts.iter();
    letters.retain(|_| verdict.next().is_some_and(shown));
    hidden
}

/// Points spread over the body of a letter.
fn body(letter: &Letter) -> impl Iterator<Item = Point> + '_ {
    let share = |index: u32| 0.12 + 0.76 * f64::from(index) / 3.0;
    (0..16).map(move |index| letter.origin + letter.along * share(index % 4) + letter.up * 0.5 * share(index / 4))
}

fn by_ground(letter: &Letter, ground: &Ground) -> Verdict {
    let Paint::Order(order) = letter.paint else {
        let pictured = body(letter).filter(|place| ground.has_picture(*place)).count();
        let covered = body(letter).filter(|place| ground.cover(*place, letter.order) == Cover::Shape).count();
        return match letter.paint {
            Paint::Recognised if covered >= 13 => Verdict::Covered,
            Paint::Recognised if pictured >= 8 => Verdict::Recognised,
            _ => Verdict::Invisible,
        };
    };
    let covers = |wanted: &[Cover]| body(letter).filter(|place| wanted.contains(&ground.cover(*place, order))).count();
    if covers(&[Cover::Shape, Cover::Picture]) >= 13 {
        Verdict::Covered
    } else if covers(&[Cover::Scan]) >= 13 {
        Verdict::Recognised
    } else {
        Verdict::Shown
    }
}

/// What the picture shows in the place of each letter.
fn by_look(letters: &[Letter], verdicts: &mut [Verdict], look: &Look<'_>) {
    let mut start = 0;
    while start < letters.len() {
        let end = start + letters[start..].iter().take_while(|letter| letter.word == letters[start].word).count();
        let word = &letters[start..end];
        let dark = |index: usize| {
            word.get(index)
                .is_some_and(|letter| matches!(look.extremes(letter, false), Some((_, light)) if light < DARK))
        };
        for index in 0..word.len() {
            let verdict = &mut verdicts[start + index];
            // A bold l may fill its place with ink; two letters in a row do not.
            let neighbour = word.len() == 1 || dark(index + 1) || (index > 0 && dark(index - 1));
            if *verdict == Verdict::Recognised && dark(index) && neighbour {
                *verdict = Verdict::Covered;
            }
        }
        let (contrast, loose) =
            if verdicts[start..end].contains(&Verdict::Recognised) { (SCAN_CONTRAST, true) } else { (CONTRAST, false) };
        let even = |letter: &Letter| look.extremes(letter, loose).is_some_and(|(dark, light)| light - dark < contrast);
        if word.iter().all(even) {
            for verdict in &mut verdicts[start..end] {
                *verdict = if *verdict == Verdict::Covered { Verdict::Covered } else { Verdict::Invisible };
            }
        }
        start = end;
    }
}

impl Look<'_> {
    /// The darkest and the lightest level in the place of a letter; `None` where it is too small to tell. `loose` also
    /// looks around it: recognised words lie a little beside what they were read from.
    fn extremes(&self, letter: &Letter, loose: bool) -> Option<(u8, u8)> {
        let (from, to, low, high) = if loose { (-0.2, 1.2, -0.3, 0.9) } else { (0.05, 0.95, 0.02, 0.5) };
        let corner = |along: f64, up: f64| self.place * (letter.origin + letter.along * along + letter.up * up);
        let corners = [corner(from, low), corner(to, low), corner(from, high), corner(to, high)];
        let em = (self.place * (letter.origin + letter.up) - self.place * letter.origin).hypot();
        if em < LEGIBLE {
            return None;
        }
        let range = |value: fn(&Point) -> f64, limit: u32| {
            let least = corners.iter().map(value).fold(f64::INFINITY, f64::min).floor().max(0.0) as u32;
            let most = corners.iter().map(value).fold(0.0, f64::max).ceil().max(0.0) as u32;
            (least.min(limit), most.max(least.saturating_add(1)).min(limit))
        };
        let (x, y) = (range(|point| point.x, self.size.0), range(|point| point.y, self.size.1));
        let channels = self.pixels.channels();
        let (mut dark, mut light) = (255, 0);
        for row in y.0..y.1 {
            let line = (row * self.size.0) as usize * channels;
            let levels = &self.pixels.bytes()[line + x.0 as usize * channels..line + x.1 as usize * channels];
            // Red on white is light in one channel and dark in the others: each is heard for itself.
            for level in levels {
                dark = dark.min(*level);
                light = light.max(*level);
            }
        }
        (dark <= light).then_some((dark, light))
    }
}
