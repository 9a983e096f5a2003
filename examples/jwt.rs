//! An application's own requests between two connected instances, each with a JSON Web Token of its own.
//!
//! handclasp gives both sides the same keys; how tokens are written and checked is left to a library that does
//! nothing else. Run it with `cargo run --example jwt`.

use std::collections::HashMap;
use std::error::Error;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use handclasp::{
    Accepted, ConnectionId, ConnectionMode, InProcess, Instance, InstanceUid, InstanceUrl, KnownPlatform,
    MemoryStore, ModeSet, Node, Role,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, get_current_timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A key for each direction: with one for both, whoever records a token could send it back to its sender.
const TO_DESTINATION: &str = "jwt/source-to-destination";
const TO_SOURCE: &str = "jwt/destination-to-source";
/// How many seconds a token lives: as long as a request may be under way.
const LIFE: u64 = 60;
/// How many seconds the two clocks may be apart. The library's own 60 would double the life of a token.
const LEEWAY: u64 = 5;

/// What is sent. Over HTTP the token goes beside it: `Authorization: Bearer …`.
struct Request {
    method: &'static str,
    path: &'static str,
    body: &'static str,
}

/// What a token says, and the signature proves.
#[derive(Deserialize, Serialize)]
struct Claims {
    /// From which instance to which, over which connection.
    iss: String,
    aud: String,
    sub: String,
    /// From when to when, in seconds since 1970.
    iat: u64,
    exp: u64,
    /// Different for each token, so that it can be used once.
    jti: String,
    request: Binding,
}

/// The one request that a token is good for.
#[derive(Deserialize, Eq, PartialEq, Serialize)]
struct Binding {
    method: String,
    path: String,
    body_sha256: String,
}

impl Binding {
    fn to(request: &Request) -> Self {
        let body_sha256 = URL_SAFE_NO_PAD.encode(Sha256::digest(request.body));
        Self { method: request.method.to_owned(), path: request.path.to_owned(), body_sha256 }
    }
}

/// Why a request is not obeyed. For the log: the other side needs no more than a 401.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Token(#[from] jsonwebtoken::errors::Error),
    #[error("the token was made for another request")]
    OtherRequest,
    #[error("the token has been used")]
    Used,
}

/// One side of a connection, signing what it sends and checking what it gets.
struct Side {
    sign: EncodingKey,
    check: DecodingKey,
    id: String,
    own_uid: String,
    remote_uid: String,
    /// Which tokens were used, and when they expire. An application with several servers has it in a database.
    used: HashMap<String, u64>,
}

impl Side {
    /// Keys are derived quickly. An application asks for them at each request instead of keeping them, and a
    /// connection that was removed is over at once.
    async fn of(node: &Node<MemoryStore, InProcess>, id: ConnectionId) -> Result<Self, Box<dyn Error>> {
        let view = node.get(id).await?.ok_or("there is no such connection")?;
        let (ours, theirs) = match view.role {
            Role::Source => (TO_DESTINATION, TO_SOURCE),
            Role::Destination => (TO_SOURCE, TO_DESTINATION),
            Role::Local => return Err("what an instance tells itself needs no token".into()),
        };
        Ok(Self {
            sign: EncodingKey::from_secret(node.derive_key(id, ours).await?.expose_bytes()),
            check: DecodingKey::from_secret(node.derive_key(id, theirs).await?.expose_bytes()),
            id: id.to_string(),
            own_uid: node.instance().uid().to_string(),
            remote_uid: view.remote.ok_or("it is active")?.uid().to_string(),
            used: HashMap::new(),
        })
    }

    /// A token for this request, made at this time.
    fn token(&self, request: &Request, now: u64) -> Result<String, Box<dyn Error>> {
        let claims = Claims {
            iss: self.own_uid.clone(),
            aud: self.remote_uid.clone(),
            sub: self.id.clone(),
            iat: now,
            exp: now + LIFE,
            jti: format!("{:016x}", getrandom::u64()?),
            request: Binding::to(request),
        };
        Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.sign)?)
    }

    /// Whether this request comes from the other side, now and for the first time. Which connection it is about
    /// has been read from its address or a header: the token may only confirm it.
    fn check(&mut self, request: &Request, token: &str) -> Result<Claims, Refused> {
        // Named here, and not taken from the token, which comes from whoever has sent it.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY;
        // The library passes over claims that are absent, unless they are required.
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.set_issuer(&[&self.remote_uid]);
        validation.set_audience(&[&self.own_uid]);
        validation.sub = Some(self.id.clone());
        // Read before the library reads it: what it still accepts must not be forgotten below.
        let now = get_current_timestamp();
        let claims = jsonwebtoken::decode::<Claims>(token, &self.check, &validation)?.claims;
        if claims.request != Binding::to(request) {
            return Err(Refused::OtherRequest);
        }
        // Last, so that a token is used up only by the request that it was made for.
        self.used.retain(|_, exp| *exp >= now - LEEWAY);
        if self.used.insert(claims.jti.clone(), claims.exp).is_some() {
            return Err(Refused::Used);
        }
        Ok(claims)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(tell())
}

async fn tell() -> Result<(), Box<dyn Error>> {
    let network = InProcess::new();
    let salesforce = node("salesforce-1", KnownPlatform::Salesforce, &network)?;
    let jira = node("jira-1", KnownPlatform::JiraCloud, &network)?;
    let id = connect(&salesforce, &jira).await?;
    let (mut source, mut destination) = (Side::of(&salesforce, id).await?, Side::of(&jira, id).await?);

    let request = Request { method: "POST", path: "/comments", body: r#"{"case":7,"text":"Is it solved?"}"# };
    let now = get_current_timestamp();
    let token = source.token(&request, now)?;
    println!("sent       {} {} {}", request.method, request.path, request.body);
    let claims = destination.check(&request, &token)?;
    println!("accepted   from {} to {}, once and within {LIFE} seconds", claims.iss, claims.aud);
    refused("sent twice", destination.check(&request, &token))?;

    let token = source.token(&request, now)?;
    let forged = Request { body: r#"{"case":7,"text":"Close it."}"#, ..request };
    refused("another body", destination.check(&forged, &token))?;

    // Its signature is right, but made with the key for the other direction.
    refused("sent back to its sender", source.check(&request, &token))?;

    let old = source.token(&request, now - LIFE - 2 * LEEWAY)?;
    refused("expired", destination.check(&request, &old))?;

    // The same two instances, connected twice: each connection has keys of its own.
    let another = Side::of(&salesforce, connect(&salesforce, &jira).await?).await?;
    refused("of another connection", destination.check(&request, &another.token(&request, now)?))?;

    // What a token says of itself must not decide how it is checked.
    let claims = token.split('.').nth(1).ok_or("a token has three parts")?;
    let unsigned = format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#));
    refused("unsigned", destination.check(&request, &unsigned))?;

    // None of this has used up the token; and the other direction works as well.
    destination.check(&request, &token)?;
    let answer = Request { method: "PUT", path: "/cases/7", body: r#"{"status":"Solved"}"# };
    let claims = source.check(&answer, &destination.token(&answer, now)?)?;
    println!("accepted   from {} to {}, with the other key", claims.iss, claims.aud);
    Ok(())
}

/// Says why it was refused. That it was accepted would be an error.
fn refused(what: &str, checked: Result<Claims, Refused>) -> Result<(), Box<dyn Error>> {
    let Err(reason) = checked else { return Err(format!("accepted: {what}").into()) };
    let reason = reason.to_string();
    // Of an algorithm that it does not know, the library says which ones it does: all twelve.
    let reason = reason.split_once(", expected").map_or(reason.as_str(), |(reason, _)| reason);
    println!("refused    {what:<25}{reason}");
    Ok(())
}

/// As in the README: the wizard on one side, accepting on the other.
async fn connect(
    source: &Node<MemoryStore, InProcess>,
    destination: &Node<MemoryStore, InProcess>,
) -> Result<ConnectionId, Box<dyn Error>> {
    let host = format!("{}.example.com", destination.instance().uid());
    let wizard = source.start(&host).await?.choose_mode(ConnectionMode::Script)?;
    let form = wizard.form();
    let wizard = source.initiate(wizard.fill(form)?)?;
    let submitted = source.submit(&wizard).await?;
    let code = submitted.hand_over.code().ok_or("a connection with another instance has a code")?;
    let preview = destination.preview(code.expose()).await?;
    let mut form = preview.form();
    form.incoming_project = "SUPPORT".to_owned();
    match destination.accept(&preview, &form).await? {
        Accepted::Active(connection) => Ok(connection.id),
        other => Err(format!("not active: {:?}", other.connection().status).into()),
    }
}

fn node(
    uid: &str,
    platform: KnownPlatform,
    network: &InProcess,
) -> Result<Node<MemoryStore, InProcess>, Box<dyn Error>> {
    let instance = Instance::builder(InstanceUid::parse(uid)?, platform)
        .node_url(InstanceUrl::parse(&format!("https://{uid}.example.com"))?)
        .licences(ModeSet::ALL)
        .build()?;
    let node = Node::builder(instance, MemoryStore::new(), network.clone()).build();
    node.attach_to(network);
    Ok(node)
}
