"""Django REST framework's door."""
