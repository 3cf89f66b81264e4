//! An urgent message: its own page, and the line above the others.

use std::rc::Rc;

use slint::{ComponentHandle, ModelRc, VecModel};
use vyveska_ui::{self as ui, Level};

use super::tie::tie;
use super::{day, head};
use crate::config::Language;
use crate::view::View;
use crate::wire::decree::{MAX_HEADLINE, MAX_TEXT, Message, Severity};

/// Fills the page of a message. `offered`: the languages of the glass.
pub fn fill(app: &ui::App, view: &View, message: &Message, spoken: Language, offered: &[Language]) {
    let page = app.global::<ui::UrgentPage>();
    page.set_message(told(message, view, spoken));
    page.set_several(view.messages.len() > 1);
    let said = message.said_in(spoken.code()).map(|info| info.language.as_str());
    // Of a drill it could not be said there that it is one.
    let others = offered.iter().filter(|language| Some(language.code()) != said && !message.is_drill());
    let elsewhere = others.filter_map(|language| {
        let info = message.info.iter().find(|info| info.language == language.code())?;
        Some(ui::Elsewhere { language: language.own_name().into(), headline: line(&info.headline).into() })
    });
    page.set_elsewhere(ModelRc::from(Rc::new(VecModel::from(elsewhere.collect::<Vec<_>>()))));
}

/// What changes with time: the head, and what is said of it.
pub fn dress(app: &ui::App, view: &View, message: &Message, spoken: Language) {
    let head = head::of(None, view);
    app.global::<ui::Theme>().set_colour(head.colour);
    let page = app.global::<ui::UrgentPage>();
    page.set_head(head);
    page.set_message(told(message, view, spoken));
}

/// The gravest message stands above every page but those of messages.
pub fn set_line(app: &ui::App, view: &View, spoken: Language, above: bool) {
    let page = app.global::<ui::UrgentPage>();
    let first = view.messages.first().filter(|_| above);
    if let Some(message) = first {
        page.set_line(told(message, view, spoken));
    }
    page.set_has_line(first.is_some());
}

fn told(message: &Message, view: &View, spoken: Language) -> ui::Message {
    let info = message.said_in(spoken.code());
    let paragraphs = info.map(|info| info.description.lines().map(tie).collect::<Vec<_>>().join("\n"));
    ui::Message {
        level: match message.severity {
            Severity::Extreme => Level::Extreme,
            Severity::Severe => Level::Severe,
            Severity::Moderate => Level::Moderate,
        },
        drill: message.is_drill(),
        headline: info.map(|info| line(&info.headline)).unwrap_or_default().into(),
        text: cut(&paragraphs.unwrap_or_default(), MAX_TEXT).into(),
        sender: cut(&tie(&message.sender_name), MAX_HEADLINE).into(),
        sent: day::moment(message.sent, view.now),
        until: day::moment(message.expires, view.now),
    }
}

fn line(text: &str) -> String {
    cut(&tie(text), MAX_HEADLINE)
}

/// The hub sends nothing longer; what does would push the rest off the glass.
fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|letter| *letter == '\n' || !letter.is_control()).take(most).collect()
}
