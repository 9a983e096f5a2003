//! A picture before it is written down: what is where, put together from the graph and the layout.

use handclasp::Role;
use handclasp::lifecycle::{Stage, Trigger};

use crate::checks::check;
use crate::geometry::{Point, Rect, text_width};
use crate::graph::{Cause, Graph, title, words};
use crate::layout::{Align, End, Frame, LabelPlace, Layout, STAGE_SIZE};

pub(crate) const NAME_SIZE: i32 = 14;
pub(crate) const TEXT_SIZE: i32 = 13;
pub(crate) const LINE_HEIGHT: i32 = 17;
pub(crate) const HEADING_HEIGHT: i32 = 24;

/// A picture in which nothing covers anything.
pub(crate) struct Drawing {
    pub(crate) layout: &'static Layout,
    pub(crate) title: &'static str,
    pub(crate) stages: Vec<(Stage, Rect)>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) legend: Legend,
}

/// An arrow: one edge of the graph, or one each from all stages in a frame.
pub(crate) struct Edge {
    pub(crate) from: End,
    pub(crate) sources: Vec<Stage>,
    pub(crate) to: Stage,
    pub(crate) points: Vec<Point>,
    pub(crate) label: Label,
}

/// The label of an edge.
pub(crate) struct Label {
    pub(crate) rect: Rect,
    pub(crate) align: Align,
    pub(crate) lines: Vec<Vec<Trigger>>,
}

/// Whose life it is, and what the letters mean.
pub(crate) struct Legend {
    pub(crate) rect: Rect,
    pub(crate) heading: &'static str,
    /// Those that occur, with what stands for them.
    pub(crate) lines: Vec<(Option<Cause>, &'static str)>,
}

impl Drawing {
    pub(crate) fn of(layout: &'static Layout) -> Result<Self, String> {
        let graph = Graph::of(layout.role);
        let mut stages = Vec::new();
        for &stage in graph.stages {
            let place = layout.places.iter().find(|(placed, _)| *placed == stage);
            let (_, at) =
                place.ok_or_else(|| format!("{}: no place for {}", layout_name(layout), stage.code()))?;
            stages.push((stage, Rect::new(*at, STAGE_SIZE)));
        }
        let edges = edges(layout, &stages, graph)?;
        let legend = legend(layout, &edges);
        let drawing = Self { layout, title: title(layout.role), stages, edges, legend };
        check(&drawing).map_err(|problem| format!("{}: {problem}", layout_name(layout)))?;
        Ok(drawing)
    }

    pub(crate) fn frame(&self, name: &str) -> Option<&'static Frame> {
        self.layout.frames.iter().find(|frame| frame.name == name)
    }
}

/// How an end is called in messages and descriptions.
pub(crate) fn end_name(end: End) -> String {
    match end {
        End::Stage(stage) => words(stage.code()),
        End::Frame(name) => format!("all in {name:?}"),
    }
}

fn layout_name(layout: &Layout) -> String {
    format!("examples/state_diagram/layout.rs, {:?}", layout.role)
}

/// The edges of the graph, those from a whole frame first and as one.
fn edges(layout: &Layout, stages: &[(Stage, Rect)], mut graph: Graph) -> Result<Vec<Edge>, String> {
    let mut arrows = Vec::new();
    for frame in layout.frames {
        let inside: Vec<_> =
            stages.iter().filter(|(_, rect)| frame.rect.contains(*rect)).map(|(stage, _)| *stage).collect();
        for &to in graph.stages.iter().filter(|to| !inside.contains(to)) {
            let shared = take_shared(&mut graph, &inside, to);
            if !shared.is_empty() {
                arrows.push((End::Frame(frame.name), inside.clone(), to, shared));
            }
        }
    }
    for ((from, to), triggers) in graph.edges {
        if !triggers.is_empty() {
            arrows.push((End::Stage(from), vec![from], to, triggers));
        }
    }
    let unused = layout
        .routes
        .iter()
        .find(|route| !arrows.iter().any(|(from, _, to, _)| (*from, *to) == (route.from, route.to)));
    if let Some(route) = unused {
        let (from, to) = (end_name(route.from), route.to.code());
        return Err(format!("{}: a route from {from} to {to}, where no edge is", layout_name(layout)));
    }
    Ok(arrows
        .into_iter()
        .map(|(from, sources, to, triggers)| {
            let (points, place) = way(layout, stages, from, to);
            Edge { from, sources, to, points, label: Label::of(&triggers, place) }
        })
        .collect())
}

/// Takes out of the graph what leads from every one of these stages to `to`.
fn take_shared(graph: &mut Graph, from: &[Stage], to: Stage) -> Vec<Trigger> {
    let leads = |graph: &Graph, trigger: &Trigger| {
        from.iter().all(|from| graph.edges.get(&(*from, to)).is_some_and(|all| all.contains(trigger)))
    };
    let shared: Vec<_> = Trigger::ALL.iter().copied().filter(|trigger| leads(graph, trigger)).collect();
    for from in from {
        if let Some(triggers) = graph.edges.get_mut(&(*from, to)) {
            triggers.retain(|trigger| !shared.contains(trigger));
        }
    }
    shared
}

/// How an edge runs, and where its label is: by hand, else straight from middle to middle.
fn way(layout: &Layout, stages: &[(Stage, Rect)], from: End, to: Stage) -> (Vec<Point>, LabelPlace) {
    if let Some(route) = layout.routes.iter().find(|route| (route.from, route.to) == (from, to)) {
        return (route.points.to_vec(), route.label);
    }
    let nowhere = Rect::new((0, 0), (0, 0));
    let stage_rect =
        |stage| stages.iter().find(|(placed, _)| *placed == stage).map_or(nowhere, |(_, rect)| *rect);
    let start = match from {
        End::Stage(stage) => stage_rect(stage),
        End::Frame(name) => {
            layout.frames.iter().find(|frame| frame.name == name).map_or(nowhere, |frame| frame.rect)
        }
    };
    let end = stage_rect(to);
    let (a, b) = (start.exit_towards(end.middle()), end.exit_towards(start.middle()));
    let at = ((a.0 + b.0) / 2 + 8, (a.1 + b.1) / 2 + 4);
    (vec![a, b], LabelPlace { at, align: Align::Left, width: 0 })
}

impl Label {
    fn of(triggers: &[Trigger], place: LabelPlace) -> Self {
        let mut lines: Vec<Vec<Trigger>> = Vec::new();
        for &trigger in triggers {
            match lines.last_mut() {
                Some(line) if line_width(line) + line_width(&[trigger]) <= place.width => line.push(trigger),
                _ => lines.push(vec![trigger]),
            }
        }
        let width = lines.iter().map(|line| line_width(line)).max().unwrap_or_default();
        let height = LINE_HEIGHT * i32::try_from(lines.len()).unwrap_or_default();
        let (x, y) = place.at;
        let x = match place.align {
            Align::Left => x,
            Align::Middle => x - width / 2,
            Align::Right => x - width,
        };
        Self { rect: Rect::new((x, y), (width, height)), align: place.align, lines }
    }
}

fn line_width(triggers: &[Trigger]) -> i32 {
    let width = |trigger: &Trigger| {
        let bold = Cause::of(*trigger) == Cause::Decision;
        text_width(&words(trigger.code()), TEXT_SIZE, bold)
    };
    let commas = i32::try_from(triggers.len()).unwrap_or_default() * text_width(", ", TEXT_SIZE, false);
    triggers.iter().map(width).sum::<i32>() + commas
}

fn legend(layout: &Layout, edges: &[Edge]) -> Legend {
    let causes = [
        (Cause::Decision, "decided on this side"),
        (Cause::Message, "said by the other side"),
        (Cause::Time, "brought by time"),
    ];
    let triggers = || edges.iter().flat_map(|edge| edge.label.lines.iter().flatten());
    let mut lines: Vec<_> = causes
        .into_iter()
        .filter(|(cause, _)| triggers().any(|trigger| Cause::of(*trigger) == *cause))
        .map(|(cause, text)| (Some(cause), text))
        .collect();
    lines.push((None, "From a frame: from all stages in it."));
    lines.push((None, "Not shown: what changes no stage."));
    let width =
        lines.iter().map(|(_, text)| text_width(text, TEXT_SIZE - 1, false)).max().unwrap_or_default();
    let height = LINE_HEIGHT * i32::try_from(lines.len()).unwrap_or_default() + HEADING_HEIGHT;
    let heading = match layout.role {
        Role::Source => "At the source",
        Role::Destination => "At the destination",
        Role::Local => "Local",
    };
    Legend { rect: Rect::new(layout.legend, (width, height)), heading, lines }
}
