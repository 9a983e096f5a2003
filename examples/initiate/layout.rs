//! A terminal of 72 columns: lines, wrapped text, fields and buttons. It knows nothing about connections.

use std::ops::RangeInclusive;

/// The width to which everything is wrapped.
const WIDTH: usize = 72;

/// Where the value of a field begins.
const VALUES: usize = 32;

/// What is printed, line by line.
#[derive(Default)]
pub(crate) struct Page {
    lines: Vec<String>,
}

impl Page {
    /// Begins a screen: on the left whose it is, on the right who sits before it.
    pub(crate) fn screen(&mut self, place: &str, person: &str, title: &str) {
        if !self.lines.is_empty() {
            self.gap();
        }
        self.lines.push("━".repeat(WIDTH));
        let room = WIDTH.saturating_sub(4 + columns(place));
        self.lines.push(format!("  {place}{person:>room$}"));
        self.lines.push("─".repeat(WIDTH));
        self.gap();
        self.hang("  ", title);
        self.gap();
    }

    pub(crate) fn gap(&mut self) {
        self.lines.push(String::new());
    }

    /// A paragraph, and an empty line behind it.
    pub(crate) fn text(&mut self, text: &str) {
        self.hang("  ", text);
        self.gap();
    }

    /// A label, and beside it a value, however long.
    pub(crate) fn field(&mut self, label: &str, value: &str) {
        let room = VALUES - 2;
        self.hang(&format!("  {label:<room$}"), value);
    }

    /// What is wrong with the field above.
    pub(crate) fn problem(&mut self, text: &str) {
        self.hang(&format!("{:>VALUES$}", "! "), text);
    }

    /// The buttons at the end of a screen.
    pub(crate) fn buttons(&mut self, labels: &[&str]) {
        let buttons: Vec<_> = labels.iter().map(|label| format!("[ {label} ]")).collect();
        self.gap();
        self.hang("  ", &buttons.join("   "));
    }

    /// What the person does now.
    pub(crate) fn action(&mut self, text: &str) {
        self.gap();
        self.hang("  ▸ ", text);
    }

    /// How it ends.
    pub(crate) fn closing(&mut self, text: &str) {
        self.gap();
        self.hang("  ✔ ", text);
    }

    /// Columns of a table, each cut to its width with an ellipsis.
    pub(crate) fn row<const N: usize>(&mut self, cells: [(&str, usize); N]) {
        let mut row = String::from("  ");
        for (cell, width) in cells {
            let cell = shortened(&visible(cell), width);
            let padding = width.saturating_sub(columns(&cell)) + 2;
            row.push_str(&cell);
            row.push_str(&" ".repeat(padding));
        }
        self.lines.push(row.trim_end().to_owned());
    }

    /// Something that has no spaces to be wrapped at, such as a code.
    pub(crate) fn block(&mut self, prefix: &str, text: &str) {
        for line in chunks(text, WIDTH - columns(prefix)) {
            self.lines.push(format!("{prefix}{line}"));
        }
    }

    /// Wraps a text behind a prefix, which the lines after the first are indented by.
    pub(crate) fn hang(&mut self, prefix: &str, text: &str) {
        let indent = " ".repeat(columns(prefix));
        let room = WIDTH - columns(prefix);
        let lines = text.split('\n').flat_map(|line| wrapped(&visible(line), room));
        for (number, line) in lines.enumerate() {
            let prefix = if number == 0 { prefix } else { &indent };
            self.lines.push(format!("{prefix}{line}").trim_end().to_owned());
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.lines.join("\n") + "\n"
    }
}

/// What a mail program makes of a text: quoted lines.
pub(crate) fn as_quoted_mail(text: &str) -> String {
    let lines: Vec<_> = chunks(&format!("\"{text}\""), 60).iter().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

/// Lines no wider than that, broken at spaces where there are any.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for (number, word) in text.split(' ').enumerate() {
        let mut pieces = chunks(word, room).into_iter();
        let first = pieces.next().unwrap_or_default();
        if number > 0 && columns(&line) + 1 + columns(&first) <= room {
            line.push(' ');
        } else if number > 0 {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(&first);
        for piece in pieces {
            lines.push(std::mem::replace(&mut line, piece));
        }
    }
    lines.push(line);
    lines
}

/// Pieces no wider than that.
fn chunks(text: &str, room: usize) -> Vec<String> {
    let mut chunks = Vec::new();
    let mut chunk = String::new();
    for character in text.chars() {
        if columns(&chunk) + width(character) > room {
            chunks.push(std::mem::take(&mut chunk));
        }
        chunk.push(character);
    }
    chunks.push(chunk);
    chunks
}

/// The text, or as much of its beginning as there is room for.
fn shortened(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let start = chunks(text, room.saturating_sub(1)).into_iter().next().unwrap_or_default();
    format!("{start}…")
}

/// The text with a picture in place of each control character, which the terminal would obey.
fn visible(text: &str) -> String {
    let picture = |character: char| match character {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('?'),
        _ if character.is_control() => '?',
        _ => character,
    };
    text.chars().map(picture).collect()
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// How many columns a character takes, roughly: two in the scripts of East Asia, and for emoji.
fn width(character: char) -> usize {
    let is_wide = WIDE.iter().any(|range| range.contains(&character));
    1 + usize::from(is_wide)
}

const WIDE: [RangeInclusive<char>; 8] = [
    '\u{1100}'..='\u{115f}',
    '\u{2e80}'..='\u{a4cf}',
    '\u{ac00}'..='\u{d7a3}',
    '\u{f900}'..='\u{faff}',
    '\u{fe30}'..='\u{fe6f}',
    '\u{ff00}'..='\u{ff60}',
    '\u{1f300}'..='\u{1faff}',
    '\u{20000}'..='\u{3fffd}',
];
