import asyncio

import django_filters
from debug_toolbar.toolbar import debug_toolbar_urls
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import include, path
from django.views.decorators.http import require_POST
from rest_framework import permissions, serializers, viewsets
from rest_framework.exceptions import APIException, NotFound
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView
from rest_framework_simplejwt.views import TokenObtainPairView

PAGE = "<!doctype html><html><head><title>Fine</title></head><body><h1>Fine</h1></body></html>"


def raises(error):
    def view(request):
        raise error

    return view


def araises(error):
    async def view(request):
        await asyncio.sleep(0)
        raise error

    return view


async def fine_later(request):
    await asyncio.sleep(0)
    return JsonResponse({"fine": True})


class UserFilter(django_filters.FilterSet):
    id = django_filters.NumberFilter()

    class Meta:
        model = User
        fields = ["id"]


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "username"]


class Users(viewsets.ModelViewSet):
    queryset = User.objects.order_by("pk")
    serializer_class = UserSerializer
    filterset_class = UserFilter
    permission_classes = [permissions.IsAuthenticatedOrReadOnly]


class Missing(APIView):
    def get(self, request):
        raise NotFound("No such thing.")


class Unavailable(APIException):
    status_code = 503
    default_detail = "Back soon."


class Broken(APIView):
    def get(self, request):
        raise Unavailable


router = DefaultRouter()
router.register("users", Users)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("fine/", lambda request: HttpResponse(PAGE)),
    path("fine/later/", fine_later),
    path("fine/stream/", lambda request: StreamingHttpResponse([b"a", b"b"])),
    path("missing/", raises(Http404("No Tea matches."))),
    path("missing/later/", araises(Http404("No Tea matches."))),
    path("missing/row/", lambda request: get_object_or_404(User, pk=12)),
    path("denied/", raises(PermissionDenied("Staff only."))),
    path("bare/", lambda request: HttpResponse(status=409)),
    path("own/", lambda request: HttpResponse("My own words.", status=404)),
    path("own/json/", lambda request: JsonResponse({"my": "own"}, status=404)),
    path("post/", require_POST(lambda request: HttpResponse(PAGE))),
    path("bug/", raises(ZeroDivisionError())),
    path("bug/later/", araises(ZeroDivisionError())),
    path("api/", include(router.urls)),
    path("api/missing/", Missing.as_view()),
    path("api/unavailable/", Broken.as_view()),
    path("api/token/", TokenObtainPairView.as_view()),
    *debug_toolbar_urls(),
]
