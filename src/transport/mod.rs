//! How nodes reach each other: a trait that the host implements, and a network within one program.

mod forward;
mod in_process;

use core::future::Future;

pub use in_process::{Fault, InProcess, InProcessError};

use crate::instance::{Instance, InstanceUrl};
use crate::maybe::{MaybeSend, MaybeSync};

/// The most bytes of an answer: 64 KiB, by rule 6 of [`Transport`].
///
/// It goes for discoveries, too. What a transport reads beyond it is read for nothing.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Carries bytes to other instances' nodes.
///
/// Implement it with plain `async fn`s; the compiler checks that their futures are `Send` (except on wasm).
/// `&T`, `Box<T>` and `Arc<T>` of a transport are transports.
///
/// # Contract
/// 1. **Bytes arrive as they are**, both ways, with any values in them, or none: messages of up to 16 KiB, and answers
///    of up to 64 KiB. A longer message arrives whole, or not at all.
/// 2. **Nothing is believed.** Messages authenticate themselves. Still, TLS keeps what they say private.
/// 3. **The policy holds for addresses too.** A transport that resolves names checks every address with
///    [`UrlPolicy::check_addr`](crate::UrlPolicy::check_addr), dials one that it has checked, and follows no
///    redirect.
/// 4. **Losing, repeating, delaying and reordering are allowed.** The handshake survives all of it; so a
///    transport may retry, and need not.
/// 5. **It comes to an end.** An exchange or a discovery that gets no answer fails after a while: some 15 seconds.
///    Meanwhile exchanges with other nodes go on.
/// 6. **Size is bounded.** An answer of more than 64 KiB is an error, however it goes on.
/// 7. **A dropped future is a lost message**, and nothing else. What comes for it later is nobody's answer.
/// 8. **Each exchange has its own answer**: what the node at this URL gave to this message, however many exchanges
///    there are at once, and in whatever order they are answered.
/// 9. **No answer is an error.** Nobody listens, the node failed, the connection broke: none of it is an empty
///    answer, which is an answer.
/// 10. **Discovery gives the instance** that is served at the URL, or an error.
///
/// `conformance::transport`, behind the feature `conformance`, checks a transport of yours. It sees bytes alone: whom
/// a transport believes (rule 2) and which addresses it dials (rule 3) it does not see, and rule 4 demands nothing.
pub trait Transport {
    /// Why an exchange or a discovery failed.
    type Error: core::error::Error + MaybeSend + MaybeSync + 'static;

    /// Asks who the instance is whose tracker or node has this URL. The answer is believed as far as the
    /// URL is: the policy is applied to every address in it.
    ///
    /// On the other side the answer is [`Node::instance`](crate::Node::instance), serialised: some kilobytes at most.
    ///
    /// # Errors
    /// When nobody answers there, or not with an instance.
    fn discover(&self, url: &InstanceUrl) -> impl Future<Output = Result<Instance, Self::Error>> + MaybeSend;

    /// Sends a message to a node, and gives its reply. On the other side the message goes to
    /// [`Node::handle`](crate::Node::handle).
    ///
    /// # Errors
    /// When no reply came. The message may have arrived all the same.
    fn exchange(
        &self,
        to: &InstanceUrl,
        message: &[u8],
    ) -> impl Future<Output = Result<Vec<u8>, Self::Error>> + MaybeSend;
}
