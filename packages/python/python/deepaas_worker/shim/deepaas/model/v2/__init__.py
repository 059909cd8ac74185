"""Models of the V2 API."""
