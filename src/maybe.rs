//! `Send` and `Sync` where there are threads, and nothing where there are none.
//!
//! The switch is the target, not a feature, so that no other crate can change it.

#[cfg(not(target_family = "wasm"))]
mod bounds {
    use core::pin::Pin;

    pub use core::marker::{Send as MaybeSend, Sync as MaybeSync};

    pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
    pub(crate) type BoxHandler<T> = Box<dyn Fn(Vec<u8>) -> BoxFuture<T> + Send + Sync>;
    pub(crate) type BoxTimer = Box<dyn Fn() -> BoxFuture<()> + Send + Sync>;
}

#[cfg(target_family = "wasm")]
mod bounds {
    use core::pin::Pin;

    /// [`Send`], except on wasm, where it demands nothing.
    pub trait MaybeSend {}
    impl<T: ?Sized> MaybeSend for T {}

    /// [`Sync`], except on wasm, where it demands nothing.
    pub trait MaybeSync {}
    impl<T: ?Sized> MaybeSync for T {}

    pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;
    pub(crate) type BoxHandler<T> = Box<dyn Fn(Vec<u8>) -> BoxFuture<T>>;
    pub(crate) type BoxTimer = Box<dyn Fn() -> BoxFuture<()>>;
}

#[cfg(feature = "conformance")]
pub(crate) use bounds::BoxFuture;
pub(crate) use bounds::{BoxHandler, BoxTimer};
#[doc(no_inline)]
pub use bounds::{MaybeSend, MaybeSync};
