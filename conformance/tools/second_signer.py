"""iSchedule signing, written a second time: straight from the DOSETA digest, sharing nothing with packages/.

Only what a test needs: it signs whatever it is told to, right or wrong. RSA is plain arithmetic, so that keys which a
library refuses to touch can be used as well; Ed25519 comes from python3-cryptography.
"""

import base64
import hashlib
import re
from pathlib import Path

from cryptography.hazmat.primitives import serialization

KEYS = Path(__file__).resolve().parent.parent / "vectors" / "keys"


# Canonicalisation (digest §3)


def ischedule_relaxed(name, values):
    """One line, with its CRLF, for all fields of one name."""
    text = ",".join(value.replace("\r\n\t", "\t").replace("\r\n ", " ") for value in values)  # (2) unfold, (3) join
    text = re.sub("[ \t]+", " ", text)  # (4) runs of white space
    text = text.strip(" ")  # (5) the end, (6) around the colon
    text = re.sub(" ?, ?", ",", text)  # (7) around commas
    return name.lower() + ":" + text + "\r\n"  # (1) lower case


def content_simple(content):
    while content.endswith(b"\r\n"):
        content = content[:-2]
    return content + b"\r\n"


def header_data(fields, names, signature_value):
    """What is hashed: the named fields in the order of `names`, then the signature field without final CRLF."""
    lines = ""
    for name in names:
        values = [value for field, value in fields if field.lower() == name.lower()]
        if values:
            lines += ischedule_relaxed(name, values)
    last = ischedule_relaxed("DKIM-Signature", [without_b(signature_value)])
    return (lines + last[:-2]).encode("latin-1")


def without_b(value):
    """The value of b= taken out, with the white space around it."""
    return re.sub(r"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*", r"\1", value, count=1)


# Keys


def read_der(data, at=0):
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[at : at + count], "big"), at + count
    return tag, data[at : at + length], at + length


def der(tag, content):
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def der_integer(number):
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


class RsaKey:
    def __init__(self, file):
        text = (KEYS / file).read_text()
        body = base64.b64decode("".join(line for line in text.split("\n") if "-" not in line))
        _, inside, _ = read_der(body)
        numbers, at = [], 0
        while at < len(inside):
            _, number, at = read_der(inside, at)
            numbers.append(int.from_bytes(number, "big"))
        _, self.n, self.e, self.d = numbers[:4]
        self.length = (self.n.bit_length() + 7) // 8

    def pkcs1(self):
        return der(0x30, der_integer(self.n) + der_integer(self.e))

    def spki(self):
        rsa_encryption = bytes.fromhex("300d06092a864886f70d0101010500")
        return der(0x30, rsa_encryption + der(3, b"\0" + self.pkcs1()))

    def power(self, block):
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(self.length, "big")

    def sign(self, data, digest="sha256"):
        info = {"sha256": "3031300d060960864801650304020105000420", "sha1": "3021300906052b0e03021a05000414"}[digest]
        tail = bytes.fromhex(info) + hashlib.new(digest, data).digest()
        return self.power(b"\x00\x01" + b"\xff" * (self.length - len(tail) - 3) + b"\x00" + tail)

    def sign_pss(self, data):
        """PSS with an empty salt: a good signature of the wrong kind."""
        bits = self.n.bit_length() - 1
        length = (bits + 7) // 8
        digest = hashlib.sha256(bytes(8) + hashlib.sha256(data).digest()).digest()
        block = bytes(length - 34) + b"\x01"
        mask, counter = b"", 0
        while len(mask) < len(block):
            mask += hashlib.sha256(digest + counter.to_bytes(4, "big")).digest()
            counter += 1
        masked = bytearray(a ^ b for a, b in zip(block, mask))
        masked[0] &= 0xFF >> (8 * length - bits)
        return self.power(bytes(masked) + digest + b"\xbc")


class Ed25519Key:
    def __init__(self, file):
        self.key = serialization.load_pem_private_key((KEYS / file).read_bytes(), password=None)

    def raw(self):
        return self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def sign(self, data):
        return self.key.sign(hashlib.sha256(data).digest())

    def sign_unhashed(self, data):
        return self.key.sign(data)


# Messages


def b64(octets):
    return base64.b64encode(octets).decode()


def plain_layout(tags, signature):
    return " " + "; ".join(f"{name}={value}" for name, value in tags) + "; b=" + signature


class Message:
    """A request: its line, its fields in order with the octets after each colon, its content."""

    def __init__(self, fields, content):
        self.line = "POST /.well-known/ischedule HTTP/1.1"
        self.fields = list(fields)
        self.content = content

    def copy(self):
        other = Message(self.fields, self.content)
        other.line = self.line
        return other

    def set(self, name, *values):
        """Puts these values in place of the field's own, at its first place."""
        at = next((i for i, (field, _) in enumerate(self.fields) if field.lower() == name.lower()), len(self.fields))
        self.fields = [one for one in self.fields if one[0].lower() != name.lower()]
        self.fields[at:at] = [(name, value) for value in values]
        return self

    def add(self, name, value):
        self.fields.append((name, value))
        return self

    def body(self, content):
        self.content = content
        return self.set("Content-Length", f" {len(content)}") if self.has("Content-Length") else self

    def has(self, name):
        return any(field.lower() == name.lower() for field, _ in self.fields)

    def text(self):
        head = self.line + "\r\n" + "".join(f"{name}:{value}\r\n" for name, value in self.fields)
        return head + "\r\n" + self.content.decode("latin-1")

    def sign(self, key, tags, layout=plain_layout, data=header_data, signer=None):
        """Adds the field. `tags` without b, in order; h= of the tags says what is signed."""
        names = [name.strip() for name in dict(tags).get("h", "").split(":")]
        octets = data(self.fields, names, layout(tags, ""))
        value = layout(tags, b64((signer or key.sign)(octets)))
        return self.add("DKIM-Signature", value)


# Zones


def txt(name, *records, ttl=3600):
    """One line for each record; a record is text, cut into strings of 255 octets, or a list of strings."""
    lines = []
    for record in records:
        strings = [record[i : i + 255] for i in range(0, len(record), 255)] if isinstance(record, str) else record
        quoted = " ".join('"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"' for s in strings)
        lines.append(f"{name}. {ttl} IN TXT {quoted}")
    return lines


def srv(name, port, target, ttl=3600):
    return [f"{name}. {ttl} IN SRV 0 0 {port} {target}"]
