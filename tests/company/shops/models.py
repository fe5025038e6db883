from __future__ import annotations

from django_tenants.models import DomainMixin, TenantMixin


class Shop(TenantMixin):
    auto_create_schema = True


class Address(DomainMixin):
    pass
