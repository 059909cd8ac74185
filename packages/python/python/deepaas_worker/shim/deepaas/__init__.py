"""In the place of the original's package: only what models import from it."""
