//! Finds secrets in whatever form they were written.

#![expect(clippy::indexing_slicing, reason = "the helpers of a test fail like a test")]

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// As few bytes of a secret as are looked for.
const WINDOW: usize = 6;

/// Secrets: every form of every part of them, by its first bytes.
#[derive(Default)]
pub(crate) struct Search {
    plain: Needles,
    /// To be looked for where all white space was taken out: `1,2,3`.
    lists: Needles,
}

type Needles = HashMap<Vec<u8>, Vec<(String, Vec<u8>)>>;

impl Search {
    pub(crate) fn add(&mut self, name: &str, secret: &[u8]) {
        let add = |needles: &mut Needles, form: &str, needle: Vec<u8>| {
            needles.entry(needle[..WINDOW].to_vec()).or_default().push((format!("{name} ({form})"), needle));
        };
        for window in secret.windows(WINDOW) {
            for (form, needle) in forms(window) {
                add(&mut self.plain, form, needle);
            }
            // The first and the last number may be the end and the beginning of longer ones, like 23 of 123.
            let list: Vec<_> = window.iter().map(ToString::to_string).collect();
            add(&mut self.lists, "list", list.join(",").into_bytes());
        }
    }

    /// The names of the secrets that are in there.
    pub(crate) fn find(&self, haystack: &[u8]) -> BTreeSet<&str> {
        let compact: Vec<u8> = haystack.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        &find(&self.plain, haystack) | &find(&self.lists, &compact)
    }
}

fn find<'a>(needles: &'a Needles, haystack: &[u8]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for at in 0..haystack.len().saturating_sub(WINDOW - 1) {
        let candidates = needles.get(&haystack[at..at + WINDOW]).into_iter().flatten();
        let here = candidates.filter(|(_, needle)| haystack[at..].starts_with(needle));
        found.extend(here.map(|(name, _)| name.as_str()));
    }
    found
}

/// The ways in which bytes are written, but for lists of numbers.
fn forms(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let mut forms =
        vec![("raw", bytes.to_vec()), ("hex", hex.to_uppercase().into_bytes()), ("hex", hex.into_bytes())];
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        for shift in 0..3 {
            let text = engine.encode([&[0; 3][..shift], bytes].concat());
            // Characters that also depend on what stands before or behind are left out.
            let (start, end) = ((shift * 8).div_ceil(6), (shift + bytes.len()) * 8 / 6);
            forms.push(("base64", text.as_bytes()[start..end].to_vec()));
        }
    }
    forms
}
