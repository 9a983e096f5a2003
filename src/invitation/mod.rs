//! Invitations: the code that is handed over, reading and writing it, and what whoever gets one is shown.

mod armor;
mod code;
mod contents;
mod paste;
mod preview;

pub(crate) use armor::Armor;
pub use code::{InvitationCode, ReadCodeError};
pub(crate) use contents::{Contents, Seconds};
pub use contents::{Invitation, InvitationField};
pub use paste::LooksLike;
pub use preview::{Binding, Obstacle, Preview, Warning};
