//! Who may sign in.

use argon2::password_hash::{PasswordHasher, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use handclasp::ActorName;
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::{Desk, DeskError, one};

/// The memory for a hash: 19 MiB, allocated once, and kept. Threads that allocated it by themselves would each keep their
/// own. So there is one hash at a time in the whole program, which slows guessing down, too.
static MEMORY: Mutex<Vec<Block>> = Mutex::const_new(Vec::new());

/// How many may wait to be signed in at one company. Whoever comes then is told to try again.
pub(super) const WAITING: usize = 8;

/// Why somebody was not signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// The name or the password is wrong; nobody is told which.
    #[error("the name or the password is wrong")]
    Wrong,
    /// Too many try at once.
    #[error("too many people are signing in at this moment; try again in a few seconds")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Desk {
    /// Makes this the one admin, with this password. If that changes anything, whoever is signed in no longer is. It
    /// blocks.
    pub(crate) fn set_admin(&self, name: &ActorName, password: &str) -> Result<(), DeskError> {
        let mut database = self.lock();
        let stored: Option<String> =
            one(&database, "SELECT password FROM admins WHERE name = ?1", [name.as_str()])?;
        if stored.is_some_and(|hash| is_right(password, &hash, &mut MEMORY.blocking_lock())) {
            return Ok(());
        }
        let hash = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|error| DeskError::Content(error.into()))?
            .to_string();
        let transaction = database.transaction()?;
        transaction.execute_batch("DELETE FROM admins; DELETE FROM sessions")?;
        transaction.execute("INSERT INTO admins VALUES (?1, ?2)", [name.as_str(), &hash])?;
        Ok(transaction.commit()?)
    }

    /// Checks a name and a password.
    pub(crate) async fn check_password(
        &self,
        name: &str,
        password: String,
    ) -> Result<ActorName, SignInError> {
        let _place = self.signing_in.try_acquire().map_err(|_| SignInError::Busy)?;
        let mut memory = MEMORY.lock().await;
        let wanted = name.trim().to_owned();
        let lookup = wanted.clone();
        let (known, hash) = self
            .call(move |database| {
                let hash: Option<String> =
                    one(database, "SELECT password FROM admins WHERE name = ?1", [&lookup])?;
                // A name that nobody has costs the same work as one that somebody has.
                let known = hash.is_some();
                let hash = match hash {
                    Some(hash) => hash,
                    None => one(database, "SELECT password FROM admins LIMIT 1", [])?.unwrap_or_default(),
                };
                Ok((known, hash))
            })
            .await?;
        // Not while the database is locked: others are signed in already, and work.
        let right = spawn_blocking(move || is_right(&password, &hash, &mut memory));
        let right = right.await.map_err(DeskError::from)?;
        let name = (known && right).then_some(wanted).ok_or(SignInError::Wrong)?;
        ActorName::parse(&name).map_err(|_| SignInError::Wrong)
    }
}

/// Whether this is the password. It takes some twenty milliseconds, right or wrong.
fn is_right(password: &str, hash: &str, memory: &mut Vec<Block>) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| fits(password, &hash, memory).unwrap_or(false))
}

/// Hashes the password as the hash was made, and compares. `None` if it is no hash of this kind.
fn fits(password: &str, hash: &PasswordHash, memory: &mut Vec<Block>) -> Option<bool> {
    let (salt, wanted) = (hash.salt?, hash.hash?);
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = Version::try_from(hash.version?).ok()?;
    let params = Params::try_from(hash).ok()?;
    memory.resize(params.block_count(), Block::default());
    let mut found = vec![0; wanted.len()];
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password.as_bytes(), salt.as_ref(), &mut found, memory)
        .ok()?;
    Some(found.ct_eq(wanted.as_bytes()).into())
}
