"""Made-up findings and reports for the wizard's pages."""

from __future__ import annotations

from core.halt.drill.report import DrillReport, DrillRow
from core.halt.readiness.judgement import DrillKind
from core.joining.model import Effect, Findings, KeyField, KeyPlaces, VenueNeeds, VenueOffer
from core.venues.protocol import Coverage
from core.venues.rights import KeyRights

OFFERS = (
    VenueOffer("binance", Coverage.EXACT),
    VenueOffer("binanceusdm", Coverage.EXACT),
    VenueOffer("okx", Coverage.EXACT),
    VenueOffer("bingx", Coverage.UNCONFIRMED),
    VenueOffer("bitstamp", Coverage.GENERIC),
)
OKX = VenueNeeds(
    "okx",
    "OKX",
    (
        KeyField("api_key", "API key"),
        KeyField("secret", "Secret"),
        KeyField("password", "Passphrase of the key", hint="chosen at the venue when the key was made"),
    ),
    has_test_network=True,
)
PLACES = KeyPlaces("Secret Service", "/home/ada/.config/scram/keys.sealed")
NO_KEYRING = KeyPlaces("", "/home/ada/.config/scram/keys.sealed")


def findings(rights: KeyRights | None = None) -> Findings:
    return Findings(
        "okx", 4, 7, 19, 151_234.5, 420_000.0, 12.0, 30_000.0, rights or KeyRights(True, False, True), Coverage.EXACT,
        ("regular", "conditional", "oco", "trigger"), (), (),
        (
            Effect(
                "conservative", {"critical": 1, "high": 2, "low": 1, "near": 1, "inside": 3},
                ("leverage critical: 3.2x, threshold 3x", "margin use high: 55 %, threshold 50 %", "net exposure high"),
            ),
            Effect("directional", {"inside": 8}, ()),
            Effect("market-neutral", {"unknown": 8}, ()),
        ),
    )  # fmt: skip


def drilled(*, passed: bool = True) -> DrillReport:
    row = DrillRow(
        "okx-1", "okx", "okx", passed, "over", "" if passed else "the venue refuses the key", ("regular", "trigger"),
        orders=19, held_back=6, ready_ms=120.0, list_ms=88.0, whole_ms=1_750.0,
    )  # fmt: skip
    return DrillReport("d-1", DrillKind.DRY, "ada", 0.0, 1.0, (row,))
