//! Companies, a browser, and people in front of it.

mod browser;
mod company;
mod lossy;
mod sight;
mod stage;
mod steps;
mod window;

pub(crate) use company::{PASSWORD, Place};
pub(crate) use lossy::Lossy;
pub(crate) use sight::Sight;
pub(crate) use stage::{Stage, play, play_without_scripts};
pub(crate) use steps::{
    accept, admin_pass, begin, both_active, choose, connect, enter, initiate, invitation, look_at, paste,
    two, wizard, wizard_without_url,
};
pub(crate) use window::Window;
