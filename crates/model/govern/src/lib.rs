//! Principals, policies, decisions, limits and the audit chain.
