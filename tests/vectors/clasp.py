"""An independent reader of handclasp's codes, messages and texts, written from DESIGN.md (sections 3.3, 3.4 and 4 to 6)
alone. It needs nothing but Python 3.11 or newer; `read.py` tries it on the frozen vectors.
"""

import base64
import hashlib
import hmac
import ipaddress
import re
import uuid
from collections import namedtuple


class Refused(Exception):
    """What was read is refused; `name` is the stable name of the reason."""

    def __init__(self, name, position=None):
        super().__init__(name)
        self.name, self.position = name, position


# --- Values (sections 3.3, 3.4, 4). ---------------------------------------------------------------------

# A Kind reads bytes into a value, or raises ValueError, and writes it again; a value has `most` bytes at most.
Kind = namedtuple("Kind", "read write most")

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
    return Kind(read, str.encode, 4 * most)


def pattern(expression, most):
    def read(value):
        require(re.fullmatch(expression, value.decode("ascii")))
        return value.decode("ascii")
    return Kind(read, str.encode, most)


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
    return Kind(read, lambda number: number.to_bytes(size), size)


def choice(names):
    def read(value):
        require(len(value) == 1 and value[0] in names)
        return names[value[0]]
    return Kind(read, lambda name: bytes([next(number for number, known in names.items() if known == name)]), 1)


def read_32(value):
    require(len(value) == 32)
    return value


REFUSALS = {1: "already-accepted", 2: "altered-code", 3: "wrong-recipient", 4: "address-not-permitted",
            5: "no-common-protocol", 6: "expired", 7: "unusable-key", 9: "mode-not-possible", 10: "withdrawn",
            11: "revoked", 12: "superseded", 13: "declined", 14: "removed"}  # any other number means "other"
WITHDRAWALS = {1: "declined", 2: "cancelled", 3: "already-confirmed"}  # any other number means "cancelled"

ID = Kind(read_id, lambda string: uuid.UUID(string).bytes, 16)
BYTES = Kind(read_32, bytes, 32)
MODE = choice({1: "basic", 2: "visual", 3: "script"})
STATE = choice({1: "on", 2: "off", 3: "removed"})
U8 = integer(1)
TIME = integer(8, most=LAST_SECOND)
UID = pattern("[A-Za-z0-9._:-]{1,64}", 64)
PLATFORM = pattern("[a-z0-9-]{1,64}", 64)
LINK = Kind(read_url, str.encode, 255)
SHORT_NAME = text(64)
NAME = text(255)
DESCRIPTION = text(1000, lines=True)
VERSIONS = Kind(read_versions, bytes, 2)


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


# --- The text around a code (section 5) or a message (section 6.4) --------------------------------------------------

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
IGNORED = " \t\n\f\r\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff"
QUOTES = "'\"‘’“”«»<>`"

# `prefixes`: what a text may begin with; `newer`: what it begins with in a newer format; `most_text`, `most_body`: how
# many bytes there may be; `stranger`: the error for what is no such text.
Armour = namedtuple("Armour", "prefixes newer most_text most_body stranger")
CODES = Armour(["clasp1_"], "clasp([2-9]|[1-9][0-9]+)_", 16 * 1024, 8192, "not-an-invitation")
TEXTS = Armour(["clasp1s_", "clasp1d_"], "clasp([2-9]|[1-9][0-9]+)[sd]_", 24 * 1024, 16 * 1024, "not-a-message")


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


def open_text(given, armour):
    """The checks up to the checksum and the spare bits; gives the prefix and the bytes within."""
    if len(given.encode()) > armour.most_text:
        raise Refused("too-long")
    string, positions, is_link = take_off(given)
    if not string:
        raise Refused(armour.stranger if is_link else "empty")
    prefix = next((prefix for prefix in armour.prefixes if string.startswith(prefix)), None)
    if prefix is None:
        if any(prefix.startswith(string) for prefix in armour.prefixes):
            raise Refused("incomplete")
        raise Refused("newer-format" if re.match(armour.newer, string) else armour.stranger)
    encoded = string[len(prefix):]
    for at, c in enumerate(encoded, len(prefix)):
        if c not in ALPHABET:
            raise Refused("bad-character", positions[at])
    if len(encoded) < 3:
        raise Refused("incomplete")
    raw = base64.urlsafe_b64decode(encoded + "A" * (-len(encoded) % 4))
    length = int.from_bytes(raw[:2])
    total = 2 + length + 4
    announced = (total * 8 + 5) // 6
    if len(encoded) != announced:
        raise Refused("incomplete" if len(encoded) < announced else "damaged")
    if length > armour.most_body:
        raise Refused("too-long")
    raw = raw[:total]
    if checksum(prefix, raw[:-4]) != raw[-4:]:
        raise Refused("damaged")
    if base64url(raw) != encoded:
        raise Refused("not-canonical")
    return prefix, raw[2:-4]


def write_text(prefix, body):
    framed = len(body).to_bytes(2) + body
    return prefix + base64url(framed + checksum(prefix, framed))


def checksum(prefix, framed):
    return hashlib.sha256(prefix.encode() + framed).digest()[:4]


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


# --- The invitation code (section 5) --------------------------------------------------------------------------------

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


def code_records(given):
    return open_text(given, CODES)[1]


def read_code(given):
    return read_fields(split_records(code_records(given)), CODE)


def write_code(records):
    return write_text("clasp1_", records)


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


def report_key(secret, sender):
    return mac(secret, H(f"from {sender}"))


# --- Messages (section 6.2) -----------------------------------------------------------------------------------------

KINDS = {1: "accept", 2: "withdraw", 3: "noted", 16: "fetch", 17: "confirm", 18: "waiting", 19: "refuse", 32: "report"}
SENDERS = {"destination": ("accept", "withdraw", "noted", "report"),
           "source": ("fetch", "confirm", "waiting", "refuse", "report")}
# Which messages a message of each kind may name in its record 6.
NAMES = {"withdraw": ("accept", "confirm"), "noted": ("fetch", "confirm", "waiting", "refuse"), "confirm": ("accept",),
         "waiting": ("accept",), "refuse": ("accept", "withdraw"), "report": ("confirm", "waiting", "refuse", "report")}

# For each kind in the order above: y is required, o optional, - not part of the message.
FIELDS = {
    2: ("id", ID, "yyyyyyyy"),
    4: ("h", BYTES, "yyyyyyy-"),
    6: ("answered", BYTES, "-oy-yyyo"),
    8: ("public_key", BYTES, "y---y---"),
    10: ("uid", UID, "y---y--y"),
    12: ("node_url", LINK, "o---o--o"),
    14: ("versions", VERSIONS, "y-------"),
    16: ("version", U8, "----y---"),
    18: ("refusal", U8, "------y-"),
    20: ("state", STATE, "-------y"),
    22: ("sequence", integer(8, least=1), "-------y"),
    24: ("seen", integer(8), "-------y"),
    26: ("platform", PLATFORM, "y---y---"),
    28: ("source_short_name", SHORT_NAME, "y---y---"),
    30: ("destination_short_name", SHORT_NAME, "y---y---"),
    32: ("name_of_connection", NAME, "y---y---"),
    34: ("sent_at", TIME, "y---y---"),
    35: ("tracker_url", LINK, "o---o---"),
    37: ("description", DESCRIPTION, "o---o---"),
    38: ("withdrawal", U8, "-y------"),
    39: ("incoming_project", NAME, "o---o---"),
}


def message_table(kind):
    column = list(KINDS).index(kind)
    return {number: (name, value, uses[column] == "y") for number, (name, value, uses) in FIELDS.items()
            if uses[column] != "-"}


def most_bytes(kind):
    return 2 + sum(3 + value.most for _, value, _ in message_table(kind).values()) + 32


def message_id(message):
    """What is read before the MAC is verified: whether it is a message at all, and of which connection."""
    if not 34 <= len(message) <= 16 * 1024 or message[0] != 1 or message[1] not in KINDS:
        raise Refused("not-recognised")
    try:
        require(message[2:5] == bytes([2, 0, 16]) and len(message) >= 21 + 32)
        return read_id(message[5:21])
    except ValueError:
        raise Refused("not-recognised") from None


def read_message(message, name, key):
    """The fields of a message of the kind called `name`, once its MAC is verified under `key`."""
    message_id(message)
    if KINDS[message[1]] != name or not hmac.compare_digest(mac(key, message[:-32]), message[-32:]):
        raise Refused("not-recognised")
    return read_fields(split_records(message[2:-32]), message_table(message[1]))


def write_message(kind, records, key):
    start = bytes([1, kind]) + records
    return start + mac(key, start)


def digest(message):
    return H("message", message)


# --- Texts that people carry (section 6.4) --------------------------------------------------------------------------

PREFIX_FOR = {"source": "clasp1s_", "destination": "clasp1d_"}


def read_text(given):
    """For which side the text is, and the message in it."""
    prefix, message = open_text(given, TEXTS)
    try:
        message_id(message)
    except Refused:
        raise Refused("not-a-message") from None
    return next(side for side, known in PREFIX_FOR.items() if known == prefix), message


# --- A source's judgement of a first acceptance (sections 6.2 and 6.3) ----------------------------------------------

def judge(code, h, accept, now, private):
    """The refusal that follows from the code, the acceptance and the clock, under the default policy; or None."""
    urls = [url for url in (accept["node_url"], accept["tracker_url"]) if url is not None]
    if accept["h"] != h:
        return "altered-code"
    if accept["uid"] == code["source_uid"] or code["destination_uid"] not in (None, accept["uid"]):
        return "wrong-recipient"
    if code["mode"] == "visual" and accept["node_url"] is None:
        return "mode-not-possible"
    if not all(is_ordinary(url) for url in urls):
        return "address-not-permitted"
    if common_version(code["versions"], accept["versions"]) is None:
        return "no-common-protocol"
    try:
        agree(private, accept["public_key"])
    except Refused as refusal:
        return refusal.name
    return "expired" if now >= code["expires_at"] else None


def is_ordinary(url):
    """As far as the vectors go: https, and a name with a dot (section 3.4)."""
    scheme, host, _, _ = URL.fullmatch(url).groups("")
    return scheme == "https" and "." in host and not re.fullmatch(r"[0-9.]+|\[.*", host)


def common_version(one, other):
    lowest, highest = max(one[0], other[0]), min(one[1], other[1])
    return highest if lowest <= highest else None
