//! Mermaid, which many forges and wikis draw by themselves.

use std::fmt::Write;

use handclasp::lifecycle::{Stage, Trigger};

use crate::graph::{Cause, Graph, title, words};

/// One diagram.
pub(crate) fn print(graph: &Graph) -> String {
    let mut text = format!("---\ntitle: {}\n---\nstateDiagram-v2\n", title(graph.role));
    text.push_str(
        "    %% Marked: a message of the other side with \u{2709}, the time with \u{23f1}; the rest people decide.\n",
    );
    for stage in graph.stages.iter().filter(|stage| **stage != Stage::Absent) {
        let _ = writeln!(text, "    state \"{}\" as {}", words(stage.code()), id(*stage));
    }
    for ((from, to), triggers) in &graph.edges {
        let labels = triggers.iter().map(|trigger| label(*trigger)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "    {} --> {} : {labels}", id(*from), id(*to));
    }
    text
}

/// There is a sign for the beginning and the end.
fn id(stage: Stage) -> String {
    if stage == Stage::Absent { "[*]".into() } else { stage.code().replace('-', "_") }
}

fn label(trigger: Trigger) -> String {
    // A mark stays on the line of its word.
    let mark = match Cause::of(trigger) {
        Cause::Decision => "",
        Cause::Message => "\u{2709}\u{a0}",
        Cause::Time => "\u{23f1}\u{a0}",
    };
    format!("{mark}{}", words(trigger.code()))
}
