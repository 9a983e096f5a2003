//! Every order in which things can happen, within bounds: the crate's transitions under a model checker.
//!
//! What each exploration has seen is printed: `cargo test --test model -- --nocapture`.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail like a test"
)]

#[path = "model/mod.rs"]
mod model;
#[path = "support/handshake.rs"]
mod support;

use model::{Attacker, Bug, Decision, Party, Setup, check, find, properties as property};

const CROSSING: &[(Party, Decision)] = &[
    (Party::Source, Decision::Revoke),
    (Party::Source, Decision::Remove),
    (Party::First, Decision::Cancel),
    (Party::First, Decision::Remove),
];

/// A program may end between computing, writing and sending.
const STEPS: Setup = Setup {
    name: "crashes between the steps",
    decisions: &[(Party::Source, Decision::Revoke), (Party::First, Decision::Cancel)],
    expires: true,
    crashes: 2,
    stepping: &[Party::Source, Party::First],
    sometimes: &[
        "both are active",
        "only the source is active",
        "a confirmation meets a cancelled acceptance",
        "a revoked code is accepted",
        "it expires",
        "a program ends between its steps",
    ],
    ..Setup::PLAIN
};

/// Two handlers of one program work on the same record.
const HANDLERS: Setup = Setup {
    name: "two handlers at once",
    contested: true,
    bound: false,
    stepping: &[Party::Source],
    handlers: 2,
    sometimes: &["both are active", "two handlers meet", "another was first", "a second acceptor is noticed"],
    ..Setup::PLAIN
};

/// Two instances accept the same code.
const RACE: Setup = Setup {
    name: "two acceptors",
    contested: true,
    bound: false,
    decisions: &[(Party::Source, Decision::Revoke), (Party::First, Decision::Cancel)],
    expires: true,
    sometimes: &[
        "both are active",
        "another was first",
        "a second acceptor is noticed",
        "a revoked code is accepted",
        "the destination declines",
        "it expires",
    ],
    ..Setup::PLAIN
};

/// A new invitation takes the place of one that may be accepted at the same time.
const REISSUE: Setup = Setup {
    name: "a new code in the place of another",
    decisions: &[
        (Party::Source, Decision::Supersede),
        (Party::Source, Decision::Revoke),
        (Party::First, Decision::Cancel),
    ],
    expires: true,
    sometimes: &[
        "both are active",
        "a superseded code is accepted",
        "the new code is accepted",
        "a revoked code is accepted",
        "it expires",
    ],
    ..Setup::PLAIN
};

/// Each side ends it while the other's word is on its way.
const CANCEL: Setup = Setup {
    name: "both sides end it",
    decisions: CROSSING,
    declinable: true,
    expires: true,
    sometimes: &[
        "a confirmation meets a cancelled acceptance",
        "one side has removed what the other has active",
        "both have removed it",
        "a removed connection is accepted",
        "the destination declines",
    ],
    ..Setup::PLAIN
};

/// An admin approves, or does not, at any moment.
const APPROVAL: Setup = Setup {
    name: "approval by hand",
    by_hand: true,
    decisions: &[
        (Party::Source, Decision::Approve),
        (Party::Source, Decision::Decline),
        (Party::Source, Decision::Revoke),
        (Party::First, Decision::Cancel),
    ],
    expires: true,
    sometimes: &[
        "approval is awaited",
        "both are active",
        "the admin declines",
        "a confirmation meets a cancelled acceptance",
        "it expires",
    ],
    ..Setup::PLAIN
};

/// The same, while a second instance accepts.
const CONTESTED_APPROVAL: Setup = Setup {
    name: "approval by hand of one of two",
    contested: true,
    bound: false,
    decisions: &[
        (Party::Source, Decision::Approve),
        (Party::Source, Decision::Decline),
        (Party::First, Decision::Cancel),
    ],
    expires: false,
    sometimes: &["approval is awaited", "both are active", "the admin declines", "another was first"],
    ..APPROVAL
};

/// A source that cannot be called fetches the acceptance.
const FETCHING: Setup = Setup {
    name: "a private source",
    public_source: false,
    decisions: CROSSING,
    declinable: true,
    expires: true,
    sometimes: &[
        "both are active",
        "only the source is active",
        "a confirmation meets a cancelled acceptance",
        "both have removed it",
        "the destination declines",
        "it expires",
    ],
    ..Setup::PLAIN
};

/// The same, with an admin who approves.
const FETCHING_APPROVAL: Setup = Setup {
    name: "a private source with approval by hand",
    by_hand: true,
    decisions: &[
        (Party::Source, Decision::Approve),
        (Party::Source, Decision::Decline),
        (Party::Source, Decision::Revoke),
        (Party::First, Decision::Cancel),
    ],
    sometimes: &["approval is awaited", "both are active", "the admin declines"],
    ..FETCHING
};

/// A destination that cannot be called hears of everything when it asks.
const ASKING: Setup = Setup {
    name: "a private destination",
    public_destination: false,
    decisions: CROSSING,
    declinable: true,
    expires: true,
    sometimes: &[
        "both are active",
        "a confirmation meets a cancelled acceptance",
        "one side has removed what the other has active",
        "the destination declines",
        "it expires",
    ],
    ..Setup::PLAIN
};

/// Each side switches it off and on.
const SWITCHES: Setup = Setup {
    name: "switches",
    decisions: &[
        (Party::Source, Decision::Deactivate),
        (Party::Source, Decision::Activate),
        (Party::First, Decision::Deactivate),
        (Party::First, Decision::Activate),
    ],
    switches: 3,
    sometimes: &["both are active", "both have it off"],
    ..Setup::PLAIN
};

/// Each side removes what the other may switch off at the same time.
const REMOVAL: Setup = Setup {
    name: "switches and removal",
    decisions: &[
        (Party::Source, Decision::Deactivate),
        (Party::Source, Decision::Remove),
        (Party::First, Decision::Deactivate),
        (Party::First, Decision::Remove),
    ],
    switches: 1,
    sometimes: &["one side has removed what the other has active", "both have removed it"],
    ..Setup::PLAIN
};

/// Somebody in the network changes, reflects and invents.
const FORGERIES: Setup = Setup {
    name: "a man in the middle without the code",
    decisions: &[
        (Party::Source, Decision::Supersede),
        (Party::Source, Decision::Remove),
        (Party::First, Decision::Cancel),
    ],
    attacker: Attacker::WithoutCode,
    sometimes: &[
        "both are active",
        "the new code is accepted",
        "one side has removed what the other has active",
    ],
    ..Setup::PLAIN
};

/// Somebody in the network has the code.
const IN_BETWEEN: Setup = Setup {
    name: "a man in the middle who has the code",
    bound: false,
    decisions: &[(Party::First, Decision::Cancel)],
    attacker: Attacker::WithCode,
    sometimes: &["both are active", "somebody sits in between"],
    ..Setup::PLAIN
};

/// Somebody finds the code of a private source in an archive.
const LATE_LEAK_FETCHING: Setup = Setup {
    name: "a private source's code that is found late",
    public_source: false,
    bound: true,
    decisions: &[(Party::Source, Decision::Remove), (Party::First, Decision::Remove)],
    sometimes: &["both are active", "the code is found late", "both have removed it"],
    ..LATE_LEAK
};

/// Somebody finds the code in an archive.
const LATE_LEAK: Setup = Setup {
    name: "a code that is found late",
    bound: false,
    decisions: &[(Party::Source, Decision::Remove)],
    attacker: Attacker::WithCodeLate,
    sometimes: &[
        "both are active",
        "the code is found late",
        "one side has removed what the other has active",
    ],
    ..Setup::PLAIN
};

#[test]
fn nothing_goes_wrong_when_programs_end_between_their_steps() {
    check(STEPS);
}

#[test]
fn nothing_goes_wrong_when_two_handlers_work_on_the_same_record() {
    check(HANDLERS);
}

#[test]
fn nothing_goes_wrong_when_two_instances_accept_the_same_code() {
    check(RACE);
}

#[test]
fn nothing_goes_wrong_when_a_new_code_takes_the_place_of_another() {
    check(REISSUE);
}

#[test]
fn nothing_goes_wrong_when_both_sides_end_it() {
    check(CANCEL);
}

#[test]
fn nothing_goes_wrong_when_an_admin_has_to_approve() {
    check(APPROVAL);
    check(CONTESTED_APPROVAL);
}

#[test]
fn nothing_goes_wrong_when_the_source_has_to_fetch() {
    check(FETCHING);
    check(FETCHING_APPROVAL);
}

#[test]
fn nothing_goes_wrong_when_the_destination_cannot_be_called() {
    check(ASKING);
}

#[test]
fn nothing_goes_wrong_when_it_is_switched_and_removed() {
    check(SWITCHES);
    check(REMOVAL);
}

#[test]
fn nothing_goes_wrong_when_somebody_forges_messages() {
    check(FORGERIES);
}

#[test]
fn whoever_has_the_code_in_time_shows() {
    check(IN_BETWEEN);
}

#[test]
fn whoever_finds_the_code_late_can_do_nothing() {
    check(LATE_LEAK);
    check(LATE_LEAK_FETCHING);
}

#[test]
fn a_retry_with_a_fresh_key_is_found() {
    find(Setup::PLAIN.with(Bug::RetriesWithAFreshKey), property::AGREEMENT);
}

#[test]
fn an_answer_before_the_write_is_found() {
    find(STEPS.with(Bug::SendsBeforeWriting), property::ONE_CONFIRMATION);
}

#[test]
fn a_write_that_does_not_look_is_found() {
    find(HANDLERS.with(Bug::WritesBlindly), property::ONE_CONFIRMATION);
}

#[test]
fn a_forgotten_answer_is_found() {
    let setup = Setup { crashes: 1, ..Setup::PLAIN }.with(Bug::ForgetsItsAnswer);
    find(setup, property::ONE_CONFIRMATION);
    find(setup, property::SAME_ANSWER);
}

#[test]
fn an_address_that_is_not_authenticated_is_found() {
    find(FORGERIES.with(Bug::LeavesTheAddressOpen), property::NO_FORGERY);
}

#[test]
fn a_refusal_without_a_name_is_found() {
    find(RACE.with(Bug::RefusesWithoutAName), property::AGREEMENT);
}

#[test]
fn an_error_page_that_counts_is_found() {
    find(FORGERIES.with(Bug::BelievesErrorPages), property::NO_FORGERY);
}

#[test]
fn a_silent_cancellation_is_found() {
    find(CANCEL.with(Bug::CancelsInSilence), property::AGREEMENT);
}

#[test]
fn a_revived_connection_is_found() {
    find(CANCEL.with(Bug::RevivesWhatIsClosed), property::CLOSED);
}

#[test]
fn a_forgotten_new_code_is_found() {
    let setup = Setup { crashes: 1, expires: false, ..REISSUE };
    find(setup.with(Bug::ForgetsWhatWasSuperseded), property::NO_CHANGE_OF_MIND);
}

#[test]
fn a_confirmation_without_a_name_is_found() {
    find(RACE.with(Bug::ConfirmsWithoutAName), property::ONE_EACH);
    find(RACE.with(Bug::ConfirmsWithoutAName), property::SAME_SECRET);
}

#[test]
fn entropy_that_others_know_is_found() {
    find(Setup::PLAIN.with(Bug::DrawsWhatOthersKnow), property::SECRECY);
}

#[test]
fn a_switch_without_a_number_is_found() {
    find(SWITCHES.with(Bug::SwitchesWithoutANumber), property::SWITCHES);
}

#[test]
fn an_old_report_that_counts_is_found() {
    find(SWITCHES.with(Bug::IgnoresSequence), property::NO_REPLAY);
}
