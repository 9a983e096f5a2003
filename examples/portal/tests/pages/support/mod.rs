//! What the tests speak to the portal with.

pub(crate) mod browser;
pub(crate) mod company;
pub(crate) mod form;
pub(crate) mod html;
pub(crate) mod http;
pub(crate) mod story;

pub(crate) use browser::{Browser, Page};
pub(crate) use company::{PASSWORD, Side, free_port, signing_in};
pub(crate) use form::{Field, Form, Kind, encoded};
pub(crate) use http::Answer;
