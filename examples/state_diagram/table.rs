//! The whole table, row by row: also what changes nothing, and what is denied.

use handclasp::Role;
use handclasp::lifecycle::{Cell, Stage, Trigger, cell};

use crate::graph::role_name;

/// One table in Markdown, in columns that also a terminal shows well.
pub(crate) fn print(roles: &[Role]) -> String {
    let mut text = row("role", "stage", "trigger", "what it does");
    text.push_str(&row("---", "---", "---", "---"));
    for &role in roles {
        for &stage in Stage::of_role(role) {
            for &trigger in Trigger::ALL {
                let result = describe(stage, cell(role, stage, trigger));
                text.push_str(&row(role_name(role), stage.code(), trigger.code(), &result));
            }
        }
    }
    text
}

fn row(role: &str, stage: &str, trigger: &str, result: &str) -> String {
    format!("| {role:<11} | {stage:<17} | {trigger:<17} | {result:<50} |\n")
}

fn describe(before: Stage, cell: Cell) -> String {
    match cell {
        Cell::Becomes(stage) => format!("becomes {}", stage.code()),
        Cell::Stays => "stays".into(),
        Cell::Denied(denial) => format!("denied: {}", denial.code()),
        Cell::Answers { stage, reply } if stage == before => format!("stays, answers {}", reply.code()),
        Cell::Answers { stage, reply } => format!("becomes {}, answers {}", stage.code(), reply.code()),
        Cell::NotRecognised => "is not recognised".into(),
    }
}
