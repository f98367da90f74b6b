//! MCP upstreams: streamable HTTP, HTTP+SSE, child processes and OpenAPI documents.
