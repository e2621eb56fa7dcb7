"""Texts that forms and pages are sent as keys of a (country, number) model."""

# What nobody has for a key, from the merely wrong to the malicious.
MALFORMED = [
    "x",
    "[",
    "null",
    "5",
    "{}",
    '"CH"',
    "[]",
    '["CH"]',
    '["CH", "1", "2"]',
    '["CH", "x"]',
    '["CH", null]',
    "[null, null]",
    '["CH", [1]]',
    '[["CH"], "1"]',
    '[{"a": 1}, "1"]',
    '["CH", {}]',
    '["CH", NaN]',
    '["CH", Infinity]',
    '["CH", 1e999]',
    '["CH", "1e5"]',
    '["\\u0000", "1"]',
    '["\\ud800", "1"]',
    '["CH", "' + "9" * 30 + '"]',
    '["CH", "' + "9" * 10_000 + '"]',
    "(1, 'CH')",
    "CH,1",
    "[" * 100_000,
    "[" * 100_000 + "]" * 100_000,
]
# What could be one, but is none.
UNKNOWN = [
    '["CH", "99"]',
    '["", "0"]',
    '["CH", "-1"]',
    '["' + "x" * 100_000 + '", "1"]',
]
