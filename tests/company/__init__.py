"""The app beside other people's packages, each of them really installed.

Run with ``make company``. Each test that `needs` a package has a process and a site of its own: most packages are set up once for
a process, and some change Django for good. Nothing of Django's is set up when a
test begins, so it imports what needs settings inside functions::

    @needs("django-ninja")
    def test_a_conflict_is_explained():
        def urlpatterns():
            from ninja import NinjaAPI

            ...
            return [path("api/", api.urls)]

        assert site(urlpatterns).get("/api/conflict/").status_code == 409
"""
