//! A future that another one may end.

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

/// What the future gives; `None`, and it is dropped, if the other comes to an end before it.
pub(crate) async fn unless<T>(other: impl Future<Output = ()>, future: impl Future<Output = T>) -> Option<T> {
    let (mut other, mut future) = (pin!(other), pin!(future));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => other.as_mut().poll(context).map(|()| None),
    })
    .await
}
