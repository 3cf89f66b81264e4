//! Every page and state, in every language the glass speaks, on every size of DESIGN §5: what a hand, an eye and the
//! keys need of it. What an eye sees is measured in the pixels that were painted, not in the colours that were meant.

use std::collections::HashMap;

use vyveska::config::Language;
use vyveska::glass::Rect;
use vyveska::glass::elements::{Element, Frame, Role};
use vyveska::nav::Page;
use vyveska::service::Place;

use super::screens::stage::Stage;
use super::screens::studio::{self, Studio};
use super::screens::{SIZES, staged};

/// No target is smaller, in millimetres.
const TARGET: f32 = 20.0;
/// Between letters and what is really behind them.
const CONTRAST: f32 = 4.5;
/// Rounding of places, in pixels.
const SLACK: f32 = 1.5;

// A test for each size, so that they run side by side.

#[test]
fn every_page_upright() {
    look(SIZES[0], all());
}

#[test]
fn every_page_across() {
    look(SIZES[1], all());
}

#[test]
fn every_page_small() {
    look(SIZES[2], all());
}

/// Laid out like the upright one, millimetre for millimetre: the languages take turns.
#[test]
fn every_page_fine() {
    look(SIZES[3], Stage::ALL.iter().zip(Language::ALL.into_iter().cycle()));
}

fn all() -> impl Iterator<Item = (&'static Stage, Language)> {
    Stage::ALL.iter().flat_map(|stage| Language::ALL.map(|language| (stage, language)))
}

fn look(size: &str, places: impl Iterator<Item = (&'static Stage, Language)>) {
    let per_mm = studio::panel(size).expect("a size").pixels_per_mm();
    let mut faults = Vec::new();
    for (stage, language) in places {
        let mut studio = staged(stage.name, size, language);
        let found = Sight::of(&mut studio).faults(per_mm);
        let place = format!("{} at {size} in {}", stage.name, language.code());
        faults.extend(found.into_iter().map(|fault| format!("{place}: {fault}")));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// What is on the glass.
struct Sight<'a> {
    studio: &'a Studio,
    /// Those that can be seen and are not covered, in reading order.
    elements: Vec<Element>,
    /// Its content is longer than the glass, so that its edge may cut a line.
    scrolls: bool,
}

impl<'a> Sight<'a> {
    fn of(studio: &'a mut Studio) -> Sight<'a> {
        studio.glass.draw();
        let size = studio.glass.pane().size();
        let all: Vec<Element> =
            studio.glass.elements().into_iter().filter(|element| element.visible.is_some()).collect();
        // The choice of a language and the question before the end lie over the controls, which is their place.
        let lies_over = |element: &Element| {
            let place = seen(element);
            let below = place.width == size.width && place.y + place.height == size.height;
            below && matches!(element.role, Role::Groupbox | Role::Button)
        };
        let covered = |at: usize| {
            let mut later = all[at + 1..].iter().filter(|element| element.depth <= all[at].depth && lies_over(element));
            later.any(|over| overlap(seen(&all[at]), seen(over)))
        };
        let mut elements: Vec<Element> = Vec::new();
        // What is covered in part is covered with all that it holds.
        let mut beneath = None;
        for (at, element) in all.iter().enumerate() {
            beneath = beneath.filter(|depth| element.depth > *depth);
            if beneath.is_none() && covered(at) {
                beneath = Some(element.depth);
            }
            if beneath.is_none() {
                elements.push(element.clone());
            }
        }
        let service = matches!(studio.screen.service().place(), Place::Open(_));
        let scrolls = service
            || matches!(studio.screen.nav().page(), Page::Board | Page::Categories | Page::Notice(_) | Page::Pages(_));
        Sight { studio, elements, scrolls }
    }

    fn faults(&self, per_mm: f32) -> Vec<String> {
        let of = |role: Role| self.elements.iter().filter(|element| element.role == role).collect::<Vec<_>>();
        let buttons = of(Role::Button);
        // What only groups others has no words of its own.
        let texts = of(Role::Text).into_iter().filter(|text| text.needs().is_some_and(|(wide, _)| wide > 0.0));
        let texts: Vec<&Element> = texts.collect();
        let mut faults = Vec::new();
        if buttons.is_empty() || texts.is_empty() {
            faults.push("there is nothing to press or to read".to_owned());
        }
        for (at, button) in buttons.iter().enumerate() {
            faults.extend(self.button(button, per_mm).map(|fault| format!("{button:?} {fault}")));
            let others = buttons[at + 1..].iter().filter(|other| overlap(seen(button), seen(other)));
            faults.extend(others.map(|other| format!("{button:?} and {other:?} overlap")));
        }
        for (at, text) in texts.iter().enumerate() {
            faults.extend(self.text(text).map(|fault| format!("{text:?} {fault}")));
            let others = texts[at + 1..].iter().filter(|other| overlap(seen(text), seen(other)));
            faults.extend(others.map(|other| format!("{text:?} and {other:?} overlap")));
        }
        faults
    }

    fn button(&self, button: &Element, per_mm: f32) -> Option<String> {
        let Frame { width, height, .. } = button.frame;
        let least = TARGET * per_mm - 1.0;
        if button.label.trim().is_empty() {
            Some("has no name".to_owned())
        } else if !button.focusable && button.enabled {
            Some("cannot be reached with keys".to_owned())
        } else if width < least || height < least {
            Some(format!("is smaller than {TARGET} mm"))
        } else {
            self.cut(button)
        }
    }

    fn text(&self, text: &Element) -> Option<String> {
        let (wide, high) = text.needs().expect("a text");
        if wide > text.frame.width + SLACK || high > text.frame.height + SLACK {
            return Some(format!("needs {wide:.0}×{high:.0}"));
        }
        let holder = self.elements.iter().take_while(|element| !std::ptr::eq(*element, text));
        let holder = holder.filter(|element| element.depth < text.depth).last();
        if let Some(holder) = holder.filter(|holder| holder.role == Role::Button)
            && !within(text.frame, holder.frame)
        {
            return Some(format!("leaves {holder:?}"));
        }
        if let Some(cut) = self.cut(text) {
            return Some(cut);
        }
        let whole = seen(text).height as f32 >= text.frame.height - SLACK;
        let contrast = self.contrast(seen(text));
        (whole && contrast < CONTRAST).then(|| format!("has a contrast of {contrast:.1}"))
    }

    /// Only what can be scrolled may be cut, and only above and below.
    fn cut(&self, element: &Element) -> Option<String> {
        let (frame, seen) = (element.frame, seen(element));
        let across = (seen.width as f32) < frame.width - SLACK;
        let down = (seen.height as f32) < frame.height - SLACK;
        (across || (down && !self.scrolls)).then(|| format!("is cut off: {seen:?} is all that is seen"))
    }

    /// Between the colour that fills most of a place and the one that stands out most from it.
    fn contrast(&self, place: Rect) -> f32 {
        let pane = self.studio.glass.pane();
        let width = pane.size().width as usize;
        let mut colours: HashMap<u32, u32> = HashMap::new();
        for y in place.y..place.y + place.height {
            let start = y as usize * width + place.x as usize;
            for pixel in &pane.pixels()[start..start + place.width as usize] {
                *colours.entry(pixel.0).or_default() += 1;
            }
        }
        let behind = colours.iter().max_by_key(|(_, count)| **count).map(|(colour, _)| luminance(*colour));
        let behind = behind.expect("it has pixels");
        // A stray pixel makes no letter.
        let letters = colours.iter().filter(|(_, count)| **count >= 4);
        letters.map(|(colour, _)| ratio(luminance(*colour), behind)).fold(1.0, f32::max)
    }
}

fn seen(element: &Element) -> Rect {
    element.visible.expect("only what can be seen is looked at")
}

/// By more than rounding.
fn overlap(one: Rect, other: Rect) -> bool {
    let across = one.x + 2 < other.x + other.width && other.x + 2 < one.x + one.width;
    let down = one.y + 2 < other.y + other.height && other.y + 2 < one.y + one.height;
    across && down
}

fn within(inner: Frame, outer: Frame) -> bool {
    inner.x >= outer.x - SLACK
        && inner.y >= outer.y - SLACK
        && inner.x + inner.width <= outer.x + outer.width + SLACK
        && inner.y + inner.height <= outer.y + outer.height + SLACK
}

/// WCAG 2.2, relative luminance.
fn luminance(colour: u32) -> f32 {
    let [r, g, b] = [16, 8, 0].map(|shift| {
        let part = ((colour >> shift) & 0xff) as f32 / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn ratio(one: f32, other: f32) -> f32 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
