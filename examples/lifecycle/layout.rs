//! A terminal of 80 columns: sections, and lines that say who did what, and where that led. It knows nothing about
//! connections.

/// The width to which everything is wrapped.
const WIDTH: usize = 80;

/// Where the text of a line begins, behind whose it is.
const TEXTS: usize = 14;

/// What is printed, line by line.
#[derive(Default)]
pub(crate) struct Page {
    lines: Vec<String>,
    sections: usize,
}

impl Page {
    /// Begins a section.
    pub(crate) fn section(&mut self, title: &str) {
        if self.sections > 0 {
            self.lines.push(String::new());
        }
        self.sections += 1;
        self.lines.push(format!("{}. {title}", self.sections));
        self.lines.push(String::new());
    }

    /// What one side did, and where its connection stands then.
    pub(crate) fn step(&mut self, side: &str, text: &str, status: &str) {
        let line = format!("{text} → {status}");
        if line.chars().count() <= WIDTH - TEXTS {
            self.hang(side, &line);
        } else {
            self.hang(side, text);
            self.hang("", &format!("→ {status}"));
        }
    }

    /// More about the line above.
    pub(crate) fn note(&mut self, text: &str) {
        self.hang("", text);
    }

    fn hang(&mut self, side: &str, text: &str) {
        let room = TEXTS - 4;
        let mut line = format!("  {side:<room$} ");
        let empty = line.chars().count();
        for word in text.split(' ') {
            if line.chars().count() > empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.lines.push(std::mem::replace(&mut line, " ".repeat(empty)));
            }
            line.push(' ');
            line.push_str(word);
        }
        self.lines.push(line);
    }

    pub(crate) fn into_text(self) -> String {
        self.lines.join("\n") + "\n"
    }
}
