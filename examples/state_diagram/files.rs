//! The pictures that are committed: written, or compared with what the table gives today.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Stop;
use crate::drawing::Drawing;
use crate::graph::role_name;
use crate::layout::LAYOUTS;
use crate::svg;

/// Where they are committed.
pub(crate) fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join("lifecycle")
}

/// Writes every file; the text says which.
pub(crate) fn write(folder: &Path) -> Result<String, Stop> {
    let mut told = String::new();
    for (name, text) in contents()? {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        let _ = writeln!(told, "{}", path.display());
    }
    Ok(told)
}

/// Whether every file is what would be written; the error names each that is not.
pub(crate) fn check(folder: &Path) -> Result<String, Stop> {
    let mut stale = Vec::new();
    for (name, text) in contents()? {
        let path = folder.join(name);
        match std::fs::read_to_string(&path) {
            Ok(found) if found == text => {}
            Ok(_) => stale.push(format!("{} is not what the table gives", path.display())),
            Err(error) => stale.push(format!("{}: {error}", path.display())),
        }
    }
    if stale.is_empty() {
        return Ok("The pictures are what the table gives.\n".into());
    }
    let remedy = "write them anew: cargo run --example state_diagram -- --svg";
    Err(Stop::Failed(format!("{}\n{remedy}", stale.join("\n")).into()))
}

/// Every file, by name.
fn contents() -> Result<Vec<(String, String)>, Stop> {
    let mut files = Vec::new();
    let mut definitions = String::new();
    for layout in LAYOUTS {
        let name = role_name(layout.role);
        let picture = svg::print(&Drawing::of(layout)?);
        // In the crate's documentation a path would lead nowhere. Of two definitions Markdown takes the first.
        let _ = writeln!(
            definitions,
            "[{name}-diagram]: data:image/svg+xml;base64,{}",
            STANDARD.encode(&picture)
        );
        files.push((format!("{name}.svg"), picture));
    }
    files.push(("diagrams.md".into(), definitions));
    Ok(files)
}
