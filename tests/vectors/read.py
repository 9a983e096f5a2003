#!/usr/bin/env python3
"""Tries the reader in clasp.py, which was written from DESIGN.md alone, on the frozen vectors.

It reads every code and every text in vectors.json and writes them again, damages them and checks by which name they are
refused, and recomputes every recorded message: keys, MACs, digests, key agreement, comparison string, exported key.

It needs nothing but Python 3.11 or newer. Run it with `python3 read.py`; clasp.py and vectors.json are expected next to
it. The last line says how many checks passed and failed; the exit code is 1 if any failed.
"""

import json
import sys
import uuid
from pathlib import Path

sys.dont_write_bytecode = True
from clasp import *


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


def texts_of(vectors):
    """Every code and every text that people carry: name, text, what it begins with, how it is read, its limits."""
    for vector in vectors["codes"]:
        yield vector["name"], vector["text"], "clasp1_", read_code, CODES
    for story in vectors["stories"]:
        for said in story["messages"]:
            if said["text"]:
                prefix = PREFIX_FOR["source" if said["from"] == "destination" else "destination"]
                yield f"{story['name']}, {said['name']}", said["text"], prefix, read_text, TEXTS


def check_tolerance(tally, vectors):
    """what reading tolerates"""
    for name, text, _, read, _ in texts_of(vectors):
        for shape in (f"  {text}\r\n", f"“{text}”", f"<https://globex.example.net/accept#{text}>", f"`{text}`",
                      "\n".join(f"> {text[at:at + 60]}" for at in range(0, len(text), 60)),
                      f">> \u201c{text[:9]}\u00ad\u200b {text[9:]}\u2060»\ufeff", f"http://a#b#{text}"):
            tally.equal(read(shape), read(text), f"{name} as {shape[:40]!r}")


def check_bad_texts(tally, vectors):
    """texts that are no codes, or carry no message, are refused as they should be"""
    for vector, read in [(vector, read_code) for vector in vectors["bad_codes"]] + [
            (vector, read_text) for vector in vectors["bad_texts"]]:
        try:
            read(vector["text"])
            found = "accepted", None
        except Refused as refusal:
            found = refusal.name, refusal.position
        tally.equal(found, (vector["error"], vector["position"]), vector["name"])


def check_damage(tally, vectors):
    """damaged texts are refused"""
    for _, code, prefix, read, armour in texts_of(vectors):
        start, stranger = len(prefix), armour.stranger
        tally.refused("empty", "nothing", read, "")
        for at in range(1, len(code)):
            tally.refused("incomplete", f"the first {at}", read, code[:at])
        for at, c in enumerate(code):
            dropped, doubled = code[:at] + code[at + 1:], code[:at] + c + code[at:]
            if at < start:
                changed = code[:at] + "x" + code[at + 1:]
                names = stranger, stranger, stranger
                if c == "1":
                    names = names[0], names[1], "newer-format"  # clasp11
                if c == "_":
                    names = names[0], names[1], "incomplete"  # the second one is read as part of `length`
            else:
                changed = code[:at] + ALPHABET[ALPHABET.index(c) ^ 32] + code[at + 1:]
                if at < start + 3:  # in `length`
                    names = ("incomplete damaged",) * 3
                else:
                    names = "incomplete", "damaged", "damaged"
                try:
                    read(" " + code[:at] + "+" + code[at + 1:])
                    tally.check(False, f"a + at {at} is read")
                except Refused as refusal:
                    tally.equal((refusal.name, refusal.position), ("bad-character", at + 1), f"a + at {at}")
            for expected, damaged, how in zip(names, (dropped, changed, doubled), ("dropped", "changed", "doubled")):
                tally.refused(expected, f"{at} {how}", read, damaged)
        for spare in range(1, 1 << len(code[start:]) * 6 % 8):
            other = ALPHABET[ALPHABET.index(code[-1]) ^ spare]
            tally.refused("not-canonical", "spare bits", read, code[:-1] + other)
        tally.refused("newer-format", "a 2", read, prefix.replace("1", "2") + code[start:])
        tally.refused("damaged", "more", read, code + "A")
        tally.refused("too-long", "much more", read, code + " " * armour.most_text)
        tally.refused("too-long", "too many bytes", read, write_text(prefix, bytes(armour.most_body + 1)))


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

    keys = {"accept": k_accept, "second_accept": k_accept, "confirm": k_confirm, "refuse": k_confirm,
            "report": from_destination, "report_answer": from_source}
    for which, name in names.items():
        check_message(tally, which, sent[which], name, keys[which], set(keys.values()))


def check_message(tally, which, message, name, key, keys):
    """A message is written again, and is refused under another key, as another kind, or altered."""
    kind, records, table = message[1], split_records(message[2:-32]), message_table(message[1])

    def refused(expected, what, pairs):
        altered = write_message(kind, join_records(sorted(pairs)), key)
        tally.refused(expected, f"{which}, {what}", read_message, altered, name, key)

    fields = read_message(message, name, key)
    tally.equal(write_message(kind, write_fields(fields, table), key), message, f"{which}, written")
    for other in keys - {key}:
        tally.refused("not-recognised", f"{which}, another key", read_message, message, name, other)
    for at in range(len(message)):
        altered = message[:at] + bytes([message[at] ^ 1]) + message[at + 1:]
        tally.refused("not-recognised", f"{which}, byte {at}", read_message, altered, name, key)
    for number in {*KINDS, 0, 4, 15, 33, 255} - {kind}:
        altered = write_message(number, join_records(records.items()), key)
        tally.refused("not-recognised", f"{which}, as kind {number}", read_message, altered, name, key)
    for number in range(0, 256):
        if number not in table and number > 2:
            pairs = sorted([*records.items(), (number, b"x")])
            if number % 2 == 0:
                refused("unknown-required", f"record {number}", pairs)
            else:
                later = write_message(kind, join_records(pairs), key)
                tally.equal(read_message(later, name, key), fields, f"{which}, unknown record {number}")
    refused("not-canonical", "record 2 twice", [*records.items(), (2, records[2])])
    for number in (0, 1):
        refused("not-recognised", f"record {number} in front", [*records.items(), (number, b"x")])
    for number, (field, _, required) in table.items():
        others = [pair for pair in records.items() if pair[0] != number]
        if number == 2:
            refused("not-recognised", "no id", others)
        elif required:
            refused("missing-field", f"no {field}", others)
        refused("not-recognised" if number == 2 else "invalid-field", f"bad {field}", [*others, (number, b" " * 33)])


def keys_of(vector):
    """The code in a vector, its h, and the key of each kind of message, which for reports is that of each side."""
    code, h = read_code(vector["code"]), H("code", code_records(vector["code"]))
    k_accept, k_confirm = key_from(code["secret"], "accept"), key_from(code["secret"], "confirm")
    keys = {name: k_accept for name in ("accept", "withdraw", "noted")}
    keys |= {name: k_confirm for name in ("fetch", "confirm", "waiting", "refuse")}
    return code, h, keys


def connection_secret(vector, code, accept, confirm, k_accept, k_confirm):
    shared = agree(bytes.fromhex(vector["source_private_key"]), read_message(accept, "accept", k_accept)["public_key"])
    other = agree(bytes.fromhex(vector["destination_private_key"]),
                  read_message(confirm, "confirm", k_confirm)["public_key"])
    if shared != other:
        raise Refused("unusable-key")
    return mac(key_from(code["secret"], "session"), H("session", accept, confirm, shared))


def says(fields):
    """What a message says beside its kind, by its name."""
    if "refusal" in fields:
        return REFUSALS.get(fields["refusal"], "other")
    if "withdrawal" in fields:
        return WITHDRAWALS.get(fields["withdrawal"], "cancelled")
    return fields.get("state")


def check_stories(tally, vectors):
    """every kind of message, as it comes up"""
    kinds = set()
    for story in vectors["stories"]:
        code, h, keys = keys_of(story)
        sent = {said["name"]: bytes.fromhex(said["message"]) for said in story["messages"]}
        tally.equal(len(sent), len(story["messages"]), f"{story['name']}, names")
        secret = None
        if "confirm" in sent:
            secret = connection_secret(story, code, sent["accept"], sent["confirm"], keys["accept"], keys["confirm"])
        sides, states, told, uids = {}, {}, {"source": 0, "destination": 0}, {"source": code["source_uid"]}
        for said in story["messages"]:
            message, sender, which = sent[said["name"]], said["from"], f"{story['name']}, {said['name']}"
            receiver = "source" if sender == "destination" else "destination"
            name = KINDS[message[1]]
            kinds.add((name, said["names"] is None))
            tally.check(name in SENDERS[sender], f"{which}, sender")
            key = report_key(secret, sender) if name == "report" else keys[name]
            others = {*keys.values()} | ({report_key(secret, side) for side in SENDERS} if secret else set())
            check_message(tally, which, message, name, key, others)
            fields = read_message(message, name, key)

            tally.equal(fields["id"], code["id"], f"{which}, id")
            tally.equal(fields.get("h", h), h, f"{which}, h")
            tally.equal(fields.get("answered"), digest(sent[said["names"]]) if said["names"] else None,
                        f"{which}, record 6")
            if said["names"]:
                named = KINDS[sent[said["names"]][1]]
                tally.check(named in NAMES[name], f"{which}: a {name} that names a {named}")
            tally.equal(says(fields), said["says"], f"{which}, what it says")
            if name in ("accept", "confirm"):
                sides[sender] = fields["node_url"]
                uids.setdefault(sender, fields["uid"])
            if "uid" in fields:
                tally.equal((fields["uid"], fields["node_url"]), (uids[sender], sides[sender]), f"{which}, from")
            if name == "confirm":
                tally.equal(fields["node_url"], code["source_node_url"], f"{which}, node URL")
                tally.equal(fields["version"], common_version(code["versions"], read_message(
                    sent["accept"], "accept", keys["accept"])["versions"]), f"{which}, version")
            if name == "report":
                # The same state has the same number, another one a higher; what was heard before is acknowledged.
                last_state, last = states.get(sender, (None, 0))
                news = fields["sequence"] > last
                tally.check(news if fields["state"] != last_state else fields["sequence"] == last,
                            f"{which}, record 22")
                tally.equal(fields["seen"], told[receiver], f"{which}, record 24")
                states[sender] = fields["state"], fields["sequence"]
                told[sender] = max(told[sender], fields["sequence"])
            if said["text"]:
                tally.equal(read_text(said["text"]), (receiver, message), f"{which}, text")
                tally.equal(write_text(PREFIX_FOR[receiver], message), said["text"], f"{which}, text written")
    tally.equal({name for name, _ in kinds}, set(KINDS.values()), "the kinds that occur")
    tally.check({("report", True), ("report", False), ("withdraw", True), ("withdraw", False)} <= kinds,
                "reports and withdrawals that name something and nothing")


def check_refusals(tally, vectors):
    """each refusal, and whether it follows from the acceptance"""
    found = set()
    for vector in vectors["refusals"]:
        code, h, keys = keys_of(vector)
        accept, refuse = (bytes.fromhex(vector[name]) for name in ("accept", "refuse"))
        private = bytes.fromhex(vector["source_private_key"])
        fields = read_message(refuse, "refuse", keys["refuse"])
        what = f"{vector['refusal']} ({fields['refusal']})"
        found.add(says(fields))
        tally.equal(says(fields), vector["refusal"], what)
        tally.equal((fields["id"], fields["h"], fields["answered"]), (code["id"], h, digest(accept)), f"{what}, names")
        tally.equal(write_message(19, write_fields(fields, message_table(19)), keys["refuse"]), refuse,
                    f"{what}, written")
        judged = judge(code, h, read_message(accept, "accept", keys["accept"]), vector["at"], private)
        follows = says(fields) if fields["refusal"] in (2, 3, 4, 5, 6, 7, 9) else None
        tally.equal(judged, follows, f"{what}, by the acceptance")
        for at in range(len(refuse)):
            altered = refuse[:at] + bytes([refuse[at] ^ 1]) + refuse[at + 1:]
            tally.refused("not-recognised", f"{what}, byte {at}", read_message, altered, "refuse", keys["refuse"])
    tally.equal(found, {*REFUSALS.values(), "other"}, "the refusals that occur")


def check_strange_messages(tally, vectors):
    """which strange messages are understood"""
    given = vectors["strange_messages"]
    code, _, keys = keys_of(given)
    accept, confirm = bytes.fromhex(given["accept"]), bytes.fromhex(given["confirm"])
    secret = connection_secret(given, code, accept, confirm, keys["accept"], keys["confirm"])
    keys["report"] = report_key(secret, "destination")
    for vector in given["messages"]:
        message = bytes.fromhex(vector["message"])
        try:
            name = KINDS.get(message[1], "accept")
            read_message(message, name, keys[name])
            outcome = "understood"
        except Refused as refusal:
            outcome = refusal.name
        tally.equal(outcome, vector["outcome"], vector["name"])


def check_sizes(tally, _vectors):
    """the sizes of messages"""
    for name, most in {"accept": 7356, "confirm": 7390, "report": 439, "refuse": 127, "withdraw": 127, "noted": 123,
                       "waiting": 123, "fetch": 88}.items():
        tally.equal(most_bytes(next(kind for kind, known in KINDS.items() if known == name)), most, name)


GROUPS = (check_codes, check_tolerance, check_bad_texts, check_damage, check_records, check_x25519, check_handshake,
          check_stories, check_refusals, check_strange_messages, check_sizes)


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
