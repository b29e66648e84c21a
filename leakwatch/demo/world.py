"""The made-up phone, its owner and the app of the demo: believable values that no real device has."""

from __future__ import annotations

PACKAGE = "com.lvxing.trip"
APP_VERSION = "4.2.1"

IMEI = "867900045123877"
ANDROID_ID = "3f9c1b7e52a84d06"
OAID = "9d2f6e1a-73bc-4c58-8f0d-21b6c4a7e953"
GAID = "5e1c7a90-2b4d-4f6a-b8c3-d97f0e641a25"
MAC = "a4:50:46:3b:9e:17"
PHONE = "+8619900001234"
EMAIL = "lin.zhiyuan@lvxing-lab.example"
FRIENDS = (("欧阳晓雯", "19900005678"), ("诸葛明远", "19900009012"))

# Hangzhou. The second pair is the first in GCJ-02, written down rather than computed: the builders share no code with
# the detector.
WGS84 = "30.274100,120.155100"
GCJ02_LON_LAT = "120.159794,30.271771"

API = "api.lvxing.example"
PUSH = "push.lvxing.example"
SENSORS = "sa.lvxing.example"
PAY = "pay.lvxing.example"
UMENG = "ulogs.umeng.com"
JIGUANG = "stats.jpush.cn"
BAIDU_ADS = "mobads-logs.baidu.com"
TENCENT_ADS = "t.gdt.qq.com"
AMAP = "restapi.amap.com"
FIREBASE = "app-measurement.com"
OCEAN_ENGINE = "analytics.oceanengine.com"
SEGMENT = "api.segment.io"
SENTRY = "o450718.ingest.sentry.io"

HOSTS = (
    API, PUSH, SENSORS, PAY, UMENG, JIGUANG, BAIDU_ADS, TENCENT_ADS, AMAP, FIREBASE, OCEAN_ENGINE, SEGMENT, SENTRY,
)  # fmt: skip
"""Every host that the stand-ins answer for."""

PINNED_HOSTS = (PAY,)
"""Hosts whose certificate the app compares with its own: it refuses the proxy's."""

PROFILE = f"""\
# The device profile of the demo. Every value is made up.
version: 1
device: {{label: demo-phone, region: CN}}
identifiers:
  - {{type: imei, name: imei, value: "{IMEI}"}}
  - {{type: android_id, name: android_id, value: "{ANDROID_ID}"}}
  - {{type: oaid, name: oaid, value: "{OAID}"}}
  - {{type: gaid, name: gaid, value: "{GAID}"}}
  - {{type: mac, name: wifi_mac, value: "{MAC}"}}
  - {{type: phone, name: phone, value: "{PHONE}"}}
  - {{type: email, name: email, value: "{EMAIL}"}}
  - {{type: gps, name: gps, value: "{WGS84}"}}
  - {{type: contact_name, name: contact_1_name, value: "{FRIENDS[0][0]}"}}
  - {{type: contact_phone, name: contact_1_phone, value: "{FRIENDS[0][1]}"}}
  - {{type: contact_name, name: contact_2_name, value: "{FRIENDS[1][0]}"}}
  - {{type: contact_phone, name: contact_2_phone, value: "{FRIENDS[1][1]}"}}
apps:
  - package: {PACKAGE}
    first_party_domains: [lvxing.example]
    company: Lvxing
"""
