//! Nothing in a picture may cover anything else, and every arrow begins and ends where it says.

use handclasp::lifecycle::Stage;

use crate::drawing::{Drawing, Edge, NAME_SIZE, end_name};
use crate::geometry::{Point, Rect, text_width};
use crate::graph::words;
use crate::layout::{End, Frame, STAGE_SIZE};

/// What is wrong with the picture, if anything is.
pub(crate) fn check(drawing: &Drawing) -> Result<(), String> {
    let page = Rect::new((0, 0), drawing.layout.size);
    if let Some(frame) = drawing.layout.frames.iter().find(|frame| !page.contains(frame.rect)) {
        return Err(format!("the frame {:?} is not within the picture", frame.name));
    }
    let too_wide = |stage: &Stage| text_width(&words(stage.code()), NAME_SIZE, true) > STAGE_SIZE.0 - 8;
    if let Some((stage, _)) = drawing.stages.iter().find(|(stage, _)| too_wide(stage)) {
        return Err(format!("the name {} is wider than a stage's box", stage.code()));
    }
    let solid = solid(drawing);
    for (i, (name, rect)) in solid.iter().enumerate() {
        if !page.contains(*rect) {
            return Err(format!("{name} is not within the picture"));
        }
        if let Some((other, _)) = solid.iter().skip(i + 1).find(|(_, other)| rect.overlaps(*other)) {
            return Err(format!("{name} covers {other}"));
        }
        let on_border = |frame: &&Frame| rect.overlaps(frame.rect) && !frame.rect.contains(*rect);
        if let Some(frame) = drawing.layout.frames.iter().find(on_border) {
            return Err(format!("{name} covers the border of the frame {:?}", frame.name));
        }
    }
    drawing.edges.iter().try_for_each(|edge| check_edge(drawing, edge, &solid))
}

/// All that has a surface, by name.
fn solid(drawing: &Drawing) -> Vec<(String, Rect)> {
    let stages = drawing.stages.iter().map(|(stage, rect)| (format!("the stage {}", stage.code()), *rect));
    let labels =
        drawing.edges.iter().map(|edge| (format!("the label of {}", edge_name(edge)), edge.label.rect));
    let titles = drawing.layout.frames.iter().filter(|frame| frame.titled).map(|frame| {
        let width = text_width(frame.name, 12, false);
        let at = (frame.rect.right() - 12 - width, frame.rect.y + 6);
        (format!("the title of the frame {:?}", frame.name), Rect::new(at, (width, 16)))
    });
    let legend = ("the legend".to_owned(), drawing.legend.rect);
    stages.chain(labels).chain(titles).chain([legend]).collect()
}

fn check_edge(drawing: &Drawing, edge: &Edge, solid: &[(String, Rect)]) -> Result<(), String> {
    let name = edge_name(edge);
    let stage = |wanted| drawing.stages.iter().find(|(stage, _)| *stage == wanted).map(|(_, rect)| *rect);
    let start = match edge.from {
        End::Stage(from) => stage(from),
        End::Frame(frame) => drawing.frame(frame).map(|frame| frame.rect),
    };
    let on_border = |rect: Option<Rect>, point: Option<&Point>| {
        rect.zip(point).is_some_and(|(rect, point)| rect.has_on_border(*point))
    };
    if !on_border(start, edge.points.first()) || !on_border(stage(edge.to), edge.points.last()) {
        return Err(format!("{name} does not run from border to border"));
    }
    for (from, to) in edge.points.iter().zip(edge.points.iter().skip(1)) {
        // It may touch what it begins or ends at.
        if let Some((other, _)) = solid.iter().find(|(_, rect)| rect.inset(1).is_crossed_by(*from, *to)) {
            return Err(format!("{name} crosses {other}"));
        }
    }
    Ok(())
}

fn edge_name(edge: &Edge) -> String {
    format!("the edge from {} to {}", end_name(edge.from), edge.to.code())
}
