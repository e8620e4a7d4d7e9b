"""``python -m chime_identity_mock``: the same as the command ``chime-identity-mock``."""

from __future__ import annotations

from .cli import main

raise SystemExit(main())
