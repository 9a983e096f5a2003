//! DOT, the language of Graphviz.

use std::fmt::Write;

use handclasp::lifecycle::Trigger;

use crate::graph::{Cause, Graph, role_name, title, words};

/// One digraph.
pub(crate) fn print(graph: &Graph) -> String {
    let mut text = format!("digraph {} {{\n", role_name(graph.role));
    let _ = writeln!(text, "    label=\"{}\";", title(graph.role));
    text.push_str("    node [shape=box, style=rounded];\n");
    text.push_str("    // Bold: people decide. Plain: a message of the other side. Italic: time passes.\n");
    for stage in graph.stages {
        let _ = writeln!(text, "    \"{}\" [label=\"{}\"];", stage.code(), words(stage.code()));
    }
    for ((from, to), triggers) in &graph.edges {
        let labels = triggers.iter().map(|trigger| label(*trigger)).collect::<Vec<_>>().join("<br/>");
        let _ = writeln!(text, "    \"{}\" -> \"{}\" [label=<{labels}>];", from.code(), to.code());
    }
    text.push_str("}\n");
    text
}

fn label(trigger: Trigger) -> String {
    let words = words(trigger.code());
    match Cause::of(trigger) {
        Cause::Decision => format!("<b>{words}</b>"),
        Cause::Message => words,
        Cause::Time => format!("<i>{words}</i>"),
    }
}
