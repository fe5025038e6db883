"""The tenants of the site that django-tenants serves."""
