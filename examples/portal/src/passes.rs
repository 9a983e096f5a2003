//! Admin passes: how an admin of one company shows another company's portal that they are one.
//!
//! No password crosses the border. An admin makes a pass on their own portal, and enters it on the other, which asks
//! here whose it is. It is good for ten minutes and one use.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use handclasp::{ActorName, InstanceUrl, Transport};
use handclasp_http::{HttpError, HttpTransport};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::web::CHECK_PATH;

/// How long a pass is good.
const GOOD_FOR: Duration = Duration::from_secs(10 * 60);

/// How many passes there are at most; the oldest has to go.
const MOST: usize = 16;

/// Letters and digits that nobody mistakes for one another: Crockford's base32.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The passes of one portal. They are forgotten with the program.
///
/// There is no limit on how often somebody may ask whose pass one is: it would be a way for strangers to keep admins from
/// using theirs, and nobody guesses one of 60 bits in ten minutes.
#[derive(Default)]
pub(crate) struct Passes(Mutex<HashMap<[u8; 32], (ActorName, Instant)>>);

impl Passes {
    /// A new pass for this admin, to be shown once.
    pub(crate) fn make(&self, admin: ActorName) -> Result<String, getrandom::Error> {
        let mut random = [0; 12];
        getrandom::fill(&mut random)?;
        let pass: String = random
            .iter()
            .filter_map(|byte| ALPHABET.get(usize::from(byte & 0x1f)).copied().map(char::from))
            .collect();
        let mut passes = self.passes();
        passes.retain(|_, (_, made)| made.elapsed() < GOOD_FOR);
        if passes.len() >= MOST {
            let oldest = passes.iter().min_by_key(|(_, (_, made))| *made).map(|(hash, _)| *hash);
            oldest.and_then(|hash| passes.remove(&hash));
        }
        passes.insert(hash(&pass), (admin, Instant::now()));
        let groups = [pass.get(..4), pass.get(4..8), pass.get(8..)];
        Ok(groups.map(Option::unwrap_or_default).join("-"))
    }

    /// Whose pass it is. It is used up.
    pub(crate) fn redeem(&self, pass: &str) -> Option<ActorName> {
        let (admin, made) = self.passes().remove(&hash(pass))?;
        (made.elapsed() < GOOD_FOR).then_some(admin)
    }

    fn passes(&self) -> MutexGuard<'_, HashMap<[u8; 32], (ActorName, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// However it was typed: in capitals, with hyphens or without.
fn hash(pass: &str) -> [u8; 32] {
    let plain: String = pass
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    Sha256::digest(plain).into()
}

/// Why nobody knows whose pass it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// The destination names no page where admins are.
    #[error("the destination names no page where its admins could make a pass")]
    NoPage,
    /// It is not a pass of the destination's, or not any more.
    #[error(
        "the destination does not know this pass; passes are good for ten minutes and one use: make a new one"
    )]
    Unknown,
    /// The destination could not be asked.
    #[error("the destination could not be asked: {0}; try again")]
    Http(HttpError),
}

impl AskError {
    /// The stable kebab-case name.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NoPage => "no-accept-page",
            Self::Unknown => "unknown-pass",
            Self::Http(_) => "destination-not-asked",
        }
    }
}

/// Asks the destination whose pass it is, with the same care as for messages.
pub(crate) async fn ask(
    transport: &HttpTransport,
    accept_page: &InstanceUrl,
    pass: &str,
) -> Result<ActorName, AskError> {
    let url = format!("{}{CHECK_PATH}", origin(accept_page));
    let url = InstanceUrl::parse(&url).map_err(|_| AskError::NoPage)?;
    let who = transport.exchange(&url, pass.as_bytes()).await.map_err(AskError::Http)?;
    let who = String::from_utf8(who).map_err(|_| AskError::Unknown)?;
    ActorName::parse(&who).map_err(|_| AskError::Unknown)
}

/// The page on which the destination's admins make passes.
pub(crate) fn page_of(accept_page: &InstanceUrl) -> String {
    format!("{}/admin-pass", origin(accept_page))
}

fn origin(url: &InstanceUrl) -> &str {
    url.as_str().strip_suffix(url.path()).unwrap_or(url.as_str())
}
