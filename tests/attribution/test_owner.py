"""Whose app it is: package names spell domains backwards, but generic ones spell nobody's."""

import pytest

from leakwatch.attribution.owner import package_domain


@pytest.mark.parametrize(
    ("package", "domain"),
    [
        ("com.example.app", "example.com"),
        ("com.example", "example.com"),
        ("uk.co.bbc.news", "bbc.co.uk"),
        ("tv.danmaku.bili", "danmaku.tv"),
        ("cn.com.shop.android", "shop.com.cn"),
        ("air.com.game.fun", "game.com"),
        ("com.Some_Shop.app", "some-shop.com"),
        ("com.google.android.youtube", ""),
        ("com.android.browser", ""),
        ("com.github.user.app", ""),
        ("io.github.user.app", ""),
        ("uk.co", ""),
        ("com", ""),
        ("", ""),
        ("..", ""),
        ("com..x", ""),
        ("zz.private.package", ""),
        ("com.company.app", ""),
        ("x" * 5000, ""),
        ("example", ""),
    ],
)
def test_package_domain(package: str, domain: str) -> None:
    assert package_domain(package) == domain
