//! Points, rectangles, and how wide a text is. Whole pixels only, so that a picture is the same on every machine.

/// Right and down from the picture's upper left corner.
pub(crate) type Point = (i32, i32);

/// A rectangle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rect {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

impl Rect {
    pub(crate) const fn new((x, y): Point, (width, height): Point) -> Self {
        Self { x, y, width, height }
    }

    pub(crate) const fn right(self) -> i32 {
        self.x + self.width
    }

    pub(crate) const fn bottom(self) -> i32 {
        self.y + self.height
    }

    pub(crate) const fn middle(self) -> Point {
        (self.x + self.width / 2, self.y + self.height / 2)
    }

    /// Smaller by this much on every side.
    pub(crate) const fn inset(self, by: i32) -> Self {
        Self { x: self.x + by, y: self.y + by, width: self.width - 2 * by, height: self.height - 2 * by }
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }

    /// Whether they have more in common than a border.
    pub(crate) const fn overlaps(self, other: Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    pub(crate) fn has_on_border(self, (x, y): Point) -> bool {
        let across = (self.x..=self.right()).contains(&x);
        let along = (self.y..=self.bottom()).contains(&y);
        across && along && (x == self.x || x == self.right() || y == self.y || y == self.bottom())
    }

    /// Whether the straight line from `a` to `b` goes through it.
    pub(crate) fn is_crossed_by(self, a: Point, b: Point) -> bool {
        let around = Self::new((a.0.min(b.0), a.1.min(b.1)), ((a.0 - b.0).abs(), (a.1 - b.1).abs()));
        // A line has no width: one pixel is added, so that it can overlap.
        let around = Self { width: around.width.max(1), height: around.height.max(1), ..around };
        let side = |(x, y): Point| {
            (i64::from(b.0 - a.0) * i64::from(y - a.1) - i64::from(b.1 - a.1) * i64::from(x - a.0)).signum()
        };
        let corners = [
            side((self.x, self.y)),
            side((self.right(), self.y)),
            side((self.x, self.bottom())),
            side((self.right(), self.bottom())),
        ];
        self.overlaps(around) && !corners.iter().all(|s| *s > 0) && !corners.iter().all(|s| *s < 0)
    }

    /// Where the line from the middle towards a point outside leaves it.
    pub(crate) fn exit_towards(self, (x, y): Point) -> Point {
        let (from_x, from_y) = self.middle();
        let (dx, dy) = (x - from_x, y - from_y);
        let (half_width, half_height) = (self.width / 2, self.height / 2);
        if dx.abs() * half_height > dy.abs() * half_width {
            (from_x + half_width * dx.signum(), from_y + dy * half_width / dx.abs().max(1))
        } else {
            (from_x + dx * half_height / dy.abs().max(1), from_y + half_height * dy.signum())
        }
    }
}

/// How wide a text may become: an upper bound over the usual sans-serif fonts.
pub(crate) fn text_width(text: &str, size: i32, bold: bool) -> i32 {
    let hundredths: i32 = text
        .chars()
        .map(|character| match character {
            'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | ' ' | '\'' => 34,
            'm' | 'w' | 'M' | 'W' | '\u{2014}' => 88,
            'A'..='Z' => 70,
            _ => 58,
        })
        .sum();
    let heavier = if bold { 107 } else { 100 };
    (hundredths * size * heavier + 9_999) / 10_000
}
