"""The project that is measured: nothing but this app, so that what it costs can be seen."""

SECRET_KEY = "only for benchmarks"
ALLOWED_HOSTS = ["testserver"]
DATABASES = {
    name: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    for name in ("default", "no_rows", "many_rows", "markdown")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
ROOT_URLCONF = "benchmarks._urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_http4xx"]
