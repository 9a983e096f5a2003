//! The three modes of a connection, and what they are like as data that an application can render.
//!
//! A mode is chosen once and is fixed for the connection's life.

mod properties;
mod set;

pub use properties::{Complexity, Configured, Entities, ModeProperties, ModeRules};
pub use set::ModeSet;

use crate::codes::coded;
use crate::records::Value;

coded! {
    /// How a connection is configured. Chosen once, fixed for the connection's life.
    #[expect(clippy::exhaustive_enums, reason = "a fourth mode would be a new format of codes, so a new major version")]
    pub enum ConnectionMode {
        /// Everything is synchronised by the system's own rules.
        Basic = "basic",
        /// Low-code mappings, both sides configured from one interface.
        Visual = "visual",
        /// Each side scripts what it sends and what it does with what comes in.
        Script = "script",
    }
}

impl ConnectionMode {
    /// What the mode is like, as facts that an application words itself.
    ///
    /// ```
    /// use handclasp::ConnectionMode;
    ///
    /// assert!(!ConnectionMode::Basic.properties().editable);
    /// assert_eq!(ConnectionMode::Script.properties().rules.code(), "scripts");
    /// ```
    #[must_use]
    pub const fn properties(self) -> ModeProperties {
        properties::of(self)
    }
}

impl core::fmt::Display for ConnectionMode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::Basic => "Basic",
            Self::Visual => "Visual",
            Self::Script => "Script",
        })
    }
}

impl Value for ConnectionMode {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::Basic => 1,
            Self::Visual => 2,
            Self::Script => 3,
        });
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [1] => Some(Self::Basic),
            [2] => Some(Self::Visual),
            [3] => Some(Self::Script),
            _ => None,
        }
    }
}
