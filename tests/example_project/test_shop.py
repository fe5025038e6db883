"""Buying, reviewing and looking at orders, with cookies as a browser has them."""

import re
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest


class Visitor:
    """Somebody with a browser."""

    def __init__(self, site):
        self.home = f"http://127.0.0.1:{site.port}"
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def open(self, path, **form):
        """The status and the page; a form is sent with the token of the page that it is on."""
        data = None
        if form:
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page).group(1)
            data = urlencode({"csrfmiddlewaretoken": token, **form}).encode()
        try:
            with self.opener.open(self.home + path, data) as answer:
                self.status, self.address, self.page = answer.status, answer.url, answer.read()
        except HTTPError as error:
            self.status, self.page = error.code, error.read()
        self.page = self.page.decode()
        return self.status

    def sign_in(self, name):
        self.open("/account/login/")
        self.open("/account/login/", username=name, password=name)
        return self


@pytest.fixture
def visitor(site):
    return Visitor(site)


def test_a_customer_buys_and_sees_the_order(visitor):
    visitor.sign_in("amy")
    assert visitor.open("/shop/cup/buy/?quantity=2") == 200
    assert "17.00" in visitor.page
    assert visitor.open("/shop/cup/buy/", quantity="2") == 200
    assert visitor.address.endswith("/shop/orders/")
    assert "2 x Cup" in visitor.page


def test_more_than_there_is_is_out_of_stock(site, visitor):
    visitor.sign_in("ben")
    visitor.open("/shop/teapot/")
    assert visitor.open("/shop/teapot/buy/", quantity="3") == 409
    assert "There are only <bdi>2</bdi> of <bdi>POT-1</bdi> left on the shelf." in visitor.page
    problem = site.problem("/shop/teapot/buy/?quantity=3")
    assert problem["code"] == "out-of-stock"
    assert (problem["sku"], problem["available"]) == ("POT-1", 2)


def test_out_of_stock_is_said_in_the_language_of_the_reader(site):
    problem = site.problem("/shop/teapot/buy/?quantity=3", Accept_Language="zh-Hans")
    assert problem["detail"] == "POT-1 只剩 2 件了。"


def test_buying_needs_somebody_who_buys(visitor):
    visitor.open("/shop/cup/")
    assert visitor.open("/shop/cup/buy/", quantity="1") == 401
    assert 'href="/account/login/' in visitor.page


def test_an_order_is_for_the_customer_whose_it_is(visitor):
    visitor.sign_in("amy").open("/shop/orders/")
    path = re.search(r'href="(/shop/orders/\d+/)"', visitor.page).group(1)
    assert visitor.open(path) == 200
    visitor.sign_in("ben")
    assert visitor.open(path) == 403
    assert "This is the order of another customer." in visitor.page
    for number in (999999, 10**30):
        assert visitor.open(f"/shop/orders/{number}/") == 404


def test_a_review_is_shown_and_a_wrong_one_can_be_corrected(visitor):
    visitor.open("/shop/tea-tin/")
    review = {"author": "cleo", "text": "Keeps <b>dry</b>."}
    assert visitor.open("/shop/tea-tin/reviews/", rating="6", **review) == 422
    assert "cleo" in visitor.page
    assert "errorlist" in visitor.page
    assert visitor.open("/shop/tea-tin/reviews/", rating="5", **review) == 200
    assert "Keeps &lt;b&gt;dry&lt;/b&gt;." in visitor.page


@pytest.mark.parametrize(
    "quantity, status", [("", 400), ("9" * 5000, 400), ("-1", 422), ("1", 200)]
)
def test_the_quantity_is_looked_at(site, quantity, status):
    assert site.ask(f"/shop/cup/buy/?quantity={quantity}").status == status


@pytest.mark.parametrize(("name", "orders"), [("demo", 403), ("admin", 200)])
def test_the_editor_writes_explanations_and_the_superuser_does_everything(visitor, name, orders):
    visitor.sign_in(name)
    assert visitor.open("/admin/django_http4xx/explanation/") == 200
    assert visitor.open("/admin/shop/order/") == orders


@pytest.mark.parametrize(
    ("path", "english", "chinese"),
    [
        ("/no/such/page/", "We looked on every shelf", "每个货架都找过了"),
        ("/shop/coffee-machine/", "We do not sell this", "本店不卖这个"),
        ("/shop/glass-pot/", "No longer in our shop", "已下架"),
    ],
)
def test_the_words_of_the_editors_are_for_a_part_of_the_site_in_two_languages(
    site, path, english, chinese
):
    for language, title in (("en", english), ("zh-hans", chinese)):
        assert f"<h1>{title}</h1>" in site.ask(path, Accept_Language=language).text


@pytest.mark.parametrize(
    ("language", "title", "name"),
    [("en", "No longer in our shop", "Tea shop"), ("zh-hans", "已下架", "茶店")],
)
def test_a_template_shows_the_words_in_the_layout_of_the_shop(site, language, title, name):
    answer = site.ask("/shop/glass-pot/", Accept="text/html", Accept_Language=language)
    assert answer.status == 410
    assert f"<title>{title} · {name}</title>" in answer.text
    assert 'href="/static/shop.css"' in answer.text
    assert answer.text.count(f"<h1>{title}</h1>") == 1
    reference = site.problem("/shop/glass-pot/")["reference"]
    assert len(reference) == 36
    assert re.search(r'<span dir="ltr">[0-9A-Z]{4}-[0-9A-Z]{4}</span>', answer.text)


@pytest.mark.parametrize("path", ["/no/such/page/", "/raise/410/", "/shop/orders/"])
def test_every_other_error_page_names_the_shop_too(site, path):
    page = site.ask(path, Accept="text/html").text
    assert re.search("<title>[^<]+ – Tea shop</title>", page)
    assert re.search('<p class="site"><a href="/">.*<bdi>Tea shop</bdi></a></p>', page, re.DOTALL)
