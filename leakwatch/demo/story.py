"""What the simulated app does, second by second: the one list of the demo's steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leakwatch.demo import payloads
from leakwatch.demo.payloads import Call


@dataclass(frozen=True)
class Step:
    """At `second`, make the calls; `agree` means the user taps Agree just before, `push` opens the WebSocket."""

    second: float
    calls: tuple[Callable[[], Call], ...] = ()
    agree: bool = False
    push: bool = False


STEPS = (
    Step(0.2, (payloads.config,)),
    Step(1.0, (payloads.umeng,)),
    Step(1.8, (payloads.jiguang,)),
    Step(2.6, (payloads.baidu_ads, payloads.tencent_ads)),
    Step(4.0, (payloads.amap,)),
    Step(5.0, (payloads.firebase,)),
    Step(6.0, (payloads.pay, payloads.pay, payloads.pay)),
    Step(9.0, (payloads.consent,), agree=True),
    Step(10.0, (payloads.sensors,)),
    Step(11.0, (payloads.ocean_engine,)),
    Step(12.0, (payloads.segment,)),
    Step(13.0, (payloads.sentry,)),
    Step(14.0, (payloads.contacts,)),
    Step(15.0, push=True),
    Step(16.0, (payloads.me,)),
    Step(17.0, (payloads.amap, payloads.umeng)),
    Step(18.5, (payloads.amap,)),
)

LENGTH = 19.5
"""Seconds that the story takes at its own pace."""
