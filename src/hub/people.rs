//! Who is at the browser, and what they may do.

pub mod page;

use serde::{Deserialize, Serialize};

use super::language::Language;
use super::problem::Problem;

/// What somebody is to an office, or to all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sees.
    Viewer,
    /// Decides what is on the boards: releases, takes down, sends urgent messages.
    Clerk,
    /// Looks after the devices: enrols, exchanges, orders.
    Operator,
    /// All of it, and the people.
    Administrator,
}

/// What a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    See,
    Notices,
    Devices,
    People,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Clerk, Role::Operator, Role::Administrator];

    /// As it is written down; never changes.
    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Clerk => "clerk",
            Role::Operator => "operator",
            Role::Administrator => "administrator",
        }
    }

    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// As people call it.
    pub fn say(self, language: Language) -> &'static str {
        match self {
            Role::Viewer => language.say("čtenář", "viewer"),
            Role::Clerk => language.say("úředník", "clerk"),
            Role::Operator => language.say("technik", "operator"),
            Role::Administrator => language.say("správce", "administrator"),
        }
    }

    /// What it is for, in one line.
    pub fn purpose(self, language: Language) -> &'static str {
        match self {
            Role::Viewer => language.say("jen se dívá", "only looks"),
            Role::Clerk => language.say("rozhoduje o tom, co je na deskách", "decides what is on the boards"),
            Role::Operator => language.say("stará se o zařízení", "looks after the devices"),
            Role::Administrator => language.say("všechno, i lidé a záznam", "everything, people and audit too"),
        }
    }

    pub fn may(self, deed: Deed) -> bool {
        match self {
            Role::Viewer => deed == Deed::See,
            Role::Clerk => matches!(deed, Deed::See | Deed::Notices),
            Role::Operator => matches!(deed, Deed::See | Deed::Devices),
            Role::Administrator => true,
        }
    }
}

/// Somebody who has logged in.
#[derive(Debug, Clone)]
pub struct Who {
    pub person: i64,
    pub login: String,
    pub language: Language,
    /// In each office; `""` means all of them.
    pub roles: Vec<(String, Role)>,
    /// The digest by which the session is kept.
    pub session: [u8; 32],
    /// Goes with every form: only a page of ours knows it.
    pub csrf: String,
}

impl Who {
    /// Whether they may do that in the office; `""`: in all of them.
    pub fn may(&self, deed: Deed, office: &str) -> bool {
        self.roles.iter().any(|(place, role)| (place.is_empty() || place == office) && role.may(deed))
    }

    /// Goes on where they may do that in the office. Whoever may not even see it learns nothing of it.
    pub fn need(&self, deed: Deed, office: &str) -> Result<(), Problem> {
        match (self.may(Deed::See, office), self.may(deed, office)) {
            (_, true) => Ok(()),
            (true, false) => Err(Problem::Forbidden),
            (false, false) => Err(Problem::NotFound),
        }
    }

    /// Whether they may do that in any office at all: what decides whether a page is offered.
    pub fn may_somewhere(&self, deed: Deed) -> bool {
        self.roles.iter().any(|(_, role)| role.may(deed))
    }
}
