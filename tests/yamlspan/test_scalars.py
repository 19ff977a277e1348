"""Plain scalars have the types that sops and kubectl give them."""

from __future__ import annotations

import math

import pytest

from sealkit.yamlspan.scalars import Dialect, resolve

SOPS, KUBE = Dialect.SOPS, Dialect.KUBERNETES


@pytest.mark.parametrize(
    ("text", "sops", "kube"),
    [
        ("", None, None),
        ("~", None, None),
        ("Null", None, None),
        ("true", True, True),
        ("yes", "yes", True),
        ("off", "off", False),
        ("0644", 420, 420),
        ("0o17", 15, 15),
        ("0x1F", 31, 31),
        ("1_000", 1000, 1000),
        ("089", 89.0, 89.0),
        ("1:30", "1:30", "1:30"),
        ("-0", 0, 0),
        ("18446744073709551615", 2**64 - 1, 2**64 - 1),
        ("1.0", 1.0, 1.0),
        ("1e3", 1000.0, 1000.0),
        (".5", 0.5, 0.5),
        ("1e400", "1e400", "1e400"),
        (".inf", math.inf, math.inf),
        ("2020-01-02", "2020-01-02T00:00:00Z", "2020-01-02"),
        ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
        ("2020-1-2t3:4:5,50+02:00", "2020-01-02T03:04:05.5+02:00", "2020-1-2t3:4:5,50+02:00"),
        ("2020-01-02  03:04:05", "2020-01-02T03:04:05Z", "2020-01-02  03:04:05"),
        ("0000-02-29", "0000-02-29T00:00:00Z", "0000-02-29"),
        ("0001-01-01", "0001-01-01T00:00:00Z", "0001-01-01"),
        ("2020-01-02 03:04:05.5 +02:00", "2020-01-02 03:04:05.5 +02:00", "2020-01-02 03:04:05.5 +02:00"),
        ("2020-01-02T03:04:05", "2020-01-02T03:04:05", "2020-01-02T03:04:05"),
        ("2020-01-02T03:04:05+0100", "2020-01-02T03:04:05+0100", "2020-01-02T03:04:05+0100"),
        ("2021-02-29", "2021-02-29", "2021-02-29"),
        ("2020-13-02", "2020-13-02", "2020-13-02"),
        ("10.0.0.1", "10.0.0.1", "10.0.0.1"),
        ("nan", "nan", "nan"),
        ("+", "+", "+"),
        ("١٢", "١٢", "١٢"),
    ],
)
def test_resolve(text: str, sops: object, kube: object) -> None:
    for dialect, expected in ((SOPS, sops), (KUBE, kube)):
        value = resolve(text, dialect)
        assert value == expected
        assert isinstance(value, type(expected))
