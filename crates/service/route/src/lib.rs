//! The gateway's catalogue, sessions and policy decisions.
