from __future__ import annotations

from .packages import needs
from .site import MIDDLEWARE, site


@needs("wagtail-cache")
def test_a_404_is_kept_and_comes_out_again():
    name = "wagtailcache.cache.{}Middleware"
    apps = [f"wagtail.{part}" for part in ("sites", "users", "admin", "images", "documents")]
    client = site(
        apps=["wagtailcache", "wagtail", *apps, "taggit", "django.contrib.staticfiles"],
        MIDDLEWARE=[
            name.format("UpdateCache"),
            *MIDDLEWARE,
            name.format("FetchFromCache"),
        ],
        WAGTAIL_CACHE=True,
        WAGTAIL_SITE_NAME="Tea",
        WAGTAILADMIN_BASE_URL="http://testserver/",
        migrate=False,
    )
    first, second = (client.get("/nowhere/", headers={"accept": "text/html"}) for _time in range(2))
    assert [(r.status_code, r.headers["X-Wagtail-Cache"]) for r in (first, second)] == [
        (404, "miss"),
        (404, "hit"),
    ]
    assert second.content == first.content
