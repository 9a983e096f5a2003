//! References and boxes of a transport are transports.

use std::sync::Arc;

use super::Transport;
use crate::instance::{Instance, InstanceUrl};
use crate::maybe::{MaybeSend, MaybeSync};

/// Forwards each method by its path: `self.discover(url)` would resolve to the wrapper itself, for ever.
macro_rules! forward {
    ($($wrapper:ty),+) => { $(
        #[deny(clippy::missing_trait_methods)]
        impl<T: Transport + MaybeSend + MaybeSync + ?Sized> Transport for $wrapper {
            type Error = T::Error;

            fn discover(&self, url: &InstanceUrl)
                -> impl Future<Output = Result<Instance, Self::Error>> + MaybeSend {
                T::discover(self, url)
            }

            fn exchange(&self, to: &InstanceUrl, message: &[u8])
                -> impl Future<Output = Result<Vec<u8>, Self::Error>> + MaybeSend {
                T::exchange(self, to, message)
            }
        }
    )+ };
}

forward!(&T, Box<T>, Arc<T>);
