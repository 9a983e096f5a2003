//! A model of two or three instances, their stores and the network between them, for a model checker.
//!
//! Nothing of the protocol is modelled: each step calls the crate's own transitions, with real keys, on records that are
//! read back from their stored bytes. What is modelled is what lies between the steps. A message that was ever sent can
//! be delivered to anybody it is for, any number of times and at any later time, or never; so it is lost, repeated and
//! overtaken as a matter of course. A program ends between any two steps, and begins again with what its store has.
//! People decide whenever they may. Time is early or late: before or after the invitation expires.

mod actions;
mod attacker;
mod bugs;
mod calm;
mod check;
mod lab;
mod message;
pub(crate) mod properties;
mod setup;
mod turn;
mod world;

pub(crate) use bugs::Bug;
pub(crate) use check::{check, find};
pub(crate) use setup::{Attacker, Decision, Party, Setup};
