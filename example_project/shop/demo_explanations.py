"""What the shop's editors have written already, in both of its languages."""

from __future__ import annotations

from django_http4xx.models import Explanation

# Problem type, path prefix, and by language: title, explanation, what to do next.
WRITTEN = (
    (
        "not-found",
        "",
        {
            "en": (
                "We looked on every shelf",
                "There is nothing at `{path}`.",
                "Look at [what we have](/shop/), or check the address for a slip.",
            ),
            "zh-hans": (
                "每个货架都找过了",
                "`{path}` 没有任何内容。",
                "看看[我们有什么](/shop/)，或者检查网址是否有误。",
            ),
        },
    ),
    (
        "not-found",
        "/shop",
        {
            "en": (
                "We do not sell this",
                "There is no such thing in our shop.",
                "**All that we have** is on [one page](/shop/).",
            ),
            "zh-hans": (
                "本店不卖这个",
                "店里没有这件东西。",
                "**所有商品**都在[同一页](/shop/)上。",
            ),
        },
    ),
    (
        "out-of-stock",
        "",
        {
            "en": (
                "Not that many, we are sorry",
                "There are only {available} of {sku} left on the shelf.",
                "Take fewer, or come back on Thursday: then the boat is in.",
            ),
            "zh-hans": (
                "抱歉，没有那么多",
                "{sku} 只剩 {available} 件了。",
                "请少买一些，或者星期四再来：那天船到。",
            ),
        },
    ),
    (
        "no-longer-sold",
        "/shop",
        {
            "en": (
                "No longer in our shop",
                "We stopped selling this, and it will not come back.",
                "Something like it may be [on the shelf](/shop/).",
            ),
            "zh-hans": (
                "已下架",
                "我们不再出售这件商品，以后也不会再有。",
                "[货架上](/shop/)也许有类似的。",
            ),
        },
    ),
)


def fill() -> None:
    """Write the texts, unless somebody has written any."""
    if Explanation.objects.exists():
        return
    for problem_type, path_prefix, texts in WRITTEN:
        for language, (title, explanation, remedy) in texts.items():
            Explanation.objects.create(
                problem_type=problem_type,
                path_prefix=path_prefix,
                language=language,
                title=title,
                explanation=explanation,
                remedy=remedy,
                changed_by="demo",
            )
