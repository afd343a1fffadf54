"""Roll calls of the UN General Assembly as packaged in the R package unvotes, and matched texts."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl

from kedge.core.errors import MalformedFile
from kedge.data.readers.checks import AGAIN, read_csv, read_rda, require_columns, require_unique, to_numbers

_VOTES = {"yes": "yes", "no": "no", "abstain": "abstain"}
_DAY_ZERO = datetime.date(1970, 1, 1)
# States without a two-letter code of their own in the file, or with one that has since lapsed.
_NAMED = {
    "Czechoslovakia": "CSK",
    "Federal Republic of Germany": "DEU",
    "German Democratic Republic": "DDR",
    "Yemen Arab Republic": "YEM",
    "Yemen People's Republic": "YMD",
    "Yugoslavia": "YUG",
    "Zanzibar": "EAZ",
}
_CODES = """
AD:AND AE:ARE AF:AFG AG:ATG AL:ALB AM:ARM AO:AGO AR:ARG AT:AUT AU:AUS AZ:AZE BA:BIH BB:BRB BD:BGD BE:BEL
BF:BFA BG:BGR BH:BHR BI:BDI BJ:BEN BN:BRN BO:BOL BR:BRA BS:BHS BT:BTN BW:BWA BY:BLR BZ:BLZ CA:CAN CD:COD
CF:CAF CG:COG CH:CHE CI:CIV CL:CHL CM:CMR CN:CHN CO:COL CR:CRI CU:CUB CV:CPV CY:CYP CZ:CZE DE:DEU DJ:DJI
DK:DNK DM:DMA DO:DOM DZ:DZA EC:ECU EE:EST EG:EGY ER:ERI ES:ESP ET:ETH FI:FIN FJ:FJI FM:FSM FR:FRA GA:GAB
GB:GBR GD:GRD GE:GEO GH:GHA GM:GMB GN:GIN GQ:GNQ GR:GRC GT:GTM GW:GNB GY:GUY HN:HND HR:HRV HT:HTI HU:HUN
ID:IDN IE:IRL IL:ISR IN:IND IQ:IRQ IR:IRN IS:ISL IT:ITA JM:JAM JO:JOR JP:JPN KE:KEN KG:KGZ KH:KHM KI:KIR
KM:COM KN:KNA KP:PRK KR:KOR KW:KWT KZ:KAZ LA:LAO LB:LBN LC:LCA LI:LIE LK:LKA LR:LBR LS:LSO LT:LTU LU:LUX
LV:LVA LY:LBY MA:MAR MC:MCO MD:MDA ME:MNE MG:MDG MH:MHL MK:MKD ML:MLI MM:MMR MN:MNG MR:MRT MT:MLT MU:MUS
MV:MDV MW:MWI MX:MEX MY:MYS MZ:MOZ NA:NAM NE:NER NG:NGA NI:NIC NL:NLD NO:NOR NP:NPL NR:NRU NZ:NZL OM:OMN
PA:PAN PE:PER PG:PNG PH:PHL PK:PAK PL:POL PT:PRT PW:PLW PY:PRY QA:QAT RO:ROU RU:RUS RW:RWA SA:SAU SB:SLB
SC:SYC SD:SDN SE:SWE SG:SGP SI:SVN SK:SVK SL:SLE SM:SMR SN:SEN SO:SOM SR:SUR SS:SSD ST:STP SV:SLV SY:SYR
SZ:SWZ TD:TCD TG:TGO TH:THA TJ:TJK TL:TLS TM:TKM TN:TUN TO:TON TR:TUR TT:TTO TV:TUV TW:TWN TZ:TZA UA:UKR
UG:UGA US:USA UY:URY UZ:UZB VC:VCT VE:VEN VN:VNM VU:VUT WS:WSM YE:YEM ZA:ZAF ZM:ZMB ZW:ZWE
"""
ISO3 = {pair[:2]: pair[3:] for pair in _CODES.split()}


def read_unvotes(path: Path) -> pl.DataFrame:
    """Read votes cast: roll_call, iso3, vote (yes, no, abstain).

    Absences have no row.  Codes follow the seat as in the UN's own file, but Taiwan (TWN) is kept
    apart from China, and Yugoslavia (YUG) runs on through Serbia.

    Raises
    ------
    MalformedFile
        Not the R data file, a column is missing, or a vote or state is unknown.
    """
    columns = read_rda(path, "un_votes")
    wanted = ["rcid", "country", "country_code", "vote"]
    require_columns(columns, wanted, path)
    frame = pl.DataFrame({name: columns[name] for name in wanted}, strict=False)
    text = frame.select(
        pl.col("rcid").cast(pl.Int32).alias("roll_call"), pl.col(wanted[1:]).cast(pl.String).fill_null("")
    )
    unknown = set(text.get_column("vote").unique()) - set(_VOTES)
    if unknown:
        raise MalformedFile(
            f"{path}: votes should be yes, no or abstain, found {sorted(unknown)[:3]}; {AGAIN}"
        )
    seats = text.select("country", "country_code").unique()
    iso3 = {name: _NAMED.get(name, ISO3.get(code, "")) for name, code in seats.iter_rows()}
    strange = sorted(name for name, code in iso3.items() if not code)
    if strange:
        raise MalformedFile(f"{path}: no ISO3 code is known for {', '.join(strange[:3])}; {AGAIN}")
    frame = text.select(
        "roll_call", pl.col("country").replace_strict(iso3, return_dtype=pl.String).alias("iso3"), "vote"
    )
    return require_unique(frame, ["roll_call", "iso3"], path)


def read_unvotes_roll_calls(path: Path) -> pl.DataFrame:
    """Read roll calls: roll_call, session, date, resolution, title, amendment, paragraph.

    `amendment` and `paragraph` are null where the package does not say.

    Raises
    ------
    MalformedFile
        Not the R data file, a column is missing, or a roll call occurs twice.
    """
    columns = read_rda(path, "un_roll_calls")
    wanted = ["rcid", "session", "date", "unres", "descr", "amend", "para"]
    require_columns(columns, wanted, path)
    numbers = {name: _whole(columns[name]) for name in ("rcid", "session", "date", "amend", "para")}
    words = {name: [_text(each) for each in columns[name]] for name in ("unres", "descr")}
    frame = pl.DataFrame(numbers | words, schema_overrides=dict.fromkeys(numbers, pl.Int32))
    if frame.select(pl.col("rcid", "session", "date").is_null().any()).row(0) != (False, False, False):
        raise MalformedFile(f"{path}: every roll call should have number, session and date; {AGAIN}")
    frame = frame.select(
        pl.col("rcid").alias("roll_call"),
        "session",
        (pl.lit(_DAY_ZERO) + pl.duration(days="date")).alias("date"),
        pl.col("unres").alias("resolution"),
        pl.col("descr").alias("title"),
        pl.col("amend").cast(pl.Boolean).alias("amendment"),
        pl.col("para").cast(pl.Boolean).alias("paragraph"),
    )
    return require_unique(frame, ["roll_call"], path)


def read_unvotes_issues(path: Path) -> pl.DataFrame:
    """Read the issues of roll calls: roll_call, code (me, nu, di, hr, co, ec), issue.

    A roll call has as many rows as issues.

    Raises
    ------
    MalformedFile
        Not the R data file, or a column is missing.
    """
    columns = read_rda(path, "un_roll_call_issues")
    wanted = ["rcid", "short_name", "issue"]
    require_columns(columns, wanted, path)
    frame = pl.DataFrame(
        {
            "roll_call": pl.Series(_whole(columns["rcid"]), dtype=pl.Int32),
            "code": [_text(each) for each in columns["short_name"]],
            "issue": [_text(each) for each in columns["issue"]],
        }
    )
    return require_unique(frame, ["roll_call", "code"], path)


def read_matched_roll_calls(path: Path) -> pl.DataFrame:
    """Read pairs of roll calls on one text: earlier, later (numbers of the R package).

    Raises
    ------
    MalformedFile
        A column is missing, or a cell is not a number.
    """
    frame = to_numbers(read_csv(path, ["rcid1", "rcid2"]).select("rcid1", "rcid2"), ["rcid1", "rcid2"], path)
    return frame.select(earlier=pl.col("rcid1").cast(pl.Int32), later=pl.col("rcid2").cast(pl.Int32))


def _whole(values: list) -> list[int | None]:
    return [None if _missing(each) else int(each) for each in values]


def _text(value: object) -> str:
    return "" if _missing(value) else str(value)


def _missing(value: object) -> bool:
    # R's NA arrives as None, as a float that is not itself, or as pandas' NA, which is neither.
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)
