"""The backends of all accounts and regions, in moto's own keeping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.base_backend import BackendDict, backend_lock

from .backend import ChimeIdentityBackend, present_app_instances
from .models import AppInstance
from .service import SERVICE_NAME


class Backends(BackendDict[ChimeIdentityBackend]):
    """The backends of all accounts and regions.

    moto resets every ``BackendDict`` in use whenever ``mock_aws`` starts or stops. While our own
    mock is the outer one that must pass ours by, so ours then stays off moto's list.
    """

    def __init__(self) -> None:
        super().__init__(ChimeIdentityBackend, SERVICE_NAME, use_boto3_regions=False)
        self.are_hidden_from_moto = False

    def at(self, account_id: str, region_name: str) -> ChimeIdentityBackend:
        """The backend of an account and region, made at its first use."""
        # get(), unlike [], does none of moto's bookkeeping, and knows no region by another's name.
        account = self.get(account_id)
        backend = account.get(region_name) if account is not None else None
        if backend is None:
            with backend_lock:
                made = ChimeIdentityBackend(region_name, account_id)
                backend = self[account_id].setdefault(region_name, made)
        return backend

    def in_use(self) -> Iterator[tuple[tuple[str, str], ChimeIdentityBackend]]:
        """Each backend in use, by its account and region."""
        # Copies, because other threads may make a backend meanwhile.
        for account_id, account in list(self.items()):
            for region_name, backend in list(account.items()):
                yield (account_id, region_name), backend

    def app_instances(self) -> Iterator[tuple[str, str, list[AppInstance]]]:
        """The present AppInstances of each backend in use, with its account and region."""
        for (account_id, region_name), backend in self.in_use():
            yield account_id, region_name, present_app_instances(backend)

    def hide_from_moto(self, *, hidden: bool) -> None:
        """Whether moto's resets pass these backends by."""
        with backend_lock:
            self.are_hidden_from_moto = hidden
            in_use: list[Any] = BackendDict._instances  # type: ignore[misc]
            others = [backends for backends in in_use if backends is not self]
            in_use[:] = others if hidden or not self else [*others, self]

    def _create_account_specific_backend(self, account_id: str) -> None:
        super()._create_account_specific_backend(account_id)
        if self.are_hidden_from_moto:
            self.hide_from_moto(hidden=True)


backends = Backends()
