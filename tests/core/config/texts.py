"""Configurations that tests begin from."""

from __future__ import annotations

TWO_ACCOUNTS = """\
[[accounts]]
name = "alpha-1"
exchange = "binanceusdm"

[[accounts]]
name = "beta-1"
exchange = "okx"
"""

# Everything at once, with what makes cutting at headers hard: sub-tables, headers within strings, lists over several
# lines, both line ends, letters of more than one byte.
FULL = """\
# Prüfstand
base_currency = "USD"
operator = "desk-1"

[[accounts]]
name = "alpha-1"
exchange = "binanceusdm"
venue = "north"
mode = "act"
ccxt = { options = { pairs = [
  [1, 2],
  ["accounts"],
], note = \"\"\"
[[accounts]]
name = "ghost"
\"\"\" } }

[[accounts]]
name = "beta-1"\r
exchange = "okx"  # größer\r
credentials = "env:BETA"\r
[accounts.ccxt]
options = { defaultType = "swap" }
[accounts.ccxt.urls]
api = "http://127.0.0.1:8080"

[[strategies]]
name = "basis"
capital = 250000
[strategies.match]
account = "alpha-*"

[[accounts]]
name = "gamma"
exchange = "bybit"

[[limits]]
scope = "account:*"
metric = "drawdown"
low = 0.03
high = 0.08
policy = { high = "approve" }

[stop]
settle_s = 2.0

[feed]
stale_after_s = 5.0

[engine]
cycle_hz = 20

[journal]
url = "postgresql+pg8000://host/scram"
"""
