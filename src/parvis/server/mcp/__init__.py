"""MCP's face of the pipeline: tools for AI agents at ``/mcp``. The SDK is loaded with the first request."""
