import pytest

from qafila.kit import ids


def test_a_public_id_carries_at_least_128_bits():
    assert 62**ids.PUBLIC_ID_LENGTH > 2**128
    made = {ids.new_public_id("contract") for _ in range(2000)}
    assert len(made) == 2000
    assert all(ids.is_public_id(one, "contract") and len(one) == len("contract_") + 22 for one in made)


def test_every_character_is_used():
    assert set("".join(ids.random_base62(100) for _ in range(200))) == set(ids.BASE62)


@pytest.mark.parametrize("prefix", ["", "Contract", "con_tract", "1a", "a" * 21, "a b"])
def test_a_strange_prefix_is_refused(prefix):
    with pytest.raises(ValueError, match="prefix"):
        ids.new_public_id(prefix)


NONSENSE = [
    "",
    "_",
    "contract_",
    "contract_short",
    "contract_" + "A" * 23,
    "contract_" + "é" * 22,
    None,
    5,
    b"x",
    [],
    "\x00",
]


@pytest.mark.parametrize("text", [*NONSENSE, "contract_" + "A" * 21 + "\n", "message_" + "A" * 22])
def test_nonsense_is_not_an_id_and_raises_nothing(text):
    assert not ids.is_public_id(text, "contract")


def test_an_id_is_taken_apart():
    assert ids.parse_public_id("contract_" + "A" * 22) == ("contract", "A" * 22)
    assert all(ids.parse_public_id(text) is None for text in NONSENSE)


def test_uuids():
    made = ids.new_uuid()
    assert made.version == 4
    assert ids.parse_uuid(str(made)) == ids.parse_uuid(made.hex) == ids.parse_uuid(str(made).upper()) == made
    assert ids.parse_uuid(made) is made


@pytest.mark.parametrize(
    "text",
    [*NONSENSE, "{12345678-1234-4123-8123-123456789012}", "urn:uuid:12345678-1234-4123-8123-123456789012"],
)
def test_nonsense_is_not_a_uuid(text):
    assert ids.parse_uuid(text) is None
