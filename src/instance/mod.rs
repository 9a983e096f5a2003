//! Instances, and the addresses they have.
