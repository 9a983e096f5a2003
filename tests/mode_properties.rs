//! What each mode is like, as facts that an application words itself.

use handclasp::{Complexity, Configured, ConnectionMode, Entities, ModeRules};

#[track_caller]
fn check(
    mode: ConnectionMode,
    rules: (ModeRules, bool, Configured, Entities),
    complexity: (Complexity, Complexity),
) {
    let found = mode.properties();
    assert_eq!((found.rules, found.editable, found.configured, found.entities), rules);
    assert_eq!((found.complexity_from, found.complexity_to), complexity);
}

#[test]
fn basic() {
    let rules = (ModeRules::Automatic, false, Configured::BySystem, Entities::MainEntity);
    check(ConnectionMode::Basic, rules, (Complexity::Basic, Complexity::Basic));
}

#[test]
fn visual() {
    let rules = (ModeRules::Mappings, true, Configured::OneInterface, Entities::AsMapped);
    check(ConnectionMode::Visual, rules, (Complexity::Basic, Complexity::Intermediate));
}

#[test]
fn script() {
    let rules = (ModeRules::Scripts, true, Configured::EachSide, Entities::Any);
    check(ConnectionMode::Script, rules, (Complexity::Basic, Complexity::Advanced));
}

#[test]
fn properties_are_serialised_by_their_codes() {
    let expected = serde_json::json!({
        "rules": "mappings",
        "editable": true,
        "configured": "one-interface",
        "entities": "as-mapped",
        "complexity_from": "basic",
        "complexity_to": "intermediate",
    });
    assert_eq!(serde_json::to_value(ConnectionMode::Visual.properties()).unwrap(), expected);
}
