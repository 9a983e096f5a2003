//! References and boxes of a store are stores.

use std::sync::Arc;

use super::{ConnectionStore, InsertError, ListQuery, Page, Revision, Stored, UpdateError};
use crate::connection::{Connection, ConnectionId};
use crate::maybe::{MaybeSend, MaybeSync};

/// Forwards each method by its path: `self.get(id)` would resolve to the wrapper itself, for ever.
macro_rules! forward {
    ($($wrapper:ty),+) => { $(
        #[deny(clippy::missing_trait_methods)]
        impl<S: ConnectionStore + MaybeSend + MaybeSync + ?Sized> ConnectionStore for $wrapper {
            type Error = S::Error;

            fn get(&self, id: ConnectionId)
                -> impl Future<Output = Result<Option<Stored>, Self::Error>> + MaybeSend {
                S::get(self, id)
            }

            fn insert(&self, connection: &Connection)
                -> impl Future<Output = Result<Revision, InsertError<Self::Error>>> + MaybeSend {
                S::insert(self, connection)
            }

            fn update(&self, connection: &Connection, expected: Revision)
                -> impl Future<Output = Result<Revision, UpdateError<Self::Error>>> + MaybeSend {
                S::update(self, connection, expected)
            }

            fn remove(&self, id: ConnectionId, expected: Revision)
                -> impl Future<Output = Result<(), UpdateError<Self::Error>>> + MaybeSend {
                S::remove(self, id, expected)
            }

            fn list(&self, query: &ListQuery)
                -> impl Future<Output = Result<Page<Stored>, Self::Error>> + MaybeSend {
                S::list(self, query)
            }
        }
    )+ };
}

forward!(&S, Box<S>, Arc<S>);
