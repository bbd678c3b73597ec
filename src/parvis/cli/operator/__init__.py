"""The commands of the operator: Parvis's own service, the audit, a copy of the store."""
