"""Positions in every notation and datum."""

from __future__ import annotations

from bench.detection import encoders as enc
from bench.detection.families.registry import family, json_body, make, packed
from bench.detection.person import Person
from bench.detection.traffic import Exchange

GPS = ("gps",) * 6


@family("gps-pair", "core", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "", "query:loc"), method="GET", target=f"/w?loc={p.lat:.5f},{p.lon:.5f}&k=1")


@family("gps-fields", "core", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.lat"), **json_body({"lat": round(p.lat, 5), "lng": round(p.lon, 5)}))


@family("gps-gcj02", "core", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    lat, lon = enc.gcj02(p.lat, p.lon)
    return make((n, "gcj02", "query:location"), method="GET", target=f"/v3/regeo?location={lon:.6f},{lat:.6f}")


@family("gps-bd09", "core", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    lat, lon = enc.bd09(p.lat, p.lon)
    return make((n, "json bd09", "body.json:$.y"), **json_body({"y": f"{lat:.6f}", "x": f"{lon:.6f}"}))


@family("gps-e6", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json e6", "body.json:$.lat"), **json_body({"lat": round(p.lat * 1e6), "lon": round(p.lon * 1e6)}))


@family("gps-doubles", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    body = enc.pb((1, "loc"), (2, p.lat), (3, p.lon))
    return make((n, "protobuf double", "body.protobuf:2"), **packed(body))


@family("gps-geohash", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json geohash", "body.json:$.gh"), **json_body({"gh": enc.geohash(p.lat, p.lon, 9)}))


@family("gps-dms", "hard", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    text = f"{enc.dms(p.lat, 'N', 'S')} {enc.dms(p.lon, 'E', 'W')}"
    return make((n, "json dms", "body.json:$.place"), **json_body({"place": text}))


@family("gps-three-places", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.lat"), **json_body({"lat": round(p.lat, 3), "lng": round(p.lon, 3)}))


@family("gps-swapped-pair", "core", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.ll"), **json_body({"ll": f"{p.lon:.6f},{p.lat:.6f}"}))


@family("gps-e7", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    value = {"latitudeE7": round(p.lat * 1e7), "longitudeE7": round(p.lon * 1e7)}
    return make((n, "json e7", "body.json:$.latitudeE7"), **json_body(value))


@family("gps-wkt", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.geom"), **json_body({"geom": f"POINT ({p.lon:.6f} {p.lat:.6f})"}))


@family("gps-geojson", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    point = {"type": "Point", "coordinates": [round(p.lon, 6), round(p.lat, 6)]}
    return make((n, "json", "body.json:$.g.coordinates[1]"), **json_body({"g": point}))


@family("gps-plus-code", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.code"), **json_body({"code": enc.plus_code(p.lat, p.lon)}))


@family("gps-gcj02-fields", "core", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    lat, lon = enc.gcj02(p.lat, p.lon)
    return make((n, "form gcj02", "body.form:lat"), body=f"lat={lat:.6f}&lon={lon:.6f}&t=1".encode(),
                media="application/x-www-form-urlencoded")  # fmt: skip


@family("gps-header", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "", "header:X-Geo"), method="GET", headers=[("X-Geo", f"lat={p.lat:.5f};lon={p.lon:.5f}")])


@family("gps-fixed-point-protobuf", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    body = enc.pb((1, "loc"), (2, round(p.lat * 1e7)), (3, round(p.lon * 1e7)))
    return make((n, "protobuf varint e7", "body.protobuf:2"), **packed(body))
