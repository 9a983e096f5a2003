//! Where the stages stand, how the edges run, and where their labels are: the only thing here that is done by hand.
//!
//! A stage without a place is an error. An edge without a route runs straight, which is an error only if it then
//! covers something, as is a route that the table no longer has a use for.

use handclasp::Role;
use handclasp::lifecycle::Stage;
use handclasp::lifecycle::Stage::{
    Absent, Accepting, Active, AwaitingApproval, Closed, Expired, OffBoth, OffHere, OffThere, Parted,
    Pending, Unconfirmed, UnconfirmedOff, Withdrawn,
};

use crate::geometry::{Point, Rect};

/// The picture of a role.
pub(crate) struct Layout {
    pub(crate) role: Role,
    pub(crate) size: Point,
    /// The upper left corners.
    pub(crate) places: &'static [(Stage, Point)],
    /// Outer ones first: what leads out of every stage of a frame is drawn once, from the frame.
    pub(crate) frames: &'static [Frame],
    pub(crate) routes: &'static [Route],
    pub(crate) legend: Point,
}

/// A box with this size for every stage.
pub(crate) const STAGE_SIZE: Point = (148, 62);

/// What surrounds the stages that lie in it.
pub(crate) struct Frame {
    pub(crate) name: &'static str,
    pub(crate) titled: bool,
    pub(crate) rect: Rect,
}

/// How an edge runs.
pub(crate) struct Route {
    pub(crate) from: End,
    pub(crate) to: Stage,
    /// From border to border.
    pub(crate) points: &'static [Point],
    pub(crate) label: LabelPlace,
}

/// Where an edge begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    Stage(Stage),
    Frame(&'static str),
}

/// Where the label of an edge is.
#[derive(Clone, Copy)]
pub(crate) struct LabelPlace {
    /// The upper left corner, or upper right if `align` is `Right`.
    pub(crate) at: Point,
    pub(crate) align: Align,
    /// Further triggers go to the next line; 0 puts each on its own.
    pub(crate) width: i32,
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Align {
    Left,
    Middle,
    Right,
}

pub(crate) const LAYOUTS: &[Layout] = &[SOURCE, DESTINATION];

const SOURCE: Layout = Layout {
    role: Role::Source,
    size: (992, 722),
    places: &[
        (Absent, (76, 48)),
        (Pending, (324, 48)),
        (Expired, (572, 48)),
        (AwaitingApproval, (76, 298)),
        (Unconfirmed, (324, 298)),
        (Active, (572, 298)),
        (OffThere, (810, 298)),
        (UnconfirmedOff, (324, 424)),
        (OffHere, (572, 424)),
        (OffBoth, (810, 424)),
        (Closed, (76, 632)),
        (Parted, (572, 632)),
    ],
    frames: &[
        frame("invited", (300, 18), (444, 134)),
        frame("linked", (292, 228), (684, 322)),
        Frame { titled: false, ..frame("unconfirmed", (308, 284), (176, 218)) },
        frame("over", (36, 600), (708, 108)),
    ],
    routes: &[
        // Before anybody has accepted.
        route(End::Stage(Absent), Pending, &[(224, 79), (324, 79)], middle((266, 60), 0)),
        route(End::Stage(Pending), Expired, &[(472, 79), (572, 79)], middle((522, 60), 0)),
        route(
            End::Frame("invited"),
            Closed,
            &[(300, 132), (56, 132), (56, 663), (76, 663)],
            left((66, 137), 226),
        ),
        // Somebody accepts.
        route(End::Stage(Pending), Unconfirmed, &[(420, 110), (420, 298)], left((428, 166), 0)),
        route(
            End::Stage(Pending),
            AwaitingApproval,
            &[(350, 110), (350, 200), (150, 200), (150, 298)],
            left((164, 204), 0),
        ),
        route(End::Stage(AwaitingApproval), Unconfirmed, &[(224, 329), (324, 329)], middle((258, 310), 0)),
        route(End::Stage(AwaitingApproval), Closed, &[(150, 360), (150, 632)], left((158, 430), 0)),
        // Linked: to the right what the other side says, downwards what this side does.
        route(End::Stage(Unconfirmed), Active, &[(472, 329), (572, 329)], middle((529, 310), 0)),
        route(
            End::Stage(Unconfirmed),
            OffThere,
            &[(450, 298), (450, 266), (884, 266), (884, 298)],
            middle((646, 247), 0),
        ),
        route(End::Stage(UnconfirmedOff), OffHere, &[(472, 455), (572, 455)], middle((529, 436), 0)),
        route(
            End::Stage(UnconfirmedOff),
            OffBoth,
            &[(450, 486), (450, 520), (884, 520), (884, 486)],
            middle((646, 524), 0),
        ),
        route(End::Stage(Unconfirmed), UnconfirmedOff, &[(396, 360), (396, 424)], right((390, 384), 0)),
        route(End::Stage(UnconfirmedOff), Unconfirmed, &[(412, 424), (412, 360)], left((418, 384), 0)),
        route(End::Stage(Active), OffHere, &[(644, 360), (644, 424)], right((638, 384), 0)),
        route(End::Stage(OffHere), Active, &[(660, 424), (660, 360)], left((666, 384), 0)),
        route(End::Stage(OffThere), OffBoth, &[(882, 360), (882, 424)], right((876, 384), 0)),
        route(End::Stage(OffBoth), OffThere, &[(898, 424), (898, 360)], left((904, 384), 0)),
        route(End::Stage(Active), OffThere, &[(720, 321), (810, 321)], middle((765, 302), 0)),
        route(End::Stage(OffThere), Active, &[(810, 337), (720, 337)], middle((765, 341), 0)),
        route(End::Stage(OffHere), OffBoth, &[(720, 447), (810, 447)], middle((765, 428), 0)),
        route(End::Stage(OffBoth), OffHere, &[(810, 463), (720, 463)], middle((765, 467), 0)),
        // The end.
        route(End::Frame("unconfirmed"), Closed, &[(396, 502), (396, 663), (224, 663)], left((404, 558), 0)),
        route(End::Frame("linked"), Parted, &[(646, 550), (646, 632)], left((654, 558), 0)),
        route(End::Frame("over"), Absent, &[(36, 663), (18, 663), (18, 79), (76, 79)], left((26, 60), 0)),
    ],
    legend: (764, 20),
};

const DESTINATION: Layout = Layout {
    role: Role::Destination,
    size: (992, 470),
    places: &[
        (Absent, (76, 48)),
        (Accepting, (318, 48)),
        (Active, (586, 48)),
        (OffThere, (816, 48)),
        (OffHere, (586, 174)),
        (OffBoth, (816, 174)),
        (Withdrawn, (76, 380)),
        (Closed, (318, 380)),
        (Parted, (586, 380)),
    ],
    frames: &[frame("linked", (572, 16), (406, 246)), frame("over", (36, 348), (712, 108))],
    routes: &[
        route(End::Stage(Absent), Accepting, &[(224, 79), (318, 79)], middle((270, 58), 0)),
        route(End::Stage(Absent), Withdrawn, &[(126, 110), (126, 380)], left((134, 150), 0)),
        route(End::Stage(Accepting), Active, &[(466, 79), (586, 79)], middle((519, 42), 0)),
        route(End::Stage(Accepting), Closed, &[(414, 110), (414, 380)], left((422, 216), 0)),
        route(
            End::Stage(Accepting),
            Withdrawn,
            &[(344, 110), (344, 206), (190, 206), (190, 380)],
            left((204, 212), 0),
        ),
        // Linked: to the right what the other side says, downwards what this side does.
        route(End::Stage(Active), OffHere, &[(658, 110), (658, 174)], right((652, 134), 0)),
        route(End::Stage(OffHere), Active, &[(674, 174), (674, 110)], left((680, 134), 0)),
        route(End::Stage(OffThere), OffBoth, &[(888, 110), (888, 174)], right((882, 134), 0)),
        route(End::Stage(OffBoth), OffThere, &[(904, 174), (904, 110)], left((910, 134), 0)),
        route(End::Stage(Active), OffThere, &[(734, 71), (816, 71)], middle((775, 50), 0)),
        route(End::Stage(OffThere), Active, &[(816, 87), (734, 87)], middle((775, 92), 0)),
        route(End::Stage(OffHere), OffBoth, &[(734, 197), (816, 197)], middle((775, 176), 0)),
        route(End::Stage(OffBoth), OffHere, &[(816, 213), (734, 213)], middle((775, 218), 0)),
        // The end.
        route(End::Frame("linked"), Parted, &[(660, 262), (660, 380)], left((668, 290), 0)),
        route(End::Frame("over"), Absent, &[(36, 411), (18, 411), (18, 79), (76, 79)], left((26, 58), 0)),
    ],
    legend: (764, 354),
};

const fn frame(name: &'static str, at: Point, size: Point) -> Frame {
    Frame { name, titled: true, rect: Rect::new(at, size) }
}

const fn route(from: End, to: Stage, points: &'static [Point], label: LabelPlace) -> Route {
    Route { from, to, points, label }
}

const fn left(at: Point, width: i32) -> LabelPlace {
    LabelPlace { at, align: Align::Left, width }
}

const fn middle(at: Point, width: i32) -> LabelPlace {
    LabelPlace { at, align: Align::Middle, width }
}

const fn right(at: Point, width: i32) -> LabelPlace {
    LabelPlace { at, align: Align::Right, width }
}
