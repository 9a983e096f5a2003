//! Instances, and the addresses they have.

mod platform_name;
mod policy;
mod uid;
mod url;

pub use self::platform_name::PlatformName;
pub use self::policy::{PolicyError, UrlPolicy};
pub use self::uid::InstanceUid;
pub use self::url::{InstanceUrl, UrlError, UrlErrorKind};
