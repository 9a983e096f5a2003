//! Bodies.

use std::pin::pin;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes};

/// Reads a body into one piece of memory; put a [`Limited`](http_body_util::Limited) around one that others send.
///
/// `collect` keeps the pieces as they come, and each keeps the whole buffer that it was read into: a body that comes byte
/// by byte would take a thousand times its size.
///
/// # Errors
/// Those of the body.
pub async fn read_body<B: Body<Data = Bytes>>(body: B) -> Result<Vec<u8>, B::Error> {
    let mut body = pin!(body);
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        // Trailers are of no use here.
        if let Ok(piece) = frame?.into_data() {
            read.extend_from_slice(&piece);
        }
    }
    Ok(read)
}
