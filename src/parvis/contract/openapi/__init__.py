"""OpenAPI out of a contract: documents of both versions, and the parts of them."""
