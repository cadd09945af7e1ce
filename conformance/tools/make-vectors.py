#!/usr/bin/env python3
"""Writes conformance/vectors/*.json: python3 -B conformance/tools/make-vectors.py, then npx biome format --write conformance/vectors

Needs python3-cryptography (for Ed25519). Signatures are deterministic: without a change here nothing changes there.
"""

import gzip
import hashlib
import json
import re

from second_signer import (
    KEYS,
    Ed25519Key,
    Message,
    RsaKey,
    b64,
    content_simple,
    header_data,
    ischedule_relaxed,
    plain_layout,
    srv,
    txt,
    without_b,
)

NOW = 1795358000
RSA, OTHER = RsaKey("rsa-2048.pem"), RsaKey("rsa-2048-other.pem")
ED = Ed25519Key("ed25519.pem")
EVENT = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//second signer//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    b"UID:vector-1\r\nDTSTAMP:20261122T143000Z\r\nDTSTART:20300110T100000Z\r\nDTEND:20300110T110000Z\r\n"
    b"SUMMARY:Caf\xc3\xa9\r\nORGANIZER:mailto:alice@example.com\r\nATTENDEE:mailto:bob@example.net\r\n"
    b"ATTENDEE:mailto:carol@example.net\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
NAMES = "Content-Type:iSchedule-Version:Originator:Recipient:iSchedule-Message-ID:User-Agent"
RECORD = "v=DKIM1; k=rsa; s=ischedule; p=" + b64(RSA.spki())
NAME = "cal._domainkey.example.com"
ZONE = txt(NAME, RECORD)

files = {}


def request():
    return Message(
        [
            ("Host", " cal.example.net"),
            ("iSchedule-Version", " 1.0"),
            ("iSchedule-Message-ID", " <vector-1@example.com>"),
            ("Originator", " mailto:alice@example.com"),
            ("Recipient", " mailto:bob@example.net, mailto:carol@example.net"),
            ("Content-Type", " text/calendar; component=VEVENT; method=REQUEST; charset=utf-8"),
            ("User-Agent", " second-signer/1.0"),
            ("Cache-Control", " no-cache, no-transform"),
            ("Content-Length", f" {len(EVENT)}"),
        ],
        EVENT,
    )


def tags(message, **changes):
    """The tags of a good signature, with changes: None drops a tag, another name is put at the end."""
    good = {
        "v": "1",
        "a": "rsa-sha256",
        "c": "ischedule-relaxed/simple",
        "d": "example.com",
        "s": "cal",
        "t": str(NOW - 10),
        "x": str(NOW + 3590),
        "q": "dns/txt:http/well-known",
        "h": NAMES,
        "bh": b64(hashlib.sha256(content_simple(message.content)).digest()),
    }
    good.update(changes)
    return [(name, value) for name, value in good.items() if value is not None]


def signed(message=None, key=RSA, layout=plain_layout, data=header_data, signer=None, **changes):
    message = message or request()
    return message.sign(key, tags(message, **changes), layout, data, signer)


def vector(file, name, requirements, message, expected, zone=ZONE, **more):
    """`expected`: "pass", or ("fail", reason), or "tempfail"; with alignment as third."""
    if isinstance(expected, str):
        expected = (expected,)
    status, reason, alignment = (*expected, None, None)[:3]
    one = {"name": name, "requirements": requirements, "zone": zone, "request": message.text()}
    one.update(more)
    one["expected"] = {"status": status}
    if reason:
        one["expected"]["reason"] = reason
    if alignment:
        one["expected"]["alignment"] = alignment
    vectors = files.setdefault(file, [])
    assert name not in [other["name"] for other in vectors], name
    vectors.append(one)


def failing(reason):
    return ("fail", reason)


# The association: exactly one field


def association():
    f = "association"
    vector(f, "good", ["DO-1.2", "DO-1.5", "DO-1.6", "DO-4.4", "IS-3.20", "Q40"], signed(), "pass")
    vector(f, "unsigned", ["DO-1.2", "IS-3.20"], request(), failing("no-signature"))
    two = signed()
    two.add(*two.fields[-1])
    vector(f, "two-signatures", ["DO-1.1", "IS-3.20", "Q40"], two, failing("several-signatures"))
    joined = signed()
    value = joined.fields[-1][1]
    joined.set("DKIM-Signature", value + "," + value)
    vector(f, "two-signatures-joined-by-a-comma", ["DO-1.1"], joined, failing("several-signatures"))
    second_bad = signed()
    second_bad.add("DKIM-Signature", " v=1")
    vector(f, "a-second-signature-that-is-none", ["DO-1.1", "Q40"], second_bad, failing("several-signatures"))
    gzipped = request().add("Content-Encoding", " gzip").body(gzip.compress(EVENT, mtime=0))
    vector(f, "content-coding-is-hashed-as-it-is", ["DO-1.4"], signed(gzipped), "pass")
    plain = signed(request().add("Content-Encoding", " gzip").body(gzip.compress(EVENT, mtime=0)), bh=tags(request())[-1][1])
    vector(f, "content-coding-is-not-removed-before-hashing", ["DO-1.4"], plain, failing("content-hash"))


# Which fields are signed


def fields():
    f = "fields"
    base = NAMES.split(":")
    for name in base[:4]:
        without = ":".join(one for one in base if one != name)
        vector(f, f"h-lacks-{name.lower()}", ["DO-1.7"], signed(h=without), failing("fields"))
    for name in base[:4]:
        message = signed(request().set(name))
        vector(f, f"named-but-absent-{name.lower()}", ["DO-1.9"], message, failing("fields"))
    vector(f, "should-fields-left-out", ["DO-1.7"], signed(h=":".join(base[:4])), "pass")
    basic = request().add("Authorization", " Basic YTpi")
    vector(f, "authorization-unsigned", ["DO-1.8"], signed(basic), failing("fields"))
    basic = request().add("Authorization", " Basic YTpi")
    vector(f, "authorization-signed", ["DO-1.8"], signed(basic, h=NAMES + ":Authorization"), "pass")
    vector(f, "authorization-named-and-absent", ["DO-1.8", "DO-3.15"], signed(h=NAMES + ":Authorization"), "pass")
    never = {
        "Cache-Control": None,
        "Connection": " keep-alive",
        "Host": None,
        "Keep-Alive": " timeout=5",
        "Proxy-Authenticate": " Basic",
        "Proxy-Authorization": " Basic YTpi",
        "TE": " trailers",
        "Trailer": " X-Sum",
        "Transfer-Encoding": " chunked",
        "Upgrade": " h2c",
        "Content-Length": None,
    }
    for name, value in never.items():
        message = request() if value is None else request().add(name, value)
        more = ["Q24", "Q34"] if name == "Host" else []
        vector(f, f"names-{name.lower()}", ["DO-1.11", "DO-1.13", *more], signed(message, h=NAMES + ":" + name), failing("fields"))
    vector(f, "names-an-absent-hop-by-hop-field", ["DO-1.13"], signed(h=NAMES + ":Upgrade"), failing("fields"))
    for name, value in {"Via": " 1.1 proxy", "Forwarded": " for=192.0.2.1", "X-Forwarded-For": " 192.0.2.1", "X-Forwarded-Anything": " x"}.items():
        more = ["Q34"] if name == "Via" else []
        vector(f, f"names-{name.lower()}", ["DO-1.12", "DO-1.13", *more], signed(request().add(name, value), h=NAMES + ":" + name), failing("fields"))
    hop = request().add("Connection", " close, X-Hop").add("X-Hop", " 1")
    vector(f, "names-a-field-that-connection-names", ["DO-1.12", "DO-1.13"], signed(hop, h=NAMES + ":X-Hop"), failing("fields"))
    vector(f, "names-any-other-field", ["DO-1.12"], signed(request().add("X-Hop", " 1"), h=NAMES + ":X-Hop"), "pass")
    twice = NAMES + ":Recipient"
    hashed_once = lambda fields, names, value: header_data(fields, list(dict.fromkeys(names)), value)
    vector(f, "names-a-field-twice", ["DO-2.20", "Q34"], signed(h=twice), failing("fields"))
    vector(f, "names-a-field-twice-in-another-case", ["DO-2.20", "Q13"], signed(h=NAMES + ":RECIPIENT"), failing("fields"))
    vector(f, "names-a-field-twice-hashed-once-without-switch", ["DO-2.20"], signed(h=twice, data=hashed_once), failing("fields"))
    vector(f, "names-a-field-twice-hashed-once-with-switch", ["DO-2.20", "Q34"], signed(h=twice, data=hashed_once), "pass", settings={"repeatedNames": "hash-once"})
    lower = request()
    lower.fields = [(name.lower(), value) for name, value in lower.fields]
    vector(f, "names-in-any-case", ["Q13", "DO-3.7"], signed(lower, h=NAMES.upper()), "pass")


# Changes on the way


def integrity():
    f = "integrity"

    def after(change, **how):
        message = signed(**how)
        change(message)
        return message

    vector(f, "good", ["DO-3.14"], signed(), "pass")
    swap = EVENT.replace(b"T100000Z", b"T090000Z")
    vector(f, "content-changed", ["IS-3.22"], after(lambda m: m.body(swap)), failing("content-hash"))
    vector(f, "content-shortened", [], after(lambda m: m.body(EVENT[:-40])), failing("content-hash"))
    vector(f, "content-lengthened", [], after(lambda m: m.body(EVENT + b"X")), failing("content-hash"))
    vector(f, "field-changed", ["IS-3.22"], after(lambda m: m.set("Originator", " mailto:mallory@example.com")), failing("signature"))
    vector(f, "recipient-added-in-a-field", ["DO-3.16"], after(lambda m: m.add("Recipient", " mailto:dave@example.net")), failing("signature"))
    vector(f, "recipient-added-in-the-list", ["DO-3.16"], after(lambda m: m.set("Recipient", " mailto:bob@example.net, mailto:carol@example.net, mailto:dave@example.net")), failing("signature"))
    vector(f, "recipients-swapped", ["DO-3.9"], after(lambda m: m.set("Recipient", " mailto:carol@example.net, mailto:bob@example.net")), failing("signature"))
    vector(f, "signed-field-removed", [], after(lambda m: m.set("User-Agent")), failing("signature"))
    vector(f, "must-field-removed", ["DO-1.9"], after(lambda m: m.set("Recipient")), failing("fields"))
    extra = NAMES + ":X-Extra"
    vector(f, "absent-name-contributes-nothing", ["DO-3.15", "Q34"], signed(h=extra), "pass")
    vector(f, "absent-name-added-later", ["DO-3.17"], after(lambda m: m.add("X-Extra", " 1"), h=extra), failing("signature"))
    vector(f, "absent-name-added-later-empty", ["DO-3.17"], after(lambda m: m.add("X-Extra", ""), h=extra), failing("signature"))
    vector(f, "unsigned-field-added", [], after(lambda m: m.add("Via", " 1.1 proxy")), "pass")
    vector(f, "unsigned-field-changed", ["Q24"], after(lambda m: m.set("Host", " 127.0.0.1:18999/noauth")), "pass")
    vector(f, "fields-in-another-order", ["DO-3.14"], after(lambda m: m.fields.reverse()), "pass")
    two = [" mailto:bob@example.net", " mailto:carol@example.net"]
    vector(f, "recipients-joined-by-a-proxy", ["DO-3.18", "DO-3.9"], after(lambda m: m.set("Recipient", ",".join(two)), message=request().set("Recipient", *two)), "pass")
    vector(f, "recipients-split-by-a-proxy", ["DO-3.18"], after(lambda m: m.set("Recipient", *two)), "pass")
    vector(f, "folded-field", ["DO-3.8"], after(lambda m: m.set("Recipient", " mailto:bob@example.net,\r\n\tmailto:carol@example.net")), "pass")
    vector(f, "folded-content-type", ["DO-3.8", "DO-3.10"], after(lambda m: m.set("Content-Type", " text/calendar;\r\n component=VEVENT; method=REQUEST; charset=utf-8")), "pass")
    vector(f, "tabs-and-runs-of-blanks", ["DO-3.10"], after(lambda m: m.set("Content-Type", "\ttext/calendar; \t component=VEVENT;\tmethod=REQUEST;  charset=utf-8")), "pass")
    vector(f, "blank-removed-inside-a-value", ["DO-3.10"], after(lambda m: m.set("Content-Type", " text/calendar;component=VEVENT; method=REQUEST; charset=utf-8")), failing("signature"))
    vector(f, "blanks-at-the-end", ["DO-3.11"], after(lambda m: m.set("Originator", " mailto:alice@example.com \t ")), "pass")
    vector(f, "no-blank-after-the-colon", ["DO-3.12"], after(lambda m: m.set("Originator", "mailto:alice@example.com")), "pass")
    vector(f, "blanks-around-commas", ["DO-3.13", "Q35"], after(lambda m: m.set("Recipient", " mailto:bob@example.net \t,  mailto:carol@example.net")), "pass")
    agent = " $Id: agent.php,v 1.2 2011/01/01 $ (a, b:c;d)"
    vector(f, "odd-user-agent", ["Q35", "DO-3.13"], after(lambda m: m.set("User-Agent", agent.replace(", ", " ,")), message=request().set("User-Agent", agent)), "pass")
    quoted = ' text/calendar; component=VEVENT; method=REQUEST; x="a , b"'
    vector(f, "blanks-around-a-quoted-comma", ["DO-3.13"], after(lambda m: m.set("Content-Type", quoted.replace(" , ", ",")), message=request().set("Content-Type", quoted)), "pass")
    vector(f, "field-names-in-lower-case", ["DO-3.7", "Q13"], after(lambda m: setattr(m, "fields", [(n.lower(), v) for n, v in m.fields])), "pass")
    eight_bit = " mailto:j\xc3\xb6rg@example.com"
    vector(f, "octets-over-127", [], signed(request().set("Originator", eight_bit)), "pass")
    ended = EVENT[:-2]
    vector(f, "final-crlf-removed", ["DO-3.1", "Q41"], after(lambda m: m.body(ended)), "pass")
    vector(f, "final-crlfs-added", ["DO-3.1", "Q41"], after(lambda m: m.body(EVENT + b"\r\n\r\n")), "pass")
    vector(f, "final-lf-added", ["DO-3.3"], after(lambda m: m.body(EVENT + b"\n")), failing("content-hash"))
    vector(f, "final-blank-added", ["DO-3.1"], after(lambda m: m.body(EVENT[:-2] + b" \r\n")), failing("content-hash"))
    lf = EVENT.replace(b"\r\n", b"\n")
    vector(f, "bare-lf-is-hashed-as-it-is", ["DO-3.3", "Q41"], signed(request().body(lf)), "pass")
    vector(f, "crlf-made-lf", ["DO-3.3"], after(lambda m: m.body(lf)), failing("content-hash"))
    empty = signed(request().body(b""))
    assert "bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=" in empty.text()
    vector(f, "empty-content", ["DO-3.2", "Q41"], empty, "pass")
    vector(f, "only-crlfs", ["DO-3.1", "DO-3.2"], after(lambda m: m.body(b"\r\n\r\n"), message=request().body(b"")), "pass")


# The tags of a signature


def signature_field():
    f = "signature-field"
    for tag in ["v", "a", "bh", "d", "h", "s"]:
        vector(f, f"without-{tag}", ["DO-2.8"], signed(**{tag: None}), failing("tag-list"))
    no_b = signed()
    no_b.set("DKIM-Signature", re.sub("; b=.*", "", no_b.fields[-1][1]))
    vector(f, "without-b", ["DO-2.8"], no_b, failing("tag-list"))
    vector(f, "v-is-2", ["DO-2.8"], signed(v="2"), failing("tag-list"))
    vector(f, "v-is-01", ["DO-2.8"], signed(v="01"), failing("tag-list"))
    vector(f, "only-v", ["DO-2.8"], request().add("DKIM-Signature", " v=1"), failing("tag-list"))

    def layout(change):
        return lambda given, signature: change(plain_layout(given, signature))

    vector(f, "trailing-semicolon", ["DO-2.1", "Q26"], signed(layout=layout(lambda v: v + ";")), "pass")
    vector(f, "two-semicolons", ["DO-2.1", "DO-2.19"], signed(layout=layout(lambda v: v.replace("; d=", ";; d="))), failing("tag-list"))
    vector(f, "a-tag-without-equals", ["DO-2.1", "DO-2.19"], signed(layout=layout(lambda v: v.replace("; d=", "; zz; d="))), failing("tag-list"))
    vector(f, "a-tag-name-that-is-none", ["DO-2.19"], signed(layout=layout(lambda v: v.replace("; d=", "; 1z=1; d="))), failing("tag-list"))
    vector(f, "duplicate-tag", ["DO-2.4"], signed(layout=layout(lambda v: v.replace("; s=cal", "; s=cal; s=cal"))), failing("tag-list"))
    vector(f, "duplicate-unknown-tag", ["DO-2.4"], signed(layout=layout(lambda v: v.replace("; s=cal", "; zz=1; s=cal; zz=1"))), failing("tag-list"))
    vector(f, "unknown-tag", ["DO-2.5"], signed(zz="something; yy=else"), "pass")
    changed = signed(zz="1")
    changed.set("DKIM-Signature", changed.fields[-1][1].replace("zz=1", "zz=2"))
    vector(f, "unknown-tag-changed", ["DO-2.5"], changed, failing("signature"))
    backwards = lambda given, signature: " " + "; ".join(f"{n}={v}" for n, v in [*reversed(given[:4]), ("b", signature), *given[4:]])
    vector(f, "tags-in-another-order", ["Q26", "DO-2.21"], signed(layout=backwards), "pass")
    blanks = lambda given, signature: " " + " ;\t".join(f"{n} = {v}" for n, v in given) + " ; b=" + signature
    vector(f, "white-space-around-names-and-values", ["DO-2.3", "Q26"], signed(layout=blanks), "pass")
    folded = lambda given, signature: " " + ";\r\n\t".join(f"{n}={v}" for n, v in given) + ";\r\n\tb=" + signature[:60] + "\r\n\t " + signature[60:]
    vector(f, "folded", ["DO-2.3", "DO-3.8", "DO-2.7", "Q26"], signed(layout=folded), "pass")
    split_bh = lambda v: v.replace("; bh=", "; bh= ", 1).replace("=; b=", " =; b=")
    vector(f, "white-space-inside-bh", ["DO-2.7", "Q26"], signed(layout=layout(split_bh)), "pass")
    in_b = lambda given, signature: plain_layout(given, " " + signature[:50] + " \t" + signature[50:] + " ;" if signature else "")
    trailing = lambda given, signature: in_b(given, signature) if signature else plain_layout(given, "") + ";"
    vector(f, "white-space-inside-and-around-b", ["DO-2.7", "DO-2.21", "Q26", "Q39"], signed(layout=trailing), "pass")
    around = lambda given, signature: plain_layout(given, " " + signature + " ") + ";"
    keeping = lambda fields, names, value: header_data(fields, names, value)[: -len(without_line(value))] + kept_line(value)
    vector(f, "white-space-around-b-kept-by-the-signer", ["DO-2.23"], signed(layout=around, data=keeping), failing("signature"))
    vector(f, "white-space-around-b-kept-with-switch", ["DO-2.23", "Q39"], signed(layout=around, data=keeping), "pass", settings={"signatureWhiteSpace": True})
    vector(f, "tag-names-are-case-sensitive", ["DO-2.2"], signed(layout=layout(lambda v: v.replace("; d=", "; D="))), failing("tag-list"))
    vector(f, "algorithm-is-case-sensitive", ["DO-2.2"], signed(a="RSA-SHA256"), failing("algorithm"))
    vector(f, "empty-x-is-no-omitted-x", ["DO-2.6"], signed(x=""), failing("tag-list"))
    vector(f, "empty-i-is-no-omitted-i", ["DO-2.6"], signed(i=""), failing("tag-list"))
    vector(f, "empty-unknown-tag", ["DO-2.6"], signed(zz=""), "pass")
    vector(f, "empty-h", ["DO-2.6"], signed(h=""), failing("tag-list"))
    vector(f, "b-that-is-no-base64", ["DO-2.19"], signed(signer=lambda data: b"").set("DKIM-Signature", plain_layout(tags(request()), "!!!!")), failing("tag-list"))
    vector(f, "h-with-a-name-that-is-none", ["DO-2.19"], signed(h=NAMES + ":a b"), failing("tag-list"))

    # c=
    vector(f, "c-omitted", ["DO-2.9"], signed(c=None), failing("canonicalization"))
    vector(f, "c-header-name-alone", ["DO-2.10", "Q32"], signed(c="ischedule-relaxed"), "pass")
    for c in ["simple/simple", "simple-http", "relaxed/simple", "relaxed/relaxed", "simple"]:
        vector(f, "c-" + c.replace("/", "-"), ["DO-1.5", *(["Q32"] if c in ("simple/simple", "simple-http") else [])], signed(c=c), failing("canonicalization"))
    vector(f, "c-ischedule-relaxed-relaxed", ["DO-1.6"], signed(c="ischedule-relaxed/relaxed"), failing("canonicalization"))
    vector(f, "c-empty-half", ["DO-2.19"], signed(c="ischedule-relaxed/"), failing("canonicalization"))

    # q=
    vector(f, "q-omitted", ["DO-2.11"], signed(q=None), "pass")
    vector(f, "q-unknown-then-dns", ["DO-5.17", "Q27"], signed(q="carrier/pigeon:dns/txt"), "pass")
    vector(f, "q-only-unknown", ["DO-5.17"], signed(q="carrier/pigeon"), failing("no-key"))
    vector(f, "q-is-matched-as-a-whole", ["Q30"], signed(q="dns/other:http"), failing("no-key"))
    vector(f, "q-with-blanks", ["DO-2.3", "Q27"], signed(q="private-exchange : http/well-known : dns/txt"), "pass")

    # i=, d=, s=
    vector(f, "i-is-d", ["DO-2.13", "Q37"], signed(i="@example.com"), "pass")
    vector(f, "i-under-d", ["DO-2.13", "Q37"], signed(i="alice@cal.example.com"), "pass")
    vector(f, "i-elsewhere", ["DO-2.13"], signed(i="@example.org"), failing("identity"))
    vector(f, "i-only-ends-like-d", ["DO-2.13"], signed(i="@notexample.com"), failing("identity"))
    vector(f, "i-without-at", ["DO-2.19"], signed(i="example.com"), failing("tag-list"))
    vector(f, "d-of-one-label", ["DO-2.14"], signed(d="com"), failing("domain"), zone=txt("cal._domainkey.com", RECORD))
    vector(f, "d-is-a-public-suffix", ["DO-2.15"], signed(d="co.uk"), failing("domain"), zone=txt("cal._domainkey.co.uk", RECORD))
    vector(f, "d-is-a-public-suffix-and-may-be", ["DO-2.15"], signed(d="co.uk"), "pass", zone=txt("cal._domainkey.co.uk", RECORD), settings={"publicSuffixes": "allow"})
    vector(f, "d-in-a-labels", ["DO-2.16"], signed(d="xn--bcher-kva.example"), "pass", zone=txt("cal._domainkey.xn--bcher-kva.example", RECORD))
    vector(f, "d-in-u-labels", ["DO-2.16"], signed(d="b\xc3\xbccher.example"), failing("tag-list"), zone=txt("cal._domainkey.xn--bcher-kva.example", RECORD))
    vector(f, "d-with-a-slash", ["DO-5.10"], signed(d="example.com/x"), failing("domain"))
    vector(f, "s-with-dots", [], signed(s="2026.cal"), "pass", zone=txt("2026.cal._domainkey.example.com", RECORD))
    for name, selector in {"slash": "../cal", "blank": "c al", "empty-label": "cal..x", "percent": "cal%2e", "too-long-label": "c" * 64}.items():
        vector(f, f"s-with-{name}", ["DO-5.10"], signed(s=selector), failing("tag-list"))

    # l=
    full = len(content_simple(EVENT))
    vector(f, "l-exact", ["DO-2.18", "Q33"], signed(l=str(full)), "pass")
    without = request().body(EVENT[:-2])
    vector(f, "l-of-the-canonical-content", ["DO-2.18", "Q33"], signed(without, l=str(full)), "pass")
    for name, length in {"zero": 0, "short": full - 10, "without-the-final-crlf": full - 2, "long": full + 1}.items():
        cut = content_simple(EVENT)[:length]
        vector(f, f"l-{name}", ["DO-2.18", "Q33"], signed(l=str(length), bh=b64(hashlib.sha256(cut).digest())), failing("length"))
    vector(f, "l-that-is-no-number", ["DO-2.19"], signed(l="all"), failing("tag-list"))

    # t= and x=
    vector(f, "t-300-seconds-ahead", ["DO-1.17", "Q36"], signed(t=str(NOW + 300), x=str(NOW + 3900)), "pass")
    vector(f, "t-301-seconds-ahead", ["DO-1.17", "Q36"], signed(t=str(NOW + 301), x=str(NOW + 3901)), failing("future"))
    vector(f, "x-passed", ["DO-1.18"], signed(t=str(NOW - 3601), x=str(NOW - 1)), failing("expired"))
    vector(f, "x-equals-t", ["DO-1.18"], signed(t=str(NOW + 10), x=str(NOW + 10)), failing("times"))
    vector(f, "x-before-t", ["DO-1.18"], signed(t=str(NOW + 20), x=str(NOW + 10)), failing("times"))
    vector(f, "x-shortly-after-t", ["DO-1.19"], signed(t=str(NOW - 10), x=str(NOW + 20)), "pass")
    vector(f, "no-x", ["Q36"], signed(x=None), "pass")
    vector(f, "no-t-and-no-x", ["Q36"], signed(t=None, x=None), "pass")
    vector(f, "no-t-and-x-passed", ["DO-1.18"], signed(t=None, x=str(NOW - 1)), failing("expired"))
    vector(f, "x-of-12-digits", ["DO-1.20"], signed(x="9" * 12), "pass")
    vector(f, "x-of-13-digits", ["DO-1.20"], signed(x="9" * 13), failing("tag-list"))
    vector(f, "t-of-13-digits", ["DO-1.20"], signed(t="0" * 3 + str(NOW)), failing("tag-list"))
    vector(f, "t-that-is-no-number", ["DO-2.19"], signed(t="now"), failing("tag-list"))


def without_line(value):
    return ischedule_relaxed("DKIM-Signature", [without_b(value)])[:-2].encode("latin-1")


def kept_line(value):
    """b= emptied of its base64 alone; the blanks around it stay. For `b=  ;` they become one."""
    emptied = re.sub(r"(;[ \t]*b=)[^;]*", lambda match: match.group(1) + "  ", value)
    return ischedule_relaxed("DKIM-Signature", [emptied])[:-2].encode("latin-1")


# Algorithms


def algorithms():
    f = "algorithms"
    for bits in [1024, 4096]:
        key = RsaKey(f"rsa-{bits}.pem")
        vector(f, f"rsa-{bits}", ["DO-4.2"], signed(key=key), "pass", zone=txt(NAME, "v=DKIM1; p=" + b64(key.spki())))
    for bits in [512, 1023]:
        key = RsaKey(f"rsa-{bits}.pem")
        vector(f, f"rsa-{bits}", ["DO-4.3"], signed(key=key), failing("key-weak"), zone=txt(NAME, "v=DKIM1; p=" + b64(key.spki())))
    vector(f, "rsa-2048", ["DO-4.2", "DO-4.4"], signed(), "pass")
    vector(f, "rsa-pss", ["DO-4.4"], signed(signer=RSA.sign_pss), failing("signature"))
    vector(f, "another-key", [], signed(key=OTHER), failing("signature"))
    sha1 = b64(hashlib.sha1(content_simple(EVENT)).digest())
    vector(f, "rsa-sha1", ["DO-4.9", "Q31"], signed(a="rsa-sha1", bh=sha1, signer=lambda data: RSA.sign(data, "sha1")), failing("algorithm"))
    vector(f, "rsa-sha512", [], signed(a="rsa-sha512"), failing("algorithm"))
    ed = "v=DKIM1; k=ed25519; s=ischedule; p=" + b64(ED.raw())
    vector(f, "ed25519", ["DO-4.5", "DO-4.6"], signed(key=ED, a="ed25519-sha256"), "pass", zone=txt(NAME, ed))
    vector(f, "ed25519-over-data-that-is-not-hashed", ["DO-4.5"], signed(signer=ED.sign_unhashed, a="ed25519-sha256"), failing("signature"), zone=txt(NAME, ed))
    vector(f, "ed25519-signature-rsa-key", ["DO-4.7"], signed(key=ED, a="ed25519-sha256"), failing("key-unfit"))
    vector(f, "rsa-signature-ed25519-key", ["DO-4.7"], signed(), failing("key-unfit"), zone=txt(NAME, ed))
    vector(f, "rsa-spki", ["DO-4.12"], signed(), "pass", zone=txt(NAME, "v=DKIM1; p=" + b64(RSA.spki())))
    vector(f, "rsa-bare", ["DO-4.12"], signed(), "pass", zone=txt(NAME, "v=DKIM1; p=" + b64(RSA.pkcs1())))
    url = b64(RSA.spki()).replace("+", "-").replace("/", "_")
    assert url != b64(RSA.spki())
    vector(f, "p-in-base64url", ["DO-4.13", "Q30"], signed(), "pass", zone=txt(NAME, "v=DKIM1; p=" + url))
    vector(f, "p-in-base64url-without-padding", ["DO-4.13"], signed(), "pass", zone=txt(NAME, "v=DKIM1; p=" + url.rstrip("=")))
    vector(f, "p-that-is-no-key", [], signed(), failing("key-unfit"), zone=txt(NAME, "v=DKIM1; p=" + b64(b"not a key at all")))


# Keys


def keys():
    f = "keys"
    p = "p=" + b64(RSA.spki())
    other = "v=DKIM1; p=" + b64(OTHER.spki())

    def record(name, requirements, text, expected):
        vector(f, name, requirements, signed(), expected, zone=txt(NAME, text))

    vector(f, "found", ["DO-5.1"], signed(), "pass")
    vector(f, "absent", ["DO-5.31"], signed(), failing("no-key"), zone=[])
    vector(f, "unavailable", ["DO-5.32", "DO-5.30"], signed(), "tempfail", unavailable=[NAME])
    vector(f, "another-selector", ["DO-5.1"], signed(s="other"), failing("no-key"))
    vector(f, "at-the-parent-only", ["DO-5.1"], signed(d="cal.example.com"), failing("no-key"))
    half = len(RECORD) // 2
    vector(f, "strings-joined", ["DO-5.2", "Q30"], signed(), "pass", zone=txt(NAME, [RECORD[:7], RECORD[7:half], RECORD[half:]]))
    record("only-p", ["DO-5.20", "DO-5.23", "Q29"], p, "pass")
    record("revoked", ["DO-5.22", "DO-5.31"], "v=DKIM1; p=", failing("key-revoked"))
    record("without-p", ["DO-5.19"], "v=DKIM1; k=rsa", failing("key-unfit"))
    record("v-unknown", ["DO-5.19"], "v=DKIM2; " + p, failing("key-unfit"))
    record("v-not-first", ["DO-5.19"], "k=rsa; v=DKIM1; " + p, failing("key-unfit"))
    record("no-tag-list", ["DO-5.19"], "hello", failing("key-unfit"))
    record("duplicate-tag", ["DO-2.4"], "v=DKIM1; " + p + "; " + p, failing("key-unfit"))
    record("h-sha1", ["DO-4.8", "DO-5.21", "DO-5.31"], "v=DKIM1; h=sha1; " + p, failing("key-unfit"))
    record("h-sha1-and-sha256", ["DO-4.8", "DO-5.21", "DO-5.27"], "v=DKIM1; h=sha1:sha256; " + p, "pass")
    record("k-rsa", ["DO-4.7"], "v=DKIM1; k=rsa; " + p, "pass")
    record("k-unknown", ["DO-4.7"], "v=DKIM1; k=dsa; " + p, failing("key-unfit"))
    record("s-email", ["DO-1.14"], "v=DKIM1; s=email; " + p, failing("key-unfit"))
    record("s-star", ["DO-1.14"], "v=DKIM1; s=*; " + p, "pass")
    record("s-ischedule", ["DO-1.14"], "v=DKIM1; s=ischedule; " + p, "pass")
    record("s-list", ["DO-1.14", "DO-5.27"], "v=DKIM1; s=email:ischedule; " + p, "pass")
    record("s-list-with-blanks", ["DO-5.27"], "v=DKIM1; s = email : ischedule ; " + p, "pass")
    record("testing", ["DO-5.24"], "v=DKIM1; t=y; " + p, failing("key-testing"))
    vector(f, "testing-and-may-be", ["DO-5.24"], signed(), "pass", zone=txt(NAME, "v=DKIM1; t=y; " + p), settings={"testingKeys": "authenticate"})
    strict = txt(NAME, "v=DKIM1; t=s; " + p)
    vector(f, "strict-without-i", ["DO-5.25"], signed(), "pass", zone=strict)
    vector(f, "strict-i-is-d", ["DO-5.25"], signed(i="alice@example.com"), "pass", zone=strict)
    vector(f, "strict-i-under-d", ["DO-5.25"], signed(i="alice@cal.example.com"), failing("identity"), zone=strict)
    record("notes-g-and-unknown-flags", ["DO-5.27"], "v=DKIM1; g=*; n=a note; t=q:z; zz=1; " + p, "pass")
    both = ["v=DKIM1; s=email; " + p, "v=DKIM1; s=ischedule; " + p]
    vector(f, "first-record-unfit", ["DO-5.3", "DO-5.29"], signed(), "pass", zone=txt(NAME, *both))
    vector(f, "first-record-no-record", ["DO-5.3"], signed(), "pass", zone=txt(NAME, "v=spf1 -all", RECORD))
    vector(f, "first-record-revoked", ["DO-5.3", "DO-5.29"], signed(), "pass", zone=txt(NAME, "v=DKIM1; p=", RECORD))
    vector(f, "all-records-unfit", ["DO-5.3"], signed(), failing("key-unfit"), zone=txt(NAME, both[0], "v=DKIM1; h=sha1; " + p))
    vector(f, "record-of-another-key", [], signed(), failing("signature"), zone=txt(NAME, other))


def well_known():
    f = "keys-well-known"
    url = "https://keys.example.net:8443/.well-known/domainkey/example.com/cal"
    place = srv("_domainkey_lookup._tcp.example.com", 8443, "keys.example.net.")
    http = {"q": "http/well-known"}

    def document(text, media_type="text/plain", status=200):
        return {url: {"status": status, "contentType": media_type, "content": text}}

    def ask(name, requirements, documents, expected, zone=place):
        vector(f, name, requirements, signed(**http), expected, zone=zone, documents=documents)

    ask("found", ["DO-5.4", "DO-5.5", "DO-5.8"], document(RECORD + "\r\n"), "pass")
    ask("ended-by-lf", ["DO-5.9", "Q30"], document(RECORD + "\n"), "pass")
    ask("ended-by-nothing", ["DO-5.9", "Q30"], document(RECORD), "pass")
    ask("with-charset", ["DO-5.8", "Q30"], document(RECORD + "\r\n", "text/plain; charset=utf-8"), "pass")
    ask("several-lines", ["DO-5.9", "DO-5.3", "Q30"], document("v=DKIM1; s=email; p=" + b64(OTHER.spki()) + "\r\n" + RECORD + "\r\n"), "pass")
    ask("several-lines-ended-by-lf", ["DO-5.9"], document("v=DKIM1; p=\n" + RECORD + "\n"), "pass")
    ask("revoked", ["DO-5.22"], document("v=DKIM1; p=\r\n"), failing("key-revoked"))
    ask("not-found", ["DO-5.7", "DO-5.31"], document("", status=404), failing("no-key"))
    ask("gone", ["DO-5.7", "DO-5.31"], document("", status=410), failing("no-key"))
    ask("not-found-with-a-record-in-it", ["DO-5.7"], document(RECORD, status=404), failing("no-key"))
    ask("server-error", ["DO-5.32", "DO-5.30"], document("", status=503), "tempfail")
    ask("connect-failed", ["DO-5.32"], {url: {"error": "connect-failed"}}, "tempfail")
    ask("timeout", ["DO-5.32", "DO-5.11"], {url: {"error": "timeout"}}, "tempfail")
    ask("certificate-invalid", ["DO-5.6", "DO-5.32"], {url: {"error": "certificate-invalid"}}, "tempfail")
    ask("no-srv", ["DO-5.13"], {}, failing("no-key"), zone=[])
    ask("srv-target-is-a-dot", ["DO-5.13"], {}, failing("no-key"), zone=srv("_domainkey_lookup._tcp.example.com", 0, "."))
    guess = {"https://example.com/.well-known/domainkey/example.com/cal": {"status": 200, "contentType": "text/plain", "content": RECORD}}
    ask("no-srv-and-no-guess", ["DO-5.14"], guess, failing("no-key"), zone=[])
    vector(f, "no-srv-and-a-guess", ["DO-5.14"], signed(**http), "pass", zone=[], documents=guess, settings={"guessKeyServer": True})
    vector(f, "srv-unavailable", ["DO-5.32"], signed(**http), "tempfail", zone=[], unavailable=["_domainkey_lookup._tcp.example.com"])
    good = document(RECORD)
    vector(f, "dns-absent-then-http", ["DO-5.18"], signed(), "pass", zone=place, documents=good)
    vector(f, "dns-unavailable-then-http", ["DO-5.18", "DO-5.32"], signed(), "pass", zone=place, unavailable=[NAME], documents=good)
    vector(f, "dns-revoked-then-http", ["DO-5.18"], signed(), "pass", zone=place + txt(NAME, "v=DKIM1; p="), documents=good)
    vector(f, "dns-unavailable-and-no-http", ["DO-5.32"], signed(), "tempfail", zone=[], unavailable=[NAME])
    vector(f, "dns-absent-and-http-unavailable", ["DO-5.32"], signed(), "tempfail", zone=place, documents={url: {"error": "timeout"}})
    vector(f, "http-first-then-dns", ["DO-5.16", "DO-5.18", "Q27"], signed(q="http/well-known:dns/txt"), "pass", zone=ZONE)
    private = [{"domain": "example.com", "selector": "cal", "record": RECORD}]
    vector(f, "private-exchange", ["DO-5.15", "DO-1.15"], signed(q="private-exchange"), "pass", zone=[], privateKeys=private)
    vector(f, "private-exchange-without-key", ["DO-5.15"], signed(q="private-exchange"), failing("no-key"))
    vector(f, "private-exchange-not-named", ["DO-5.15", "DO-5.16"], signed(q="dns/txt"), failing("no-key"), zone=[], privateKeys=private)
    vector(f, "private-exchange-then-http", ["DO-5.18", "Q27"], signed(q="private-exchange:http/well-known"), "pass", zone=place, documents=good)


# Alignment


def alignment():
    f = "alignment"

    def originator(address):
        return request().set("Originator", " mailto:" + address)

    def case(name, requirements, message, verdict, zone=ZONE, **more):
        vector(f, name, requirements, message, ("pass", None, verdict), zone=zone, **more)

    case("same-domain", ["DO-6.1"], signed(), "aligned")
    case("another-case", ["DO-6.1"], signed(originator("alice@EXAMPLE.com")), "aligned")
    case("sub-domain", ["DO-6.1"], signed(originator("alice@staff.example.com")), "aligned")
    case("parent-domain", ["DO-6.1"], signed(originator("alice@example.com"), d="cal.example.com"), "not-aligned", zone=txt("cal._domainkey.cal.example.com", RECORD))
    case("another-domain", ["DO-6.1", "DO-6.2", "IS-4.12"], signed(originator("victim@good.example")), "not-aligned")
    case("only-ends-like-it", ["DO-6.1"], signed(originator("alice@notexample.com")), "not-aligned")
    strict = txt(NAME, "v=DKIM1; t=s; p=" + b64(RSA.spki()))
    case("strict-same-domain", ["DO-5.26"], signed(), "aligned", zone=strict)
    case("strict-sub-domain", ["DO-5.26"], signed(originator("alice@staff.example.com")), "not-aligned", zone=strict)
    hosted = {"vouchedFor": {"example.com": ["hosted.example"]}}
    case("local-policy", ["DO-6.2", "Q38"], signed(originator("alice@hosted.example")), "aligned", settings=hosted)
    case("local-policy-for-another", ["DO-6.2", "Q38"], signed(originator("alice@other.example")), "not-aligned", settings=hosted)

    def label(digest, domain):
        import base64

        return base64.b32encode(hashlib.new(digest, domain.encode()).digest()).decode().rstrip("=")

    assert re.fullmatch("QSP4.*3X6Z6", label("sha1", "one.example.net"))
    guest = lambda **atps: signed(originator("alice@origin.example"), **atps)
    for digest, requirement in {"none": "DO-6.5", "sha1": "DO-6.6", "sha256": "DO-6.6"}.items():
        name = "example.com" if digest == "none" else label(digest, "example.com").lower()
        zone = ZONE + txt(f"{name}._atps.origin.example", "v=ATPS1; d=example.com")
        case(f"atps-{digest}", [requirement, "DO-6.2", "DO-6.7", "IS-7.5"], guest(atps="origin.example", atpsh=digest), "aligned", zone=zone)
    vouched = f"{label('sha256', 'example.com').lower()}._atps.origin.example"
    sha256 = {"atps": "origin.example", "atpsh": "sha256"}
    good = ZONE + txt(vouched, "v=ATPS1; d=example.com")
    case("atps-in-another-case", ["DO-6.4"], guest(atps="Origin.EXAMPLE", atpsh="sha256"), "aligned", zone=good)
    case("atps-of-another-domain", ["DO-6.4"], guest(atps="other.example", atpsh="sha256"), "not-aligned", zone=good + txt(f"{label('sha256', 'example.com').lower()}._atps.other.example", "v=ATPS1"))
    case("atps-without-atpsh", ["DO-6.4"], guest(atps="origin.example"), "not-aligned", zone=good)
    case("atps-with-md5", ["DO-6.4"], guest(atps="origin.example", atpsh="md5"), "not-aligned", zone=good)
    case("atps-not-in-the-signature", ["DO-6.4"], guest(), "not-aligned", zone=good)
    case("atps-record-without-d", ["DO-6.7"], guest(**sha256), "aligned", zone=ZONE + txt(vouched, "v=ATPS1"))
    case("atps-record-for-another-signer", ["DO-6.7"], guest(**sha256), "not-aligned", zone=ZONE + txt(vouched, "v=ATPS1; d=other.example"))
    case("atps-record-of-another-kind", ["DO-6.7"], guest(**sha256), "not-aligned", zone=ZONE + txt(vouched, "v=DKIM1; d=example.com"))
    case("atps-record-absent", ["DO-6.8"], guest(**sha256), "not-aligned")
    case("atps-unavailable", ["DO-6.9"], guest(**sha256), "unavailable", unavailable=[vouched])
    one = txt("cal._domainkey.one.example.net", RECORD)
    long = f"{label('sha1', 'one.example.net').lower()}._atps.origin.example"
    case("atps-signer-in-another-case", ["DO-6.6", "DO-6.11"], guest(d="One.Example.NET", atps="origin.example", atpsh="sha1"), "aligned", zone=one + txt(long, "v=ATPS1"))


for family in [association, fields, integrity, signature_field, algorithms, keys, well_known, alignment]:
    family()
for file, vectors in files.items():
    document = {"service": "ischedule", "now": NOW, "vectors": vectors}
    (KEYS.parent / f"{file}.json").write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n")
    print(f"{file}: {len(vectors)}")
