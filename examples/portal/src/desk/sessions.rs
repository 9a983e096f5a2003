//! Who is signed in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use handclasp::{ActorName, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Desk, DeskError, one};

/// How long a session lasts: a working day.
const LASTS: std::time::Duration = std::time::Duration::from_secs(12 * 60 * 60);

/// What a browser shows to be known again: 256 random bits as text. The database has only its hash.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// The token in a cookie. It need not be one that was ever given out.
    pub(crate) fn read(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text for the cookie.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    fn hash(&self, label: &str) -> Vec<u8> {
        Sha256::new().chain_update(label).chain_update(&self.0).finalize().to_vec()
    }
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Session {
    /// Who.
    pub(crate) admin: ActorName,
    token: Token,
}

impl Session {
    /// What every form of this session holds, and no other site can know.
    pub(crate) fn form_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.token.hash("form "))
    }

    /// Whether a form is one of this session's.
    pub(crate) fn sent(&self, form_token: &str) -> bool {
        self.form_token().as_bytes().ct_eq(form_token.as_bytes()).into()
    }

    /// The session's token.
    pub(crate) fn token(&self) -> &Token {
        &self.token
    }
}

impl Desk {
    /// Begins a session.
    pub(crate) async fn begin_session(&self, admin: ActorName) -> Result<Token, DeskError> {
        let mut random = [0; 32];
        getrandom::fill(&mut random)?;
        let token = Token(URL_SAFE_NO_PAD.encode(random));
        let hash = token.hash("session ");
        self.call(move |database| {
            let now = Timestamp::now();
            database.execute("DELETE FROM sessions WHERE ends_at < ?1", [seconds(now)])?;
            database.execute(
                "INSERT INTO sessions VALUES (?1, ?2, ?3)",
                (hash, admin.as_str(), seconds(now.saturating_add(LASTS))),
            )?;
            Ok(())
        })
        .await?;
        Ok(token)
    }

    /// The session with this token, if it is one and has not ended.
    pub(crate) async fn session(&self, token: Token) -> Result<Option<Session>, DeskError> {
        let hash = token.hash("session ");
        let admin: Option<String> = self
            .call(move |database| {
                let now = seconds(Timestamp::now());
                one(database, "SELECT admin FROM sessions WHERE token = ?1 AND ends_at >= ?2", (hash, now))
            })
            .await?;
        Ok(admin.and_then(|name| ActorName::parse(&name).ok()).map(|admin| Session { admin, token }))
    }

    /// Ends a session.
    pub(crate) async fn end_session(&self, token: &Token) -> Result<(), DeskError> {
        let hash = token.hash("session ");
        self.call(move |database| {
            database.execute("DELETE FROM sessions WHERE token = ?1", [hash])?;
            Ok(())
        })
        .await
    }
}

fn seconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_secs()).unwrap_or(i64::MAX)
}
