//! The last page: how the offices are reached, from nothing but the configuration.
//!
//! It knows no notice and answers no touch.

use std::rc::Rc;

use slint::{ComponentHandle, ModelRc, PlatformError, VecModel};
use vyveska_ui as ui;

use super::{head, look, qr};
use crate::config::{Language, Panel};
use crate::model::Board;

/// More offices than this have no room; a panel of so many boards belongs to a union that has one telephone.
const MAX_OFFICES: usize = 6;

/// On the glass as long as it lives.
pub struct Rescue {
    _page: ui::Rescue,
}

impl Rescue {
    /// On the thread of the glass, after it was made. `boards` is empty where no configuration could be read.
    pub fn new(panel: &Panel, boards: &[Board], language: Language) -> Result<Rescue, PlatformError> {
        let page = ui::Rescue::new()?;
        look::put_on_rescue(&page, panel);
        slint::select_bundled_translation(language.code()).expect("each language has its catalogue");
        if let [board] = boards {
            page.global::<ui::Theme>().set_colour(head::colour(board.colour));
        }
        let offices: Vec<ui::Office> = boards.iter().take(MAX_OFFICES).map(office).collect();
        page.global::<ui::RescuePage>().set_offices(ModelRc::from(Rc::new(VecModel::from(offices))));
        page.show()?;
        Ok(Rescue { _page: page })
    }
}

fn office(board: &Board) -> ui::Office {
    let web = board.web.as_deref().unwrap_or_default();
    let code = qr::code(web).filter(|_| !web.is_empty());
    ui::Office {
        name: board.name.as_str().into(),
        phone: head::phone(board).into(),
        web: head::address(web).into(),
        has_qr: code.is_some(),
        qr: code.unwrap_or_default(),
    }
}
