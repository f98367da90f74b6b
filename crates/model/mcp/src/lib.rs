//! MCP messages, revisions, the tool catalogue and translation between the protocol's eras.
