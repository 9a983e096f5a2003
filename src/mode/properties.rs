//! What each mode is like: one table.

use serde::Serialize;

use super::ConnectionMode;
use crate::codes::coded;

/// What a mode is like. Every part has a stable code; the words are the application's.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ModeProperties {
    /// What decides how items are synchronised.
    pub rules: ModeRules,
    /// Whether an admin can change these rules.
    pub editable: bool,
    /// Who configures them, and where.
    pub configured: Configured,
    /// What can be synchronised.
    pub entities: Entities,
    /// The simplest use that the mode is recommended for.
    pub complexity_from: Complexity,
    /// The most demanding use that the mode is recommended for.
    pub complexity_to: Complexity,
}

coded! {
    /// What decides how items are synchronised.
    #[non_exhaustive]
    pub enum ModeRules {
        /// Automatic rules for basic fields.
        Automatic = "automatic",
        /// Low-code mappings.
        Mappings = "mappings",
        /// Scripts (Groovy).
        Scripts = "scripts",
    }
}

coded! {
    /// Who configures the rules, and where.
    #[non_exhaustive]
    pub enum Configured {
        /// The system does.
        BySystem = "by-system",
        /// Both sides are configured from one interface.
        OneInterface = "one-interface",
        /// Each side configures its own.
        EachSide = "each-side",
    }
}

coded! {
    /// What can be synchronised.
    #[non_exhaustive]
    pub enum Entities {
        /// The main entity only (issues).
        MainEntity = "main-entity",
        /// Whatever is mapped.
        AsMapped = "as-mapped",
        /// Any entity.
        Any = "any",
    }
}

coded! {
    /// How demanding a use is.
    #[non_exhaustive]
    pub enum Complexity {
        /// A few fields, as they are.
        Basic = "basic",
        /// Mapped fields and simple conditions.
        Intermediate = "intermediate",
        /// Anything.
        Advanced = "advanced",
    }
}

pub(super) const fn of(mode: ConnectionMode) -> ModeProperties {
    match mode {
        ConnectionMode::Basic => ModeProperties {
            rules: ModeRules::Automatic,
            editable: false,
            configured: Configured::BySystem,
            entities: Entities::MainEntity,
            complexity_from: Complexity::Basic,
            complexity_to: Complexity::Basic,
        },
        ConnectionMode::Visual => ModeProperties {
            rules: ModeRules::Mappings,
            editable: true,
            configured: Configured::OneInterface,
            entities: Entities::AsMapped,
            complexity_from: Complexity::Basic,
            complexity_to: Complexity::Intermediate,
        },
        ConnectionMode::Script => ModeProperties {
            rules: ModeRules::Scripts,
            editable: true,
            configured: Configured::EachSide,
            entities: Entities::Any,
            complexity_from: Complexity::Basic,
            complexity_to: Complexity::Advanced,
        },
    }
}
