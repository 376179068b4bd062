"""Keys of Faregate for detect-secrets 1.5:

    detect-secrets scan --plugin faregate_detect_secrets.py > .secrets.baseline

A key has a checksum, so what only looks like one is not reported. The plugin asks nobody and needs nothing but Python.
"""

import re
import string
import zlib

from detect_secrets.plugins.base import RegexBasedDetector

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECKSUM_LENGTH = 6


def _checksum(text):
    """CRC-32 of the text as six base62 digits, with zeros in front."""
    rest, digits = zlib.crc32(text.encode("ascii")), ""
    for _ in range(_CHECKSUM_LENGTH):
        rest, digit = divmod(rest, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


class FaregateKeyDetector(RegexBasedDetector):
    """Finds keys by their form, then keeps those whose last six characters are the checksum of all before them."""

    secret_type = "Faregate API key"
    denylist = [re.compile(r"sk-fg-(?:v1|adm)-[0-9A-Za-z]{46}(?![0-9A-Za-z])")]

    def analyze_string(self, string, **kwargs):
        for found in super().analyze_string(string, **kwargs):
            if _checksum(found[:-_CHECKSUM_LENGTH]) == found[-_CHECKSUM_LENGTH:]:
                yield found
