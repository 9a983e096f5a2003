//! etcd's JSON: `POST /v3/kv/range` and `POST /v3/kv/txn`. Keys and values are base64, numbers are strings, and what is
//! empty, zero or false is left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// The most operations that a transaction may have, unless its nodes are started with another `--max-txn-ops`.
pub(crate) const MAX_OPERATIONS: usize = 128;

/// Reads a key, or the range from it up to `end`.
pub(crate) fn get(key: &str) -> Value {
    json!({ "key": text(key) })
}

/// Reads a key as it was at this revision of the whole store.
pub(crate) fn get_at(key: &str, revision: u64) -> Value {
    json!({ "key": text(key), "revision": revision.to_string() })
}

/// Reads the keys alone of a range, without its end, at most so many.
pub(crate) fn list_keys((start, end): (&str, &str), descending: bool, limit: usize) -> Value {
    // Ascending is how keys are kept. Asking for it by name would make etcd read and sort all of them.
    let order = if descending { "DESCEND" } else { "NONE" };
    json!({
        "key": text(start),
        "range_end": text(end),
        "limit": limit.to_string(),
        "sort_order": order,
        "sort_target": "KEY",
        "keys_only": true,
    })
}

/// Several reads at once.
pub(crate) fn all(reads: impl IntoIterator<Item = Value>) -> Value {
    json!({ "success": reads.into_iter().map(|read| json!({ "request_range": read })).collect::<Vec<_>>() })
}

/// Writes all of this or nothing: the former if no key is in the way.
pub(crate) fn if_absent(key: &str, writes: &[Value]) -> Value {
    json!({
        "compare": [{ "key": text(key), "target": "VERSION", "version": "0" }],
        "success": writes,
    })
}

/// Writes all of this or nothing: the former if the key was last written at this revision. If it was not, the reply
/// says whether there is such a key.
pub(crate) fn if_unchanged(key: &str, revision: u64, writes: &[Value]) -> Value {
    // For a key that is not there etcd compares with 0, so 0 would write to it. −1 is never anybody's revision, and the
    // reply is that of any other wrong one.
    let revision = i64::try_from(revision).ok().filter(|revision| *revision > 0).unwrap_or(-1);
    json!({
        "compare": [{ "key": text(key), "target": "MOD", "mod_revision": revision.to_string() }],
        "success": writes,
        "failure": [{ "request_range": { "key": text(key), "keys_only": true } }],
    })
}

pub(crate) fn put(key: &str, value: &[u8]) -> Value {
    json!({ "request_put": { "key": text(key), "value": STANDARD.encode(value) } })
}

/// Removes a key, if it is there.
pub(crate) fn delete(key: &str) -> Value {
    json!({ "request_delete_range": { "key": text(key) } })
}

fn text(key: &str) -> String {
    STANDARD.encode(key)
}

/// What a range has.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Range {
    #[serde(default)]
    pub(crate) header: Header,
    #[serde(default)]
    pub(crate) kvs: Vec<KeyValue>,
    /// Whether the limit has cut it short.
    #[serde(default)]
    pub(crate) more: bool,
}

/// What came of a transaction.
#[derive(Debug, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) header: Header,
    /// Whether the comparison held.
    #[serde(default)]
    pub(crate) succeeded: bool,
    #[serde(default)]
    responses: Vec<Response>,
}

impl Transaction {
    /// The keys that its reads gave, in order.
    pub(crate) fn read(self) -> impl Iterator<Item = KeyValue> {
        self.responses.into_iter().filter_map(|response| response.response_range).flat_map(|range| range.kvs)
    }
}

#[derive(Debug, Deserialize)]
struct Response {
    response_range: Option<Range>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Header {
    /// How often the whole store had been written to: also the revision of what a transaction has just written.
    #[serde(deserialize_with = "number")]
    pub(crate) revision: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct KeyValue {
    #[serde(deserialize_with = "bytes")]
    pub(crate) key: Vec<u8>,
    #[serde(default, deserialize_with = "bytes")]
    pub(crate) value: Vec<u8>,
    /// The store's revision when this key was last written. Counted for the whole store, so it never comes back.
    #[serde(deserialize_with = "number")]
    pub(crate) mod_revision: u64,
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}
