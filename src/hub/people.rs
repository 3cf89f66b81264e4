//! Who is at the browser, and what they may do.

use serde::{Deserialize, Serialize};

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
    pub english: bool,
    /// In each office; `""` means all of them.
    pub roles: Vec<(String, Role)>,
    /// Goes with every form: only a page of ours knows it.
    pub csrf: String,
}

impl Who {
    /// Whether they may do that in the office; `""`: in all of them.
    pub fn may(&self, deed: Deed, office: &str) -> bool {
        self.roles.iter().any(|(place, role)| (place.is_empty() || place == office) && role.may(deed))
    }
}
