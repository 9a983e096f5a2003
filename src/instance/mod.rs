//! Instances, and the addresses they have.

mod platform;
mod platform_name;
mod policy;
mod profile;
mod uid;
mod url;
mod versions;

pub use self::platform::{Capabilities, KnownPlatform, Platform};
pub use self::platform_name::PlatformName;
pub use self::policy::{PolicyError, UrlPolicy};
pub use self::profile::{Instance, InstanceBuilder, InstanceError, Reachability};
pub use self::uid::InstanceUid;
pub use self::url::{InstanceUrl, UrlError, UrlErrorKind};
pub use self::versions::ProtocolVersions;
