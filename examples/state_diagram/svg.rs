//! SVG: no style sheet and no script, so that it is the same in an `<img>`, in a page, and in a converter.

use std::fmt::Write;

use handclasp::lifecycle::{Stage, Trigger};

use crate::drawing::{Drawing, Edge, HEADING_HEIGHT, LINE_HEIGHT, Label, Legend, NAME_SIZE, TEXT_SIZE};
use crate::geometry::{Point, Rect, text_width};
use crate::graph::{Cause, role_name, words};
use crate::layout::{Align, Frame, STAGE_SIZE};

const FONTS: &str =
    "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif";
const DARK: &str = "#1f2328";
const GREY: &str = "#59636e";
const BLUE: &str = "#0550ae";
/// How far the corner of a line is cut.
const CORNER: i32 = 10;

/// The whole file.
pub(crate) fn print(drawing: &Drawing) -> String {
    let name = role_name(drawing.layout.role);
    let (width, height) = drawing.layout.size;
    let mut lines = vec![
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{name}-title {name}-desc\">"
        ),
        format!("<title id=\"{name}-title\">{}</title>", escaped(drawing.title)),
        format!("<desc id=\"{name}-desc\">What leads from one stage to another."),
    ];
    lines.extend(drawing.edges.iter().map(|edge| escaped(&told(edge))));
    lines.extend([
        "</desc>".into(),
        format!(
            "<defs><marker id=\"{name}-head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" \
             markerHeight=\"8\" orient=\"auto\"><path d=\"M0 1 L9 5 L0 9 z\" fill=\"{GREY}\"/></marker></defs>"
        ),
        format!("<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#ffffff\"/>"),
        format!("<g font-family=\"{FONTS}\" font-size=\"{TEXT_SIZE}\" fill=\"{DARK}\">"),
    ]);
    lines.extend(drawing.layout.frames.iter().map(frame));
    lines.push(format!(
        "<g fill=\"none\" stroke=\"{GREY}\" stroke-width=\"1.5\" marker-end=\"url(#{name}-head)\">"
    ));
    lines.extend(drawing.edges.iter().map(|edge| format!("<path d=\"{}\"/>", path(&edge.points))));
    lines.push("</g>".into());
    lines.extend(drawing.stages.iter().map(|(stage, rect)| boxed(*stage, *rect)));
    lines.extend(drawing.edges.iter().map(|edge| label(&edge.label)));
    lines.push(legend(&drawing.legend));
    lines.extend(["</g>".into(), "</svg>".into(), String::new()]);
    lines.join("\n")
}

/// An edge in words, for those who do not see it.
fn told(edge: &Edge) -> String {
    let list = |words: Vec<String>| words.join(", ");
    let from = list(edge.sources.iter().map(|stage| words(stage.code())).collect());
    let triggers = list(edge.label.lines.iter().flatten().map(|trigger| words(trigger.code())).collect());
    format!("{from} \u{2192} {}: {triggers}.", words(edge.to.code()))
}

fn frame(frame: &Frame) -> String {
    let Rect { x, y, width, height } = frame.rect;
    let border = format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"14\" fill=\"#818b98\" \
         fill-opacity=\"0.07\" stroke=\"#818b98\" stroke-dasharray=\"5 4\"/>"
    );
    if !frame.titled {
        return border;
    }
    let (x, y) = (x + width - 12, y + 18);
    format!(
        "{border}\n<text x=\"{x}\" y=\"{y}\" font-size=\"12\" text-anchor=\"end\" fill=\"{GREY}\">{}</text>",
        escaped(frame.name)
    )
}

/// A line with round corners.
fn path(points: &[Point]) -> String {
    let mut text = String::new();
    for (i, &(x, y)) in points.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|before| points.get(before));
        let _ = match (before, points.get(i + 1)) {
            (None, _) => write!(text, "M{x} {y}"),
            (Some(before), Some(next)) => {
                let (from, to) = (towards((x, y), *before), towards((x, y), *next));
                write!(text, " L{} {} Q{x} {y} {} {}", from.0, from.1, to.0, to.1)
            }
            (Some(_), None) => write!(text, " L{x} {y}"),
        };
    }
    text
}

/// From a corner a little towards a neighbour to which the way is level or plumb.
fn towards((x, y): Point, (to_x, to_y): Point) -> Point {
    let step = |from: i32, to: i32| from + (to - from).clamp(-CORNER, CORNER);
    (step(x, to_x), step(y, to_y))
}

/// A stage: its name, and what people are shown.
fn boxed(stage: Stage, rect: Rect) -> String {
    let Rect { x, y, width, height } = rect;
    let (fill, stroke) = colours(stage);
    let mut text = format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"{fill}\" \
         stroke=\"{stroke}\" stroke-width=\"1.5\"/>"
    );
    let name = words(stage.code());
    let shown = stage.to_string();
    let explained = if shown == name { vec![] } else { wrapped(&shown) };
    let lines = i32::try_from(explained.len()).unwrap_or_default();
    let middle = rect.middle().0;
    let first = rect.middle().1 + 5 - lines * 8;
    let _ = write!(
        text,
        "\n<text x=\"{middle}\" y=\"{first}\" font-size=\"{NAME_SIZE}\" font-weight=\"600\" \
         text-anchor=\"middle\">{}</text>",
        escaped(&name)
    );
    for (line, y) in explained.iter().zip((first + 17..).step_by(15)) {
        let _ = write!(
            text,
            "\n<text x=\"{middle}\" y=\"{y}\" font-size=\"12\" fill=\"{GREY}\" text-anchor=\"middle\">{}</text>",
            escaped(line)
        );
    }
    text
}

fn colours(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Absent => ("#ffffff", "#818b98"),
        Stage::Active | Stage::Unconfirmed => ("#dafbe1", "#2da44e"),
        linked if linked.is_linked() => ("#fff8c5", "#bf8700"),
        over if over.is_closed() => ("#e6eaef", "#818b98"),
        _ => ("#ddf4ff", "#218bff"),
    }
}

/// In one line if it fits a stage's box, else in lines of about the same length.
fn wrapped(text: &str) -> Vec<String> {
    let room = STAGE_SIZE.0 - 16;
    let room = if text_width(text, 12, false) <= room { room } else { room * 3 / 4 };
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), 12, false) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn label(label: &Label) -> String {
    let Rect { x, y, .. } = label.rect;
    let (x, anchor) = match label.align {
        Align::Left => (x, "start"),
        Align::Middle => (label.rect.middle().0, "middle"),
        Align::Right => (label.rect.right(), "end"),
    };
    let last = label.lines.len().saturating_sub(1);
    let lines = label.lines.iter().zip((y + 13..).step_by(17)).enumerate().map(|(i, (line, y))| {
        let triggers = line.iter().map(|trigger| styled(*trigger)).collect::<Vec<_>>().join(", ");
        let comma = if i < last { "," } else { "" };
        format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{triggers}{comma}</text>")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn styled(trigger: Trigger) -> String {
    in_style_of(Cause::of(trigger), &words(trigger.code()))
}

fn in_style_of(cause: Cause, text: &str) -> String {
    let text = escaped(text);
    match cause {
        Cause::Decision => format!("<tspan font-weight=\"600\" fill=\"{BLUE}\">{text}</tspan>"),
        Cause::Message => text,
        Cause::Time => format!("<tspan font-style=\"italic\" fill=\"{GREY}\">{text}</tspan>"),
    }
}

fn legend(legend: &Legend) -> String {
    let Rect { x, y, .. } = legend.rect;
    let mut text = vec![format!(
        "<text x=\"{x}\" y=\"{}\" font-size=\"16\" font-weight=\"600\">{}</text>",
        y + 14,
        escaped(legend.heading)
    )];
    for (i, (cause, explained)) in (0..).zip(&legend.lines) {
        let y = y + HEADING_HEIGHT + LINE_HEIGHT * i + 13;
        let (size, colour, line) = match cause {
            Some(cause) => (TEXT_SIZE, DARK, in_style_of(*cause, explained)),
            None => (TEXT_SIZE - 1, GREY, escaped(explained)),
        };
        text.push(format!("<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{colour}\">{line}</text>"));
    }
    text.join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
