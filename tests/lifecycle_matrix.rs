//! The table of the life cycle a second time, as DESIGN.md has it: one row for each trigger, one column for each stage.
//!
//! It follows the text of DESIGN.md rule by rule, and shares nothing with the code, so that both would have to be wrong in
//! the same way.
//!
//! | short | meaning |
//! |---|---|
//! | `=` | the stage stays |
//! | `>XX` | goes on to stage XX |
//! | `!xx` | denied: `mi` missing, `ex` exists, `ow` own invitation, `ns` not the source, `nd` not the destination, `lo` local, `na` not accepted, `aa` awaiting approval, `ac` already active, `no` not active, `cl` closed, `op` still open, `nm` nothing moved |
//! | `a` `w` `n` `c` `p` `r` `t` | answered with accept, withdraw, noted, confirm, waiting ("please wait"), refuse, report ("tell"); the stage stays |
//! | `c>XX` | answered so, and goes on to stage XX |
//! | `.` | not recognised |

#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use handclasp::Role;
use handclasp::lifecycle::{Cell, Denial, Reply, Stage, Trigger, cell};

/// The stages of a source; PE pending, EX expired, AW awaiting approval, UN unconfirmed, UO unconfirmed and off, ON active,
/// OH off here, OT off there, OB off both, CL closed, PA parted.
const SOURCE: &str = "
                   --    PE    EX    AW    UN    UO    ON    OH    OT    OB    CL    PA
initiate           >PE   !ex   !ex   !ex   !ex   !ex   !ex   !ex   !ex   !ex   !ex   !ex
accept-code        !ow   !ow   !ow   !ow   !ow   !ow   !ow   !ow   !ow   !ow   !ow   !ow
decline-code       !ow   !ow   !ow   !ow   !ow   !ow   !ow   !ow   !ow   !ow   !ow   !ow
reissue            !mi   >CL   >CL   !aa   !ac   !ac   !ac   !ac   !ac   !ac   !cl   !cl
revoke             !mi   >CL   >CL   !aa   !ac   !ac   !ac   !ac   !ac   !ac   =     =
approve            !mi   !na   !na   >UN   =     =     =     =     =     =     !cl   !cl
decline            !mi   !na   !na   >CL   !ac   !ac   !ac   !ac   !ac   !ac   =     =
cancel             !mi   !nd   !nd   !nd   !nd   !nd   !nd   !nd   !nd   !nd   !nd   !nd
edit               !mi   =     =     =     =     =     =     =     =     =     !cl   !cl
deactivate         !mi   !no   !no   !no   >UO   =     >OH   =     >OB   =     !cl   !cl
activate           !mi   !no   !no   !no   =     >UN   =     >ON   =     >OT   !cl   !cl
remove             !mi   >CL   >CL   >CL   >PA   >PA   >PA   >PA   >PA   >PA   =     =
confirm-move       !mi   !nm   !nm   !nm   !nm   !nm   =     =     =     =     !cl   !cl
purge              =     !op   !op   !op   !op   !op   !op   !op   !op   !op   >--   >--
expire             =     >EX   =     =     =     =     =     =     =     =     =     =
accept             .     c>UN  r     p     c     c     c     c     c     c     r     r
other-accept       .     c>UN  r     r     r     r     r     r     r     r     r     r
accept-to-approve  .     p>AW  r     p     c     c     c     c     c     c     r     r
bad-accept         .     r     r     r     r     r     r     r     r     r     r     r
withdraw           .     r>CL  r>CL  r>CL  r>CL  r>CL  r     r     r     r     r     r
other-withdraw     .     r>CL  r>CL  r     r     r     r     r     r     r     r     r
turn-down          .     r>CL  r>CL  r     r>CL  r>CL  r     r     r     r     r     r
noted              .     .     .     .     .     .     .     .     .     .     .     .
fetch              .     .     .     .     .     .     .     .     .     .     .     .
confirm            .     .     .     .     .     .     .     .     .     .     .     .
other-confirm      .     .     .     .     .     .     .     .     .     .     .     .
waiting            .     .     .     .     .     .     .     .     .     .     .     .
refuse             .     .     .     .     .     .     .     .     .     .     .     .
acknowledge        .     .     .     .     .     .     .     .     .     .     .     .
report-on          .     .     .     .     t>ON  t>OH  t     t     t>ON  t>OH  .     t
report-off         .     .     .     .     t>OT  t>OB  t>OT  t>OB  t     t     .     t
report-removed     .     .     .     .     t>PA  t>PA  t>PA  t>PA  t>PA  t>PA  .     t
";

/// The stages of a destination; AC accepting, WI withdrawn.
///
/// A parted destination answers a confirmation with its report, and not with a note, although it is closed otherwise: to
/// a source that cannot be called, and whose confirmation was heard but not its answer, nothing else would say that it
/// is over. A withdrawn one takes note of the acknowledgement of its withdrawal: to say again that it has withdrawn would
/// have no end.
const DESTINATION: &str = "
                   --    AC    ON    OH    OT    OB    CL    WI    PA
initiate           !mi   !ex   !ex   !ex   !ex   !ex   !ex   !ex   !ex
accept-code        >AC   =     =     =     =     =     =     =     =
decline-code       >WI   >WI   !ac   !ac   !ac   !ac   =     =     =
reissue            !mi   !ns   !ns   !ns   !ns   !ns   !ns   !ns   !ns
revoke             !mi   !ns   !ns   !ns   !ns   !ns   !ns   !ns   !ns
approve            !mi   !ns   !ns   !ns   !ns   !ns   !ns   !ns   !ns
decline            !mi   !ns   !ns   !ns   !ns   !ns   !ns   !ns   !ns
cancel             !mi   >WI   !ac   !ac   !ac   !ac   =     =     =
edit               !mi   =     =     =     =     =     !cl   !cl   !cl
deactivate         !mi   !no   >OH   =     >OB   =     !cl   !cl   !cl
activate           !mi   !no   =     >ON   =     >OT   !cl   !cl   !cl
remove             !mi   >WI   >PA   >PA   >PA   >PA   =     =     =
confirm-move       !mi   !nm   =     =     =     =     !cl   !cl   !cl
purge              =     !op   !op   !op   !op   !op   >--   >--   >--
expire             =     =     =     =     =     =     =     =     =
accept             .     .     .     .     .     .     .     .     .
other-accept       .     .     .     .     .     .     .     .     .
accept-to-approve  .     .     .     .     .     .     .     .     .
bad-accept         .     .     .     .     .     .     .     .     .
withdraw           .     .     .     .     .     .     .     .     .
other-withdraw     .     .     .     .     .     .     .     .     .
turn-down          .     .     .     .     .     .     .     .     .
noted              .     .     .     .     .     .     .     .     .
fetch              .     a     .     .     .     .     n     w     n
confirm            .     t>ON  t     t     t     t     n     w     t
other-confirm      .     t>ON  w     w     w     w     n     w     w
waiting            .     n     t     t     t     t     n     w     t
refuse             .     n>CL  t     t     t     t     n     w     t
acknowledge        .     n     t     t     t     t     n     n     t
report-on          .     .     t     t     t>ON  t>OH  .     .     t
report-off         .     .     t>OT  t>OB  t     t     .     .     t
report-removed     .     .     t>PA  t>PA  t>PA  t>PA  .     .     t
";

/// A local connection has one record, and no messages.
const LOCAL: &str = "
                   --    ON    OH    CL
initiate           >ON   !ex   !ex   !ex
accept-code        !ow   !ow   !ow   !ow
decline-code       !ow   !ow   !ow   !ow
reissue            !mi   !lo   !lo   !lo
revoke             !mi   !lo   !lo   !lo
approve            !mi   !lo   !lo   !lo
decline            !mi   !lo   !lo   !lo
cancel             !mi   !lo   !lo   !lo
edit               !mi   =     =     !cl
deactivate         !mi   >OH   =     !cl
activate           !mi   =     >ON   !cl
remove             !mi   >CL   >CL   =
confirm-move       !mi   !lo   !lo   !lo
purge              =     !op   !op   >--
expire             =     =     =     =
accept             .     .     .     .
other-accept       .     .     .     .
accept-to-approve  .     .     .     .
bad-accept         .     .     .     .
withdraw           .     .     .     .
other-withdraw     .     .     .     .
turn-down          .     .     .     .
noted              .     .     .     .
fetch              .     .     .     .
confirm            .     .     .     .
other-confirm      .     .     .     .
waiting            .     .     .     .
refuse             .     .     .     .
acknowledge        .     .     .     .
report-on          .     .     .     .
report-off         .     .     .     .
report-removed     .     .     .     .
";

fn stage_of(short: &str) -> Stage {
    match short {
        "--" => Stage::Absent,
        "PE" => Stage::Pending,
        "EX" => Stage::Expired,
        "AW" => Stage::AwaitingApproval,
        "AC" => Stage::Accepting,
        "UN" => Stage::Unconfirmed,
        "UO" => Stage::UnconfirmedOff,
        "ON" => Stage::Active,
        "OH" => Stage::OffHere,
        "OT" => Stage::OffThere,
        "OB" => Stage::OffBoth,
        "CL" => Stage::Closed,
        "WI" => Stage::Withdrawn,
        "PA" => Stage::Parted,
        _ => panic!("no stage: {short}"),
    }
}

fn denial_of(short: &str) -> Denial {
    match short {
        "mi" => Denial::Missing,
        "ex" => Denial::Exists,
        "ow" => Denial::OwnInvitation,
        "ns" => Denial::NotTheSource,
        "nd" => Denial::NotTheDestination,
        "lo" => Denial::LocalConnection,
        "na" => Denial::NotAccepted,
        "aa" => Denial::AwaitingApproval,
        "ac" => Denial::AlreadyActive,
        "no" => Denial::NotActive,
        "cl" => Denial::AlreadyClosed,
        "op" => Denial::StillOpen,
        "nm" => Denial::NothingMoved,
        _ => panic!("no denial: {short}"),
    }
}

fn reply_of(short: &str) -> Reply {
    match short {
        "a" => Reply::Accept,
        "w" => Reply::Withdraw,
        "n" => Reply::Noted,
        "c" => Reply::Confirm,
        "p" => Reply::Waiting,
        "r" => Reply::Refuse,
        "t" => Reply::Report,
        _ => panic!("no reply: {short}"),
    }
}

/// What a short cell in the column of a stage means.
fn cell_of(short: &str, stage: Stage) -> Cell {
    match (short, short.split_once('>')) {
        ("=", _) => Cell::Stays,
        (".", _) => Cell::NotRecognised,
        (_, Some(("", next))) => Cell::Becomes(stage_of(next)),
        (_, Some((reply, next))) => Cell::Answers { stage: stage_of(next), reply: reply_of(reply) },
        _ => match short.strip_prefix('!') {
            Some(denial) => Cell::Denied(denial_of(denial)),
            None => Cell::Answers { stage, reply: reply_of(short) },
        },
    }
}

#[track_caller]
fn check(role: Role, matrix: &str) {
    let mut lines = matrix.lines().filter(|line| !line.is_empty());
    let stages: Vec<Stage> = lines.next().unwrap().split_whitespace().map(stage_of).collect();
    assert_eq!(stages, Stage::of_role(role), "every stage has its column");
    let mut rows = Vec::new();
    for line in lines {
        let mut words = line.split_whitespace();
        let trigger = Trigger::from_code(words.next().unwrap()).unwrap();
        let cells: Vec<&str> = words.collect();
        assert_eq!(cells.len(), stages.len(), "{trigger:?}: one cell for each stage");
        for (stage, short) in stages.iter().zip(cells) {
            assert_eq!(cell(role, *stage, trigger), cell_of(short, *stage), "{role:?} {stage:?} {trigger:?}");
        }
        rows.push(trigger);
    }
    assert_eq!(rows, Trigger::ALL, "every trigger has its row");
}

#[test]
fn of_a_source() {
    check(Role::Source, SOURCE);
}

#[test]
fn of_a_destination() {
    check(Role::Destination, DESTINATION);
}

#[test]
fn of_a_local_connection() {
    check(Role::Local, LOCAL);
}

/// Decisions are denied or change something; messages are answered or not recognised.
#[test]
fn cells_suit_their_triggers() {
    for role in [Role::Source, Role::Destination, Role::Local] {
        for (stage, trigger) in Stage::of_role(role)
            .iter()
            .flat_map(|stage| Trigger::ALL.iter().map(move |trigger| (*stage, *trigger)))
        {
            let cell = cell(role, stage, trigger);
            let suits = match cell {
                Cell::Becomes(_) | Cell::Stays => !trigger.is_message(),
                Cell::Denied(_) => trigger.is_decision(),
                Cell::Answers { .. } | Cell::NotRecognised => trigger.is_message(),
            };
            assert!(suits, "{role:?} {stage:?} {trigger:?}: {cell:?}");
            let next = match cell {
                Cell::Becomes(next) | Cell::Answers { stage: next, .. } => next,
                _ => stage,
            };
            assert!(Stage::of_role(role).contains(&next), "{role:?} {stage:?} {trigger:?}: {cell:?}");
            // Over is over, until it is forgotten.
            assert!(
                !stage.is_closed() || next.is_closed() || trigger == Trigger::Purge,
                "{stage:?} {trigger:?}"
            );
        }
    }
}
