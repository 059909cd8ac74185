"""The worker of DEEPaaS for Python models: PROTOCOL.md of the npm package @deepaas/workers, with the standard library only."""
