"""What single packages beside Django REST framework need."""
