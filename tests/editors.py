"""Editors of explanations, and the form that they send."""

from django.contrib.auth.models import Permission, User
from django.test import Client

LIST = "/admin/django_http4xx/explanation/"

FORM = {
    "problem_type": "locked",
    "language": "en",
    "title": "",
    "explanation": "",
    "remedy": "",
    "help_url": "",
    "help_label": "",
    "host": "",
    "path_prefix": "",
    "is_active": "on",
    "note": "",
}


def signed_in(*permissions):
    """A client of somebody who may do these things, such as "view", and nothing else."""
    user = User.objects.create_user("ana", is_staff=True)
    for permission in permissions:
        granted = Permission.objects.get(codename=f"{permission}_explanation")
        user.user_permissions.add(granted)
    client = Client()
    client.force_login(user)
    return client
