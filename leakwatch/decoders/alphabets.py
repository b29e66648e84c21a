"""Base64 alphabets other than RFC 4648's that apps and SDKs are known to use: data, one line each."""

from __future__ import annotations

STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

ALPHABETS: dict[str, bytes] = {
    # In decompiled classes (`com.salmon.sdk`) and in many re-implementations of the advertising SDK's protocol.
    "mintegral": b"vSoajc7dRzpWifGyNxZnV5k+DHLYhJ46lt0U3QrgEuq8sw/XMeBAT2Fb9P1OIKmC",
    "salmon": b"ceM7uVqJHjxLv/NGmR8Sib31AhokWsZnDlwQ+YdPKB9EOUXFC4t5aIpr0fg2Tyz6",
    # In many public re-implementations of Douyin's request signatures (`X-Bogus`, `a_bogus`).
    "douyin-s1": b"Dkdpgh4ZKsQB80/Mfvw36XI1R25+WUAlEi7NLboqYTOPuzmFjJnryx9HVGcaStCe",
    "douyin-s2": b"Dkdpgh4ZKsQB80/Mfvw36XI1R25-WUAlEi7NLboqYTOPuzmFjJnryx9HVGcaStCe",
    "douyin-s3": b"ckdp1h4ZKsUB80/Mfvw36XIgR25+WQAlEi7NLboqYTOPuzmFjJnryx9HVGDaStCe",
    # In many public re-implementations of Xiaohongshu's `x-s` and `x-s-common` headers.
    "xiaohongshu": b"ZmserbBoHQtNP+wOcza/LpngG8yJq42KWYj0DSfdikx3VT16IlUAFM97hECvuRX5",
    "xiaohongshu-x3": b"MfgqrsbcyzPQRStuvC7mn501HIJBo2DEFTKdeNOwxWXYZap89+/A4UVLhijkl63G",
    # crypt(3) and bcrypt order their digits so (recalled).
    "crypt": b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "bcrypt": b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    # Digits first, as own implementations often have it (recalled).
    "digits-first": b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/",
    "digits-lower-first": b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/",
    "lower-first": b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/",
}
"""Every known alphabet by name; 64 different symbols each."""

TABLES: tuple[bytes, ...] = tuple(bytes.maketrans(alphabet, STANDARD) for alphabet in ALPHABETS.values())
"""One translation to the standard alphabet for each."""
