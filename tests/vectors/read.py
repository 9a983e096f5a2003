#!/usr/bin/env python3
"""An independent reader of handclasp's codes and messages, written from DESIGN.md (sections 3.3, 3.4 and 4 to 6).

It reads every code in vectors.json and writes it again, damages codes and checks by which name they are refused, and
recomputes the recorded handshake: keys, MACs, digests, key agreement, comparison string, exported key.

It needs nothing but Python 3.11 or newer. Run it with `python3 read.py`; vectors.json is expected next to it. The last
line says how many checks passed and failed; the exit code is 1 if any failed.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import re
import sys
import uuid
from collections import namedtuple
from pathlib import Path


class Refused(Exception):
    """What was read is refused; `name` is the stable name of the reason."""

    def __init__(self, name, position=None):
        super().__init__(name)
        self.name, self.position = name, position


# --- Values (sections 3.3, 3.4, 4). A Kind reads bytes into a value, or raises ValueError, and writes it again. -----

Kind = namedtuple("Kind", "read write")

LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z
BIDI_CONTROL = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
FORBIDDEN = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\U000e0000-\U000e007f{BIDI_CONTROL}]")
DEFAULT_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")
LABEL = re.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
URL = re.compile(r"(https?)://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::(0|[1-9][0-9]{0,4}))?(/[!$-;=A-\[\]_a-z|~]+)?")
DOT_SEGMENT = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)


def require(condition):
    if not condition:
        raise ValueError


def text(most, lines=False):
    def read(value):
        string = value.decode("utf-8")
        require(1 <= len(string) <= most and string == string.strip())
        require(not FORBIDDEN.search(string.replace("\n", "") if lines else string))
        require(all(ord(c) & 0xFFFE != 0xFFFE for c in string))  # noncharacters
        require(any(not c.isspace() and not DEFAULT_IGNORABLE.match(c) for c in string))  # something is visible
        return string
    return Kind(read, str.encode)


def pattern(expression):
    def read(value):
        require(re.fullmatch(expression, value.decode("ascii")))
        return value.decode("ascii")
    return Kind(read, str.encode)


def read_url(value):
    string = value.decode("ascii")
    match = URL.fullmatch(string)
    require(match and len(string) <= 255)
    scheme, host, port, path = match.groups("")
    check_host(host)
    require(not port or (int(port) <= 65535 and port != {"http": "80", "https": "443"}[scheme]))
    require(not path.endswith("/") and not any(DOT_SEGMENT.fullmatch(part) for part in path.split("/")))
    return string


def check_host(host):
    labels = host.split(".")
    if host.startswith("["):
        require(host[1:-1] == shortest_ipv6(ipaddress.IPv6Address(host[1:-1])))
    elif re.fullmatch("[0-9]+|0x[0-9a-f]*", labels[-1]):
        require(host == str(ipaddress.IPv4Address(host)))
    else:
        require(len(host) <= 253 and all(LABEL.fullmatch(label) for label in labels))


def shortest_ipv6(address):
    """As the URL Standard serialises it: the first longest run of two or more zero groups becomes `::`."""
    groups = ":".join(f"{int(group, 16):x}" for group in address.exploded.split(":"))
    runs = [run[0] for run in re.finditer(r"\b0(:0)+\b", groups)]
    longest = max(runs, key=len, default="none")
    return re.sub(rf"(^|:)\b{longest}\b(:|$)", "::", groups, count=1)


def read_id(value):
    identity = uuid.UUID(bytes=value)
    require(identity.version == 7 and int.from_bytes(value[:6]) // 1000 <= LAST_SECOND)
    return str(identity)


def read_versions(value):
    lowest, highest = value
    require(1 <= lowest <= highest)
    return [lowest, highest]


def integer(size, least=0, most=None):
    def read(value):
        number = int.from_bytes(value)
        require(len(value) == size and number >= least and (most is None or number <= most))
        return number
    return Kind(read, lambda number: number.to_bytes(size))


def choice(names):
    def read(value):
        require(len(value) == 1 and value[0] in names)
        return names[value[0]]
    return Kind(read, lambda name: bytes([next(number for number, known in names.items() if known == name)]))


def read_32(value):
    require(len(value) == 32)
    return value


REFUSALS = {1: "already-accepted", 2: "altered-code", 3: "wrong-recipient", 4: "address-not-permitted",
            5: "no-common-protocol", 6: "expired", 7: "unusable-key", 8: "other-address", 9: "mode-not-possible"}

ID = Kind(read_id, lambda string: uuid.UUID(string).bytes)
BYTES = Kind(read_32, bytes)
MODE = choice({1: "basic", 2: "visual", 3: "script"})
REFUSAL = integer(1)  # a number beyond REFUSALS means "other"
TIME = integer(8, most=LAST_SECOND)
UID = pattern("[A-Za-z0-9._:-]{1,64}")
PLATFORM = pattern("[a-z0-9-]{1,64}")
LINK = Kind(read_url, str.encode)
SHORT_NAME = text(64)
NAME = text(255)
DESCRIPTION = text(1000, lines=True)
VERSIONS = Kind(read_versions, bytes)


# --- Records (section 4). A table of fields is {type: (name, kind, required)}. --------------------------------------

def split_records(data):
    records, at, last = {}, 0, -1
    while at < len(data):
        kind, length = data[at], int.from_bytes(data[at + 1:at + 3])
        value = data[at + 3:at + 3 + length]
        if kind <= last or length == 0 or len(value) != length:
            raise Refused("not-canonical")
        records[kind], at, last = value, at + 3 + length, kind
    return records


def join_records(pairs):
    return b"".join(bytes([kind]) + len(value).to_bytes(2) + value for kind, value in pairs)


def read_fields(records, table):
    if any(kind % 2 == 0 and kind not in table for kind in records):
        raise Refused("unknown-required")
    if any(required and kind not in records for kind, (_, _, required) in table.items()):
        raise Refused("missing-field")
    try:
        fields = {name: kind.read(records[number]) if number in records else None
                  for number, (name, kind, _) in table.items()}
        require(fields.get("source_uid") is None or fields["source_uid"] != fields["destination_uid"])
        require(fields.get("source_short_name") is None
                or fields["source_short_name"] != fields["destination_short_name"])
    except ValueError:
        raise Refused("invalid-field") from None
    return fields


def write_fields(fields, table):
    return join_records((number, kind.write(fields[name])) for number, (name, kind, _) in table.items()
                        if fields[name] is not None)


# --- The invitation code (section 5) --------------------------------------------------------------------------------

PREFIX = "clasp1_"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
IGNORED = " \t\n\f\r\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff"
QUOTES = "'\"‘’“”«»<>`"

CODE = {
    2: ("id", ID, True),
    4: ("secret", BYTES, True),
    6: ("mode", MODE, True),
    10: ("expires_at", TIME, True),
    12: ("source_uid", UID, True),
    14: ("source_node_url", LINK, False),
    16: ("destination_uid", UID, False),
    18: ("source_short_name", SHORT_NAME, True),
    20: ("destination_short_name", SHORT_NAME, True),
    22: ("name_of_connection", NAME, True),
    24: ("versions", VERSIONS, True),
    25: ("issued_at", TIME, False),
    27: ("source_platform", PLATFORM, False),
    29: ("source_tracker_url", LINK, False),
    31: ("destination_tracker_url", LINK, False),
    33: ("description", DESCRIPTION, False),
}


def take_off(given):
    """What is left without all that reading tolerates, the position in `given` of each character of it, and whether it
    stood in a link."""
    given = re.sub(f"(^|(?<=[\n\r]))[{IGNORED}>]+", lambda match: " " * len(match[0]), given)
    left = [(c, position) for position, c in enumerate(given) if c not in IGNORED]
    while left and left[0][0] in QUOTES:
        left.pop(0)
    while left and left[-1][0] in QUOTES:
        left.pop()
    string = "".join(c for c, _ in left)
    is_link = re.match("(?i)https?://", string) is not None
    start = string.rfind("#") + 1 or len(string) if is_link else 0
    return string[start:], [position for _, position in left[start:]], is_link


def code_records(given):
    """The checks up to the checksum and the spare bits; gives the bytes of the records."""
    if len(given.encode()) > 16 * 1024:
        raise Refused("too-long")
    string, positions, is_link = take_off(given)
    if not string:
        raise Refused("not-an-invitation" if is_link else "empty")
    if not string.startswith(PREFIX):
        if PREFIX.startswith(string):
            raise Refused("incomplete")
        newer = re.match("clasp([2-9]|[1-9][0-9]+)_", string)
        raise Refused("newer-format" if newer else "not-an-invitation")
    body = string[len(PREFIX):]
    for at, c in enumerate(body, len(PREFIX)):
        if c not in ALPHABET:
            raise Refused("bad-character", positions[at])
    if len(body) < 3:
        raise Refused("incomplete")
    raw = base64.urlsafe_b64decode(body + "A" * (-len(body) % 4))
    length = int.from_bytes(raw[:2])
    total = 2 + length + 4
    announced = (total * 8 + 5) // 6
    if len(body) != announced:
        raise Refused("incomplete" if len(body) < announced else "damaged")
    if length > 8192:
        raise Refused("too-long")
    raw = raw[:total]
    if checksum(raw[:-4]) != raw[-4:]:
        raise Refused("damaged")
    if base64url(raw) != body:
        raise Refused("not-canonical")
    return raw[2:-4]


def read_code(given):
    return read_fields(split_records(code_records(given)), CODE)


def write_code(records):
    framed = len(records).to_bytes(2) + records
    return PREFIX + base64url(framed + checksum(framed))


def checksum(framed):
    return hashlib.sha256(PREFIX.encode() + framed).digest()[:4]


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


# --- Keys (section 6.1) ---------------------------------------------------------------------------------------------

def H(label, *parts):
    items = [b"handclasp/1 " + label.encode(), *parts]
    return hashlib.sha256(b"".join(len(item).to_bytes(4) + item for item in items)).digest()


def mac(key, data):
    return hmac.digest(key, data, "sha256")


def key_from(secret, label):
    return mac(secret, H("key", label.encode()))


def crockford(data):
    number, digits = int.from_bytes(data[:10]), "0123456789abcdefghjkmnpqrstvwxyz"
    string = "".join(digits[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(string[at:at + 4] for at in range(0, 16, 4))


P = 2**255 - 19


def x25519(scalar, u):
    """RFC 7748, section 5: the Montgomery ladder. Not constant-time: for checking, not for secrets."""
    k = int.from_bytes(scalar, "little") & ~7 & (2**254 - 1) | 2**254
    x1 = int.from_bytes(u, "little") & (2**255 - 1)
    x2, z2, x3, z3 = 1, 0, x1, 1
    for bit in range(254, -1, -1):
        swap = k >> bit & 1
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


BASE_POINT = (9).to_bytes(32, "little")


def agree(private, public):
    shared = x25519(private, public)
    if shared == bytes(32) or public == x25519(private, BASE_POINT):
        raise Refused("unusable-key")
    return shared


# --- Messages (section 6.2) -----------------------------------------------------------------------------------------

KINDS = {1: "accept", 17: "confirm", 19: "refuse", 32: "report"}

# For accept, confirm, refuse, report: y is required, o optional, - not part of the message.
FIELDS = {
    2: ("id", ID, "yyyy"),
    4: ("h", BYTES, "yyy-"),
    6: ("answered", BYTES, "-yyo"),
    8: ("public_key", BYTES, "yy--"),
    10: ("uid", UID, "yy-y"),
    12: ("node_url", LINK, "oo-o"),
    14: ("versions", VERSIONS, "y---"),
    16: ("version", integer(1, least=1), "-y--"),
    18: ("refusal", REFUSAL, "--y-"),
    20: ("state", choice({1: "on"}), "---y"),
    22: ("sequence", integer(8, least=1), "---y"),
    24: ("seen", integer(8), "---y"),
    26: ("platform", PLATFORM, "yy--"),
    28: ("source_short_name", SHORT_NAME, "yy--"),
    30: ("destination_short_name", SHORT_NAME, "yy--"),
    32: ("name_of_connection", NAME, "yy--"),
    34: ("sent_at", TIME, "yy--"),
    35: ("tracker_url", LINK, "oo--"),
    37: ("description", DESCRIPTION, "oo--"),
    39: ("incoming_project", NAME, "oo--"),
}


def message_table(kind):
    column = list(KINDS).index(kind)
    return {number: (name, value, uses[column] == "y") for number, (name, value, uses) in FIELDS.items()
            if uses[column] != "-"}


def read_message(message, name, key):
    """The fields of a message of the kind called `name`, once its MAC is verified under `key`."""
    if not 34 <= len(message) <= 16 * 1024 or message[0] != 1 or KINDS.get(message[1]) != name:
        raise Refused("not-recognised")
    if not hmac.compare_digest(mac(key, message[:-32]), message[-32:]):
        raise Refused("not-recognised")
    records = split_records(message[2:-32])
    if next(iter(records), None) != 2:
        raise Refused("not-recognised")
    return read_fields(records, message_table(message[1]))


def write_message(kind, records, key):
    start = bytes([1, kind]) + records
    return start + mac(key, start)


def digest(message):
    return H("message", message)


# --- The checks -----------------------------------------------------------------------------------------------------

class Tally:
    def __init__(self):
        self.passed, self.failures = 0, []

    def check(self, condition, what):
        if condition:
            self.passed += 1
        else:
            self.failures.append(what)

    def equal(self, found, expected, what):
        self.check(found == expected, f"{what}: found {found!r}, expected {expected!r}")

    def refused(self, expected, what, read, *arguments):
        """`expected`: the names, separated by blanks, of which one must be given."""
        try:
            read(*arguments)
            found = "accepted"
        except Refused as refusal:
            found = refusal.name
        self.check(found in expected.split(), f"{what}: {found}, expected {expected}")


def check_codes(tally, vectors):
    """codes are read, and written again"""
    for vector in vectors["codes"]:
        fields = read_code(vector["text"])
        for name, value in fields.items():
            expected = vector[name]
            if name == "secret":
                expected = bytes.fromhex(expected)
            if name == "description":
                expected = expected or None
            tally.equal(value, expected, f"{vector['name']}, {name}")
        tally.equal(write_code(write_fields(fields, CODE)), vector["text"], f"{vector['name']}, written")
        tally.equal(set(fields) - set(vector), set(), f"{vector['name']}, fields")


def check_tolerance(tally, vectors):
    """what reading tolerates"""
    for vector in vectors["codes"]:
        code = vector["text"]
        for shape in (f"  {code}\r\n", f"“{code}”", f"<https://globex.example.net/accept#{code}>", f"`{code}`",
                      "\n".join(f"> {code[at:at + 60]}" for at in range(0, len(code), 60)),
                      f">> \u201c{code[:9]}\u00ad\u200b {code[9:]}\u2060»\ufeff", f"http://a#b#{code}"):
            tally.equal(read_code(shape), read_code(code), f"{vector['name']} as {shape[:40]!r}")


def check_bad_codes(tally, vectors):
    """texts that are not codes are refused as they should be"""
    for vector in vectors["bad_codes"]:
        try:
            read_code(vector["text"])
            found = "accepted", None
        except Refused as refusal:
            found = refusal.name, refusal.position
        tally.equal(found, (vector["error"], vector["position"]), vector["name"])


def check_damage(tally, vectors):
    """damaged texts are refused"""
    start = len(PREFIX)
    for code in (vector["text"] for vector in vectors["codes"]):
        tally.refused("empty", "nothing", read_code, "")
        for at in range(1, len(code)):
            tally.refused("incomplete", f"the first {at}", read_code, code[:at])
        for at, c in enumerate(code):
            dropped, doubled = code[:at] + code[at + 1:], code[:at] + c + code[at:]
            if at < start:
                changed = code[:at] + "x" + code[at + 1:]
                names = "not-an-invitation", "not-an-invitation", "not-an-invitation"
                if c == "1":
                    names = names[0], names[1], "newer-format"  # clasp11_
                if c == "_":
                    names = names[0], names[1], "incomplete"  # the second one is read as part of `length`
            else:
                changed = code[:at] + ALPHABET[ALPHABET.index(c) ^ 32] + code[at + 1:]
                if at < start + 3:  # in `length`
                    names = ("incomplete damaged",) * 3
                else:
                    names = "incomplete", "damaged", "damaged"
                try:
                    read_code(" " + code[:at] + "+" + code[at + 1:])
                    tally.check(False, f"a + at {at} is read")
                except Refused as refusal:
                    tally.equal((refusal.name, refusal.position), ("bad-character", at + 1), f"a + at {at}")
            for expected, damaged, how in zip(names, (dropped, changed, doubled), ("dropped", "changed", "doubled")):
                tally.refused(expected, f"{at} {how}", read_code, damaged)
        for spare in range(1, 1 << len(code[start:]) * 6 % 8):
            other = ALPHABET[ALPHABET.index(code[-1]) ^ spare]
            tally.refused("not-canonical", "spare bits", read_code, code[:-1] + other)
        tally.refused("newer-format", "clasp2_", read_code, "clasp2_" + code[start:])
        tally.refused("damaged", "more", read_code, code + "A")
        tally.refused("too-long", "17 KiB", read_code, code + " " * 17 * 1024)
    tally.refused("too-long", "8193 bytes of records", read_code, write_code(bytes(8193)))


def check_records(tally, vectors):
    """codes with other records are refused"""
    for code in (vector["text"] for vector in vectors["codes"]):
        records = split_records(code_records(code))

        def changed(**changes):  # r20=b"..." sets record 20, r20=None takes it out
            changes = {int(name[1:]): value for name, value in changes.items()}
            return sorted((number, value) for number, value in (records | changes).items() if value is not None)

        def refused(expected, what, pairs):
            tally.refused(expected, what, read_code, write_code(join_records(pairs)))

        pairs = changed()
        tally.equal(read_code(write_code(join_records(changed(r99=b"later")))), read_code(code), "unknown odd record")
        for number in (0, 8, 36, 254):
            refused("unknown-required", f"record {number}", changed(**{f"r{number}": b"x"}))
        for at, pair in enumerate(pairs):
            refused("not-canonical", f"record {pair[0]} twice", pairs[:at] + [pair] + pairs[at:])
            refused("not-canonical", f"record {pair[0]} empty", pairs[:at] + [(pair[0], b"")] + pairs[at + 1:])
            if at:
                refused("not-canonical", f"record {pair[0]} too early",
                        pairs[:at - 1] + [pair, pairs[at - 1]] + pairs[at + 1:])
        tally.refused("not-canonical", "half a record", read_code, write_code(join_records(pairs) + b"\xff\x00"))
        for number, (name, _, required) in CODE.items():
            if required:
                refused("missing-field", f"no {name}", changed(**{f"r{number}": None}))
        for number in (18, 20, 22, 33):
            for value in (b" a", b"a ", "a\u3000".encode(), b"a\tb", b"a\r\nb", b"\xff", "\u202ea".encode(),
                          "\u200d".encode(), "a\ufffe".encode(), b"a" * 1001):
                refused("invalid-field", f"record {number} as {value[:9]}", changed(**{f"r{number}": value}))
        for number in (14, 29, 31):
            for value in (b"HTTPS://a.example", b"https://a.example/", b"https://a.example:443", b"https://A.example",
                          b"https://a.example/?q", b"https://u@a.example", b"https://a.example/b/../c",
                          b"https://a.1", b"https://[::0]", b"ftp://a.example", b"https://-a.example", b"a.example"):
                refused("invalid-field", f"record {number} as {value}", changed(**{f"r{number}": value}))
            for value in (b"http://a", b"https://10.0.0.1:8443", b"https://[2001:db8::1]/x/%20y"):
                read_code(write_code(join_records(changed(**{f"r{number}": value}))))
        for what, changes in {
            "no UUID of version 7": {"r2": uuid.UUID(int=4 << 76 | 2 << 62).bytes},
            "an id after 9999": {"r2": b"\xff" * 6 + records[2][6:]},
            "a short secret": {"r4": bytes(31)},
            "mode 4": {"r6": b"\x04"},
            "a time after 9999": {"r10": (LAST_SECOND + 1).to_bytes(8)},
            "the source's UID": {"r16": records[12]},
            "equal short names": {"r20": records[18]},
            "versions from 0": {"r24": b"\x00\x01"},
            "versions turned round": {"r24": b"\x02\x01"},
            "platform in capitals": {"r27": b"Zendesk"},
        }.items():
            refused("invalid-field", what, changed(**changes))


def check_x25519(tally, _vectors):
    """X25519 is RFC 7748's (its section 5.2)"""
    for scalar, u, result in (
        ("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
         "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
         "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
        ("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
         "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
         "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"),
    ):
        tally.equal(x25519(bytes.fromhex(scalar), bytes.fromhex(u)).hex(), result, "X25519")
    u = k = BASE_POINT
    for _ in range(1000):
        k, u = x25519(k, u), k
    tally.equal(k.hex(), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", "X25519, 1,000 times")
    tally.refused("unusable-key", "a shared value of zeros", agree, bytes(32), bytes(32))
    tally.refused("unusable-key", "one's own key", agree, bytes(32), x25519(bytes(32), BASE_POINT))


def check_handshake(tally, vectors):
    """the recorded handshake"""
    given = vectors["handshake"]
    names = {"accept": "accept", "second_accept": "accept", "confirm": "confirm", "refuse": "refuse",
             "report": "report", "report_answer": "report"}
    sent = {name: bytes.fromhex(given[name]) for name in names}
    code, h = read_code(given["code"]), H("code", code_records(given["code"]))
    k_accept, k_confirm, k_session = (key_from(code["secret"], label) for label in ("accept", "confirm", "session"))

    accept = read_message(sent["accept"], "accept", k_accept)
    confirm = read_message(sent["confirm"], "confirm", k_confirm)
    second = read_message(sent["second_accept"], "accept", k_accept)
    refuse = read_message(sent["refuse"], "refuse", k_confirm)

    # Both sides come to one secret.
    source = bytes.fromhex(given["source_private_key"])
    destination = bytes.fromhex(given["destination_private_key"])
    tally.equal(x25519(source, BASE_POINT), confirm["public_key"], "the source's public key")
    tally.equal(x25519(destination, BASE_POINT), accept["public_key"], "the destination's public key")
    shared = agree(source, accept["public_key"])
    tally.equal(agree(destination, confirm["public_key"]), shared, "the shared value")
    secret = mac(k_session, H("session", sent["accept"], sent["confirm"], shared))
    tally.equal(crockford(mac(secret, H("compare"))), given["comparison"], "the comparison string")
    exported = given["exported"]
    tally.equal(mac(secret, H("export", exported["label"].encode())).hex(), exported["key"], "the exported key")
    from_source, from_destination = mac(secret, H("from source")), mac(secret, H("from destination"))
    report = read_message(sent["report"], "report", from_destination)
    answer = read_message(sent["report_answer"], "report", from_source)

    # What each message must say about the code and the other messages.
    for name, fields in {"accept": accept, "second accept": second, "confirm": confirm, "refuse": refuse}.items():
        tally.equal(fields["id"], code["id"], f"{name}, id")
        tally.equal(fields["h"], h, f"{name}, h")
    tally.equal(confirm["answered"], digest(sent["accept"]), "confirm, record 6")
    tally.equal(refuse["answered"], digest(sent["second_accept"]), "refuse, record 6")
    tally.equal(REFUSALS.get(refuse["refusal"], "other"), given["refusal"], "refuse, record 18")
    tally.equal(len(sent["refuse"]), 127, "refuse, bytes")
    tally.equal((confirm["uid"], confirm["node_url"]), (code["source_uid"], code["source_node_url"]), "confirm, from")
    tally.check(accept["uid"] != code["source_uid"] and code["destination_uid"] in (None, accept["uid"]), "recipient")
    common = [max(ends) if at == 0 else min(ends) for at, ends in enumerate(zip(accept["versions"], code["versions"]))]
    tally.check(common[0] <= common[1] == confirm["version"], "the highest version that both know")
    tally.check(accept["sent_at"] < code["expires_at"], "accepted before the expiry")
    tally.equal((report["id"], answer["id"]), (code["id"], code["id"]), "reports, id")
    tally.equal((report["uid"], answer["uid"]), (accept["uid"], confirm["uid"]), "reports, UID")
    tally.equal((report["answered"], answer["answered"]), (None, digest(sent["report"])), "reports, record 6")
    tally.equal((report["seen"], answer["seen"]), (0, report["sequence"]), "reports, highest sequence seen")

    # Each message is written again, and is refused under another key, as another kind, or altered.
    keys = {"accept": k_accept, "second_accept": k_accept, "confirm": k_confirm, "refuse": k_confirm,
            "report": from_destination, "report_answer": from_source}
    for which, name in names.items():
        message, key = sent[which], keys[which]
        kind, records, table = message[1], split_records(message[2:-32]), message_table(message[1])

        def refused(expected, what, pairs):
            altered = write_message(kind, join_records(sorted(pairs)), key)
            tally.refused(expected, f"{which}, {what}", read_message, altered, name, key)

        fields = read_message(message, name, key)
        tally.equal(write_message(kind, write_fields(fields, table), key), message, f"{which}, written")
        for other in set(keys.values()) - {key}:
            tally.refused("not-recognised", f"{which}, another key", read_message, message, name, other)
        for at in range(len(message)):
            altered = message[:at] + bytes([message[at] ^ 1]) + message[at + 1:]
            tally.refused("not-recognised", f"{which}, byte {at}", read_message, altered, name, key)
        refused("unknown-required", "record 200", [*records.items(), (200, b"x")])
        refused("not-canonical", "record 2 twice", [*records.items(), (2, records[2])])
        later = write_message(kind, join_records(sorted([*records.items(), (201, b"x")])), key)
        tally.equal(read_message(later, name, key), fields, f"{which}, unknown odd record")
        for number, (field, _, required) in table.items():
            others = [pair for pair in records.items() if pair[0] != number]
            if required and number != 2:
                refused("missing-field", f"no {field}", others)
            if number != 18:
                refused("invalid-field", f"bad {field}", [*others, (number, b" " * 33)])


GROUPS = check_codes, check_tolerance, check_bad_codes, check_damage, check_records, check_x25519, check_handshake


def main():
    vectors = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
    passed = failed = 0
    for group in GROUPS:
        tally = Tally()
        try:
            group(tally, vectors)
        except Exception as error:  # whatever it is, the checks after it did not take place
            tally.failures.append(f"stopped by {error!r}")
        print(f"{group.__doc__}: {tally.passed} passed, {len(tally.failures)} failed")
        for failure in tally.failures[:10]:
            print(f"    {failure}")
        passed, failed = passed + tally.passed, failed + len(tally.failures)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
