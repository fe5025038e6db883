"""The project that is measured: as ``startproject`` makes it, with this app in it."""

SECRET_KEY = "only for benchmarks"
ALLOWED_HOSTS = ["testserver"]
DATABASES = {
    name: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    for name in ("default", "no_rows", "many_rows", "markdown")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
LANGUAGES = [("en", "English"), ("zh-hans", "Simplified Chinese")]
ROOT_URLCONF = "benchmarks._urls"
CSRF_FAILURE_VIEW = "django_http4xx.handlers.csrf_failure"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django_http4xx",
    "django_http4xx.met",
    "django_http4xx.throttling",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django_http4xx.middleware.Http4xxMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
