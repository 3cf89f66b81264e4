//! Everything on the glass that has a role, with its words and its place: what tests tap, what checks of size and
//! order measure, what speech will say.
//!
//! It deliberately needs no debug information in the pages: an element is found by what a reader would be told. This
//! file alone walks Slint's hidden item tree.
//!
//! The surprising thing: a list only holds the rows near its visible part, so what is far down is not found until it
//! is scrolled to.

use i_slint_core::accessibility::{
    AccessibilityAction, AccessibleStringProperty, SupportedAccessibilityAction, nearest_accessible_item,
};
use i_slint_core::item_tree::{ItemRc, ItemTreeRc};
use i_slint_core::items::{FocusScope, Orientation, TextInput};
use i_slint_core::lengths::{LogicalRect, LogicalVector};
use i_slint_core::window::{PopupWindowLocation, WindowInner};
use slint::Window;

pub use i_slint_core::items::AccessibleRole as Role;

use super::{Rect, Size};

/// An element a reader can be told about.
#[derive(Clone)]
pub struct Element {
    pub role: Role,
    /// Its name: what a button says, what a field is called. Empty when it has none.
    pub label: String,
    pub value: String,
    pub description: String,
    /// All of it, also what is scrolled away or clipped; physical pixels, may lie outside the panel.
    pub frame: Frame,
    /// The part of it that can be seen, if any.
    pub visible: Option<Rect>,
    pub enabled: bool,
    pub checked: bool,
    /// Whether a key pad can reach it.
    pub focusable: bool,
    pub focused: bool,
    /// Whether it can be pressed without knowing where it is.
    pub pressable: bool,
    /// How many elements it lies within.
    pub depth: usize,
    item: ItemRc,
}

/// A place in physical pixels, with fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Element {
    /// The middle of what can be seen of it: where a finger would go.
    pub fn centre(&self) -> Option<(f32, f32)> {
        let seen = self.visible?;
        Some((seen.x as f32 + seen.width as f32 / 2.0, seen.y as f32 + seen.height as f32 / 2.0))
    }

    /// What its words need in physical pixels: the width of the longest of them (of all where they do not wrap), and
    /// the height at the width they have. `None`: it is no text.
    pub fn needs(&self) -> Option<(f32, f32)> {
        let adapter = self.item.window_adapter().filter(|_| self.role == Role::Text)?;
        let scale = adapter.window().scale_factor();
        let least = |orientation, across| {
            self.item.borrow().as_ref().layout_info(orientation, across, &adapter, &self.item).min * scale
        };
        Some((least(Orientation::Horizontal, -1.0), least(Orientation::Vertical, self.frame.width / scale)))
    }

    /// Does what pressing it does, for speech and switches.
    pub fn activate(&self) {
        self.item.accessible_action(&AccessibilityAction::Default);
    }
}

impl std::fmt::Debug for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:indent$}{} {:?}", "", self.role, self.label, indent = self.depth * 2)?;
        if !self.value.is_empty() {
            write!(f, " = {:?}", self.value)?;
        }
        if !self.description.is_empty() {
            write!(f, " ({})", self.description)?;
        }
        let Frame { x, y, width, height } = self.frame;
        write!(f, " at {x:.0},{y:.0} {width:.0}×{height:.0}")?;
        for (flag, word) in [
            (self.visible.is_none(), "unseen"),
            (!self.enabled, "disabled"),
            (self.checked, "checked"),
            (self.focusable, "focusable"),
            (self.focused, "focused"),
        ] {
            if flag {
                write!(f, " {word}")?;
            }
        }
        Ok(())
    }
}

/// All elements of the window and its popups, in reading order.
pub(super) fn of(window: &Window, panel: Size) -> Vec<Element> {
    let inner = WindowInner::from_pub(window);
    let Some(root) = inner.try_component() else { return Vec::new() };
    inner.ensure_tree_instantiated();
    let scale = window.scale_factor();
    let whole = LogicalRect::new(Default::default(), [panel.width as f32 / scale, panel.height as f32 / scale].into());
    let focused = inner.focus_item.borrow().upgrade().map(nearest_accessible_item);
    let mut walk = Walk { scale, focused, found: Vec::new() };
    walk.tree(root, LogicalVector::default(), whole);
    for popup in inner.active_popups().iter() {
        if let PopupWindowLocation::ChildWindow(place) = &popup.location {
            walk.tree(popup.component.clone(), place.to_vector(), whole);
        }
    }
    walk.found
}

struct Walk {
    scale: f32,
    focused: Option<ItemRc>,
    found: Vec<Element>,
}

impl Walk {
    fn tree(&mut self, root: ItemTreeRc, offset: LogicalVector, clip: LogicalRect) {
        self.item(ItemRc::new_root(root), offset, clip, None, 0);
    }

    /// `offset` is the place of the item's parent in the window, `clip` what can be seen there, `holder` the element
    /// the item lies within.
    fn item(&mut self, item: ItemRc, offset: LogicalVector, clip: LogicalRect, holder: Option<usize>, depth: usize) {
        let geometry = item.geometry();
        let place = geometry.translate(offset);
        let mut holder = holder;
        let mut below = depth;
        if item.is_accessible() && item.accessible_role() != Role::None {
            holder = Some(self.found.len());
            let element = self.element(&item, place, clip, depth);
            self.found.push(element);
            below += 1;
        }
        if let Some(holder) = holder
            && takes_keys(&item)
        {
            self.found[holder].focusable = true;
        }
        let clip =
            if item.borrow().as_ref().clips_children() { clip.intersection(&place).unwrap_or_default() } else { clip };
        let mut child = item.first_child();
        while let Some(next) = child {
            child = next.next_sibling();
            self.item(next, place.origin.to_vector(), clip, holder, below);
        }
    }

    fn element(&self, item: &ItemRc, place: LogicalRect, clip: LogicalRect, depth: usize) -> Element {
        let text = |what| item.accessible_string_property(what).map(String::from).unwrap_or_default();
        let flag = |what| item.accessible_string_property(what).is_some_and(|value| value == "true");
        Element {
            role: item.accessible_role(),
            label: text(AccessibleStringProperty::Label),
            value: text(AccessibleStringProperty::Value),
            description: text(AccessibleStringProperty::Description),
            frame: Frame {
                x: place.origin.x * self.scale,
                y: place.origin.y * self.scale,
                width: place.size.width * self.scale,
                height: place.size.height * self.scale,
            },
            visible: clip.intersection(&place).and_then(|seen| self.pixels(seen)),
            enabled: item.accessible_string_property(AccessibleStringProperty::Enabled).is_none_or(|on| on == "true"),
            checked: flag(AccessibleStringProperty::Checked),
            focusable: false,
            focused: self.focused.as_ref() == Some(item),
            pressable: item.supported_accessibility_actions().contains(SupportedAccessibilityAction::Default),
            depth,
            item: item.clone(),
        }
    }

    fn pixels(&self, seen: LogicalRect) -> Option<Rect> {
        let seen = (seen * self.scale).round().to_u32();
        (!seen.is_empty()).then_some(Rect {
            x: seen.origin.x,
            y: seen.origin.y,
            width: seen.size.width,
            height: seen.size.height,
        })
    }
}

fn takes_keys(item: &ItemRc) -> bool {
    if let Some(scope) = item.downcast::<FocusScope>() {
        let scope = scope.as_pin_ref();
        return scope.enabled() && scope.focus_on_tab_navigation();
    }
    item.downcast::<TextInput>().is_some_and(|input| input.as_pin_ref().enabled())
}
