//! How large letters and distances are on this glass, and how they look to this reader.
//!
//! It draws nothing; `ui/theme.slint` has the colours. The surprising thing: larger letters are not larger everywhere
//! by the same factor, since a narrow panel has less room to give, and none is offered where it would be no help.

use slint::ComponentHandle;
use vyveska_ui as ui;

use crate::config::Panel;
use crate::nav::Look;

/// Distance from which the letters of the pages are 0.7° high, in millimetres.
const REFERENCE_DISTANCE: f32 = 800.0;
/// Width of a small picture as read from there, in millimetres: that of ui/widgets/thumb.slint.
const THUMB: f32 = 40.0;
/// Less than this across, as read from there, and controls stand closer; in millimetres.
const NARROW: f32 = 340.0;
/// Less than this across, and a page has no room for its words; in millimetres.
const TOO_NARROW: f32 = 255.0;
/// Thickness of lines, in millimetres.
const HAIR: f32 = 0.6;
/// Of larger letters, where there is room.
const LARGER: f32 = 1.25;
/// Nobody would see less.
const HARDLY_LARGER: f32 = 1.1;

/// What everything is multiplied with so that it is read from where people stand.
fn scale(panel: &Panel) -> f32 {
    panel.reading_distance_mm / REFERENCE_DISTANCE
}

/// How much larger letters may be on this glass.
fn larger(panel: &Panel) -> Option<f32> {
    // Two columns need the room of two.
    let columns = if is_wide(panel) { 2.0 } else { 1.0 };
    let room = panel.width_mm / scale(panel) / (columns * TOO_NARROW);
    Some(room.min(LARGER)).filter(|factor| *factor >= HARDLY_LARGER)
}

fn is_wide(panel: &Panel) -> bool {
    panel.width_px > panel.height_px
}

/// Gives the pages their sizes and colours; the width of a small picture in pixels.
pub fn put_on(app: &ui::App, panel: &Panel, look: Look) -> u32 {
    let larger = larger(panel);
    let scale = scale(panel) * larger.filter(|_| look.large).unwrap_or(1.0);
    let theme = app.global::<ui::Theme>();
    theme.set_contrast(look.contrast);
    measure(&theme, panel, scale, app.window().scale_factor());
    let sheet = app.global::<ui::Look>();
    sheet.set_has_large(larger.is_some());
    sheet.set_large(look.large);
    sheet.set_contrast(look.contrast);
    (THUMB * scale * panel.pixels_per_mm()).round() as u32
}

/// Gives a theme the sizes of the panel. `scale`: of everything, by where people stand; `density`: pixels of the panel
/// for each of Slint's.
fn measure(theme: &ui::Theme, panel: &Panel, scale: f32, density: f32) {
    theme.set_scale(scale);
    theme.set_wide(is_wide(panel));
    theme.set_narrow(panel.width_mm / scale < NARROW);
    theme.set_across(panel.width_px as f32 / density);
    let hair = HAIR * scale * panel.pixels_per_mm();
    theme.set_hair(hair.round().max(1.0) / density);
}

/// The same for the page that is left when nothing else can be shown.
pub fn put_on_rescue(page: &ui::Rescue, panel: &Panel) {
    measure(&page.global::<ui::Theme>(), panel, scale(panel), page.window().scale_factor());
}

#[cfg(test)]
mod tests {
    use slint::{Color, ComponentHandle};
    use vyveska_ui as ui;

    use super::larger;
    use crate::config::{Panel, contrast_with_white};
    use crate::glass::Offscreen;
    use crate::screen::head;

    /// Contrast of two colours: each is compared with white, whose luminance is 1.
    fn contrast(a: Color, b: Color) -> f64 {
        let against_white = |colour: Color| {
            contrast_with_white(
                u32::from(colour.red()) << 16 | u32::from(colour.green()) << 8 | u32::from(colour.blue()),
            )
        };
        let (a, b) = (against_white(a), against_white(b));
        a.max(b) / a.min(b)
    }

    #[test]
    fn everything_that_is_read_stands_out_from_what_it_stands_on() {
        let _glass = Offscreen::new(400, 640, 1.0).expect("a glass");
        let app = ui::App::new().expect("pages");
        let theme = app.global::<ui::Theme>();
        for (high, least) in [(false, 4.5), (true, 7.0)] {
            theme.set_contrast(high);
            for (number, given) in
                [0x0f_4c_81, 0x7a_1f_2b, 0x2e_6b_34, 0x00_00_00, 0x76_76_76, 0xff_00_00].into_iter().enumerate()
            {
                let colour = head::colour(given);
                theme.set_colour(colour);
                let pairs = [
                    (theme.get_ink(), theme.get_paper()),
                    (theme.get_ink(), theme.get_sheet()),
                    (theme.get_ink(), theme.get_shade()),
                    (theme.get_soft(), theme.get_paper()),
                    (theme.get_soft(), theme.get_sheet()),
                    (theme.get_soft(), theme.get_shade()),
                    (theme.get_faint(), theme.get_sheet()),
                    (theme.get_light(), theme.get_ink()),
                    (theme.get_light(), theme.get_colour()),
                    (theme.get_colour(), theme.get_paper()),
                    (theme.get_colour(), theme.get_sheet()),
                ];
                for (at, (letters, ground)) in pairs.into_iter().enumerate() {
                    let found = contrast(letters, ground);
                    assert!(found >= least, "colour {number}, pair {at}, high contrast {high}: {found:.2}");
                }
            }
        }
    }

    #[test]
    fn letters_grow_as_far_as_there_is_room() {
        let panel = |width_px, height_px, width_mm, reading_distance_mm| Panel {
            width_px,
            height_px,
            width_mm,
            height_mm: width_mm * height_px as f32 / width_px as f32,
            lower_edge_mm: 850.0,
            reading_distance_mm,
        };
        assert_eq!(larger(&panel(1080, 1920, 398.0, 800.0)), Some(1.25));
        let narrow = larger(&panel(800, 1280, 295.0, 800.0)).expect("some room");
        assert!((1.1..1.2).contains(&narrow), "{narrow}");
        assert_eq!(larger(&panel(1080, 1920, 268.0, 800.0)), None);
        assert_eq!(larger(&panel(1080, 1920, 268.0, 600.0)), Some(1.25));
        assert_eq!(larger(&panel(1920, 1080, 708.0, 800.0)), Some(1.25));
    }
}
